import type { MemberStatus, Reason } from '../organization/plan.ts';
import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';

/** A member as people see it: both sides, and why. */
export type ListedMember = {
  id: string;
  userName: string;
  name: string;
  email: string | undefined;
  externalId: string | undefined;
  askedActive: boolean;
  status: MemberStatus;
  reason: Reason;
  teams: number;
  updatedAt: Date;
};

/** Members in the order of their creation; `after` is the id of the last one seen. */
export async function listMembers(
  db: Database,
  org: { id: string },
  page: { limit: number; after?: string },
): Promise<ListedMember[]> {
  const rows = await queryOrganization<{
    id: string;
    user_name: string;
    in_force_name: string;
    in_force_email: string | null;
    external_id: string | null;
    asked_active: boolean;
    status: MemberStatus;
    status_reason: Reason;
    teams: string;
    updated_at: Date;
  }>(db, org.id, {
    text: `select m.id, m.user_name, m.in_force_name, m.in_force_email, m.external_id, m.asked_active, m.status, m.status_reason, m.updated_at,
        (select count(*) from team_members tm where tm.org_id = $1 and tm.member_id = m.id and tm.in_force) as teams
      from members m
      where m.org_id = $1 and m.deleted_at is null and ($2::uuid is null or m.id > $2)
      order by m.id limit $3`,
    values: [org.id, page.after, page.limit],
  });
  return rows.map((row) => ({
    id: row.id,
    userName: row.user_name,
    name: row.in_force_name,
    email: row.in_force_email ?? undefined,
    externalId: row.external_id ?? undefined,
    askedActive: row.asked_active,
    status: row.status,
    reason: row.status_reason,
    teams: Number(row.teams),
    updatedAt: row.updated_at,
  }));
}
