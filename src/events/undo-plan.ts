/**
 * What undoing events comes to. Each event says what was before and after it of some facts. From the newest on, a fact that is
 * still as an event left it goes back to what was before that event; one that is not was changed since, and stays.
 */
import type { Reason } from '../organization/plan.ts';
import type { FactsNow } from '../store/undo-rows.ts';
import type { FeedEvent } from './feed.ts';
import { membershipSteps } from './rewind.ts';
import { sayEvent } from './words.ts';

/** A fact that can be put back: of a person, of a team, or of a person in a team. */
export type FactRef =
  | { fact: 'status' | 'profile' | 'origin' | 'invitation' | 'role' | 'license'; member: string }
  | { fact: 'membership'; member: string; team: string }
  | { fact: 'name' | 'gives'; team: string };

/** A value as text: a status, `in` or `out`, a name; of an invitation `open` or `over`; of a profile and of what a team gives the JSON of it. Null is none. */
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

/**
 * Whether an event says only what followed from others: a role by a team that was mapped, a membership that waits since the person
 * was suspended.
 */
export const isConsequence = (event: FeedEvent): boolean => whyNot(event) === undefined && stepsOf(event).length === 0;

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
  const undone = new Set(events.filter((event) => !isConsequence(event)).map(changeOf));
  for (const event of events) {
    const because = isConsequence(event)
      ? undone.has(changeOf(event))
        ? undefined
        : whyFollows(event, beside)
      : (whyNot(event) ?? whyNotNow(event, now));
    if (because !== undefined) plan.impossible.push({ event: event.seq, says: sayEvent(event), because });
    if (whyNotNow(event, now) !== undefined) continue;
    for (const step of stepsOf(event)) {
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
export const comesBack = ({ fact, from }: UndoItem) =>
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
    else plan.impossible.push({ event: newest.seq, says: `${ref.fact} from ${current} to ${value}`, because });
  }
}

/** Why there is no value to put back. */
function whyUnknown(ref: FactRef, { members, teams }: FactsNow): string {
  if ('team' in ref && !teams.has(ref.team)) return goneTeam;
  if ('member' in ref && !members.has(ref.member)) return gonePerson;
  return 'the person is a local one, whose name and address an admin edits by hand';
}

const goneTeam =
  'the team is no longer there, or is another one by now; a removed one comes back when the provider pushes the group again';
const gonePerson =
  'the person is no longer there, or is another one by now; whoever was removed comes back when the provider assigns them again';

/** What an event says that was before and after it, of facts that can be put back. */
function stepsOf(event: FeedEvent): Step[] {
  const { seq } = event;
  switch (event.kind) {
    case 'member.created': {
      // Whoever was made is taken out of force, and not out of the organization; whoever an admin brought back goes again.
      const before = isBroughtBack(event.data) ? 'removed' : 'suspended';
      return [{ ref: statusOf(event.data.member.id), before, after: event.data.status, seq }];
    }
    case 'member.removed':
      return [{ ref: statusOf(event.data.member.id), before: event.data.before, after: 'removed', seq }];
    case 'member.suspended':
    case 'member.reactivated':
      return [{ ref: statusOf(event.data.member.id), before: event.data.before, after: event.data.after, seq }];
    case 'member.invitation_withdrawn':
      return [{ ref: { fact: 'invitation', member: event.data.member.id }, before: 'open', after: 'over', seq }];
    case 'member.linked':
    case 'member.unlinked': {
      const { member, before, after } = event.data;
      return isParting(event) ? [{ ref: { fact: 'origin', member: member.id }, before, after, seq }] : [];
    }
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
    case 'team.removed': {
      const { id, displayName } = event.data.team;
      return [{ ref: { fact: 'name', team: id }, before: displayName, after: null, seq }];
    }
    case 'team.created': {
      const { id, displayName } = event.data.team;
      if (!isByHand(event.data)) return [];
      return [{ ref: { fact: 'name', team: id }, before: null, after: displayName, seq }];
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
    case 'member.removed':
    case 'member.invitation_withdrawn':
    case 'member.given':
    case 'member.role_changed':
    case 'member.license_changed':
    case 'team.members_changed':
    case 'team.mapped':
    case 'team.removed':
      return undefined;
    case 'member.updated':
    case 'team.updated':
      return event.data.inForce === undefined
        ? 'what was asked is the provider’s, and nothing in force changed'
        : undefined;
    case 'member.linked':
    case 'member.unlinked':
      return isParting(event) ? undefined : wayOut[event.kind];
    case 'team.created':
      return isByHand(event.data) ? undefined : 'a team is removed as such: rollcall team remove';
    // What a batch let go has events of its own.
    case 'hold.settling':
    case 'hold.released':
      return undefined;
    case 'member.held':
    case 'team.held':
      return 'what is asked is held, and nothing of it is in force: it is let go or discarded as such';
    case 'member.invited':
      return 'mail that was sent does not come back: withdraw the invitation (rollcall invitation withdraw)';
    case 'hold.opened':
    case 'hold.discarded':
      return 'a batch is let go or discarded as such: rollcall held list';
    default:
      break;
  }
  return (
    wayOut[event.kind] ??
    waysOut[kind ?? ''] ??
    'it is no fact of a person or a team, and is set as it was where it was changed'
  );
}

/** How what is not undone here is set as it was, by the kind of the event. */
const wayOut: Readonly<Record<string, string>> = {
  'member.linked': 'a person is parted from the provider as such: rollcall member unlink',
  'member.unlinked': 'the provider was disconnected; the next one takes the person over: rollcall member link',
  'member.handed_over': 'the provider was disconnected, and the next one takes the person over',
  'member.linking_allowed':
    'the provider takes the person over with its next request, and is parted again as such: rollcall member unlink',
  'member.break_glass': 'who is a way in is said as such: rollcall member break-glass',
  'member.unlocked':
    'locks are opened and closed as such, and close by themselves: rollcall member unlock --hours 0 closes them',
  'member.address_waits': 'an address that waits is dropped as such: rollcall confirmation drop',
  'member.address_dropped': 'the address waits again when the provider, or the person, asks for it again',
  'team.linked': 'a team is parted from the provider as such: rollcall team unlink',
  'team.unlinked': 'an admin says since then who is in the team; the provider takes it over again: rollcall team link',
  'team.handed_over': 'the provider was disconnected, and the next one takes the team over',
  'team.linking_allowed':
    'the provider takes the team over with its next request, and is parted again as such: rollcall team unlink',
  'team.unlocked':
    'locks are opened and closed as such, and close by themselves: rollcall team unlock --hours 0 closes them',
  'team.link_asked': 'the question stays until somebody decides: rollcall team decide',
  'team.link_settled': 'a team is linked or parted as such: rollcall team link, rollcall team unlink',
  'connection.profile_changed': 'the SCIM profile is set as it was: rollcall scim profile',
  'license.seats_changed': 'the number of seats is set as it was: rollcall license seats',
  'license.group_mapped': 'what a group gives is set as it was: rollcall license group',
};

/** The same by the beginning of the kind. */
const waysOut: Readonly<Record<string, string>> = {
  token: 'secrets never come back: make another one',
  api_key: 'secrets never come back: make another one',
  policy: 'the policy is set as it was, with its plan: rollcall policy plan, rollcall policy set',
  role: 'a custom role is saved as it was: rollcall role save',
  organization: 'what the organization is called and has is set as it was: rollcall org change',
  connection: 'a connection is switched as such, with its plan: rollcall connection',
  domain: 'a domain is added and removed as such: rollcall domain',
  addresses: 'the lists of addresses are set as they were: rollcall address',
  schema: 'a schema is defined as it was: rollcall schema',
  resource_type: 'a resource type is defined as it was: rollcall schema resource-type',
  resource: 'it is the provider’s, which writes it anew',
};

/** Which change an event belongs to: what one request, or one act by hand, has brought about at one moment. */
const changeOf = ({ at, actor, requestId }: FeedEvent) =>
  JSON.stringify([new Date(at).getTime(), requestId ?? null, actor.type, 'id' in actor ? actor.id : null]);

/** Why an event that only follows from another one is not undone by itself. */
function whyFollows(event: FeedEvent, beside: readonly FeedEvent[]): string {
  if (event.kind === 'hold.settling' || event.kind === 'hold.released') {
    return 'what the batch put in force has events of its own: undo those';
  }
  const causes = beside.filter((each) => changeOf(each) === changeOf(event) && !isConsequence(each));
  const cause = causes.findLast(({ seq }) => seq < event.seq) ?? causes.find(({ seq }) => seq > event.seq);
  if (cause === undefined) return 'it follows from another change, which is not among these events: undo that one';
  const why = whyNot(cause);
  const follows = `it follows from event ${cause.seq} (${sayEvent(cause)})`;
  return why === undefined ? `${follows}: undo that one` : `${follows}, of which ${why}`;
}

/** Why an event cannot be undone any more, as things are. */
function whyNotNow(event: FeedEvent, { connectedSince }: FactsNow): string | undefined {
  if (event.kind !== 'member.unlinked' || new Date(event.at) >= connectedSince) return undefined;
  return 'the provider that managed the person was disconnected since; the next one takes them over: rollcall member link';
}

/** Why a person or team cannot be given a value; undefined if they can. */
function impossibleValue(
  ref: FactRef,
  { from, to }: { from: FactValue; to: FactValue },
  { members, teams }: FactsNow,
): string | undefined {
  if (ref.fact === 'name') {
    return to === null && teams.get(ref.team)?.isLocal === false ? 'the provider manages the team by now' : undefined;
  }
  if (ref.fact !== 'status') return undefined;
  if (from === 'held') return 'what is asked of the person is held: it is let go or discarded as such';
  if (from === 'removed' && to === 'suspended' && members.get(ref.member)?.isGone === false) {
    return 'the provider deactivated the person, who would not be in force either way';
  }
  if (to === 'suspended' || to === 'active') return undefined;
  if (to === 'invited') {
    return from === 'active' ? 'the person has accepted the invitation; suspend the person instead' : undefined;
  }
  if (to !== 'removed') return `nobody is made ${to} by undoing`;
  return members.get(ref.member)?.isLocal === false ? 'the provider manages the person by now' : undefined;
}

/** Whether an admin made it, and not the provider. */
const isByHand = ({ reason }: { reason: Reason }) => reason.rule.endsWith('-by-hand');

/** Whether an admin has parted somebody from the provider, or has undone that. Whom a disconnecting has parted nobody manages any more. */
const isParting = (event: Extract<FeedEvent, { kind: 'member.linked' | 'member.unlinked' }>) =>
  event.kind === 'member.unlinked' ? event.data.reason === undefined : event.undoes !== undefined;

const isBroughtBack = (data: { returns?: string; reason: Reason }) => data.returns !== undefined && isByHand(data);

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

const statusOf = (member: string): FactRef => ({ fact: 'status', member });

const keyOf = (ref: FactRef) => [ref.fact, 'team' in ref ? ref.team : '', 'member' in ref ? ref.member : ''].join(' ');

/** A name and an address in force as one value. */
export const profileText = ({ name, email }: { name: string; email?: string | undefined }) =>
  JSON.stringify({ name, email: email ?? null });

/** What a team gives as one value. */
export const givesText = ({ role, license }: { role: string | null; license: string | null }) =>
  JSON.stringify({ role, license });
