import type { MemberStatus, Reason } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import { caseKey } from '../scim/case-key.ts';
import type { Resource } from '../scim/schema.ts';
import type { Database } from './database.ts';
import { type HeldBecause, heldBecause } from './held-rows.ts';
import { type KeyRange, keysFrom } from './key-range.ts';
import { queryOrganization } from './organization-transaction.ts';
import { waitingOf } from './waiting-address.ts';

/** A member as people see it: both sides, and why. */
export type ListedMember = {
  id: string;
  userName: string;
  name: string;
  email: string | undefined;
  /** The address that waits for the person to confirm it, and until when. */
  waiting: { address: string; until: Date } | undefined;
  externalId: string | undefined;
  askedActive: boolean;
  status: MemberStatus;
  reason: Reason;
  origin: 'local' | 'provisioned' | 'claimed';
  breakGlass: boolean;
  /** What holds what the provider asks; without `isAskedFor` that is that the person goes. */
  held: HeldBecause | undefined;
  isAskedFor: boolean;
  /** In force. */
  role: BuiltInRole;
  customRoles: readonly string[];
  /** The license that the person has a seat of, and the one that the person waits for. */
  license: string | undefined;
  waitsFor: string | undefined;
  /** Until when an admin has unlocked what the provider manages. */
  unlockedUntil: Date | undefined;
  teams: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/**
 * Members in the order of their creation; `after` is the id of the last one seen. Removed ones are in the list of that status
 * only.
 */
export async function listMembers(
  db: Database,
  org: { id: string },
  page: {
    limit: number;
    after?: string | undefined;
    status?: MemberStatus | undefined;
    /** Only who has it, in any letter case. */
    userName?: string | undefined;
    /** Only those whose userName, display name or e-mail address begins with it, in any letter case. */
    search?: string | undefined;
  },
): Promise<ListedMember[]> {
  const { limit, after, status, userName, search } = page;
  // A status that few have is looked up; those who are active are nearly everybody.
  const which =
    status === undefined ? `m.status <> 'removed'` : status === 'active' ? `m.status = 'active'` : 'm.status = $4';
  const values: unknown[] = [org.id, after, limit, ...(which.includes('$4') ? [status] : [])];
  const named = userName === undefined ? '' : ` and m.user_name_key = $${values.push(caseKey(userName))}`;
  const those = `m.org_id = $1 and ($2::uuid is null or m.id > $2) and ${which}${named}`;
  const found = search === undefined ? '' : ` and m.id in (${searched(those, keysFrom(search, values), status)})`;
  const rows = await queryOrganization<MemberRow>(db, org.id, {
    text: `select ${columns} from members m where ${those}${found} order by m.id limit $3`,
    values,
  });
  return rows.map(listedMember);
}

/**
 * The first of those people whose keys are in a range, each by the index of that key. Whoever is deleted stands in none of these:
 * removed people are found by their status, and those whose deletion is held by what holds it.
 */
function searched(those: string, within: KeyRange, status: MemberStatus | undefined): string {
  const one = (condition: string) =>
    `(select m.id from members m where ${those} and ${condition} order by m.id limit $3)`;
  const deleted = `m.deleted_at is not null${status === 'removed' ? '' : ' and m.held_by is not null'}`;
  return [
    one(`m.deleted_at is null and ${within('m.user_name_key')}`),
    one(`m.deleted_at is null and ${within('m.display_name_key')}`),
    one(`${deleted} and (${within('m.user_name_key')} or ${within('m.display_name_key')})`),
    `(select distinct m.id from member_emails e join members m on m.org_id = $1 and m.id = e.member_id
      where e.org_id = $1 and ${within('e.value_key')} and ${those} order by m.id limit $3)`,
  ].join(' union ');
}

/** A member with the JSON of what was asked, its version, and the connection that it belongs to. */
export type FoundMember = ListedMember & { scim: Resource; version: number; connectionId: string | undefined };

/** One member, a removed one included. */
export async function findListedMember(
  db: Database,
  org: { id: string },
  id: string,
): Promise<FoundMember | undefined> {
  const [row] = await queryOrganization<MemberRow & { scim: Resource; version: string; connection_id: string | null }>(
    db,
    org.id,
    {
      text: `select ${columns}, m.scim, m.version, m.connection_id from members m where m.org_id = $1 and m.id = $2`,
      values: [org.id, id],
    },
  );
  if (row === undefined) return undefined;
  const { scim, version, connection_id: connectionId } = row;
  return { ...listedMember(row), scim, version: Number(version), connectionId: connectionId ?? undefined };
}

const columns = `m.id, m.user_name, coalesce(nullif(m.in_force_name, ''), m.display_name, m.user_name) as in_force_name, m.in_force_email, m.waiting_address, m.waiting_until, m.external_id, m.asked_active, m.status, m.status_reason,
    m.origin, m.break_glass, ${heldBecause('m')} as held, m.deleted_at is null as is_asked_for,
    m.role, m.custom_roles, m.license, m.waits_for, m.unlocked_until, m.version, m.created_at, m.updated_at,
    (select count(*) from team_members tm where tm.org_id = $1 and tm.member_id = m.id and tm.in_force) as teams`;

type MemberRow = {
  id: string;
  user_name: string;
  in_force_name: string;
  in_force_email: string | null;
  waiting_address: string | null;
  waiting_until: Date | null;
  external_id: string | null;
  asked_active: boolean;
  status: MemberStatus;
  status_reason: Reason;
  origin: ListedMember['origin'];
  break_glass: boolean;
  held: HeldBecause | null;
  is_asked_for: boolean;
  role: BuiltInRole;
  custom_roles: string[];
  license: string | null;
  waits_for: string | null;
  unlocked_until: Date | null;
  teams: string;
  version: string;
  created_at: Date;
  updated_at: Date;
};

const listedMember = (row: MemberRow): ListedMember => ({
  id: row.id,
  userName: row.user_name,
  name: row.in_force_name,
  email: row.in_force_email ?? undefined,
  waiting: waitingOf(row),
  externalId: row.external_id ?? undefined,
  askedActive: row.asked_active,
  status: row.status,
  reason: row.status_reason,
  origin: row.origin,
  breakGlass: row.break_glass,
  held: row.held ?? undefined,
  isAskedFor: row.is_asked_for,
  role: row.role,
  customRoles: row.custom_roles,
  license: row.license ?? undefined,
  waitsFor: row.waits_for ?? undefined,
  unlockedUntil: row.unlocked_until ?? undefined,
  teams: Number(row.teams),
  version: Number(row.version),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
