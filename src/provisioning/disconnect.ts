/**
 * Disconnecting: the connection ends for good, and what it provisioned becomes what was chosen (organization/disconnecting.ts). Its
 * tokens end and what it held is discarded at once; the rest is done piece by piece, each one transaction with its events. What is
 * done is no longer the connection's, so whoever finds it unfinished goes on with what is left.
 */
import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { DisconnectChoice, Fate } from '../organization/disconnecting.ts';
import type { Source } from '../organization/plan.ts';
import { userType } from '../scim/resource-types.ts';
import { lockSeats } from '../store/access-writing.ts';
import { forgetHeldMemberships, takeOverMemberships } from '../store/by-hand-writing.ts';
import { type LockedConnection, lockConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import {
  lockHeldNewcomers,
  readPeopleOfConnection,
  readResourcesOfConnection,
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
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { insertConnection } from '../store/organization-writing.ts';
import { lockTeam } from '../store/team-writing.ts';
import { markTokensRevoked } from '../store/token-writing.ts';
import { type Acting, type Lasting, lasting } from './acting.ts';
import { emailKeysOf } from './asked-member.ts';
import { refOf } from './change-resource.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import {
  changesInForce,
  type Faced,
  facePeople,
  planDisconnect,
  ruleOf,
  sayOfDisconnecting,
  teamFate,
} from './disconnect-plan.ts';
import { dissolveTeam } from './dissolve-team.ts';
import { assertNotEnding } from './hold.ts';
import { heldTeam } from './hold-team.ts';
import { asPlanned, assertAsPlanned, assertShown, isOutdated, lookAgain } from './plan-held.ts';
import { memberRef, teamRef } from './references.ts';
import { settlePeople } from './settle.ts';

/** Whether the caller knows the connection that there is; what it throws refuses the change. */
export type ExpectedConnection = (connection: LockedConnection) => void;

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
 * @param version the version of the plan that was shown, which is held against the plan that there is; without it whatever there is happens
 * @param isExpected whether the caller knows the connection that there is; what it throws refuses the disconnecting
 * @throws OperatorError refused if it is being disconnected already, or if nobody would be left who administers the organization,
 *   with their names; changed if the plan is another one than the version names
 */
export async function disconnect(
  db: Database,
  org: { id: string },
  choice: DisconnectChoice,
  at: Acting,
  version?: string,
  isExpected: ExpectedConnection = () => undefined,
): Promise<Disconnected> {
  const moment = lasting(at);
  const planAgain = () => planDisconnect(db, org, choice, { from: 0, limit: 0 }, at);
  let seen = version;
  if (version !== undefined) {
    // A version says what a plan contains, and not of which choice it is. What is for good is compared even if nothing has happened since.
    const plan = await planAgain();
    assertAsPlanned(version, plan);
    seen = plan.version;
  }
  const begin = (as: string | undefined) => beginDisconnecting(db, org, choice, moment(), as, isExpected);
  const connection = await asPlanned(seen, begin, planAgain);
  return await goOnDisconnecting(db, org, connection, moment, performance.now() + limits.settleInlineMs);
}

/**
 * Holds that somebody has been shown the plan of a disconnecting.
 *
 * @throws OperatorError unplanned
 */
export const assertDisconnectShown = (version: string | undefined): void =>
  assertShown(
    version,
    'Disconnecting is for good, and happens only as its plan showed it. Look at the plan (rollcall connection disconnect <org> --choice <choice> --plan, ' +
      'GET …/connection/disconnect/plan), and repeat this with its version: --plan <version>, or If-Match.',
  );

/** Ends the tokens of the connection and what it held, and says what is to become of the rest. Returns the connection's id. */
async function beginDisconnecting(
  db: Database,
  org: { id: string },
  choice: DisconnectChoice,
  at: Acting,
  version: string | undefined,
  isExpected: ExpectedConnection,
): Promise<string | typeof lookAgain> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const connection = await lockConnection(tx);
    const { id, state: before } = connection;
    assertNotEnding(before);
    // Behind this lock nobody asks anything, and nobody makes or unmakes an administrator.
    await lockSeats(tx);
    if (await isOutdated(tx, version)) return { result: lookAgain, events: [] };
    const { refusal } = await sayOfDisconnecting(tx, connection, choice, at);
    if (refusal !== undefined) throw new OperatorError('refused', refusal);
    // What is refused anyway is refused as that (RFC 9110 §13.2.1).
    isExpected(connection);
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
 * @param moment who disconnects, the actor of the events, asked anew for each piece
 * @param untilMs when to stop, by performance.now(); what is left is gone on with later
 */
export async function goOnDisconnecting(
  db: Database,
  org: { id: string },
  connection: string,
  moment: Lasting,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<Disconnected> {
  const kept: string[] = [];
  const piece: Piece = (work, otherwise) =>
    commitByHand(db, org, moment(), async (tx, context) => {
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
  const ids = await readPeopleOfConnection(tx, connection, scope, page);
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
  const teams = await readTeamsOfConnection(tx, connection, choice, page, true);
  const having = (fate: Fate) => teams.filter((team) => teamFate(team, choice) === fate);
  const idsOf = (those: readonly TeamOfConnection[]) => those.map(({ id }) => id);
  const [dropped, kept, handed] = [having('drop'), having('keep'), having('hand-over')];
  takeOverMemberships(tx, { teamIds: idsOf(kept) });
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
  const [team] = await readTeamsOfConnection(tx, connection, choice, { after, limit: 1 }, false);
  if (team === undefined) return { result: undefined, events: [] };
  const locked = teamFate(team, choice) === 'remove' ? await lockTeam(tx, team.id, 'here') : undefined;
  if (locked === undefined) return { result: team.id, events: [] };
  const outcome = await dissolveTeam(tx, locked, { act: ruleOf.remove, isRemembered: true, rules, source, now });
  return { ...outcome, result: team.id };
});

/** What is neither a person nor a team stays as it is, waits for the next provider or goes, as those do. */
const resources: Step = through((after) => async (tx, { connection, choice, source, now }) => {
  const page = { after, limit: limits.peoplePerSettlingMax };
  const found = await readResourcesOfConnection(tx, connection, choice, page);
  if (found.length === 0) return { result: undefined, events: [] };
  const isRemoved = choice === 'remove';
  const as = isRemoved ? 'removed' : choice === 'hand-over' ? 'handed-over' : 'local';
  partResources(
    tx,
    found.map(({ id }) => id),
    { as, now },
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
    if (as === 'handed-over') {
      return [{ kind: 'resource.handed_over', data: { resource, reason: { rule: ruleOf.keep, ...source } } }];
    }
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
