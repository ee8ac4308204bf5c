/**
 * What undoing events comes to. Each event says what was before and after it of some facts. From the newest on, a fact that is
 * still as an event left it goes back to what was before that event; one that is not was changed since, and stays.
 */
import type { FactsNow } from '../store/undo-rows.ts';
import type { FeedEvent } from './feed.ts';
import { membershipSteps } from './rewind.ts';
import { sayEvent } from './words.ts';

/** A fact that can be put back: of a person, of a team, or of a person in a team. */
export type FactRef =
  | { fact: 'status' | 'profile' | 'role' | 'license'; member: string }
  | { fact: 'membership'; member: string; team: string }
  | { fact: 'name' | 'gives'; team: string };

/** A value as text: a status, `in` or `out`, a name; of a profile and of what a team gives the JSON of it. Null is none. */
export type FactValue = string | null;

/** A fact that goes back, and the events whose change of it ends. */
export type UndoItem = FactRef & { from: FactValue; to: FactValue; undoes: number[] };

/** A fact that these events left otherwise than it is now. */
export type UndoKept = FactRef & { left: FactValue; now: FactValue; undoes: number[] };

/** An event of which something cannot be undone, and why. */
export type UndoImpossible = { event: number; says: string; because: string };

export type UndoPlan = { items: UndoItem[]; kept: UndoKept[]; impossible: UndoImpossible[] };

type Step = { ref: FactRef; before: FactValue; after: FactValue; seq: number };

/** Which facts are meant, of those that the events are about: an event about one person may be about others too. */
export type IsMeant = (ref: FactRef) => boolean;

/** The facts that events are about, for which `undoPlan` wants what they are now. */
export function factsOf(events: readonly FeedEvent[], isMeant: IsMeant): FactRef[] {
  const refs = new Map<string, FactRef>();
  for (const event of events) {
    for (const { ref } of stepsOf(event)) if (isMeant(ref)) refs.set(keyOf(ref), ref);
  }
  return [...refs.values()];
}

/** @param events in their order */
export function undoPlan(events: readonly FeedEvent[], now: FactsNow, isMeant: IsMeant): UndoPlan {
  const plan: UndoPlan = { items: [], kept: [], impossible: [] };
  const steps = new Map<string, Step[]>();
  for (const event of events) {
    const because = whyNot(event);
    if (because !== undefined) plan.impossible.push({ event: event.seq, says: sayEvent(event), because });
    for (const step of stepsOf(event)) {
      if (!isMeant(step.ref)) continue;
      const known = steps.get(keyOf(step.ref));
      if (known === undefined) steps.set(keyOf(step.ref), [step]);
      else known.push(step);
    }
  }
  for (const ofFact of steps.values()) {
    const newestFirst = ofFact.toReversed();
    const [newest] = newestFirst as [Step];
    const { ref } = newest;
    const current = valueNow(ref, now);
    if (current === undefined) {
      plan.impossible.push({ event: newest.seq, says: `changed the ${ref.fact}`, because: whyUnknown(ref, now) });
      continue;
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
      const because = impossibleValue(ref, current, value);
      if (because === undefined) plan.items.push({ ...ref, from: current, to: value, undoes });
      else plan.impossible.push({ event: newest.seq, says: `${ref.fact} from ${current} to ${value}`, because });
    }
  }
  return plan;
}

/** Why there is no value to put back. */
function whyUnknown(ref: FactRef, { members, teams }: FactsNow): string {
  if ('team' in ref && !teams.has(ref.team)) return goneTeam;
  if ('member' in ref && !members.has(ref.member)) return gonePerson;
  return 'the person is a local one, whose name and address an admin edits by hand';
}

const goneTeam = 'the team is no longer there; a removed team comes back when the provider pushes the group again';
const gonePerson =
  'the person is no longer there; whoever was removed comes back when the provider assigns them again, or is added again';

/** What an event says that was before and after it, of facts that can be put back. */
function stepsOf(event: FeedEvent): Step[] {
  const { seq } = event;
  switch (event.kind) {
    case 'member.created':
      // Whoever was made is taken out of force, and not out of the organization.
      return [{ ref: statusOf(event.data.member.id), before: 'suspended', after: event.data.status, seq }];
    case 'member.suspended':
    case 'member.reactivated':
      return [{ ref: statusOf(event.data.member.id), before: event.data.before, after: event.data.after, seq }];
    case 'member.updated': {
      const { member, inForce } = event.data;
      if (inForce === undefined) return [];
      const ref = { fact: 'profile' as const, member: member.id };
      return [{ ref, before: profileText(inForce.before), after: profileText(inForce.after), seq }];
    }
    case 'member.given': {
      const { member, role, license } = event.data;
      const given = (fact: 'role' | 'license', of: { before?: string; after?: string } | undefined): Step[] =>
        of === undefined ? [] : [{ ref: { fact, member }, before: of.before ?? null, after: of.after ?? null, seq }];
      return [...given('role', role), ...given('license', license)];
    }
    case 'team.members_changed': {
      const team = event.data.team.id;
      return membershipSteps(event.data).flatMap(({ memberId: member, before, after }) => {
        const [was, is] = [before, after].map((state) => (state === 'none' ? 'out' : 'in')) as [string, string];
        return was === is ? [] : [{ ref: { fact: 'membership' as const, member, team }, before: was, after: is, seq }];
      });
    }
    case 'team.updated': {
      const { team, inForce } = event.data;
      if (inForce === undefined) return [];
      return [{ ref: { fact: 'name', team: team.id }, before: inForce.before, after: inForce.after, seq }];
    }
    case 'team.mapped': {
      const { team, before, after } = event.data;
      return [{ ref: { fact: 'gives', team: team.id }, before: givesText(before), after: givesText(after), seq }];
    }
    default:
      return [];
  }
}

/** Why an event cannot be undone here; undefined if it can, or if it only follows from others. */
function whyNot(event: FeedEvent): string | undefined {
  const kind = event.kind.split('.')[0];
  switch (event.kind) {
    case 'member.created':
    case 'member.suspended':
    case 'member.reactivated':
    case 'member.given':
    case 'member.role_changed':
    case 'member.license_changed':
    case 'team.members_changed':
    case 'team.mapped':
      return undefined;
    case 'member.updated':
    case 'team.updated':
      return event.data.inForce === undefined
        ? 'what was asked is the provider’s, and nothing in force changed'
        : undefined;
    case 'member.removed':
      return gonePerson;
    case 'team.created':
      return 'a team is removed as such: rollcall team remove';
    case 'team.removed':
      return 'a removed team comes back when the provider pushes the group again, or is made again';
    default:
      break;
  }
  if (kind === 'token' || kind === 'api_key') return 'secrets never come back: make another one';
  return `it is no fact of a person or a team: set it as it was (${JSON.stringify(event.data)})`;
}

/** Why a person or team cannot be given a value; undefined if they can. */
function impossibleValue(ref: FactRef, from: FactValue, to: FactValue): string | undefined {
  if (ref.fact !== 'status') return undefined;
  if (from === 'held') return 'what is asked of the person is held: it is let go or discarded as such';
  if (from === 'suspended' && to === 'active') return undefined;
  if (to === 'suspended' && from !== 'removed') return undefined;
  return from === 'removed' ? gonePerson : `nobody is made ${to} by undoing`;
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
    case 'role':
      return member?.roleByHand;
    case 'license':
      return member?.licenseByHand;
    case 'membership':
      if (member === undefined || team === undefined) return undefined;
      return memberships.has(`${ref.team} ${ref.member}`) ? 'in' : 'out';
    case 'name':
      return team?.name;
    case 'gives':
      return team && givesText(team);
  }
}

const statusOf = (member: string): FactRef => ({ fact: 'status', member });

const keyOf = (ref: FactRef) => [ref.fact, 'team' in ref ? ref.team : '', 'member' in ref ? ref.member : ''].join(' ');

/** A name and an address in force as one value. */
export const profileText = ({ name, email }: { name: string; email?: string | undefined }) =>
  JSON.stringify({ name, email: email ?? null });

/** What a team gives as one value. */
export const givesText = ({ role, license }: { role: string | null; license: string | null }) =>
  JSON.stringify({ role, license });
