import { licenseAttribute } from '../organization/licenses.ts';
import type { MemberOrigin } from '../organization/lifecycle.ts';
import type { MemberStatus, Reason } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { PersonAccess } from './access-rows.ts';
import {
  type AccessRow,
  accessOfRow,
  type GrantRow,
  grantColumns,
  isHere,
  memberAccessColumns,
  wantedNow,
} from './access-rows.ts';
import type { Database } from './database.ts';
import {
  type OrgTransaction,
  queryOrganization,
  queryOrganizationBatch,
  type Reader,
} from './organization-transaction.ts';
import type { CustomRole } from './role-writing.ts';

/** The custom roles of an organization, by their keys, with the number of teams that give each. */
export async function listRoles(db: Reader, org: { id: string }): Promise<(CustomRole & { teams: number })[]> {
  const rows = await queryOrganization<CustomRole & { teams: string }>(db, org.id, {
    text: `select r.key, r.name, r.permissions, r.needs,
        (select count(*) from teams t where t.org_id = $1 and t.grants_role = r.key and t.in_force_name is not null) as teams
      from roles r where r.org_id = $1 order by r.key`,
    values: [org.id],
  });
  return rows.map((row) => ({ ...row, teams: Number(row.teams) }));
}

/** A license type with its seats. */
export type ListedLicense = {
  license: string;
  /** Undefined is any number. */
  seats: number | undefined;
  used: number;
  waiting: number;
};

/** The license types of an organization, by their precedence. */
export async function listLicenses(db: Reader, org: { id: string }): Promise<ListedLicense[]> {
  const rows = await queryOrganization<{
    license: string;
    seats_limit: string | null;
    seats_used: string;
    waiting: string;
  }>(db, org.id, {
    text: `select s.license, s.seats_limit, s.seats_used, s.waiting from license_seats s
      where s.org_id = $1 order by s.precedence, s.license`,
    values: [org.id],
  });
  return rows.map((row) => ({
    license: row.license,
    seats: row.seats_limit === null ? undefined : Number(row.seats_limit),
    used: Number(row.seats_used),
    waiting: Number(row.waiting),
  }));
}

export type TeamMapping = {
  team: { id: string; name: string };
  role: string | undefined;
  license: string | undefined;
  /** People whom the provider or an admin put into the team. */
  members: number;
};

/** The teams that give something to those who are in them. */
export async function listTeamMappings(db: Reader, org: { id: string }): Promise<TeamMapping[]> {
  const rows = await queryOrganization<{
    id: string;
    in_force_name: string;
    grants_role: string | null;
    grants_license: string | null;
    members: string;
  }>(db, org.id, {
    text: `select t.id, coalesce(t.in_force_name, t.display_name) as in_force_name, t.grants_role, t.grants_license,
        (select count(*) from team_members tm where tm.org_id = $1 and tm.team_id = t.id and ${wantedNow}) as members
      from teams t
      where t.org_id = $1 and (t.grants_role is not null or t.grants_license is not null) and (t.deleted_at is null or t.in_force_name is not null)
      order by 2, t.id`,
    values: [org.id],
  });
  return rows.map((row) => ({
    team: { id: row.id, name: row.in_force_name },
    role: row.grants_role ?? undefined,
    license: row.grants_license ?? undefined,
    members: Number(row.members),
  }));
}

/** The groups of sign-ins that give a license, by their names. */
export async function listLicenseGroups(
  db: Reader,
  org: { id: string },
): Promise<{ group: string; license: string }[]> {
  return await queryOrganization(db, org.id, {
    text: 'select g.group_name as "group", g.license from license_groups g where g.org_id = $1 order by g.group_name',
    values: [org.id],
  });
}

/** What a person may and with which license, both sides, with the reasons. */
export type ListedAccess = {
  id: string;
  userName: string;
  name: string;
  status: MemberStatus;
  origin: MemberOrigin;
  /** Set apart as a way in that no request of the provider touches (K26). */
  breakGlass: boolean;
  role: BuiltInRole;
  customRoles: readonly string[];
  roleReason: Reason;
  roleByHand: BuiltInRole | undefined;
  license: string | undefined;
  waitsFor: string | undefined;
  waitsSince: Date | undefined;
  licenseReason: Reason;
  licenseByHand: string | undefined;
  licenseBySignIn: string | undefined;
  /** What the provider's attribute says, whether it decides or not. */
  licenseAsked: string | undefined;
};

/** Which people a list of access shows. */
export type AccessListed = 'everyone' | 'administering' | 'break-glass' | 'waiting' | 'license-differs';

/** Where the license attribute stands in a resource. */
const licensePath = `'{${licenseAttribute.schema},${licenseAttribute.name}}'`;

const listed: Record<AccessListed, string> = {
  everyone: 'true',
  administering: `m.role in ('owner', 'admin')`,
  'break-glass': 'm.break_glass',
  waiting: 'm.waits_for is not null',
  // The provider's word and the license in force, side by side (B56). Of whom it says nothing there is nothing to compare.
  'license-differs': `m.scim #>> ${licensePath} <> coalesce(m.license, '')`,
};

export const accessListed = Object.keys(listed) as readonly AccessListed[];

/** People in the order of their creation; `after` is the id of the last one seen. */
export async function listAccess(
  db: Reader,
  org: { id: string },
  page: {
    limit: number;
    after?: string | undefined;
    which?: AccessListed | undefined;
    /** Only those who have this role in force, built-in or custom. */
    role?: string | undefined;
    /** Only those who have a seat of this license. */
    license?: string | undefined;
  },
): Promise<ListedAccess[]> {
  const { limit, after, which = 'everyone', role, license } = page;
  const having = [
    role === undefined ? '$4::text is null' : '(m.role = $4 or m.custom_roles @> array[$4::text])',
    license === undefined ? '$5::text is null' : 'm.license = $5',
  ].join(' and ');
  const rows = await queryOrganization<ListedRow>(db, org.id, {
    text: `select ${columns} from members m
      where m.org_id = $1 and ${isHere} and ($2::uuid is null or m.id > $2) and ${listed[which]} and ${having}
      order by m.id limit $3`,
    values: [org.id, after, limit, role, license],
  });
  return rows.map(listedAccess);
}

/** Everything that gives a person a role or a license, whether it decides or not. */
export async function findAccess(
  db: Database,
  org: { id: string },
  memberId: string,
): Promise<
  | { listed: ListedAccess; grants: PersonAccess['teamGrants']; licenses: { teamId: string; license: string }[] }
  | undefined
> {
  const [people = [], grants = []] = await queryOrganizationBatch(db, org.id, [
    {
      text: `select ${columns} from members m where m.org_id = $1 and m.id = $2 and ${isHere}`,
      values: [org.id, memberId],
    },
    {
      text: `select tm.team_id, ${grantColumns('$1')} from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
        where tm.org_id = $1 and tm.member_id = $2 and ${wantedNow} and (t.grants_role is not null or t.grants_license is not null)
        order by tm.team_id`,
      values: [org.id, memberId],
    },
  ]);
  const row = people[0] as ListedRow | undefined;
  if (row === undefined) return undefined;
  const { teamGrants, licenseClaims } = accessOfRow(memberId, row, grants as GrantRow[]);
  return { listed: listedAccess(row), grants: teamGrants, licenses: [...licenseClaims.byTeams] };
}

/** Licenses that the provider's attribute asks for and that are none of the organization's. */
export type UnknownLicenses = {
  /** Those that it asks for most people, with how many these are. */
  named: { license: string; people: number }[];
  /** Of all of them. */
  licenses: number;
  people: number;
};

/** @param most how many are named */
export async function readUnknownLicenses(
  tx: OrgTransaction,
  types: readonly string[],
  most: number,
): Promise<UnknownLicenses> {
  const { rows } = await tx.query<{ license: string; people: number; licenses: number; all_people: number }>({
    text: `select m.scim #>> ${licensePath} as license, count(*)::integer as people, count(*) over ()::integer as licenses,
        sum(count(*)) over ()::integer as all_people
      from members m
      where m.org_id = $1 and ${isHere} and jsonb_typeof(m.scim #> ${licensePath}) = 'string'
        and not m.scim #>> ${licensePath} = any ($2::text[])
      group by 1 order by 2 desc, 1 limit $3`,
    values: [tx.orgId, types, most],
  });
  return {
    named: rows.map(({ license, people }) => ({ license, people })),
    licenses: rows[0]?.licenses ?? 0,
    people: rows[0]?.all_people ?? 0,
  };
}

/** The userNames of people. */
export async function readNamesOf(tx: OrgTransaction, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ id: string; user_name: string }>({
    text: 'select m.id, m.user_name from members m where m.org_id = $1 and m.id = any ($2::uuid[])',
    values: [tx.orgId, ids],
  });
  return new Map(rows.map((row) => [row.id, row.user_name]));
}

const columns = `m.id, m.user_name, m.in_force_name, m.status, m.origin, m.break_glass, m.waits_since, ${memberAccessColumns}`;

type ListedRow = Omit<AccessRow, 'role_reason' | 'license_reason'> & {
  id: string;
  user_name: string;
  in_force_name: string;
  status: MemberStatus;
  origin: MemberOrigin;
  break_glass: boolean;
  waits_since: Date | null;
  role_reason: Reason & AccessRow['role_reason'];
  license_reason: Reason & AccessRow['license_reason'];
};

const listedAccess = (row: ListedRow): ListedAccess => ({
  id: row.id,
  userName: row.user_name,
  name: row.in_force_name,
  status: row.status,
  origin: row.origin,
  breakGlass: row.break_glass,
  role: row.role,
  customRoles: row.custom_roles,
  roleReason: row.role_reason,
  roleByHand: row.role_by_hand ?? undefined,
  license: row.license ?? undefined,
  waitsFor: row.waits_for ?? undefined,
  waitsSince: row.waits_since ?? undefined,
  licenseReason: row.license_reason,
  licenseByHand: row.license_by_hand ?? undefined,
  licenseBySignIn: row.license_by_sign_in ?? undefined,
  licenseAsked: typeof row.license_asked === 'string' ? row.license_asked : undefined,
});
