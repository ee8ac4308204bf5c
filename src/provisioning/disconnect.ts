/**
 * Disconnecting: the connection ends for good, and what it provisioned becomes what was chosen (organization/disconnecting.ts). Its
 * tokens end and what it held is discarded at once; the rest is done piece by piece, each one transaction with its events. What is
 * done is no longer the connection's, so whoever finds it unfinished goes on with what is left.
 */
import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { accessRules } from '../organization/access.ts';
import {
  type DisconnectChoice,
  type Fate,
  fateOfMember,
  fateOfTeam,
  isInForce,
} from '../organization/disconnecting.ts';
import type { Rule, Source } from '../organization/plan.ts';
import { administratorsChange } from '../organization/roles.ts';
import { ruleSays } from '../organization/rules.ts';
import { userType } from '../scim/resource-types.ts';
import { lockSeats, readSeats } from '../store/access-writing.ts';
import { forgetHeldMemberships, takeOverMemberships } from '../store/by-hand-writing.ts';
import { lockConnection, readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import {
  lockHeldNewcomers,
  type PersonOfConnection,
  readAdministering,
  readPeopleOfConnection,
  readResourcesOfConnection,
  readStandingOf,
  readTeamsOfConnection,
  type TeamOfConnection,
} from '../store/disconnect-rows.ts';
import {
  beginEnding,
  buryMembers,
  deleteValuesOfMany,
  discardBatchesOf,
  dropNewcomers,
  dropNewTeams,
  endConnection,
  partMembers,
  partResources,
  partTeams,
} from '../store/disconnect-writing.ts';
import { readGovernedIn } from '../store/governing.ts';
import { type HeldPerson, readHeldPeople } from '../store/held-rows.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { insertConnection } from '../store/organization-writing.ts';
import { readLastSeq } from '../store/snapshot.ts';
import { lockTeam } from '../store/team-writing.ts';
import { markTokensRevoked } from '../store/token-writing.ts';
import { freeSeats } from './access-in-force.ts';
import type { Acting } from './acting.ts';
import { emailKeysOf } from './asked-member.ts';
import { refOf } from './change-resource.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { dissolveTeam } from './dissolve-team.ts';
import { type HeldItem, itemsOf, type PartingKind, planPeople, seatsAfter } from './held-plan.ts';
import { assertNotEnding } from './hold.ts';
import { heldTeam } from './hold-team.ts';
import { asPlanned, gatherPlan, type HeldPlan, isOutdated, lookAgain, type PlanPage } from './plan-held.ts';
import { memberRef, teamRef } from './references.ts';
import { settlePeople } from './settle.ts';

/** What became of a disconnecting. */
export type Disconnected = {
  /** The connection that ends. */
  connection: string;
  /** False where it goes on in the background. */
  isDone: boolean;
  /** People who stay as they are, whatever was chosen, because nobody else administers the organization by now: their ids. */
  kept: string[];
};

/**
 * Ends the organization's connection for good. Its tokens are refused within a second, what it held is discarded, and what it
 * provisioned becomes what is chosen. When that is done the organization has a new connection, which is off.
 *
 * @param version the version of the plan that was shown; without it whatever there is happens
 * @throws OperatorError refused if it is being disconnected already, or if nobody would be left who administers the organization,
 *   with their names; changed if the plan is another one than the version names
 */
export async function disconnect(
  db: Database,
  org: { id: string },
  choice: DisconnectChoice,
  at: Acting,
  version?: string,
): Promise<Disconnected> {
  const connection = await asPlanned(
    version,
    (seen) => beginDisconnecting(db, org, choice, at, seen),
    () => planDisconnect(db, org, choice, { from: 0, limit: 0 }),
  );
  return await goOnDisconnecting(db, org, connection, at, performance.now() + limits.settleInlineMs);
}

/** The plan of a disconnecting, one page of it, and why it would be refused. */
export type DisconnectPlan = HeldPlan & { refusal: string | undefined };

/** What disconnecting would bring about, in the order in which it happens. Seats that it frees go to whoever waits for one. */
export async function planDisconnect(
  db: Database,
  org: { id: string },
  choice: DisconnectChoice,
  page: PlanPage,
): Promise<DisconnectPlan> {
  const { id: connection } = await readConnection(db, org);
  let refusal: string | undefined;
  const plan = await gatherPlan(
    db,
    org,
    async function* (tx) {
      yield await readLastSeq(tx);
      refusal = await refusalOf(tx, connection, choice);
      yield* readPlan(tx, connection, choice);
    },
    page,
  );
  return { ...plan, refusal };
}

async function* readPlan(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
): AsyncGenerator<HeldItem[], void> {
  if (choice !== 'remove') yield* readTeamItems(tx, connection, choice, (fate) => fate !== 'remove');
  const { policy, licenses, domains } = await readGovernedIn(tx);
  const rules = accessRules(policy, licenses);
  let free = freeSeats(await readSeats(tx));
  let after: string | undefined;
  for (;;) {
    const ids = await readPeopleOfConnection(tx, connection, choice === 'remove', {
      after,
      limit: limits.planPageRows,
    });
    after = ids.at(-1);
    if (after === undefined) break;
    const faced = await facePeople(tx, { connection, choice, ids, source: {} }, false);
    const people = faced.map(({ side }) => side);
    const changes = planPeople(people.filter(changesInForce), { rules, policy, domains, freeSeats: free });
    free = seatsAfter(free, changes);
    yield [...itemsOf(changes, { people, teams: [] }), ...faced.flatMap(partingOfPerson)];
  }
  if (choice === 'remove') yield* readTeamItems(tx, connection, choice, (fate) => fate !== 'remove');
  yield* readTeamItems(tx, connection, choice, (fate) => fate === 'remove');
}

async function* readTeamItems(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  isMeant: (fate: Fate) => boolean,
): AsyncGenerator<HeldItem[], void> {
  let after: string | undefined;
  for (;;) {
    const teams = await readTeamsOfConnection(tx, connection, { after, limit: limits.planPageRows }, false);
    after = teams.at(-1)?.id;
    if (after === undefined) return;
    yield teams.flatMap((team) => {
      const fate = teamFate(team, choice);
      return isMeant(fate) ? partingOfTeam(team, fate) : [];
    });
  }
}

const teamFate = ({ inForceName, ...team }: TeamOfConnection, choice: DisconnectChoice) =>
  fateOfTeam({ ...team, isHere: inForceName !== undefined }, choice);

/** A person when the connection ends: what becomes of them, and the sides that the plan takes to bring it about. */
type Faced = {
  /** `leave` for somebody of another origin, who only is in a team that ends. */
  fate: Fate | 'leave';
  person: HeldPerson;
  externalId: string | undefined;
  side: HeldPerson;
};

const ruleOf = { keep: 'disconnect-kept', suspend: 'disconnect-suspended', remove: 'disconnect-removed' } as const;

/** Reads people, and what becomes of them. */
async function facePeople(
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
const changesInForce = ({ source, memberships }: HeldPerson) =>
  source !== undefined || memberships.some(({ ends }) => ends);

/** Whose a person is from now on, as an item of a plan. */
function partingOfPerson({ fate, person, externalId }: Faced): HeldItem[] {
  const { id, origin, scim } = person;
  const what = { id, name: scim.userName as string };
  if (fate === 'hand-over') return [partingItem('member.handed_over', what, [externalId ?? null, null], ruleOf.keep)];
  if ((fate !== 'keep' && fate !== 'suspend') || origin === 'local') return [];
  return [partingItem('member.origin', what, [origin, 'local'], ruleOf[fate])];
}

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
): HeldItem => ({ kind, ...what, from, to, reason: { rule }, because: ruleSays[rule] });

/** Why the choice cannot be carried out: nobody would own or administer the organization any more. Undefined if it can. */
async function refusalOf(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
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
  const shown = names.slice(0, namesShownMax).join(', ');
  const more = names.length > namesShownMax ? ` and ${names.length - namesShownMax} more` : '';
  return (
    `This would leave the organization without an active ${isWithout}, and nothing was changed: ${shown}${more} would go. ` +
    'Make a member whom the provider does not manage one first, part one of these from the provider (rollcall member unlink), or choose keep or hand-over.'
  );
}

const namesShownMax = 20;

/** Ends the tokens of the connection and what it held, and says what is to become of the rest. Returns the connection's id. */
async function beginDisconnecting(
  db: Database,
  org: { id: string },
  choice: DisconnectChoice,
  at: Acting,
  version: string | undefined,
): Promise<string | typeof lookAgain> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const { id, state: before } = await lockConnection(tx);
    assertNotEnding(before);
    // Behind this lock nobody asks anything, and nobody makes or unmakes an administrator.
    await lockSeats(tx);
    if (await isOutdated(tx, version)) return { result: lookAgain, events: [] };
    const refusal = await refusalOf(tx, id, choice);
    if (refusal !== undefined) throw new OperatorError('refused', refusal);
    const by = at.actor ?? { type: 'operator' };
    beginEnding(tx, id, { choice, by, now });
    const [tokens, batches] = await Promise.all([
      markTokensRevoked(tx, now, id),
      discardBatchesOf(tx, id, { by, now }),
    ]);
    const events: FeedEventBody[] = [
      { kind: 'connection.state_changed', data: { connection: id, before, after: 'disconnecting', choice } },
      ...tokens.map((token) => ({ kind: 'token.revoked' as const, data: { token: { id: token } } })),
      ...batches.map((hold) => ({ kind: 'hold.discarded' as const, data: { hold } })),
    ];
    return { result: id, events, governs: true };
  });
}

/**
 * Goes on with a disconnecting, where somebody else stopped or from the beginning.
 *
 * @param at who disconnects: the actor of the events
 * @param untilMs when to stop, by performance.now(); what is left is gone on with later
 */
export async function goOnDisconnecting(
  db: Database,
  org: { id: string },
  connection: string,
  at: Acting,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<Disconnected> {
  const kept: string[] = [];
  const piece: Piece = (work, otherwise) =>
    commitByHand(db, org, at, async (tx, context) => {
      // Two who go on with the same take turns.
      const { state, choice } = await lockConnection(tx, connection);
      if (state !== 'disconnecting' || choice === undefined) return { result: otherwise, events: [] };
      return await work(tx, { ...context, connection, choice });
    });
  const steps = async (): Promise<boolean> => {
    const choice = await piece(async (_, of) => ({ result: of.choice, events: [] }), undefined);
    if (choice === undefined) return true;
    const inOrder =
      choice === 'remove'
        ? [newcomers, people(kept), teamsPart, teamsEnd, resources]
        : [newcomers, teamsPart, people(kept), teamsEnd, resources];
    for (const step of inOrder) if (!(await step(piece, () => performance.now() >= untilMs))) return false;
    await piece(finish, undefined);
    return true;
  };
  return { connection, isDone: await steps(), kept };
}

type Ending = ByHand & { connection: string; choice: DisconnectChoice };
type Work<T> = (tx: OrgTransaction, of: Ending) => Promise<Outcome<T>>;
type Piece = <T>(work: Work<T>, otherwise: T) => Promise<T>;

/** One kind of what there is to do, piece by piece. Resolves to false if the time was over before the end. */
type Step = (piece: Piece, isTime: () => boolean) => Promise<boolean>;

/** A step through rows by rising id; `work` resolves to the last id of a page, and to undefined behind the last one. */
const through =
  (work: (after: string | undefined) => Work<string | undefined>): Step =>
  async (piece, isTime) => {
    let after: string | undefined;
    for (;;) {
      if (isTime()) return false;
      after = await piece(work(after), undefined);
      if (after === undefined) return true;
    }
  };

/** Those whom the provider asked for and who never came end first: somebody else may have the name that they have. */
const newcomers: Step = through(() => async (tx, { connection, source, now }) => {
  const found = await lockHeldNewcomers(tx, connection, limits.peoplePerSettlingMax);
  const ids = found.map(({ id }) => id);
  if (ids.length === 0) return { result: undefined, events: [] };
  dropNewcomers(tx, ids, { rule: ruleOf.remove, ...source }, now);
  deleteValuesOfMany(tx, userType.name, ids);
  const events = found.map(
    ({ id, scim }): FeedEventBody => ({
      kind: 'member.held',
      data: { member: memberRef(id, scim), hold: null, asked: 'removal', changed: {} },
    }),
  );
  return { result: ids.at(-1), events, members: -found.filter(({ isAskedFor }) => isAskedFor).length };
});

/** People, in pieces. Whoever cannot go as the last one who administers stays as an admin's. */
const people =
  (kept: string[]): Step =>
  async (piece, isTime) => {
    let after: string | undefined;
    let limit: number = limits.peoplePerSettlingMax;
    for (;;) {
      if (isTime()) return false;
      const page = { after, limit };
      try {
        const last = await piece((tx, of) => somePeople(tx, of, page), undefined);
        if (last === undefined) return true;
        after = last;
      } catch (error) {
        if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
        if (limit > 1) {
          limit = Math.ceil(limit / 8);
          continue;
        }
        const last = await piece((tx, of) => somePeople(tx, { ...of, choice: 'keep' }, page, of.choice), undefined);
        if (last === undefined) return true;
        kept.push(last);
        after = last;
        limit = limits.peoplePerSettlingMax;
      }
    }
  };

async function somePeople(
  tx: OrgTransaction,
  of: Ending,
  page: { after: string | undefined; limit: number },
  scope: DisconnectChoice = of.choice,
): Promise<Outcome<string | undefined>> {
  const { connection, choice, source, now, governed } = of;
  const ids = await readPeopleOfConnection(tx, connection, scope === 'remove', page);
  if (ids.length === 0) return { result: undefined, events: [] };
  const faced = await facePeople(tx, { connection, choice, ids, source }, true);
  const settled = await settlePeople(tx, faced.map(({ side }) => side).filter(changesInForce), of);
  const having = (...fates: Faced['fate'][]) => faced.filter(({ fate }) => fates.includes(fate));
  const parting = (those: readonly Faced[]) =>
    those.map(({ person: { id, isAskedFor, scim } }) => ({ id, emailKeys: isAskedFor ? [] : emailKeysOf(scim) }));
  const reason = { rule: ruleOf.keep, ...source };
  partMembers(tx, parting(having('keep', 'suspend')), { as: 'local', reason, now });
  partMembers(tx, parting(having('hand-over')), { as: 'handed-over', reason, now });
  const removed = having('remove').map(({ person }) => person.id);
  buryMembers(tx, removed, now);
  deleteValuesOfMany(tx, userType.name, removed);
  const events = [...settled.events, ...faced.flatMap((each) => partingEvents(each, source))];
  const stays = having('keep', 'suspend', 'hand-over').filter(({ person }) => !person.isAskedFor).length;
  const goes = having('remove').filter(({ person }) => person.isAskedFor).length;
  return { ...settled, result: ids.at(-1), events, members: stays - goes, governs: !governed.knowsPeople };
}

function partingEvents({ fate, person: { id, scim, origin } }: Faced, source: Source): FeedEventBody[] {
  const member = memberRef(id, scim);
  if (fate === 'hand-over') {
    return [{ kind: 'member.handed_over', data: { member, reason: { rule: ruleOf.keep, ...source } } }];
  }
  if ((fate !== 'keep' && fate !== 'suspend') || origin === 'local') return [];
  const reason = { rule: ruleOf[fate], ...source };
  return [{ kind: 'member.unlinked', data: { member, before: origin, after: 'local', reason } }];
}

/** Teams that stay become an admin's, or wait for the next provider; those that never came end. */
const teamsPart: Step = through((after) => async (tx, { connection, choice, source, now }) => {
  const page = { after, limit: limits.teamsPerDisconnectingMax };
  const teams = await readTeamsOfConnection(tx, connection, page, true);
  const having = (fate: Fate) => teams.filter((team) => teamFate(team, choice) === fate);
  const idsOf = (those: readonly TeamOfConnection[]) => those.map(({ id }) => id);
  const [dropped, kept, handed] = [having('drop'), having('keep'), having('hand-over')];
  takeOverMemberships(tx, idsOf(kept));
  forgetHeldMemberships(tx, idsOf(handed));
  dropNewTeams(tx, idsOf(dropped), now);
  partTeams(tx, idsOf(kept), 'local', now);
  partTeams(tx, idsOf(handed), 'handed-over', now);
  const reason = { rule: ruleOf.keep, ...source };
  const events = teams.flatMap((team): FeedEventBody[] => {
    const { id, inForceName, origin, externalId, askedName } = team;
    const ref = teamRef(id, inForceName ?? askedName);
    const known = externalId === undefined ? {} : { externalId };
    if (dropped.includes(team)) return [{ kind: 'team.held', data: heldTeam(ref, 'removal') }];
    if (handed.includes(team)) return [{ kind: 'team.handed_over', data: { team: ref, ...known, reason } }];
    if (!kept.includes(team) || origin === 'local') return [];
    return [{ kind: 'team.unlinked', data: { team: ref, before: origin, after: 'local', ...known, reason } }];
  });
  const comeBack = [...kept, ...handed].filter(({ isAskedFor }) => !isAskedFor).length;
  const gone = dropped.filter(({ isAskedFor }) => isAskedFor).length;
  return { result: teams.at(-1)?.id, events, teams: comeBack - gone };
});

/** Teams that end, one at a time: each may take roles and licenses from the people who are left in it. */
const teamsEnd: Step = through((after) => async (tx, { connection, choice, rules, source, now }) => {
  const [team] = await readTeamsOfConnection(tx, connection, { after, limit: 1 }, false);
  if (team === undefined) return { result: undefined, events: [] };
  const locked = teamFate(team, choice) === 'remove' ? await lockTeam(tx, team.id, 'here') : undefined;
  if (locked === undefined) return { result: team.id, events: [] };
  const outcome = await dissolveTeam(tx, locked, { act: ruleOf.remove, isRemembered: true, rules, source, now });
  return { ...outcome, result: team.id };
});

/** What is neither a person nor a team stays as it is, or goes with those. */
const resources: Step = through((after) => async (tx, { connection, choice, now }) => {
  const page = { after, limit: limits.peoplePerSettlingMax };
  const found = await readResourcesOfConnection(tx, connection, page, true);
  if (found.length === 0) return { result: undefined, events: [] };
  const isRemoved = choice === 'remove';
  partResources(
    tx,
    found.map(({ id }) => id),
    { isRemoved, now },
  );
  if (isRemoved) {
    for (const [type, those] of Map.groupBy(found, (each) => each.type)) {
      deleteValuesOfMany(
        tx,
        type,
        those.map(({ id }) => id),
      );
    }
  }
  const events = found.flatMap(({ id, type, scim }): FeedEventBody[] => {
    const { schemas: _, ...attributes } = scim;
    const resource = refOf({ name: type }, id, scim);
    if (isRemoved) return [{ kind: 'resource.removed', data: { resource, attributes } }];
    if (scim.externalId === undefined) return [];
    return [{ kind: 'resource.updated', data: { resource, changed: { externalId: { before: scim.externalId } } } }];
  });
  return { result: found.at(-1)?.id, events };
});

/** The connection has ended, and a new one takes its place, to be set up and turned on. */
const finish: Work<undefined> = async (tx, { connection, choice, now }) => {
  const { provider, scimProfile } = await lockConnection(tx, connection);
  endConnection(tx, connection, now);
  const id = newUuid({ msecs: now.getTime() });
  insertConnection(tx, { id, provider, scimProfile, state: 'off', now });
  const events: FeedEventBody[] = [
    {
      kind: 'connection.state_changed',
      data: { connection, before: 'disconnecting', after: 'disconnected', choice },
    },
    { kind: 'connection.created', data: { connection: id, follows: connection } },
  ];
  return { result: undefined, events, governs: true };
};
