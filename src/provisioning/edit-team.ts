import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { plan, type Reason } from '../organization/plan.ts';
import { caseKey } from '../scim/case-key.ts';
import { lockScope, readAccess } from '../store/access-rows.ts';
import { lockMembership, saveMembershipByHand, updateTeamInForce } from '../store/by-hand-writing.ts';
import type { Database } from '../store/database.ts';
import { deleteMemberships } from '../store/membership-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type AskedTeam, insertTeam, updateTeam } from '../store/team-writing.ts';
import type { AccessContext } from './access-in-force.ts';
import { recomputeAccess } from './access-in-force.ts';
import { isUnlicensed } from './access-of-request.ts';
import type { Acting, Creating } from './acting.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { dissolveTeam } from './dissolve-team.ts';
import { noSuchMember, type TeamHere, teamToChange, teamToTakeFrom } from './locked.ts';
import { isMembership, membershipEvents } from './membership-events.ts';
import { teamRef } from './references.ts';

/**
 * Makes a local team, which no identity provider manages. Teams may be made beside those of the provider at any time
 * (behaviors.md D33, P35).
 *
 * @throws OperatorError if the name is empty, too long or taken
 */
export async function addTeam(
  db: Database,
  org: { id: string },
  name: string,
  at: Creating<{ id: string }>,
): Promise<{ id: string }> {
  const asked = askedByHand(name);
  const id = newUuid({ msecs: at.now.getTime() });
  return await commitByHand(
    db,
    org,
    at,
    async (tx, { source, now }) => {
      insertTeam(tx, { id, connectionId: undefined, origin: 'local', asked, inForceName: name, now });
      const created = { id };
      at.remember?.(tx, created);
      const reason: Reason = { rule: 'made-by-hand', ...source };
      return {
        result: created,
        events: [{ kind: 'team.created', data: { team: teamRef(id, name), reason } }],
        teams: 1,
      };
    },
    () => nameTaken(name),
  );
}

/** Whether the caller knows the team that there is; what it throws refuses the change. */
export type ExpectedTeam = (team: TeamHere) => void;

/**
 * Gives a team another name: a local one altogether, one that the provider manages, where no lock is on it, in force until the
 * provider's next request about the team (behaviors.md B50).
 *
 * @returns false if it has that name
 * @throws OperatorError not_found, locked, or refused if the name is taken
 */
export async function renameTeam(
  db: Database,
  org: { id: string },
  id: string,
  name: string,
  at: Acting,
  isExpected: ExpectedTeam = () => undefined,
): Promise<boolean> {
  const asked = askedByHand(name);
  return await commitByHand(
    db,
    org,
    at,
    async (tx, context) => {
      const team = await teamToChange(tx, id, at);
      isExpected(team);
      assertMayEdit(team, context);
      const { origin, inForceName: before } = team;
      if (before === name) return { result: false, events: [] };
      if (origin === 'local') {
        const version = team.version + 1;
        updateTeam(tx, { id, connectionId: undefined, origin, version, asked, inForceName: name, now: context.now });
      } else updateTeamInForce(tx, id, asked);
      const attribute = origin === 'local' ? 'displayName' : 'nameInForce';
      const data = {
        team: teamRef(id, name),
        changed: { [attribute]: { before, after: name } },
        inForce: { before, after: name },
      };
      return { result: true, events: [{ kind: 'team.updated', data }] };
    },
    () => nameTaken(name),
  );
}

/**
 * Removes a team.
 *
 * @throws OperatorError not_found or locked
 */
export async function removeTeam(db: Database, org: { id: string }, id: string, at: Acting): Promise<void> {
  await commitByHand(db, org, at, async (tx, context) => {
    const team = await teamToTakeFrom(tx, id, at);
    assertMayEdit(team, context);
    const { rules, source, now } = context;
    return await dissolveTeam(tx, team, { act: 'removed-by-hand', isRemembered: true, rules, source, now });
  });
}

/**
 * Puts a person into a team or takes them out of it by hand. In a team that the provider manages this lasts, where no lock is
 * on it, until the provider's next request about the person and the team (behaviors.md B50).
 *
 * @returns false if it was so already
 * @throws OperatorError not_found, locked, or refused if somebody would be left without a seat
 */
export async function changePersonOfTeam(
  db: Database,
  org: { id: string },
  { teamId, memberId, isIn }: { teamId: string; memberId: string; isIn: boolean },
  at: Acting,
): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, context) => {
    const team = await (isIn ? teamToChange : teamToTakeFrom)(tx, teamId, at);
    assertMayEdit(team, context);
    if ((await lockScope(tx, { of: 'people', ids: [memberId] })) === 0) {
      throw await noSuchMember(tx, memberId);
    }
    return await putInto(tx, team, { memberId, isIn }, context);
  });
}

async function putInto(
  tx: OrgTransaction,
  team: TeamHere,
  { memberId, isIn }: { memberId: string; isIn: boolean },
  { rules, source, now }: ByHand,
): Promise<Outcome<boolean>> {
  const [[person], stored] = await Promise.all([readAccess(tx, [memberId]), lockMembership(tx, team.id, memberId)]);
  if (person === undefined || (stored?.asked ?? false) === isIn) return { result: false, events: [] };
  const sides = {
    teamId: team.id,
    memberId,
    asked: isIn,
    // What nobody wanted was as good as not there.
    inForce: stored?.asked === true ? stored.inForce : undefined,
    memberStatus: person.memberStatus,
    memberUnlicensed: isUnlicensed(person, rules),
    isByHand: true,
  };
  const [change] = plan({ memberships: [sides] }, source).filter(isMembership);
  if (change === undefined) return { result: false, events: [] };
  if (!isIn && stored?.askedByProvider !== true) deleteMemberships(tx, [{ teamId: team.id, memberId }]);
  else saveMembershipByHand(tx, change, { isIn, inForce: change.to, reason: change.reason });
  const events: FeedEventBody[] = membershipEvents(teamRef(team.id, team.inForceName), [change]);
  const gives = team.grants.role !== undefined || team.grants.license !== undefined;
  if (!gives) return { result: true, events };
  const settling: AccessContext = { rules, source, now };
  const access = await recomputeAccess(tx, { of: 'people', ids: [memberId] }, settling);
  return { result: true, events: [...events, ...access.events], access: access.counts };
}

function assertMayEdit({ origin, inForceName, unlockedUntil }: TeamHere, { assertUnlocked }: ByHand): void {
  const what = `The team "${inForceName}" is managed by the identity provider`;
  assertUnlocked('edit-team', what, { isManaged: origin !== 'local', unlockedUntil });
}

/** The asked side of a team that an admin names: what the provider's import reads. */
export function askedByHand(name: string): AskedTeam {
  if (name.trim() === '' || name.length > limits.indexedStringLengthMax) {
    throw new OperatorError(
      'setting_invalid',
      `The name of a team has 1 to ${limits.indexedStringLengthMax} characters, and not only white space.`,
    );
  }
  const scim = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: name };
  return { scim, displayName: name, displayNameKey: caseKey(name), externalId: undefined };
}

export const nameTaken = (name: string) =>
  new OperatorError('refused', `A team named "${name}" already exists in this organization.`);
