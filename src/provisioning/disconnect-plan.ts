/** What disconnecting would bring about (organization/disconnecting.ts), and what keeps it from being done. */
import { limits } from '../limits.ts';
import { accessRules } from '../organization/access.ts';
import {
  type DisconnectChoice,
  type Fate,
  fateOfMember,
  fateOfTeam,
  isInForce,
} from '../organization/disconnecting.ts';
import type { ConnectionState } from '../organization/holding.ts';
import type { Rule, Source } from '../organization/plan.ts';
import { administratorsChange, isAdministrative } from '../organization/roles.ts';
import { whySays } from '../organization/rules.ts';
import { readAdministratorCounts, readSeats } from '../store/access-writing.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import {
  type PersonOfConnection,
  readAdministering,
  readOwnersOfConnection,
  readPeopleOfConnection,
  readStandingOf,
  readTeamsOfConnection,
  type TeamOfConnection,
} from '../store/disconnect-rows.ts';
import { readGovernedIn } from '../store/governing.ts';
import { type HeldPerson, readHeldPeople } from '../store/held-rows.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { readLastSeq } from '../store/snapshot.ts';
import type { Asking } from './acting.ts';
import type { ForeseenLine } from './foreseen-line.ts';
import { Foresight } from './foresight.ts';
import { discarded, type HeldItem, type PartingKind, planPeople } from './held-plan.ts';
import { endingRefusal } from './hold.ts';
import { mayMakeOwners } from './may-give.ts';
import { gatherPlan, type HeldPlan, type PlanPage, readHeldItems } from './plan-held.ts';

/** The plan of a disconnecting, one page of it. */
export type DisconnectPlan = HeldPlan & {
  /** Owners whom it is about: then only an owner or the operator disconnects. */
  owners: OwnerOfConnection[];
};

export type OwnerOfConnection = { id: string; userName: string };

/**
 * What disconnecting would bring about, in the order and the pieces in which it happens, with who is given the seats that it frees.
 *
 * @param by who would disconnect: it may be refused to one and not to another
 */
export async function planDisconnect(
  db: Database,
  org: { id: string },
  choice: DisconnectChoice,
  page: PlanPage,
  by: Asking = {},
): Promise<DisconnectPlan> {
  let said: SaidOfDisconnecting = { refusal: undefined, owners: [] };
  const plan = await gatherPlan(
    db,
    org,
    async function* (tx) {
      yield await readLastSeq(tx);
      const connection = await readConnection(tx, org);
      said = await sayOfDisconnecting(tx, connection, choice, by);
      yield* readDisconnectItems(tx, connection.id, choice);
    },
    page,
  );
  return { ...plan, ...said };
}

type SaidOfDisconnecting = Pick<DisconnectPlan, 'refusal' | 'owners'>;

/** Why a disconnecting would be refused, and the owners whom it is about. */
export async function sayOfDisconnecting(
  tx: OrgTransaction,
  { id, state }: { id: string; state: ConnectionState },
  choice: DisconnectChoice,
  by: Asking,
): Promise<SaidOfDisconnecting> {
  const owners = await ownersOf(tx, id, choice);
  const refusal =
    endingRefusal(state) ?? (await ownersRefusal(tx, owners, by)) ?? (await refusalOf(tx, id, choice, by));
  return { refusal, owners: by.namesNobody ? [] : owners };
}

/**
 * The items of a disconnecting, in the order and the pieces in which it happens: first what is held and does not come any more.
 *
 * @param line those who would wait for seats, where that is only foreseen
 */
export async function* readDisconnectItems(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  line?: ForeseenLine,
): AsyncGenerator<HeldItem[], void> {
  const governed = await readGovernedIn(tx);
  const now = new Date();
  for (const batch of governed.heldBatches.filter((each) => each.connection === connection)) {
    for await (const items of readHeldItems(tx, batch.id, now, { isDiscarded: true })) yield discarded(items);
  }
  if (choice !== 'remove') yield* readTeamItems(tx, connection, choice, (fate) => fate !== 'remove');
  const seats = await readSeats(tx);
  const ending = new Set<string>();
  for await (const teams of readTeams(tx, connection, choice)) {
    for (const team of teams) if (endsAfterPeople(team, choice)) ending.add(team.id);
  }
  const foresight = new Foresight(tx, {
    governed,
    seats,
    administrators: await readAdministratorCounts(tx),
    ending,
    now,
    line,
  });
  // Those who never came end before, so the pieces are of the others.
  let piece: Faced[] = [];
  let after: string | undefined;
  for (;;) {
    const ids = await readPeopleOfConnection(tx, connection, choice, {
      after,
      limit: limits.peoplePerSettlingMax,
    });
    after = ids.at(-1);
    if (after === undefined) break;
    const faced = await facePeople(tx, { connection, choice, ids, source: {} }, false);
    piece.push(...faced.filter(({ fate }) => fate !== 'drop'));
    if (piece.length < limits.peoplePerSettlingMax) continue;
    yield* settleFaced(foresight, piece.slice(0, limits.peoplePerSettlingMax));
    piece = piece.slice(limits.peoplePerSettlingMax);
  }
  yield* settleFaced(foresight, piece);
  if (choice === 'remove') yield* readTeamItems(tx, connection, choice, (fate) => fate !== 'remove');
  for await (const teams of readTeams(tx, connection, choice)) {
    for (const team of teams.filter((each) => teamFate(each, choice) === 'remove')) {
      yield partingOfTeam(team, 'remove');
      if (endsAfterPeople(team, choice)) yield* foresight.dissolve({ ...team, source: {} }, ruleOf.remove);
    }
  }
  yield* foresight.narrowed();
}

/**
 * Whether a team ends with people in it, of whom it takes what it gave. Where all ends, the people of the teams that the provider made
 * have left them by then (`endingTeam`).
 */
const endsAfterPeople = (team: TeamOfConnection, choice: DisconnectChoice) =>
  team.inForceName !== undefined &&
  teamFate(team, choice) === 'remove' &&
  (choice !== 'remove' || team.origin !== 'synced');

async function* settleFaced(foresight: Foresight, faced: readonly Faced[]): AsyncGenerator<HeldItem[], void> {
  yield* foresight.settle(faced.map(({ side }) => side).filter(changesInForce));
  yield faced.flatMap(partingOfPerson);
}

async function* readTeamItems(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  isMeant: (fate: Fate) => boolean,
): AsyncGenerator<HeldItem[], void> {
  for await (const teams of readTeams(tx, connection, choice)) {
    yield teams.flatMap((team) => {
      const fate = teamFate(team, choice);
      return isMeant(fate) ? partingOfTeam(team, fate) : [];
    });
  }
}

async function* readTeams(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
): AsyncGenerator<TeamOfConnection[], void> {
  let after: string | undefined;
  for (;;) {
    const teams = await readTeamsOfConnection(tx, connection, choice, { after, limit: limits.planPageRows }, false);
    after = teams.at(-1)?.id;
    if (after === undefined) return;
    yield teams;
  }
}

export const teamFate = ({ inForceName, ...team }: TeamOfConnection, choice: DisconnectChoice) =>
  fateOfTeam({ ...team, isHere: inForceName !== undefined }, choice);

/** A person when the connection ends: what becomes of them, and the sides that the plan takes to bring it about. */
export type Faced = {
  /** `leave` for somebody of another origin, who only is in a team that ends. */
  fate: Fate | 'leave';
  person: HeldPerson;
  externalId: string | undefined;
  side: HeldPerson;
};

export const ruleOf = {
  keep: 'disconnect-kept',
  suspend: 'disconnect-suspended',
  remove: 'disconnect-removed',
} as const;

/** Reads people, and what becomes of them. */
export async function facePeople(
  tx: OrgTransaction,
  those: { connection: string; choice: DisconnectChoice; ids: readonly string[]; source: Source },
  lock: boolean,
): Promise<Faced[]> {
  const { connection, choice, ids, source } = those;
  const ending = choice === 'remove' ? connection : undefined;
  const [people, standings] = await Promise.all([
    readHeldPeople(tx, undefined, ids, lock, ending),
    readStandingOf(tx, connection, ids),
  ]);
  return people.map((person) => {
    const { isOf, isNameTaken, externalId } = standings.get(person.id) as PersonOfConnection;
    const leaving = { origin: person.origin, isHere: isInForce(person.inForce.status), isNameTaken };
    const fate = isOf ? fateOfMember(leaving, choice) : 'leave';
    return { fate, person, externalId, side: sideOf(person, fate, source) };
  });
}

/** What the plan is to know of a person. Nothing is asked by anybody any more: what was chosen happens to them. */
function sideOf(person: HeldPerson, fate: Fate | 'leave', source: Source): HeldPerson {
  const memberships = person.memberships.map((each) =>
    each.ends ? { ...each, source, endsBy: ruleOf.remove } : { ...each, source: undefined },
  );
  switch (fate) {
    case 'suspend':
      return { ...person, memberships, source, isAskedFor: true, act: ruleOf.suspend };
    case 'remove':
      return { ...person, memberships, source, isAskedFor: false, act: ruleOf.remove };
    default:
      return { ...person, memberships, source: undefined };
  }
}

/** Whether anything in force of a person may change. */
export const changesInForce = ({ source, memberships }: HeldPerson) =>
  source !== undefined || memberships.some(({ ends }) => ends);

/** Whose a person is from now on, as an item of a plan. */
function partingOfPerson({ fate, person, externalId }: Faced): HeldItem[] {
  const { id, origin, scim, access } = person;
  const what = { id, name: scim.userName as string };
  if (fate === 'hand-over') {
    const item = partingItem('member.handed_over', what, [externalId ?? null, null], ruleOf.keep);
    return [isAdministrative(access.inForce.role) ? { ...item, because: `${item.because}; ${waitsToBeNamed}` } : item];
  }
  if ((fate !== 'keep' && fate !== 'suspend') || origin === 'local') return [];
  return [partingItem('member.origin', what, [origin, 'local'], ruleOf[fate])];
}

const waitsToBeNamed =
  'the person administers the organization, and the next provider takes them over only when an admin has named them (rollcall member link)';

function partingOfTeam({ id, inForceName, origin, externalId }: TeamOfConnection, fate: Fate): HeldItem[] {
  if (inForceName === undefined) return [];
  const what = { id, name: inForceName };
  if (fate === 'hand-over') return [partingItem('team.handed_over', what, [externalId ?? null, null], ruleOf.keep)];
  if (fate === 'remove') return [partingItem('team.removed', what, [inForceName, null], ruleOf.remove)];
  return origin === 'local' ? [] : [partingItem('team.origin', what, [origin, 'local'], ruleOf.keep)];
}

const partingItem = (
  kind: PartingKind | 'team.removed',
  what: { id: string; name: string },
  [from, to]: [string | null, string | null],
  rule: Rule,
): HeldItem => ({ kind, ...what, from, to, reason: { rule }, because: whySays(kind, { rule }) });

/** Owners whom the end of a connection is about, whatever is chosen for them. */
const ownersOf = (tx: OrgTransaction, connection: string, choice: DisconnectChoice) =>
  readOwnersOfConnection(tx, connection, choice === 'remove');

/** Why somebody may not do to owners what disconnecting does; undefined if there are none, or if they may. */
async function ownersRefusal(
  tx: OrgTransaction,
  owners: readonly OwnerOfConnection[],
  by: Asking,
): Promise<string | undefined> {
  if (owners.length === 0 || (await mayMakeOwners(tx, by))) return undefined;
  const names = namesShown(
    owners.map(({ userName }) => userName),
    by,
  );
  return `The provider manages owners, and only an owner or the operator changes whose they are: ${names}.`;
}

/** Why the choice cannot be carried out: nobody would own or administer the organization any more. Undefined if it can. */
async function refusalOf(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  by: Asking,
): Promise<string | undefined> {
  if (choice === 'keep' || choice === 'hand-over') return undefined;
  const { policy, licenses, domains } = await readGovernedIn(tx);
  const rules = accessRules(policy, licenses);
  const ids = await readAdministering(tx);
  const faced = await facePeople(tx, { connection, choice, ids, source: {} }, false);
  const sides = faced.map(({ side }) => side);
  const changes = planPeople(sides.filter(changesInForce), { rules, policy, domains, freeSeats: new Map() });
  const lost: { role: string; name: string }[] = [];
  const left = { owners: 0, admins: 0 };
  for (const { person } of faced) {
    const before = { isActive: true, role: person.access.inForce.role };
    const after = { ...before };
    for (const change of changes) {
      if (!('memberId' in change) || change.memberId !== person.id) continue;
      if (change.kind === 'member.status') after.isActive = change.to === 'active';
      if (change.kind === 'member.role') after.role = change.to.role;
    }
    const { owners, admins } = administratorsChange(undefined, after);
    left.owners += owners;
    left.admins += admins;
    if (administratorsChange(before, after).admins < 0 || administratorsChange(before, after).owners < 0) {
      lost.push({ role: before.role, name: person.scim.userName as string });
    }
  }
  const owners = lost.filter(({ role }) => role === 'owner');
  const isWithout =
    left.owners === 0 && owners.length > 0
      ? 'owner'
      : left.admins === 0 && lost.length > 0
        ? 'owner or admin'
        : undefined;
  if (isWithout === undefined) return undefined;
  const names = (isWithout === 'owner' ? owners : lost).map(({ name }) => name);
  return (
    `This would leave the organization without an active ${isWithout}, and nothing was changed: ${namesShown(names, by)} would go. ` +
    'Make a member whom the provider does not manage one first, part one of these from the provider (rollcall member unlink), or choose keep or hand-over.'
  );
}

const namesShownMax = 20;

const namesShown = (names: readonly string[], { namesNobody = false }: Asking) =>
  namesNobody
    ? `${names.length} ${names.length === 1 ? 'person' : 'people'}`
    : names.slice(0, namesShownMax).join(', ') +
      (names.length > namesShownMax ? ` and ${names.length - namesShownMax} more` : '');
