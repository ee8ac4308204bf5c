import type { AccessInForce, AccessSides } from '../organization/access.ts';
import { licenseAttribute } from '../organization/licenses.ts';
import type { MemberStatus } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A person with both sides of their roles and license, and what an event needs to name them. */
export type PersonAccess = AccessSides & {
  inForce: AccessInForce;
  memberStatus: MemberStatus;
  /** Whether an identity provider manages the person. */
  isManaged: boolean;
};

/** A row of `members m` who is somebody in the organization, also when the provider's wish that they go is held. */
export const isHere = `m.status <> 'held' and (m.deleted_at is null or m.status <> 'removed')`;

/**
 * Whether a membership `tm` is wanted as far as that is in force: what an admin said of it counts, and else what the provider
 * asked, of a membership that is held before that.
 */
export const wantedNow = `coalesce(tm.by_hand, tm.asked = (tm.held_by is null))`;

/** The columns of `members m` that `accessOfRow` reads. */
export const memberAccessColumns = `m.held_by, m.role_by_hand, m.license_by_hand, m.license_by_sign_in, m.origin, m.role, m.role_reason, m.custom_roles,
  m.license, m.license_reason, m.waits_for, m.scim -> '${licenseAttribute.schema}' -> '${licenseAttribute.name}' as license_asked`;

export type AccessRow = {
  held_by: string | null;
  role_by_hand: BuiltInRole | null;
  license_by_hand: string | null;
  license_by_sign_in: string | null;
  origin: 'local' | 'provisioned' | 'claimed';
  role: BuiltInRole;
  role_reason: AccessInForce['roleOrigin'];
  custom_roles: string[];
  license: string | null;
  license_reason: AccessInForce['licenseOrigin'];
  waits_for: string | null;
  license_asked: unknown;
};

/**
 * The columns of a membership `tm` in a team `t` that say what it gives to the person. `org` is the parameter with the
 * organization's id.
 */
export const grantColumns = (org: string) => `t.grants_role, t.grants_license,
  ${roleNeeds(org, 't.grants_role')} as role_needs,
  case when t.grants_role is null then null when tm.token_id is null then 'owner' else
    (select k.role_ceiling from scim_tokens k where k.org_id = ${org} and k.id = tm.token_id) end as role_ceiling`;

/** The least built-in role with all permissions of a role; null for no role. */
export const roleNeeds = (
  org: string,
  role: string,
) => `case when ${role} in ('owner', 'admin', 'member', 'viewer') then ${role}
    else (select r.needs from roles r where r.org_id = ${org} and r.key = ${role}) end`;

export type GrantRow = {
  team_id: string;
  grants_role: string | null;
  grants_license: string | null;
  role_needs: BuiltInRole | null;
  role_ceiling: BuiltInRole | null;
};

/** A person's row with what a trial has made of their roles and license. */
export function rowByNow<Row extends AccessRow>({ trial }: OrgTransaction, memberId: string, row: Row): Row {
  const now = trial?.people?.access.get(memberId);
  if (now === undefined) return row;
  return {
    ...row,
    role: now.role,
    role_reason: now.roleOrigin,
    custom_roles: [...now.customRoles],
    license: now.license ?? null,
    license_reason: now.licenseOrigin,
    waits_for: now.waitsFor ?? null,
  };
}

/** Both sides from a person's row and from those of the teams that the person was put into. */
export function accessOfRow(
  memberId: string,
  row: AccessRow,
  grants: readonly GrantRow[],
): Omit<PersonAccess, 'memberStatus'> {
  return {
    memberId,
    isManaged: row.origin !== 'local',
    roleByHand: row.role_by_hand ?? undefined,
    // A mapping to a role that is no more gives nothing, and a token that is no more has the least ceiling.
    teamGrants: grants.flatMap(({ team_id: teamId, grants_role: role, role_needs: needs, role_ceiling: ceiling }) =>
      role === null || needs === null ? [] : [{ teamId, role, needs, ceiling: ceiling ?? 'viewer' }],
    ),
    licenseClaims: {
      byHand: row.license_by_hand ?? undefined,
      byTeams: grants.flatMap(({ team_id: teamId, grants_license: license }) =>
        license === null ? [] : [{ teamId, license }],
      ),
      bySignIn: row.license_by_sign_in ?? undefined,
      byAttribute: licenseAskedInForce(row),
    },
    inForce: {
      role: row.role,
      customRoles: row.custom_roles,
      license: row.license ?? undefined,
      waitsFor: row.waits_for ?? undefined,
      roleOrigin: row.role_reason,
      licenseOrigin: row.license_reason,
    },
  };
}

/** The license that the provider asked for; where a change of the person is held, the one that it had asked for before. */
function licenseAskedInForce({
  held_by,
  license_reason,
  license,
  waits_for,
  license_asked,
}: AccessRow): string | undefined {
  if (held_by !== null) {
    const isByAttribute = waits_for !== null || license_reason.rule === 'license-by-attribute';
    return isByAttribute ? (license ?? waits_for ?? undefined) : undefined;
  }
  return typeof license_asked === 'string' ? license_asked : undefined;
}

/** Which people `readAccess` is about. */
export type AccessScope =
  | { readonly of: 'everyone' }
  | { readonly of: 'people'; readonly ids: readonly string[] }
  /** The people whom a team has or, by a role, tokens or a license, those whom a change of it may concern. */
  | { readonly of: 'team' | 'role' | 'license'; readonly id: string }
  | { readonly of: 'tokens'; readonly ids: readonly string[] };

const scopes: Record<AccessScope['of'], string> = {
  everyone: '$2::text is null',
  people: 'm.id = any ($2::uuid[])',
  team: `exists (select from team_members tm where tm.org_id = $1 and tm.team_id = $2::uuid and tm.member_id = m.id and ${wantedNow})`,
  role: `exists (select from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
      where tm.org_id = $1 and tm.member_id = m.id and ${wantedNow} and t.grants_role = $2)`,
  tokens: `exists (select from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
      where tm.org_id = $1 and tm.member_id = m.id and tm.token_id = any ($2::uuid[]) and t.grants_role is not null)`,
  license: '(m.license = $2 or m.waits_for = $2)',
};

const argumentOf = (scope: AccessScope) =>
  scope.of === 'everyone' ? null : scope.of === 'people' || scope.of === 'tokens' ? scope.ids : scope.id;

/** Locks the people of a scope until the transaction ends, and returns how many they are. */
export async function lockScope(tx: OrgTransaction, scope: AccessScope): Promise<number> {
  const { rows } = await tx.query<{ count: string }>({
    text: `select count(*) from (
      select m.id from members m where m.org_id = $1 and ${scopes[scope.of]} and ${isHere} order by m.id for no key update of m) x`,
    values: [tx.orgId, argumentOf(scope)],
  });
  return Number(rows[0]?.count ?? 0);
}

/** A page of the people of a scope, whom the transaction has locked or only looks at, with both sides of their access. */
export async function readScope(
  tx: OrgTransaction,
  scope: AccessScope,
  page: { after: string | undefined; limit: number },
): Promise<PersonAccess[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select m.id from members m
      where m.org_id = $1 and ${scopes[scope.of]} and ${isHere} and ($3::uuid is null or m.id > $3) order by m.id limit $4`,
    values: [tx.orgId, argumentOf(scope), page.after, page.limit],
  });
  if (rows.length === 0) return [];
  return await readAccess(
    tx,
    rows.map(({ id }) => id),
  );
}

/** The access of people whom the transaction has locked already, by rising id. Awaits nothing before it has sent its statements. */
export async function readAccess(tx: OrgTransaction, ids: readonly string[]): Promise<PersonAccess[]> {
  return await readAccessOf(tx, 'm.id = any ($2::uuid[])', [ids], '');
}

/** `readAccess` of the people `m` that a condition on the parameters from $2 on selects. */
export async function readAccessOf(
  tx: OrgTransaction,
  those: string,
  values: readonly unknown[],
  name: string,
): Promise<PersonAccess[]> {
  const named = (what: string) => (name === '' ? {} : { name: `access-${what}-${name}` });
  const [people, grants] = await Promise.all([
    tx.query<AccessRow & { id: string; status: MemberStatus }>({
      ...named('people'),
      text: `select m.id, m.status, ${memberAccessColumns} from members m
        where m.org_id = $1 and ${those} and ${isHere} order by m.id`,
      values: [tx.orgId, ...values],
    }),
    tx.query<GrantRow & { member_id: string }>({
      ...named('grants'),
      text: `select tm.member_id, tm.team_id, ${grantColumns('$1')}
        from members m
        join team_members tm on tm.org_id = $1 and tm.member_id = m.id and ${wantedNow}
        join teams t on t.org_id = $1 and t.id = tm.team_id and (t.grants_role is not null or t.grants_license is not null)
       where m.org_id = $1 and ${those}`,
      values: [tx.orgId, ...values],
    }),
  ]);
  const grantsOf = Map.groupBy(grants.rows, (row) => row.member_id);
  return people.rows.map((row) => ({
    ...accessOfRow(row.id, rowByNow(tx, row.id, row), grantsOf.get(row.id) ?? []),
    memberStatus: row.status,
  }));
}
