/**
 * Settling: what a batch holds is put in force, piece by piece. Each piece is one transaction with its events, and takes its
 * rows out of the batch, so whoever finds a batch unfinished goes on with what is left. A request of the provider that comes
 * meanwhile settles the person or team that it is about by itself, with what it asks.
 *
 * Teams come first, then people with their memberships, then the end of teams. What would leave the organization without its
 * last owner or admin stays held, as does whom and what the provider may not take over, and the batch open.
 */
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Change } from '../organization/plan.ts';
import { lockSeats, updateGivenByHand } from '../store/access-writing.ts';
import { insertMembershipsByHand } from '../store/by-hand-writing.ts';
import type { Database } from '../store/database.ts';
import type { Governed } from '../store/governing.ts';
import { type HeldPerson, lockBatch, readHeldPeople, readHeldPeopleIds, readPlacesOf } from '../store/held-rows.ts';
import { type HeldTeam, lockTeamsLeavingFor, readHeldTeams } from '../store/held-team-rows.ts';
import {
  type SettledMember,
  settleMembers,
  settleMemberships,
  settleTeams,
  updateBatch,
} from '../store/held-writing.ts';
import { deleteMemberships, updateMemberships } from '../store/membership-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { lockTeam } from '../store/team-writing.ts';
import { freeSeats, giveFreeSeats, writeAccess } from './access-in-force.ts';
import type { Lasting } from './acting.ts';
import { beginningAnew, isHeldBackAsNew } from './begin-anew.ts';
import { giveSaid, leftTeams, rememberedOfGoing, withRemembered } from './bring-back.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { settleAddress } from './confirm-address.ts';
import { dissolveTeam } from './dissolve-team.ts';
import {
  accessOf,
  inOrderOfNames,
  isComing,
  isGoing,
  memberOriginAfter,
  planPeople,
  planTeams,
  teamOriginAfter,
  waitingAddress,
} from './held-plan.ts';
import { invite, mailNewMember } from './invitation-mail.ts';
import { heldClaimRefusal, isHeldClaim } from './link-member.ts';
import { createdEvent } from './member-created.ts';
import { memberEvents } from './member-events.ts';
import { memberInForce } from './member-in-force.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';
import { memberRef, teamRef } from './references.ts';
import { rememberedUntil } from './take-out.ts';
import { createdTeamEvents, teamEvents } from './team-events.ts';

/**
 * How a settling ended: whether all is in force, and the people and teams that stay held, because nobody else would administer or
 * because the provider may not take them over before an admin has said so.
 */
export type Settled = { isDone: boolean; refused: string[] };

/** Does one piece in a transaction of its own. `otherwise` is what comes of it where nothing is to be done any more. */
type Piece = <T>(work: (tx: OrgTransaction, context: ByHand) => Promise<Outcome<T>>, otherwise: T) => Promise<T>;

/**
 * Puts in force what a batch holds that is being settled, and goes on where somebody else stopped.
 *
 * @param moment who let the batch go, the actor of the events, asked anew for each piece
 * @param untilMs when to stop, by performance.now(); what is left is gone on with later
 */
export async function settleBatch(
  db: Database,
  org: { id: string },
  batch: string,
  moment: Lasting,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<Settled> {
  const isTime = () => performance.now() >= untilMs;
  const piece: Piece = (work, otherwise) =>
    commitByHand(db, org, moment(), async (tx, context) => {
      // Two who settle the same batch take turns, and whoever paused again stops both.
      const held = await lockBatch(tx, batch);
      return held?.state === 'settling' ? await work(tx, context) : { result: otherwise, events: [] };
    });

  for (;;) {
    if (isTime()) return { isDone: false, refused: [] };
    if (!(await piece((tx) => settleSomeTeams(tx, batch), false))) break;
  }
  // Whom the provider may not take over by now stays held.
  const claims = new Set<string>();
  let refused: string[] = [];
  // Whoever could not go as the last one who administers may go when everybody else has come.
  for (let pass = 1; pass <= 2; pass++) {
    refused = [];
    let after: string | undefined;
    let limit: number = limits.peoplePerSettlingMax;
    for (;;) {
      if (isTime()) return { isDone: false, refused: [] };
      let last: string | undefined;
      try {
        last = await piece((tx, context) => settleSomePeople(tx, batch, { after, limit }, context, claims), undefined);
      } catch (error) {
        if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
        if (limit > 1) {
          limit = Math.ceil(limit / 8);
          continue;
        }
        const [one] = await piece(
          async (tx) => ({ result: await readHeldPeopleIds(tx, batch, { after, limit: 1 }), events: [] }),
          [],
        );
        if (one === undefined) break;
        refused.push(one);
        last = one;
        limit = limits.peoplePerSettlingMax;
      }
      if (last === undefined) break;
      after = last;
    }
    if (refused.length === 0) break;
  }
  const { isDone, refused: staying } = await endTeams(piece, batch, isTime);
  if (!isDone) return { isDone, refused: [] };
  const stay = await piece<string[]>(async (tx, { now }) => {
    const page = { after: undefined, limit: limits.planPageRows };
    const teams = await readHeldTeams(tx, batch, 'refused', page, false);
    const held = [...refused, ...claims, ...staying, ...teams.map(({ id }) => id)];
    updateBatch(tx, batch, { state: held.length === 0 ? 'released' : 'open', by: undefined, now });
    const event: FeedEventBody = { kind: 'hold.released', data: { hold: batch, refused: held } };
    return { result: held, events: [event], governs: true };
  }, []);
  return { isDone: true, refused: stay };
}

/** Puts in force the next teams of a batch; without one, those that nothing holds. Returns whether there were any. */
export async function settleSomeTeams(tx: OrgTransaction, batch: string | undefined): Promise<Outcome<boolean>> {
  const teams = await readHeldTeams(tx, batch, 'asked', firstOf(limits.peoplePerSettlingMax), true);
  if (teams.length === 0) return { result: false, events: [] };
  const leaving = batch === undefined ? [] : await lockTeamsLeavingFor(tx, batch, teams);
  return { result: true, events: settleNames(tx, [...teams, ...leaving]) };
}

/** Puts the names that were asked of locked teams in force, at once. Who gets the name of another one does so behind it. */
export function settleNames(tx: OrgTransaction, found: readonly HeldTeam[]): FeedEventBody[] {
  const teams = inOrderOfNames(found);
  const changes = new Map(planTeams(teams, 'asked').map((change) => ['teamId' in change ? change.teamId : '', change]));
  settleTeams(
    tx,
    teams.map((team) => ({ id: team.id, name: team.askedName, origin: teamOriginAfter(team) })),
  );
  return teams.flatMap((team) => eventsOfTeam(team, changes.get(team.id)));
}

function eventsOfTeam(team: HeldTeam, change: Change | undefined): FeedEventBody[] {
  const { id, origin, askedName } = team;
  const after = teamOriginAfter(team);
  const ref = teamRef(id, askedName);
  const events: FeedEventBody[] = [];
  if (after !== origin) events.push({ kind: 'team.linked', data: { team: ref, before: origin, after } });
  if (change === undefined) return events;
  events.push(...createdTeamEvents(team, [change]), ...teamEvents(ref, {}, [change]));
  return events;
}

/**
 * Ends all teams of a batch that are to go, by rising id; without a batch, all that nothing holds. One stays, and is named, that gives the
 * last one who administers what they are by.
 *
 * @param isTime whether to stop between two teams, with what is left undone
 */
export async function endTeams(piece: Piece, batch: string | undefined, isTime = () => false): Promise<Settled> {
  const refused: string[] = [];
  let after: string | undefined;
  const next = (tx: OrgTransaction, lock: boolean) => readHeldTeams(tx, batch, 'gone', { after, limit: 1 }, lock);
  do {
    if (isTime()) return { isDone: false, refused };
    try {
      after = await piece(async (tx, context) => await endTeam(tx, await next(tx, true), context), undefined);
    } catch (error) {
      if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
      after = await piece(async (tx) => ({ result: (await next(tx, false))[0]?.id, events: [] }), undefined);
      if (after !== undefined) refused.push(after);
    }
  } while (after !== undefined);
  return { isDone: true, refused };
}

/** Ends a locked team, if there is one. Returns its id. */
async function endTeam(
  tx: OrgTransaction,
  [team]: readonly HeldTeam[],
  { governed, rules, now }: ByHand,
): Promise<Outcome<string | undefined>> {
  const locked = team && (await lockTeam(tx, team.id, 'here'));
  if (team === undefined || locked === undefined) return { result: undefined, events: [] };
  const isRemembered = governed.policy.groupDeletion === 'remove-after-grace';
  const context = { rules, source: team.source, now };
  const outcome = await dissolveTeam(tx, locked, { act: 'asked-removed', isRemembered, ...context });
  return { ...outcome, result: team.id };
}

const firstOf = (limit: number) => ({ after: undefined, limit });

/** Settles the next people of a batch by rising id. Returns the last one's id; undefined if there was nobody. */
async function settleSomePeople(
  tx: OrgTransaction,
  batch: string,
  page: { after: string | undefined; limit: number },
  context: ByHand,
  claims: Set<string>,
): Promise<Outcome<string | undefined>> {
  const ids = await readHeldPeopleIds(tx, batch, page);
  if (ids.length === 0) return { result: undefined, events: [] };
  // Whoever could not go by themselves goes with whoever comes in their place.
  const both = [...ids, ...(await readPlacesOf(tx, batch, ids))];
  const found = await readHeldPeople(tx, batch, both, true);
  const people = found.filter((person) => heldClaimRefusal(person, context.governed.policy) === undefined);
  for (const person of found) if (!people.includes(person)) claims.add(person.id);
  const outcome = await settlePeople(tx, people, context);
  return { ...outcome, result: ids.at(-1) };
}

/** Puts locked people in force as planPeople says, with their memberships, roles and licenses. Locks the seats. */
export async function settlePeople(
  tx: OrgTransaction,
  found: readonly HeldPerson[],
  { governed, rules, source, now }: Pick<ByHand, 'rules' | 'source' | 'now'> & { governed: Governed },
): Promise<Outcome<undefined>> {
  const { policy, knowsPeople } = governed;
  const gone = rememberedOfGoing(found, policy);
  const anew = beginningAnew(found, policy);
  const { people, remembered } = await withRemembered(tx, anew, { policy, knowsPeople, now, lock: true, gone });
  const seats = await lockSeats(tx);
  const changes = planPeople(people, { rules, policy, domains: governed.domains, freeSeats: freeSeats(seats) });
  const changesOf = Map.groupBy(changes, (change) => ('memberId' in change ? change.memberId : ''));
  const settled = people.flatMap((person) => settledMember(person, changesOf.get(person.id) ?? [], policy, now));
  settleMembers(tx, settled);
  const personOf = new Map(people.map((person) => [person.id, person]));
  const addressEvents: FeedEventBody[] = [];
  for (const after of settled) {
    const person = personOf.get(after.id) as HeldPerson;
    const waiting = waitingAddress(person, governed);
    if (!isGoing(person)) addressEvents.push(...settleAddress(tx, person, { waiting, after, now }));
    if (isComing(person)) mailNewMember(tx, after, policy, now);
    else if (after.status === 'invited' && person.inForce.status !== 'invited') invite(tx, after, now);
  }

  const memberships = people.flatMap((person) => person.memberships.map((each) => ({ ...each, person })));
  const kept = memberships.filter(({ asked, person }) => asked && !isGoing(person));
  const planned = new Map(
    changes.filter(isMembership).map((change) => [`${change.teamId} ${change.memberId}`, change]),
  );
  const withChange = kept.flatMap((each) => {
    const change = planned.get(`${each.teamId} ${each.memberId}`);
    return change === undefined ? [] : [{ each, change }];
  });
  settleMemberships(
    tx,
    withChange
      .filter(({ each }) => each.source !== undefined)
      .map(({ change: { teamId, memberId, to: inForce, reason } }) => ({ teamId, memberId, inForce, reason })),
  );
  const byHand = withChange.filter(({ each }) => each.source === undefined);
  const isNew = ({ each }: (typeof byHand)[number]) => each.inForce === undefined;
  const back = byHand.filter(isNew).map(({ change }) => change);
  if (back.length > 0) insertMembershipsByHand(tx, back);
  updateMemberships(
    tx,
    byHand.filter((each) => !isNew(each)).map(({ change }) => change),
  );
  deleteMemberships(
    tx,
    memberships.filter(({ asked, person }) => !asked || isGoing(person)),
  );

  const written = writeAccess(tx, people.map(accessOf), changes, now);
  giveSaid(tx, remembered, now);
  const newly = found.filter((person) => isHeldBackAsNew(person, policy));
  updateGivenByHand(
    tx,
    newly.map(({ id: memberId }) => ({ memberId, role: undefined, license: undefined })),
  );
  const { events: freed, counts } = await giveFreeSeats(tx, seats, written, { rules, source, now });
  const events = settled.flatMap(({ id }) => {
    const person = personOf.get(id) as HeldPerson;
    return eventsOfPerson(person, changesOf.get(id) ?? [], rules, remembered.get(id)?.id);
  });
  return {
    result: undefined,
    events: [...events, ...addressEvents, ...membershipEventsOf(memberships, changes.filter(isMembership)), ...freed],
    governs: !governed.knowsPeople && people.some(isGoing),
    access: counts,
  };
}

function settledMember(
  person: HeldPerson,
  changes: readonly Change[],
  { deletion }: ByHand['governed']['policy'],
  now: Date,
): SettledMember[] {
  if (person.source === undefined) return [];
  const inForce = memberInForce(person.inForce, changes);
  const retainedUntil = deletion === 'remove' ? now : rememberedUntil(now);
  return [
    {
      id: person.id,
      ...inForce,
      origin: memberOriginAfter(person),
      gone: isGoing(person) ? { retainedUntil, leftTeams: leftTeams(person) } : undefined,
    },
  ];
}

function eventsOfPerson(
  person: HeldPerson,
  changes: readonly Change[],
  rules: ByHand['rules'],
  returns: string | undefined,
): FeedEventBody[] {
  const { id, scim, origin, inForce } = person;
  const member = memberRef(id, scim);
  if (isComing(person)) return [createdEvent(id, scim, memberInForce(inForce, changes), { changes, rules }, returns)];
  const events: FeedEventBody[] = [];
  const after = memberOriginAfter(person);
  if (isHeldClaim(person)) events.push({ kind: 'member.linked', data: { member, before: origin, after } });
  const own = changes.filter((change) => !isMembership(change));
  events.push(...memberEvents({ id, inForce, access: person.access, memberships: [] }, scim, {}, own));
  return events;
}
