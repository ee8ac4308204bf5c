/**
 * Whoever comes under the userName, or the external id, of somebody who is still here because their going is held. The two are one
 * place: the new one waits in the batch that holds the going, and once nothing holds it any more they change places at once, as
 * letting the batch go would have done it. The same of teams, by their names.
 */
import type { AccessRules } from '../organization/access.ts';
import { type BrakeCounts, counted, sumOfCounts } from '../organization/brake.ts';
import { stateOfGoing } from '../organization/holding.ts';
import { type BuiltInRole, isAdministrative } from '../organization/roles.ts';
import { noAccessCounts } from '../store/access-writing.ts';
import { type GoingMember, type GoingTeam, lockGoingMember, lockGoingTeams, type Named } from '../store/going-rows.ts';
import { readHeldPeople } from '../store/held-rows.ts';
import { holdMemberDeletion, holdTeamDeletion, moveHeldTeams } from '../store/held-writing.ts';
import type { AskedMember, Held } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { NotShared } from '../store/shared-transactions.ts';
import { type AskedTeam, lockTeam } from '../store/team-writing.ts';
import { addCounts } from './access-in-force.ts';
import { type Assumptions, NameIsLeft } from './assumptions.ts';
import { askBrake, type Braking } from './brake.ts';
import type { Outcome } from './commit-change.ts';
import { countsOfDissolving, dissolveTeam } from './dissolve-team.ts';
import { heldFor } from './hold.ts';
import { heldTeam } from './hold-team.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef, teamRef } from './references.ts';
import { settleNames, settlePeople } from './settle.ts';

/** What becomes of whoever comes. */
export type Succession = {
  /** What holds whoever comes, and who asked for that. */
  held: Held;
  /** The person who goes as the other one comes, which nothing holds any more. */
  instead: GoingMember | undefined;
  /** What goes with the outcome of the change. */
  rest: Braking['rest'];
};

/** What a removal of a person takes out of force. */
export const countsOfRemoval = (role: BuiltInRole): BrakeCounts =>
  counted({ deactivations: 1, lostAdmins: Number(isAdministrative(role)) });

/** Whose place somebody comes to; undefined if it is nobody's. To be asked before anything is written. */
export async function memberSuccession(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  assumptions: Assumptions,
  asked: AskedMember,
): Promise<Succession | undefined> {
  const going = await goingMember(tx, request, asked);
  if (going === undefined) return undefined;
  if (tx.isShared === true) throw new NotShared();
  const { id, scim, isActive, role } = going;
  const { held, isAnew, isOver, rest } = await holdOn(tx, request, assumptions, going.heldBy, async () =>
    isActive ? countsOfRemoval(role) : {},
  );
  if (!isAnew) return { held, instead: isOver ? going : undefined, rest };
  holdMemberDeletion(tx, id, held, request.now);
  const data = { member: memberRef(id, scim), hold: held.by, asked: 'removal' as const, changed: {} };
  return { held, instead: undefined, rest: { ...rest, events: [...rest.events, { kind: 'member.held', data }] } };
}

const namesOf = (
  { connectionId }: ProvisioningRequest,
  { userNameKey: nameKey, externalId }: Pick<AskedMember, 'userNameKey' | 'externalId'>,
): Named => ({ nameKey, externalId, connectionId });

async function goingMember(tx: OrgTransaction, request: ProvisioningRequest, asked: AskedMember) {
  const { organization, connectionId } = request;
  if (connectionId === undefined || !organization.knowsGoing) return undefined;
  return await lockGoingMember(tx, namesOf(request, asked));
}

/**
 * Holds, behind the statement that wrote somebody's name in force, that nobody has it who is to go: a deletion that the statement
 * waited for may have been held meanwhile.
 */
export async function assertPlaceIsFree(tx: OrgTransaction, request: ProvisioningRequest, asked: AskedMember) {
  if ((await goingMember(tx, request, asked)) !== undefined) throw new NameIsLeft();
}

/**
 * The outcome of a change that wrote somebody's coming as held, with what follows: where nothing holds the other one any more, the one
 * comes and the other goes in the same transaction, by the plan of letting go what is held.
 *
 * @param id whoever comes
 * @param again makes the result of the change once both have changed places
 */
export async function takingPlace<T>(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  { instead, held, rest }: Succession,
  outcome: Outcome<T>,
  { id, rules, again }: { id: string; rules: AccessRules; again: () => Promise<T> },
): Promise<Outcome<T>> {
  const events = [...rest.events, ...outcome.events];
  const waiting = { ...joined(outcome, { ...rest, result: undefined }), events };
  if (instead === undefined) return waiting;
  const { organization: governed, now } = request;
  const people = await readHeldPeople(tx, held.by, [instead.id, id], true);
  const settled = await settlePeople(tx, people, { governed, rules, source: sourceOf(request), now });
  return { ...joined(waiting, settled), result: await again(), events: [...events, ...settled.events] };
}

/** The outcome of a change, with that of what was put in force before it or by it in the same transaction. */
function joined<T>(outcome: Outcome<T>, other: Outcome<unknown>): Outcome<T> {
  const { access = noAccessCounts, braked } = outcome;
  return {
    ...outcome,
    governs: outcome.governs === true || other.governs === true,
    access: addCounts(access, other.access ?? noAccessCounts),
    braked:
      braked && other.braked
        ? {
            counts: sumOfCounts(braked.counts, other.braked.counts),
            isDecided: braked.isDecided && other.braked.isDecided,
          }
        : (braked ?? other.braked),
  };
}

type TeamSuccession = Pick<Succession, 'rest'> & {
  /** What holds the team that comes; undefined if it is put in force. */
  held: Held | undefined;
  /** What came of the end of the other one, or of another name of it, where that happened here. */
  ended: Outcome<undefined> | undefined;
};

/**
 * The same as `memberSuccession` of a team. One whose end nothing holds any more ends here. One that has only been renamed, and keeps
 * the name because that is held, never ends by it: once nothing holds that any more it has its other name from here on, for which it
 * may have waited itself.
 *
 * @param id of the team that comes
 */
export async function teamSuccession(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  assumptions: Assumptions,
  rules: AccessRules,
  id: string,
  asked: AskedTeam,
): Promise<TeamSuccession | undefined> {
  const { organization, now } = request;
  const found = await goingTeams(tx, request, id, asked);
  const last = found.at(-1);
  const going = last?.isAskedFor === false ? await lockTeam(tx, last.id, 'here') : undefined;
  if (last === undefined || (going === undefined && !last.isAskedFor)) return undefined;
  if (tx.isShared === true) throw new NotShared();
  const source = sourceOf(request);
  if (!last.isFree && going === undefined && stateOfGoing(organization, last.heldBy) !== 'open') {
    return { held: heldFor(request, undefined) ?? { by: last.heldBy, source }, ended: undefined, rest: { events: [] } };
  }
  const { held, isAnew, isOver, rest } = await holdOn(tx, request, assumptions, last.heldBy, async () =>
    going === undefined ? {} : await countsOfDissolving(tx, organization.policy, going),
  );
  const leaving = found.filter(({ isAskedFor }) => isAskedFor).reverse();
  if (isOver) {
    const isRemembered = organization.policy.groupDeletion === 'remove-after-grace';
    const context = { act: 'asked-removed' as const, isRemembered, rules, source, now };
    const ended = going === undefined ? { result: undefined, events: [] } : await dissolveTeam(tx, going, context);
    const events = leaving.length === 0 ? [] : settleNames(tx, leaving);
    return { held: undefined, ended: { ...ended, events: [...ended.events, ...events] }, rest };
  }
  const others = leaving.filter(({ heldBy }) => heldBy !== held.by);
  moveHeldTeams(
    tx,
    others.map((team) => team.id),
    held.by,
  );
  if (isAnew && going !== undefined) holdTeamDeletion(tx, going.id, held, now);
  const heldNow = [
    ...others.map((team) => heldTeam(teamRef(team.id, team.askedName), 'change')),
    ...(isAnew && going ? [heldTeam(teamRef(going.id, going.scim.displayName as string), 'removal')] : []),
  ];
  const events = heldNow.map((data) => ({ kind: 'team.held' as const, data: { ...data, hold: held.by } }));
  return { held, ended: undefined, rest: { ...rest, events: [...rest.events, ...events] } };
}

/**
 * The team whose name, or external id, another one is to get and which is to leave it; then the one whose name that one is to get, and
 * so on, as far as the first one that waits in an open batch.
 */
async function goingTeams(
  tx: OrgTransaction,
  { organization, connectionId }: ProvisioningRequest,
  id: string,
  { displayNameKey: nameKey, externalId }: AskedTeam,
): Promise<GoingTeam[]> {
  if (connectionId === undefined || !organization.knowsGoing) return [];
  let found: GoingTeam[] = [];
  for (;;) {
    const known = found;
    found = await lockGoingTeams(tx, id, { nameKey, externalId, connectionId });
    // Whatever was waited for may have changed: behind the locks it is what it is.
    if (found.every((team) => known.some((each) => each.id === team.id))) break;
  }
  const open = found.findIndex(({ heldBy }) => stateOfGoing(organization, heldBy) === 'open');
  return open === -1 ? found : found.slice(0, open + 1);
}

/** The outcome of a change of a team that takes the place of another one, with what came of that. */
export function inPlaceOf<T>(succession: TeamSuccession | undefined, outcome: Outcome<T>): Outcome<T> {
  if (succession === undefined) return outcome;
  const { ended = { result: undefined, events: [] }, rest } = succession;
  const events = [...rest.events, ...ended.events, ...outcome.events];
  return { ...joined(joined(outcome, ended), { ...rest, result: undefined }), events };
}

/** The same as `assertPlaceIsFree` of a team. */
export async function assertTeamNameIsFree(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  id: string,
  asked: AskedTeam,
): Promise<void> {
  if ((await goingTeams(tx, request, id, asked)).length > 0) throw new NameIsLeft();
}

/**
 * What holds a going from now on, and whoever comes in its place. In a batch that is open it stays; one that was discarded is asked
 * for anew by whoever comes, and counts again for the brake; what is being let go was looked at by somebody.
 */
async function holdOn(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  assumptions: Assumptions,
  heldBy: string,
  counts: () => Promise<BrakeCounts>,
): Promise<{ held: Held; isAnew: boolean; isOver: boolean; rest: Braking['rest'] }> {
  const nothing = { events: [] };
  const state = stateOfGoing(request.organization, heldBy);
  const held = { by: heldBy, source: sourceOf(request) };
  if (state === 'open') return { held, isAnew: false, isOver: false, rest: nothing };
  const byConnection = heldFor(request, undefined);
  if (byConnection !== undefined) return { held: byConnection, isAnew: true, isOver: false, rest: nothing };
  if (state === 'settling') return { held, isAnew: false, isOver: true, rest: nothing };
  const brake = await askBrake(tx, request, assumptions, await counts());
  return {
    held: brake.held ?? held,
    isAnew: brake.held !== undefined,
    isOver: brake.held === undefined,
    rest: brake.rest,
  };
}

/**
 * Holds that nobody who is to go has the userName that an admin gave somebody. Behind the statement that wrote it.
 *
 * @throws OperatorError refused
 */
export async function assertNobodyLeaves(tx: OrgTransaction, asked: AskedMember): Promise<void> {
  const going = await lockGoingMember(tx, {
    nameKey: asked.userNameKey,
    externalId: undefined,
    connectionId: undefined,
  });
  if (going === undefined) return;
  throw new OperatorError(
    'refused',
    `The userName "${asked.userName}" is still that of a member (id ${going.id}) whom the identity provider has deleted, which is held. ` +
      'Let the batch go that holds it, or remove that member first.',
  );
}
