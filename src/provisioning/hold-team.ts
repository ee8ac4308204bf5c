import type { FeedEventBody, HeldChange, TeamRef } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { stateOfGoing } from '../organization/holding.ts';
import { holdJoiners, holdLeavers } from '../store/held-writing.ts';
import type { Held } from '../store/member-writing.ts';
import type { MembershipsMet } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type AskedTeam, type LockedTeam, touchTeam, updateTeam } from '../store/team-writing.ts';
import type { ChangedAttributes } from './changed-attributes.ts';
import { heldFor } from './hold.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { teamRef } from './references.ts';

type TeamHeld = Extract<FeedEventBody, { kind: 'team.held' }>;

/**
 * The same as `heldFor` of a team. What is held of one that is here stays in its batch as long as that is open: in it others may wait
 * for the name.
 */
export function heldForTeam(
  request: ProvisioningRequest,
  { heldBy, inForceName }: Pick<LockedTeam, 'heldBy' | 'inForceName'>,
): Held | undefined {
  const held = heldFor(request, heldBy);
  if (held === undefined || heldBy === undefined || inForceName === undefined) return held;
  return stateOfGoing(request.organization, heldBy) === 'open' ? { ...held, by: heldBy } : held;
}

/** The people whom a held change of a team is about. */
export type HeldPeople = { readonly joining: readonly string[]; readonly leaving: readonly string[] };

/** Whom a delta is about in a team, as far as it asks for something new. */
export function heldPeople({ joiners, leavers }: MembershipsMet, { by }: Held): HeldPeople {
  return {
    // What the batch holds already is not asked for a second time.
    joining: joiners.flatMap(({ memberId, heldBy }) => (heldBy === by ? [] : [memberId])),
    leaving: leavers.flatMap(({ memberId, asked, heldBy }) => (asked || heldBy !== by ? [memberId] : [])),
  };
}

/** Asks that people join a team and leave it, and leaves who is in it in force. */
export function holdPeople(tx: OrgTransaction, teamId: string, { joining, leaving }: HeldPeople, held: Held): void {
  holdJoiners(tx, teamId, joining, held);
  holdLeavers(tx, { teamId, memberIds: leaving }, held);
}

/**
 * Stores another asked side of a locked team, and leaves the name and the people in force. Returns the version, and whether
 * anything was asked that was not before.
 *
 * @param waits whether it waits for another team to go, whatever differs
 * @param isLinked whether the provider takes over a local team by it, with `isByName` by its name alone
 */
export function holdTeamChange(
  tx: OrgTransaction,
  { connectionId, now }: ProvisioningRequest,
  team: LockedTeam,
  change: {
    asked: AskedTeam;
    attributes: ChangedAttributes;
    people: HeldPeople;
    held: Held;
    isLinked: boolean;
    isByName?: boolean;
    waits?: boolean;
  },
): { version: number; isRewritten: boolean } {
  const { id, origin, inForceName } = team;
  const { asked, attributes, people, held, isLinked, isByName = false, waits = false } = change;
  const differs = asked.displayName !== inForceName || isLinked || waits;
  const stays = differs ? held : undefined;
  const isRewritten = Object.keys(attributes).length > 0 || stays?.by !== team.heldBy;
  const moves = people.joining.length + people.leaving.length > 0;
  const version = isRewritten || moves ? team.version + 1 : team.version;
  if (isRewritten) {
    const linking = isLinked && isByName && team.linking === undefined ? 'asked' : team.linking;
    updateTeam(tx, { id, connectionId, origin, version, asked, inForceName, held: stays, linking, now });
  } else if (moves) touchTeam(tx, id, now);
  holdPeople(tx, id, people, held);
  return { version, isRewritten };
}

/** What an event says of a team of which nothing is put in force. */
export const heldTeam = (team: TeamRef, asked: HeldChange['asked']): TeamHeld['data'] => ({
  team,
  hold: null,
  asked,
  changed: {},
  joining: [],
  leaving: [],
});

/** The events of people who leave a team and are held in it, while the rest of the change is in force. */
export function heldLeaverEvents(
  id: string,
  asked: AskedTeam,
  held: Held | undefined,
  people: HeldPeople | undefined,
): TeamHeld[] {
  if (held === undefined || people === undefined || people.leaving.length === 0) return [];
  return teamHeldEvents(id, asked, held, { asked: 'change', changed: {}, ...people });
}

/** The events of a held change of a team: of a bounded size each, whatever the number of people. */
export function teamHeldEvents(
  id: string,
  { displayName }: AskedTeam,
  { by: hold }: Held,
  change: { asked: 'creation' | 'change'; changed: ChangedAttributes } & HeldPeople,
): TeamHeld[] {
  const { asked, changed, joining, leaving } = change;
  const first = { ...heldTeam(teamRef(id, displayName), asked), hold, changed };
  const most = limits.membersPerEventMax;
  const events: TeamHeld[] = [];
  for (let from = 0; from < Math.max(joining.length, leaving.length, 1); from += most) {
    const data = { ...first, joining: joining.slice(from, from + most), leaving: leaving.slice(from, from + most) };
    events.push({ kind: 'team.held', data: from === 0 ? data : { ...data, asked: 'change', changed: {} } });
  }
  return events;
}
