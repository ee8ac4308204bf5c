import { createHash } from 'node:crypto';
import type { FeedEvent } from '../events/feed.ts';
import { auditFilter } from '../events/history.ts';
import { factsOf, type IsMeant, type UndoItem, type UndoPlan, undoPlan } from '../events/undo-plan.ts';
import { type FactRef, type FactValue, givesText, profileText } from '../events/undo-steps.ts';
import { isConsequence } from '../events/why-not-undone.ts';
import { limits } from '../limits.ts';
import type { Permission } from '../organization/permissions.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { Database } from '../store/database.ts';
import { type EventFilter, listEvents } from '../store/event-lists.ts';
import type { LockedMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { tryInOrder } from '../store/trial.ts';
import { readFactsNow } from '../store/undo-rows.ts';
import { type Acting, type Lasting, lasting } from './acting.ts';
import { changeAccess } from './change-access.ts';
import { editMember, putInvitationBack, removeMember, restoreMember, suspendMember } from './edit-member.ts';
import { changePersonOfTeam, removeTeam, renameTeam } from './edit-team.ts';
import { giveLicense, giveRole } from './give-access.ts';
import { inviteAgain } from './invitation.ts';
import { type Managed, relinkMember, unlinkMember } from './link-member.ts';
import { teamMapped } from './map-team.ts';
import { restoreTeam } from './restore-team.ts';
import { returnMember } from './return-member.ts';

/** What is undone: one event, what happened to a person or a team since a time, or what somebody did between two times. */
export type Undone =
  | { readonly event: number }
  | { readonly member: string; readonly since: Date }
  | { readonly team: string; readonly since: Date }
  | {
      readonly actor: { readonly type: string; readonly id?: string | undefined };
      readonly from: Date;
      readonly to: Date;
    };

/** A fact that goes back, or why it does not, in words. */
export type ShownUndoItem = UndoItem & { refusal?: string };

/** A plan with the names of its people and teams, and a digest by which it is applied. */
export type ShownUndo = Omit<UndoPlan, 'items'> & {
  items: ShownUndoItem[];
  digest: string;
  names: Record<string, string>;
  /** Those of its people and teams who are removed, and would come back under other ids. */
  gone: ReadonlySet<string>;
};

/** What came of an undo: what was put back, and what was not, because it had changed meanwhile or is refused. */
export type UndoOutcome = {
  done: UndoItem[];
  refused: (UndoItem & { because: string })[];
  /** The ids of those who came back, by the ids that they had before. */
  returned: Readonly<Record<string, string>>;
};

/** Who comes back under another id, and whom an undo has brought back so far. */
type Returning = { readonly gone: ReadonlySet<string>; readonly returned: Record<string, string> };

/** What whoever undoes a fact must be allowed to do: no more comes by undoing than by hand. */
export const undoNeeds: Record<FactRef['fact'], Permission> = {
  status: 'members:write',
  profile: 'members:write',
  origin: 'members:write',
  invitation: 'members:write',
  membership: 'teams:write',
  name: 'teams:write',
  role: 'roles:write',
  license: 'licenses:write',
  gives: 'roles:write',
};

/**
 * What undoing would put back, what of it would be refused and why, what would stay because it was changed since, and what cannot be
 * undone. Roles and licenses that follow from teams follow again. Nothing is changed: it is tried and undone.
 *
 * @param at who would undo, and when: what is refused to one is not to another, and who was removed is remembered for a time
 * @throws OperatorError not_found if there is no such event, refused if there are too many
 */
export async function planUndo(
  db: Database,
  org: { id: string },
  undone: Undone,
  at: Acting = { now: new Date() },
): Promise<ShownUndo> {
  const plan = await planFacts(db, org, undone, at.now);
  if (plan.items.length === 0) return { ...plan, digest: digestOf([]) };
  const { refused } = await tryInOrder(db, org.id, (trial) => putAllBack(trial, org, plan, () => at));
  const because = new Map(refused.map(({ because, ...item }) => [keyOf(item), because]));
  const items = plan.items.map((item): ShownUndoItem => {
    const refusal = because.get(keyOf(item));
    return refusal === undefined ? item : { ...item, refusal };
  });
  return { ...plan, items, digest: digestOf(items) };
}

/** The same without what would be refused. */
async function planFacts(
  db: Database,
  org: { id: string },
  undone: Undone,
  at: Date,
): Promise<Omit<ShownUndo, 'digest'>> {
  const events = await eventsOf(db, org, undone);
  const isMeant: IsMeant = (ref) =>
    (!('member' in undone) || ('member' in ref && ref.member === undone.member)) &&
    (!('team' in undone) || ('team' in ref && ref.team === undone.team));
  const refs = factsOf(events, isMeant);
  const distinct = (ids: readonly string[]) => [...new Set(ids)];
  const now = await readFactsNow(
    db,
    org,
    {
      members: distinct(refs.flatMap((ref) => ('member' in ref ? [ref.member] : []))),
      teams: distinct(refs.flatMap((ref) => ('team' in ref ? [ref.team] : []))),
      memberships: refs.flatMap((ref) => (ref.fact === 'membership' ? [ref] : [])),
    },
    at,
  );
  const plan = undoPlan(events, now, isMeant, await eventsBeside(db, org, undone, events));
  if (plan.items.length > limits.undoneFactsMax) {
    throw new OperatorError(
      'refused',
      `This would put ${plan.items.length} facts back, and at most ${limits.undoneFactsMax} are put back at a time: undo a shorter time.`,
    );
  }
  const names = Object.fromEntries([
    ...[...now.members].map(([id, { userName }]) => [id, userName]),
    ...[...now.teams].map(([id, { name }]) => [id, name]),
  ]);
  const gone = new Set([...now.members, ...now.teams].flatMap(([id, { isGone }]) => (isGone ? [id] : [])));
  return { ...plan, names, gone };
}

/**
 * Puts back what a plan showed, and nothing that it showed as refused. Each fact is a change of its own with its event, which names the
 * events that it undoes. What is not as the plan says any more stays as it is. The provider's next request about a person or team wins over it, as over any edit by
 * hand (behaviors.md B50); until then the provider reads what it asked.
 *
 * @param digest of the plan that was seen
 * @param assertPossible refuses by what it throws what the caller may not change, and a plan that puts nothing back
 * @throws PlanChanged if there is another plan by now, one of which something else is refused included
 */
export async function applyUndo(
  db: Database,
  org: { id: string },
  undone: Undone,
  digest: string,
  at: Acting,
  assertPossible: (plan: ShownUndo) => void = () => undefined,
): Promise<UndoOutcome & Pick<ShownUndo, 'names'>> {
  const moment = lasting(at);
  const plan = await planUndo(db, org, undone, at);
  if (plan.digest !== digest) throw new PlanChanged();
  assertPossible(plan);
  return { ...(await putAllBack(db, org, plan, moment)), names: plan.names };
}

/** Puts the facts of a plan back, one after the other, but those that it shows as refused. */
async function putAllBack(
  db: Database,
  org: { id: string },
  { items, gone }: Pick<ShownUndo, 'items' | 'gone'>,
  moment: Lasting,
): Promise<UndoOutcome> {
  const returned: Record<string, string> = {};
  const outcome: UndoOutcome = { done: [], refused: [], returned };
  for (const { refusal, ...item } of items) {
    if (refusal !== undefined) {
      outcome.refused.push({ ...item, because: refusal });
      continue;
    }
    try {
      const isDone = await putBack(db, org, item, { ...moment(), undoes: item.undoes }, { gone, returned });
      if (isDone) outcome.done.push(item);
      else outcome.refused.push({ ...item, because: changedMeanwhile });
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      outcome.refused.push({ ...item, because: error.message });
    }
  }
  return outcome;
}

/** Why a plan puts nothing back, in words; undefined if it puts something back. */
export function nothingBack({ items, kept, impossible }: Omit<ShownUndo, 'digest'>): string | undefined {
  if (items.some(({ refusal }) => refusal === undefined)) return undefined;
  const refusals = [...new Set(items.map(({ refusal }) => refusal))];
  if (refusals.length > 0) return `Nothing is put back, since all of it would be refused. ${refusals.join(' ')}`;
  const [first] = impossible;
  if (first !== undefined) return `Nothing is put back. Event ${first.event} cannot be undone: ${first.because}.`;
  return kept.length > 0
    ? 'Nothing is put back, since all of it was changed later.'
    : 'Nothing is put back, since all of it is as it was before.';
}

/** The plan is no longer the one that was seen. */
export class PlanChanged extends Error {
  override readonly name = 'PlanChanged';
}

async function putBack(
  db: Database,
  org: { id: string },
  item: UndoItem,
  at: Acting,
  returning: Returning,
): Promise<boolean> {
  const { to } = item;
  const { returned } = returning;
  const now = (id: string) => returned[id] ?? id;
  // Whoever, or whatever, has come back under another id is as it came back.
  const isBack = Object.hasOwn(returned, 'member' in item ? item.member : item.team);
  const expect = (found: FactValue) => {
    if (!isBack) assertAsPlanned(found, item.from);
  };
  switch (item.fact) {
    case 'status':
      return await putStatusBack(db, org, item, at, returning);
    case 'profile': {
      const { name, email } = JSON.parse(to as string) as { name: string; email: string | null };
      return await editMember(db, org, now(item.member), { displayName: name, email }, at, ({ inForce }) =>
        expect(profileText(inForce)),
      );
    }
    case 'invitation':
      await inviteAgain(db, org, now(item.member), at);
      return true;
    case 'origin':
      return to === 'local'
        ? await unlinkMember(db, org, now(item.member), at)
        : await relinkMember(db, org, now(item.member), to as Managed, at);
    case 'membership': {
      const ids = { teamId: now(item.team), memberId: now(item.member) };
      const isDone = await changePersonOfTeam(db, org, { ...ids, isIn: to === 'in' }, at);
      // Whoever came back is in some teams already.
      return isDone || ids.memberId !== item.member;
    }
    case 'name': {
      if (to === null) {
        await removeTeam(db, org, item.team, at);
        return true;
      }
      if (item.from !== null) {
        return await renameTeam(db, org, item.team, to, at, ({ inForceName }) => expect(inForceName ?? null));
      }
      const { id } = await restoreTeam(db, org, item.team, at);
      returned[item.team] = id;
      await renameTeam(db, org, id, to, at);
      return true;
    }
    case 'role':
      return await giveRole(db, org, now(item.member), (to as BuiltInRole | null) ?? undefined, at, (found) =>
        expect(found ?? null),
      );
    case 'license':
      return await giveLicense(db, org, now(item.member), to ?? undefined, at, (found) => expect(found ?? null));
    case 'gives':
      return await changeAccess(
        db,
        org,
        at,
        teamMapped(now(item.team), JSON.parse(to as string), at, (found) => expect(givesText(found))),
      );
  }
}

async function putStatusBack(
  db: Database,
  org: { id: string },
  { member, from, to }: { member: string; from: FactValue; to: FactValue },
  at: Acting,
  { gone, returned }: Returning,
): Promise<boolean> {
  const isExpected = ({ inForce }: LockedMember) => assertAsPlanned(inForce.status, from);
  if (to === 'removed') {
    await removeMember(db, org, member, at, isExpected);
    return true;
  }
  if (gone.has(member)) {
    const status = to === 'active' || to === 'invited' ? to : 'suspended';
    const { id } = await returnMember(db, org, member, at, status);
    returned[member] = id;
    return true;
  }
  if (to === 'invited') return await putInvitationBack(db, org, member, at, isExpected);
  return to === 'active'
    ? await restoreMember(db, org, member, at, isExpected)
    : await suspendMember(db, org, member, at, isExpected);
}

/**
 * Holds that a fact is still as the plan said when its turn comes.
 *
 * @throws OperatorError changed
 */
function assertAsPlanned(found: FactValue, from: FactValue): void {
  if (found !== from) throw new OperatorError('changed', changedMeanwhile);
}

const changedMeanwhile = 'It was changed meanwhile.';

async function eventsOf(db: Database, org: { id: string }, undone: Undone): Promise<FeedEvent[]> {
  const filter = await filterOf(db, org, undone);
  const events = await listEvents(db, org, filter, { order: 'oldest', limit: limits.undoneEventsMax + 1 });
  if (events.length > limits.undoneEventsMax) {
    throw new OperatorError(
      'refused',
      `These are more than ${limits.undoneEventsMax} events, which are undone in parts: choose a shorter time.`,
    );
  }
  if ('event' in undone && events.length === 0) {
    throw new OperatorError('not_found', `There is no event ${undone.event}, or it is no longer kept.`);
  }
  return events as FeedEvent[];
}

/** The events around one that follows from another, among which that is. */
async function eventsBeside(
  db: Database,
  org: { id: string },
  undone: Undone,
  [event]: readonly FeedEvent[],
): Promise<FeedEvent[]> {
  if (!('event' in undone) || event === undefined || !isConsequence(event)) return [];
  const { seq } = event;
  const around = limits.eventsBesideUndone;
  const filter = { after: Math.max(0, seq - 1 - around), before: seq + 1 + around };
  return (await listEvents(db, org, filter, { order: 'oldest', limit: 2 * around + 1 })) as FeedEvent[];
}

async function filterOf(db: Database, org: { id: string }, undone: Undone): Promise<EventFilter> {
  if ('event' in undone) return { after: undone.event - 1, before: undone.event + 1 };
  if ('member' in undone) return await auditFilter(db, org, { about: { member: undone.member }, from: undone.since });
  if ('team' in undone) return await auditFilter(db, org, { about: { team: undone.team }, from: undone.since });
  const { actor, from, to } = undone;
  return await auditFilter(db, org, { actorType: actor.type, actorId: actor.id, from, to });
}

/** Of the refusals only whose they are: some name a time. */
const digestOf = (items: readonly ShownUndoItem[]) => {
  const shown = items.map(({ refusal, ...item }) => (refusal === undefined ? item : { ...item, isRefused: true }));
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 22);
};

const keyOf = ({ fact, ...ref }: FactRef) =>
  [fact, 'team' in ref ? ref.team : '', 'member' in ref ? ref.member : ''].join(' ');
