/** Why something cannot be undone, in words, and what is done instead. */
import { isBuiltInRole } from '../organization/roles.ts';
import type { FactsNow } from '../store/undo-rows.ts';
import type { FeedEvent } from './feed.ts';
import { type FactRef, type FactValue, givesOf, isByHand, isParting, stepsOf, type TeamGives } from './undo-steps.ts';
import { sayEvent } from './words.ts';

/** Why an event cannot be undone here; undefined if it can, or if it only follows from others. */
export function whyNot(event: FeedEvent): string | undefined {
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
    'locks are opened and closed as such, and close by themselves: rollcall member unlock <org> <member> --hours 0 closes them',
  'member.address_waits': 'an address that waits is dropped as such: rollcall confirmation drop',
  'member.address_dropped': 'the address waits again when the provider, or the person, asks for it again',
  'team.linked': 'a team is parted from the provider as such: rollcall team unlink',
  'team.unlinked': 'an admin says since then who is in the team; the provider takes it over again: rollcall team link',
  'team.handed_over': 'the provider was disconnected, and the next one takes the team over',
  'team.linking_allowed':
    'the provider takes the team over with its next request, and is parted again as such: rollcall team unlink',
  'team.unlocked':
    'locks are opened and closed as such, and close by themselves: rollcall team unlock <org> <team> --hours 0 closes them',
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
  schema: 'a schema is defined as it was: rollcall schema change',
  resource_type: 'a resource type is defined as it was: rollcall resource-type change',
  resource: 'it is the provider’s, which writes it anew',
};

/**
 * Whether an event says only what followed from others: a role by a team that was mapped, a membership that waits since the person
 * was suspended.
 */
export const isConsequence = (event: FeedEvent): boolean => whyNot(event) === undefined && stepsOf(event).length === 0;

/** Which change an event belongs to: what one request, or one act by hand, has brought about at one moment. */
export const changeOf = ({ at, actor, requestId }: FeedEvent) =>
  JSON.stringify([new Date(at).getTime(), requestId ?? null, actor.type, 'id' in actor ? actor.id : null]);

/** Whether an event says that a batch is let go. What that puts in force comes in pieces, each a change of its own. */
export const isOfBatch = ({ kind }: FeedEvent): boolean => kind === 'hold.settling' || kind === 'hold.released';

/** What an event follows from that is not undone by itself: the event of that, if there is one, and why in words. */
export type Follows = { event: number | undefined; because: string };

/** Why an event that only follows from another one is not undone by itself. `beside` is in its order. */
export function followsFrom(event: FeedEvent, beside: readonly FeedEvent[]): Follows {
  if (isOfBatch(event)) {
    return { event: undefined, because: 'what the batch put in force has events of its own: undo those' };
  }
  const causes = beside.filter((each) => changeOf(each) === changeOf(event) && !isConsequence(each));
  const cause = causes.findLast(({ seq }) => seq < event.seq) ?? causes.find(({ seq }) => seq > event.seq);
  if (cause === undefined) {
    const because = 'it follows from another change, which is not among these events: undo that one';
    return { event: undefined, because };
  }
  const why = whyNot(cause);
  const follows = `it follows from event ${cause.seq} (${sayEvent(cause)})`;
  return { event: cause.seq, because: why === undefined ? `${follows}: undo that one` : `${follows}, of which ${why}` };
}

/** Why an event cannot be undone any more, as things are. */
export function whyNotNow(event: FeedEvent, { connectedSince }: FactsNow): string | undefined {
  if (event.kind !== 'member.unlinked' || new Date(event.at) >= connectedSince) return undefined;
  return 'the provider that managed the person was disconnected since; the next one takes them over: rollcall member link';
}

/** Why a person or team cannot be given a value; undefined if they can. */
export function impossibleValue(
  ref: FactRef,
  { from, to }: { from: FactValue; to: FactValue },
  now: FactsNow,
): string | undefined {
  const { members, teams } = now;
  if (ref.fact === 'gives') return ungivable(givesOf(to), givesOf(from), now);
  if (ref.fact === 'license' && to !== null && !now.licenses.has(to)) return goneLicense(to);
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
  // Whom the provider deactivated and still asks not to be active is as it asks again.
  const person = members.get(ref.member);
  return person?.isLocal === false && !person.isDeactivated ? 'the provider manages the person by now' : undefined;
}

/** Why a team cannot give something again; undefined if it can. What it gives already needs nothing. */
function ungivable(to: TeamGives, from: TeamGives, { roles, licenses }: FactsNow): string | undefined {
  if (to.role !== null && to.role !== from.role && !isBuiltInRole(to.role) && !roles.has(to.role)) {
    return `there is no role ${to.role} any more: save it again first (rollcall role save)`;
  }
  if (to.license !== null && to.license !== from.license && !licenses.has(to.license)) return goneLicense(to.license);
  return undefined;
}

const goneLicense = (license: string) =>
  `the organization has no license ${license} any more: give it seats first (rollcall license seats)`;

/** Why there is no value to put back. */
export function whyUnknown(ref: FactRef, { members, teams }: FactsNow): string {
  if ('team' in ref && !teams.has(ref.team)) return goneTeam;
  if ('member' in ref && !members.has(ref.member)) return gonePerson;
  return 'the person is a local one, whose name and address an admin edits by hand';
}

const goneTeam =
  'the team is no longer there, or is another one by now; a removed one comes back when the provider pushes the group again';
const gonePerson =
  'the person is no longer there, or is another one by now; whoever was removed comes back when the provider assigns them again';
