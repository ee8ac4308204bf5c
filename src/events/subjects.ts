import type { RolesInForce } from '../organization/roles.ts';
import type { EventsAbout } from '../store/event-lists.ts';
import type { EventRow } from '../store/event-rows.ts';
import type { AccessOfCreated, FeedEventBody, LicenseHeld } from './feed.ts';

/** What an event may be about, besides people and teams: `token:<id>`, `role:<key>`, `policy`. */
const subjectKinds = [
  'token',
  'key',
  'role',
  'license',
  'connection',
  'hold',
  'schema',
  'resource_type',
  'resource',
  'policy',
  'organization',
  'domain',
] as const;

/** The places in the data of events where a subject stands, whatever the kind. */
type Naming = {
  member?: string | { id: string };
  team?: { id: string };
  added?: string[];
  removed?: string[];
  pending?: Record<string, string[]>;
  joining?: string[];
  leaving?: string[];
  changes?: { member: string; before: RolesInForce & LicenseHeld; after: RolesInForce & LicenseHeld }[];
  token?: { id: string };
  key?: { id: string };
  /** The token that takes over from the other. */
  by?: { id: string };
};

/**
 * An event as it is stored, with what it is about: one person, one team and one thing in columns of their own, and the
 * subjects of a kind of which there are several beside them.
 */
export function withSubjects(event: FeedEventBody): EventRow {
  const { kind } = event;
  const data = event.data as Naming;
  const members = peopleOf(data);
  const things = thingsOf(event);
  return {
    kind,
    data,
    member: members.length === 1 ? members[0] : undefined,
    team: data.team?.id,
    subject: things.length === 1 ? things[0] : undefined,
    others: [
      ...(members.length > 1 ? members.map((id) => memberSubject(id)) : []),
      ...(things.length > 1 ? things : []),
    ],
  };
}

/** What a text such as `member:<id>` or `role:admin` names; undefined if it names nothing. */
export function parseAbout(text: string): EventsAbout | undefined {
  const [kind = '', ...rest] = text.split(':');
  const id = rest.join(':');
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
  if (kind === 'member') return isId ? { member: id.toLowerCase() } : undefined;
  if (kind === 'team') return isId ? { team: id.toLowerCase() } : undefined;
  return subjectKinds.some((each) => each === kind) ? { subject: text } : undefined;
}

/** How a person is named among several subjects. */
const memberSubject = (id: string) => `member:${id}`;

function peopleOf({ member, added, removed, pending, joining, leaving, changes }: Naming): string[] {
  if (member !== undefined) return [typeof member === 'string' ? member : member.id];
  if (changes !== undefined) return [...new Set(changes.map((change) => change.member))];
  if (joining !== undefined) return [...new Set([...joining, ...(leaving ?? [])])];
  if (added === undefined) return [];
  return [...new Set([...added, ...(removed ?? []), ...Object.values(pending ?? {}).flat()])];
}

function thingsOf(event: FeedEventBody): string[] {
  const { token, key, by } = event.data as Naming;
  if (token !== undefined) return [token, by].flatMap((each) => (each === undefined ? [] : [`token:${each.id}`]));
  if (key !== undefined) return [`key:${key.id}`];
  switch (event.kind) {
    case 'member.role_changed':
      return distinct(event.data.changes.flatMap(rolesOf), 'role');
    case 'member.license_changed':
      return distinct(
        event.data.changes.flatMap(({ before, after }) => [...licensesOf(before), ...licensesOf(after)]),
        'license',
      );
    case 'member.created':
      return [...distinct(licensesOf(event.data), 'license'), ...distinct(rolesOfCreated(event.data), 'role')];
    case 'role.created':
    case 'role.updated':
    case 'role.removed':
      return [`role:${event.data.role}`];
    case 'license.seats_changed':
      return [`license:${event.data.license}`];
    case 'license.group_mapped':
      return distinct([event.data.before, event.data.after], 'license');
    case 'connection.state_changed':
    case 'connection.created':
    case 'connection.profile_changed':
    case 'connection.provider_changed':
    case 'connection.silent':
    case 'connection.heard_again':
      return [`connection:${event.data.connection}`];
    case 'hold.opened':
    case 'hold.settling':
    case 'hold.released':
    case 'hold.discarded':
      return [`hold:${event.data.hold}`];
    case 'schema.defined':
    case 'schema.changed':
    case 'schema.removed':
      return [`schema:${event.data.schema.id}`];
    case 'resource_type.defined':
    case 'resource_type.changed':
    case 'resource_type.removed':
      return [`resource_type:${event.data.resourceType.name}`];
    case 'resource.created':
    case 'resource.linked':
    case 'resource.handed_over':
    case 'resource.updated':
    case 'resource.removed':
      return [`resource:${event.data.resource.id}`];
    case 'domain.added':
    case 'domain.verified':
    case 'domain.lost':
    case 'domain.removed':
      return [`domain:${event.data.domain}`];
    case 'policy.changed':
      return ['policy'];
    case 'organization.created':
    case 'organization.updated':
    case 'organization.reconciled':
    case 'organization.drifted':
    case 'addresses.changed':
    case 'sign_in_provider.changed':
      return ['organization'];
    default:
      return [];
  }
}

/** The roles that somebody had before and not afterwards, or the other way round. */
function rolesOf({ before, after }: { before: RolesInForce; after: RolesInForce }): string[] {
  const [had, has] = [before, after].map(({ role, customRoles }) => new Set([role as string, ...customRoles]));
  return [...(had as Set<string>).symmetricDifference(has as Set<string>)];
}

/** The role that everybody has is not told of each who is created: what is told costs each creation a statement. */
const rolesOfCreated = ({ role, customRoles = [], roleReason }: AccessOfCreated) =>
  roleReason === undefined ? customRoles : [role, ...customRoles];

/** A seat that somebody waits for and then has is the same license twice. */
const licensesOf = ({ license, waitsFor }: LicenseHeld) => [license, waitsFor];

const distinct = (keys: readonly (string | undefined)[], kind: 'role' | 'license') =>
  [...new Set(keys)].flatMap((key) => (key === undefined ? [] : [`${kind}:${key}`]));
