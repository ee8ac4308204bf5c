import type { MemberStatus } from '../organization/plan.ts';
import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';
import { readTogether } from './shared-reads.ts';
import { isSeenIn, namedBySeen, type TeamsSeen } from './teams-seen.ts';

/** A resource as stored, its JSON not parsed: most reads only pass it through. */
export type StoredResource = {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** JSON text of what was asked, without id, meta and the derived attribute. */
  scim: string;
  /**
   * JSON text of the derived attribute in pieces: a member's groups or a team's members. Undefined if it was not asked for. As one text,
   * the members of a large team would be in memory several times on their way.
   */
  derived: readonly string[] | undefined;
};

/** What a read needs besides its key. */
export type DerivedOptions = {
  wanted: boolean;
  /** The URL that a derived value's id is appended to. */
  reference: string;
  /** All, unless it is said. */
  teams?: TeamsSeen;
};

export type ResourceRow = {
  id: string;
  version: string;
  created_at: Date;
  updated_at: Date;
  scim: string;
  derived: string | null;
};

/** A member by id, deactivated ones included. */
export async function findMember(
  db: Database,
  orgId: string,
  id: string,
  groups: DerivedOptions,
): Promise<StoredResource | undefined> {
  return await findOne(db, orgId, 'member-by-id', 'm.id = $2', id, groups);
}

/** The member with this key of a userName; `caseKey` makes the key. */
export async function findMemberByUserName(
  db: Database,
  orgId: string,
  userNameKey: string,
  groups: DerivedOptions,
): Promise<StoredResource | undefined> {
  return await findOne(db, orgId, 'member-by-user-name', 'm.user_name_key = $2', userNameKey, groups);
}

/** Who has a userName, and the status in force of that member, for messages. */
export async function findUserNameHolder(
  db: Database,
  orgId: string,
  userNameKey: string,
): Promise<{ id: string; status: MemberStatus } | undefined> {
  const [row] = await queryOrganization<{ id: string; status: MemberStatus }>(db, orgId, {
    text: 'select id, status from members where org_id = $1 and user_name_key = $2 and deleted_at is null',
    values: [orgId, userNameKey],
  });
  return row;
}

async function findOne(
  db: Database,
  orgId: string,
  name: string,
  condition: string,
  key: string,
  { wanted, reference, teams = 'all' }: DerivedOptions,
): Promise<StoredResource | undefined> {
  const [row] = await readTogether<ResourceRow>(db, orgId, {
    name: wanted ? namedBySeen(name, teams) : `${name}-alone`,
    text: `select ${memberColumns(wanted ? groupsOfMember('$1', '$3', teams) : 'null')}
      from members m where m.org_id = $1 and ${condition} and m.deleted_at is null`,
    values: wanted ? [orgId, key, reference] : [orgId, key],
  });
  return row === undefined ? undefined : storedResource(row);
}

export const memberColumns = (derived: string) =>
  `m.id, m.version, m.created_at, m.updated_at, m.scim::text as scim, ${derived} as derived`;

/** User.groups (RFC 7643 §4.1.2) as JSON text, by rising id: the teams that the provider sees the person in. */
export const groupsOfMember = (org: string, reference: string, seen: TeamsSeen) => `coalesce((
  select json_agg(json_build_object('value', t.id, '$ref', ${reference}::text || t.id, 'display', t.display_name, 'type', 'direct') order by t.id)
    from team_members tm join teams t on t.org_id = ${org} and t.id = tm.team_id
   where tm.org_id = ${org} and tm.member_id = m.id and ${isSeenIn(seen)})::text, '[]')`;

/** The same from the teams by rising id, in the same words, so that a representation has one tag whatever it was made by. */
export function groupsText(
  teams: readonly { id: string; displayName: string }[],
  reference: string,
): readonly [string] {
  const groups = teams.map(({ id, displayName }) => {
    const [ref, display] = [JSON.stringify(reference + id), JSON.stringify(displayName)];
    return `{"value" : "${id}", "$ref" : ${ref}, "display" : ${display}, "type" : "direct"}`;
  });
  return [`[${groups.join(', ')}]`];
}

export function storedResource(row: ResourceRow): StoredResource {
  return {
    id: row.id,
    version: Number(row.version),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    scim: row.scim,
    derived: row.derived === null ? undefined : [row.derived],
  };
}
