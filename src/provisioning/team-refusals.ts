/** Why the provider's change of a team is refused, or what of it is left out. */
import { heldTeamRefusal, type Linking, teamLinkRefusal } from '../organization/linking.ts';
import type { Change, Rule } from '../organization/plan.ts';
import { shown } from '../scim/attribute-name.ts';
import { invalidValue, ScimError, uniqueness } from '../scim/errors.ts';
import type { MembershipDelta } from '../scim/group-patch.ts';
import { readNamesOf } from '../store/access-lists.ts';
import type { MembershipsMet } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { AskedTeam, LockedTeam } from '../store/team-writing.ts';
import { teamConflict } from './conflicts.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

/** Where a group may name only people who can be in the team at once, those who are held back refuse it, by name (B41, P37). */
export async function refuseHeldBack(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  changes: readonly Change[],
): Promise<void> {
  if (request.organization.policy.heldMembers !== 'refuse') return;
  const heldBack = (rule: Rule) =>
    changes.flatMap((change) => (change.kind === 'membership' && change.reason.rule === rule ? [change.memberId] : []));
  const [inactive, invited, unlicensed] = [
    heldBack('member-suspended'),
    heldBack('member-invited'),
    heldBack('member-unlicensed'),
  ] as [string[], string[], string[]];
  const ids = [...inactive, ...invited, ...unlicensed];
  if (ids.length === 0) return;
  const names = await readNamesOf(tx, [inactive, invited, unlicensed].flatMap(first));
  const called = (some: readonly string[]) => shownOf(some, (id) => (names.has(id) ? `${names.get(id)} (${id})` : id));
  const says: string[] = [];
  const ways: string[] = [];
  if (inactive.length > 0) {
    says.push(`members names people who are not active in this organization: ${called(inactive)}.`);
    ways.push('Activate those who are not active, or take them out of the group.');
  }
  if (invited.length > 0) {
    says.push(`members names people who have not accepted their invitation: ${called(invited)}.`);
    ways.push(
      'Ask those who are invited to accept, or invite them again in Rollcall (rollcall invitation resend), or take them out of the group.',
    );
  }
  if (unlicensed.length > 0) {
    says.push(
      `All users must have licenses on the account, and ${unlicensed.length === 1 ? 'this one has' : 'these have'} none: ${called(unlicensed)}.`,
    );
    ways.push('Give licenses to those who have none.');
  }
  throw invalidValue(`${says.join(' ')} Nothing was changed. ${ways.join(' ')} Then push the group again`);
}

/**
 * What happens to ids that name nobody: the organization's policy says (K14), where its profile leaves it the choice. A refusal names
 * those too who would refuse the group next, since they are not active (P37).
 */
export function settleUnknown(
  request: ProvisioningRequest,
  { unknown, joiners }: Pick<MembershipsMet, 'unknown' | 'joiners'>,
): void {
  if (unknown.length === 0) return;
  request.record.signs.add('unknown-members');
  const named = firstOf(unknown);
  const inactive =
    request.organization.policy.heldMembers === 'refuse'
      ? joiners.flatMap(({ memberId, status }) => (status === 'active' ? [] : [memberId]))
      : [];
  const refusal = () =>
    invalidValue(
      `members names ${unknown.length === 1 ? 'a user who is' : 'users who are'} not in this organization: ${named}` +
        `${inactive.length === 0 ? '' : `, and ${inactive.length === 1 ? 'one who is' : 'some who are'} not active in it: ${firstOf(inactive)}`}. ` +
        'Nothing was changed. Assign these people to the app first, then push the group again',
    );
  if (request.organization.policy.unknownMembers === 'refuse') throw refusal();
  request.record.tolerances.add('unknown-member-skipped', refusal);
  request.record.detail = `left out members that are not in this organization: ${named}`;
}

/**
 * A list that is to replace the members of a team, and names nobody who is here or nobody at all, would only empty it: that is no
 * skipping of people. To empty a team is to send an empty list.
 */
export function refuseUnknownList(
  request: ProvisioningRequest,
  delta: MembershipDelta | undefined,
  { unknown, leavers }: MembershipsMet,
): void {
  // Whoever leaves already, which is held, is nobody whom it would take out.
  const losesSomebody = leavers.some(({ asked, heldBy }) => asked || heldBy === undefined);
  if (delta?.base !== 'empty' || !losesSomebody) return;
  const isBlank = delta.isBlank === true;
  if (!isBlank && (delta.add.length === 0 || unknown.length < delta.add.length)) return;
  request.record.detail = undefined;
  const [named, way] = isBlank
    ? ['elements that are all empty', 'Send the id of each member as its value']
    : [
        `people of whom none is in this organization: ${firstOf(unknown)}`,
        'Assign these people to the app first, then push the group again',
      ];
  throw invalidValue(
    `members is to be replaced by ${named}. Nothing was changed, since that would only take everybody out of the group. ` +
      `${way}; to empty the group, send an empty list of members`,
  );
}

const shownMax = 10;

const first = (ids: readonly string[]) => ids.slice(0, shownMax);

const shownOf = (ids: readonly string[], show: (id: string) => string) =>
  `${first(ids).map(show).join(', ')}${ids.length > shownMax ? ` and ${ids.length - shownMax} more` : ''}`;

const firstOf = (ids: readonly string[]) => shownOf(ids, (id) => id);

/**
 * A refusal that an admin has to settle: the provider came upon a local team, and the organization's policy is to ask (K11). That
 * it was asked is noted when the refused request has been undone.
 */
export class LinkUndecided extends ScimError {
  readonly teamId: string;

  constructor({ id, scim }: LockedTeam) {
    super(
      409,
      'uniqueness',
      `The team "${scim.displayName}" was made in Rollcall, and an admin there has to decide whether this group becomes that team ` +
        `or one of its own: rollcall team decide <org> ${id} link, or create. Then push the group again with Push Now`,
    );
    this.teamId = id;
  }
}

/** Whether the provider has to wait for an admin before it takes over a local team (K11). */
export const isUndecided = ({ organization, connectionId }: ProvisioningRequest, { origin, linking }: LockedTeam) =>
  origin === 'local' &&
  connectionId !== undefined &&
  linking !== 'allowed' &&
  linking !== 'refused' &&
  organization.policy.groupNameClash === 'ask';

/**
 * Refuses that a local team becomes the group of its name that the provider pushes (behaviors.md B39). A name never grants anything:
 * a team that gives something is linked by its id, or where an admin allowed it.
 *
 * @throws ScimError uniqueness if the policy, an admin or what the team gives says no
 */
export async function refuseByName(request: ProvisioningRequest, team: LockedTeam, asked: AskedTeam): Promise<void> {
  const { grants, inForceName, linking } = team;
  const gives = grants.role !== undefined || grants.license !== undefined;
  const isSpelledOtherwise = inForceName !== asked.displayName;
  const refusal = teamLinkRefusal({ gives, isSpelledOtherwise, linking }, request.organization.policy);
  if (isUndecided(request, team)) throw new LinkUndecided(team);
  if (refusal === 'parted') throw uniqueness(partedTeam(team));
  if (refusal !== undefined) throw await teamConflict(request, asked, 'teams_display_name');
}

/** Whether a team is none that the provider sees (K12). */
export const isHidden = ({ organization }: ProvisioningRequest, { origin, heldBy }: LockedTeam) =>
  origin === 'local' && heldBy === undefined && organization.policy.localTeams === 'hidden';

export const partedTeam = ({ id, scim }: Pick<LockedTeam, 'id' | 'scim'>) =>
  `An admin parted the team "${scim.displayName}" from the identity provider. An admin allows it to be linked in Rollcall: rollcall team link <org> ${id}`;

/** Why the provider does not go on with a team that it asked for by its name while the connection held that; undefined if it does. */
export function heldLinkRefusal({ id, scim, origin, grants, linking }: LockedTeam): string | undefined {
  const gives = grants.role !== undefined || grants.license !== undefined;
  const refusal = heldTeamRefusal({ origin, gives, linking });
  return refusal && teamStaysHeld({ id, name: scim.displayName as string, linking });
}

/** Why a team stays held, in words. */
export const teamStaysHeld = ({ id, name, linking }: { id: string; name: string; linking: Linking | undefined }) =>
  linking === 'refused' ? partedTeam({ id, scim: { displayName: name } }) : teamGives({ id, name });

const teamGives = ({ id, name }: { id: string; name: string }) =>
  `The team "${name}" was made in Rollcall and gives a role or a license, and a name never grants anything. An admin allows it to be linked in Rollcall: rollcall team link <org> ${id}`;

export const noSuchGroup = (id: string) =>
  `There is no group ${shown(id)} in this organization. If the team was deleted here, unlink the pushed group and push it again`;
