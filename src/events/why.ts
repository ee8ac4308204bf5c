/** Why a person, a team, a role or a license is as it is: the rule, and who or what made it apply, and when. */
import type { Reason } from '../organization/plan.ts';
import { builtInRoles, isBuiltInRole } from '../organization/roles.ts';
import { findAccess, listLicenseGroups, listLicenses, listRoles, listTeamMappings } from '../store/access-lists.ts';
import type { Database } from '../store/database.ts';
import {
  type AuditedEvent,
  type EventsAbout,
  findMappingEvents,
  findNewestEvents,
  findNewestInTeams,
  type MappingEvents,
} from '../store/event-lists.ts';
import { findListedMember } from '../store/member-list.ts';
import { listTeamsOfMember } from '../store/membership-list.ts';
import { type KeptRequest, type ReasonNames, readReasonNames } from '../store/reason-names.ts';
import { findListedTeam } from '../store/team-list.ts';
import { historyItem } from './history.ts';
import { type ActorNaming, readActorNaming, shownActor } from './shown-actor.ts';
import { licenseText, reasonText, rolesText, sayActor } from './words.ts';

/** One fact in force, and why. */
export type Fact = {
  /** `status`, `profile`, `role`, `license`, `team`, `name`, `origin`, `gives`, `seats`, `group` or `definition`. */
  fact: string;
  /** What is in force, in a word or a few. */
  value: string;
  /** The team that the fact is about, or that gives it. */
  team: { id: string; name: string } | undefined;
  /** What the rule says, or what happened. */
  because: string;
  reason: Reason | undefined;
  /** Who made it so, if it is known. */
  by: string | undefined;
  at: Date | undefined;
  /** The event that made it so, if it is still kept. */
  event: number | undefined;
  /** The request that made it so, if it was one; what the log still has of it. */
  request: { id: string; kept: KeptRequest | undefined } | undefined;
};

export type Why = { of: { id: string; name: string }; facts: Fact[] };

/** A fact before the names of its reason are known. */
type Found = Pick<Fact, 'fact' | 'value'> & {
  team?: string | undefined;
  reason?: Reason | undefined;
  event?: AuditedEvent | undefined;
  /** Of what neither a rule nor an event made so. */
  because?: string;
};

/** Teams of a person whose reasons are told. Whoever is in more has them in the list of teams. */
const teamsMax = 200;

const statusKinds = ['member.created', 'member.suspended', 'member.reactivated', 'member.removed'];

/** Why a person is who they are here. Undefined if there is no such person. */
export async function whyOfMember(db: Database, org: { id: string }, id: string): Promise<Why | undefined> {
  const member = await findListedMember(db, org, id);
  if (member === undefined) return undefined;
  const [access, teams, newest] = await Promise.all([
    findAccess(db, org, id),
    listTeamsOfMember(db, org, id, { limit: teamsMax }),
    findNewestEvents(db, org, { member: id }, [
      statusKinds,
      ['member.created', 'member.role_changed'],
      ['member.created', 'member.license_changed'],
      ['member.linked', 'member.unlinked', 'member.handed_over', 'member.created'],
    ]),
  ]);
  const inTeams = await findNewestInTeams(
    db,
    org,
    id,
    teams.map((team) => team.id),
  );
  const [status, role, license, origin] = [0, 1, 2, 3].map((place) => newest.get(place));
  const found: Found[] = [
    { fact: 'status', value: member.status, reason: member.reason, event: status },
    { fact: 'origin', value: member.origin, event: origin },
  ];
  if (access !== undefined) {
    const { listed } = access;
    found.push({ fact: 'role', value: rolesText(listed), reason: listed.roleReason, event: role });
    found.push({ fact: 'license', value: licenseText(listed), reason: listed.licenseReason, event: license });
  }
  for (const team of teams) {
    const value = team.inForce ? 'in the team' : 'waits for the team';
    found.push({ fact: 'team', value, team: team.id, reason: team.reason, event: inTeams.get(team.id) });
  }
  return { of: { id, name: member.userName }, facts: await withNames(db, org, found) };
}

/** Why a team is what it is, and gives what it gives, or why it is gone. Undefined if there never was such a team. */
export async function whyOfTeam(db: Database, org: { id: string }, id: string): Promise<Why | undefined> {
  const team = await findListedTeam(db, org, id, true);
  if (team === undefined) return undefined;
  if (!team.isHere && !team.isAskedFor) {
    const event = (await findNewestEvents(db, org, { team: id }, [['team.removed']])).get(0);
    const found: Found[] = [{ fact: 'status', value: 'removed', event }];
    return { of: { id, name: team.name }, facts: await withNames(db, org, found) };
  }
  const [newest, mappings, mapped] = await Promise.all([
    findNewestEvents(db, org, { team: id }, [
      ['team.created', 'team.updated'],
      ['team.created', 'team.linked', 'team.unlinked', 'team.handed_over'],
    ]),
    listTeamMappings(db, org),
    findMappingEvents(db, org, [id]),
  ]);
  const gives = mappings.find((mapping) => mapping.team.id === id);
  const found: Found[] = [
    { fact: 'name', value: team.name, event: newest.get(0) },
    { fact: 'origin', value: team.origin, event: newest.get(1) },
    ...givesFacts(gives, mapped.get(id) ?? {}),
  ];
  return { of: { id, name: team.name }, facts: await withNames(db, org, found) };
}

/**
 * Why a role is what it is, and which teams give it. Undefined if there is no such role. Who has it and why is a list of its own
 * (`listAccess`).
 */
export async function whyOfRole(db: Database, org: { id: string }, key: string): Promise<Why | undefined> {
  if (isBuiltInRole(key)) {
    const found: Found[] = [{ fact: 'definition', value: builtInRoles[key], because: 'it is built in' }];
    const given = await mappedFacts(db, org, 'role', key);
    return { of: { id: key, name: key }, facts: await withNames(db, org, [...found, ...given]) };
  }
  const role = (await listRoles(db, org)).find((each) => each.key === key);
  if (role === undefined) return undefined;
  const kinds = [['role.created', 'role.updated']];
  const definition = (await findNewestEvents(db, org, { subject: `role:${key}` }, kinds)).get(0);
  const found: Found[] = [
    { fact: 'definition', value: `${role.name}: ${role.permissions.join(', ')}`, event: definition },
  ];
  const given = await mappedFacts(db, org, 'role', key);
  return { of: { id: key, name: role.name }, facts: await withNames(db, org, [...found, ...given]) };
}

/** Why a license has its seats, and what gives it. Undefined if there is no such license. */
export async function whyOfLicense(db: Database, org: { id: string }, license: string): Promise<Why | undefined> {
  const seats = (await listLicenses(db, org)).find((each) => each.license === license);
  if (seats === undefined) return undefined;
  const about: EventsAbout = { subject: `license:${license}` };
  const [newest, groups, given] = await Promise.all([
    findNewestEvents(db, org, about, [['license.seats_changed'], ['license.group_mapped']]),
    listLicenseGroups(db, org),
    mappedFacts(db, org, 'license', license),
  ]);
  const found: Found[] = [
    { fact: 'seats', value: seats.seats === undefined ? 'any number' : String(seats.seats), event: newest.get(0) },
  ];
  for (const { group } of groups.filter((each) => each.license === license)) {
    found.push({ fact: 'group', value: group, event: newest.get(1) });
  }
  return { of: { id: license, name: license }, facts: await withNames(db, org, [...found, ...given]) };
}

type Mapping = Awaited<ReturnType<typeof listTeamMappings>>[number];

/** The teams that give a role or a license, each with the event that made it so. */
async function mappedFacts(
  db: Database,
  org: { id: string },
  part: 'role' | 'license',
  given: string,
): Promise<Found[]> {
  const mappings = (await listTeamMappings(db, org)).filter((mapping) => mapping[part] === given);
  const events = await findMappingEvents(
    db,
    org,
    mappings.map(({ team }) => team.id),
  );
  return mappings.map(({ team: { id }, members }) => ({
    fact: 'team',
    value: `gives it to ${members === 1 ? '1 person' : `${members} people`}`,
    team: id,
    event: events.get(id)?.[part],
  }));
}

/** What a team gives, and what it gave: each part has its own event, since the newest may be about the other one. */
function givesFacts(gives: Mapping | undefined, events: MappingEvents): Found[] {
  const parts = (['role', 'license'] as const).filter(
    (part) => gives?.[part] !== undefined || events[part] !== undefined,
  );
  if (parts.length === 0) return [{ fact: 'gives', value: 'nothing' }];
  return parts.map((part) => ({
    fact: 'gives',
    value: gives?.[part] === undefined ? `no ${part}` : `${part} ${gives[part]}`,
    event: events[part],
  }));
}

/** Completes facts with the names that their reasons and events speak of, in one round trip for all of them. */
async function withNames(db: Database, org: { id: string }, found: readonly Found[]): Promise<Fact[]> {
  const reasons = found.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const by = (type: string) =>
    reasons.flatMap((reason) => (reason.by?.type === type && reason.by.id !== undefined ? [reason.by.id] : []));
  const ids = (values: readonly (string | undefined)[]) => [...new Set(values.filter((each) => each !== undefined))];
  const names = readReasonNames(db, org, {
    tokens: ids([...reasons.map(({ token }) => token), ...by('token')]),
    keys: by('key'),
    members: by('member'),
    teams: ids([...reasons.map(({ team }) => team), ...found.map(({ team }) => team)]),
    requests: ids([...reasons.map(({ request }) => request), ...found.map(({ event }) => event?.requestId)]),
  });
  const [known, naming] = await Promise.all([names, readActorNaming(db, org)]);
  return found.map((each) => factOf(each, known, naming));
}

function factOf(
  { fact, value, team: about, reason, event, because }: Found,
  { names, requests }: ReasonNames,
  naming: ActorNaming,
): Fact {
  const team = about ?? reason?.team;
  const request = reason?.request ?? event?.requestId;
  const item = event && historyItem(event, naming);
  return {
    fact,
    value,
    team: team === undefined ? undefined : { id: team, name: names.get(team) ?? team },
    because:
      reason === undefined
        ? (because ?? item?.says ?? 'it was so when the events that are kept began')
        : reasonText(reason),
    reason,
    by: item?.by ?? byReason(reason, names, naming),
    at: item?.at,
    event: item?.seq,
    request: request === undefined ? undefined : { id: request, kept: requests.get(request) },
  };
}

/** Who a reason names, where the event is no longer kept. */
function byReason(reason: Reason | undefined, names: ReasonNames['names'], naming: ActorNaming): string | undefined {
  if (reason?.token !== undefined) {
    const name = names.get(reason.token) ?? reason.token;
    return sayActor(shownActor({ kind: reason.rule, actor: { type: 'token', id: reason.token, name } }, naming));
  }
  const { by } = reason ?? {};
  if (by === undefined) return undefined;
  return by.id === undefined ? 'the operator' : (names.get(by.id) ?? by.id);
}
