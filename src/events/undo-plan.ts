/**
 * What undoing events comes to. Each event says what was before and after it of some facts. From the newest on, a fact that is
 * still as an event left it goes back to what was before that event; one that is not was changed since, and stays.
 */
import type { FactsNow } from '../store/undo-rows.ts';
import type { FeedEvent } from './feed.ts';
import {
  type FactRef,
  type FactValue,
  givesText,
  profileText,
  type Step,
  stepsAcross,
  valueText,
} from './undo-steps.ts';
import {
  changeOf,
  followsFrom,
  impossibleValue,
  isConsequence,
  isOfBatch,
  whyNot,
  whyNotNow,
  whyUnknown,
} from './why-not-undone.ts';
import { sayEvent } from './words.ts';

/** A fact that goes back, and the events whose change of it ends. */
export type UndoItem = FactRef & { from: FactValue; to: FactValue; undoes: number[] };

/** A fact that these events left otherwise than it is now. */
export type UndoKept = FactRef & { left: FactValue; now: FactValue; undoes: number[] };

/** An event of which something cannot be undone, and why. */
export type UndoImpossible = { event: number; says: string; because: string };

export type UndoPlan = { items: UndoItem[]; kept: UndoKept[]; impossible: UndoImpossible[] };

/** Which facts are meant, of those that the events are about: an event about one person may be about others too. */
export type IsMeant = (ref: FactRef) => boolean;

/** The facts that events are about, for which `undoPlan` wants what they are now. */
export function factsOf(events: readonly FeedEvent[], isMeant: IsMeant): FactRef[] {
  const refs = new Map<string, FactRef>();
  for (const steps of stepsAcross(events).values()) {
    for (const { ref } of steps) if (isMeant(ref)) refs.set(keyOf(ref), ref);
  }
  return [...refs.values()];
}

/**
 * @param events in their order
 * @param beside other events around them, which name what those that are undone have followed from
 */
export function undoPlan(
  events: readonly FeedEvent[],
  now: FactsNow,
  isMeant: IsMeant,
  beside: readonly FeedEvent[] = [],
): UndoPlan {
  const plan: UndoPlan = { items: [], kept: [], impossible: [] };
  const steps = new Map<string, Step[]>();
  const stepsOfEvents = stepsAcross(events);
  const undone = new Set(events.filter((event) => !isConsequence(event)).map(changeOf));
  for (const event of events) {
    const because = isConsequence(event)
      ? undone.has(changeOf(event)) || (isOfBatch(event) && undone.size > 0)
        ? undefined
        : followsFrom(event, beside).because
      : (whyNot(event) ?? whyNotNow(event, now));
    if (because !== undefined) plan.impossible.push({ event: event.seq, says: sayEvent(event), because });
    if (whyNotNow(event, now) !== undefined) continue;
    for (const step of stepsOfEvents.get(event) ?? []) {
      if (!isMeant(step.ref)) continue;
      const known = steps.get(keyOf(step.ref));
      if (known === undefined) steps.set(keyOf(step.ref), [step]);
      else known.push(step);
    }
  }
  // Who is there, and which teams are, comes first: what else goes back is about those who are there then.
  const [presence = [], others = []] = [true, false].map((wanted) =>
    [...steps.values()].filter(([step]) => isPresence((step as Step).ref) === wanted),
  );
  for (const ofFact of presence) planFact(plan, ofFact, now);
  const then = thereThen(plan.items, now);
  for (const ofFact of others) {
    const { ref } = ofFact[0] as Step;
    if (!isAbout(ref, then.leaving) && !then.isInvitedAnew(ref)) planFact(plan, ofFact, then.facts);
  }
  // Whoever comes back does so before the rest is given to them, and whoever goes does so when nothing else is to be done.
  const place = (item: UndoItem) => (comesBack(item) ? 0 : goesAgain(item) ? 2 : 1);
  plan.items.sort((one, other) => place(one) - place(other));
  return plan;
}

const isPresence = ({ fact }: FactRef) => fact === 'status' || fact === 'name';

/** Whether a removed person or team comes back by it, under another id. */
const comesBack = ({ fact, from }: UndoItem) =>
  fact === 'status' ? from === 'removed' : fact === 'name' && from === null;

/** Whether somebody who had been brought back is removed again by it. */
const goesAgain = ({ fact, to }: UndoItem) => (fact === 'status' ? to === 'removed' : fact === 'name' && to === null);

/** What is known of people and teams when those of a plan have come back, and who has gone by then. */
function thereThen(items: readonly UndoItem[], { members, teams, ...rest }: FactsNow) {
  const back = new Set(items.filter(comesBack).map(subjectOf));
  const isThere = <T extends { isGone: boolean }>(known: Map<string, T>) =>
    new Map([...known].filter(([id, { isGone }]) => !isGone || back.has(id)));
  const invited = new Set(items.filter(({ fact, to }) => fact === 'status' && to === 'invited').map(subjectOf));
  return {
    isInvitedAnew: (ref: FactRef) => ref.fact === 'invitation' && invited.has(ref.member),
    facts: { ...rest, members: isThere(members), teams: isThere(teams) },
    leaving: new Set(items.filter(goesAgain).map(subjectOf)),
  };
}

/** The person or the team of a fact that says whether they are there. */
const subjectOf = (ref: FactRef) => ('member' in ref ? ref.member : ref.team);

const isAbout = (ref: FactRef, ids: ReadonlySet<string>) =>
  ('member' in ref && ids.has(ref.member)) || ('team' in ref && ids.has(ref.team));

/** Adds to a plan what becomes of one fact, from the steps that it took. */
function planFact(plan: UndoPlan, ofFact: readonly Step[], now: FactsNow): void {
  const newestFirst = ofFact.toReversed();
  const [newest] = newestFirst as [Step];
  const { ref } = newest;
  const current = valueNow(ref, now);
  if (current === undefined) {
    plan.impossible.push({ event: newest.seq, says: `changed the ${ref.fact}`, because: whyUnknown(ref, now) });
    return;
  }
  let value = current;
  const undoes: number[] = [];
  for (const { before, after, seq } of newestFirst) {
    if (value !== after) break;
    value = before;
    undoes.push(seq);
  }
  if (undoes.length === 0) {
    if (newestFirst.some(({ before }) => before !== current)) {
      plan.kept.push({ ...ref, left: newest.after, now: current, undoes: newestFirst.map(({ seq }) => seq) });
    }
  } else if (value !== current) {
    const because = impossibleValue(ref, { from: current, to: value }, now);
    if (because === undefined) plan.items.push({ ...ref, from: current, to: value, undoes });
    else
      plan.impossible.push({
        event: newest.seq,
        says: `${ref.fact} from ${valueText(ref.fact, current)} to ${valueText(ref.fact, value)}`,
        because,
      });
  }
}

function valueNow(ref: FactRef, { members, teams, memberships }: FactsNow): FactValue | undefined {
  const member = 'member' in ref ? members.get(ref.member) : undefined;
  const team = 'team' in ref ? teams.get(ref.team) : undefined;
  switch (ref.fact) {
    case 'status':
      return member?.status;
    case 'profile':
      // Of a local person the profile is what an admin wrote, and not beside it.
      return member === undefined || member.isLocal ? undefined : profileText(member);
    case 'origin':
      return member?.origin;
    case 'invitation':
      return member && (member.invitation ?? null);
    case 'role':
      return member?.roleByHand;
    case 'license':
      return member?.licenseByHand;
    case 'membership':
      if (member === undefined || team === undefined) return undefined;
      return memberships.has(`${ref.team} ${ref.member}`) ? 'in' : 'out';
    case 'name':
      return team && (team.isGone ? null : team.name);
    case 'gives':
      return team && givesText(team);
  }
}

const keyOf = (ref: FactRef) => [ref.fact, 'team' in ref ? ref.team : '', 'member' in ref ? ref.member : ''].join(' ');
