import type { MemberStatus, Reason } from '../organization/plan.ts';
import type { Database } from './database.ts';
import { type HeldBecause, heldBecause } from './held-rows.ts';
import { queryOrganization } from './organization-transaction.ts';

/** Both sides of a membership, and why. */
type Sides = { asked: boolean; inForce: boolean; reason: Reason; held: HeldBecause | null };

export type MemberOfTeam = Sides & { id: string; userName: string; name: string; status: MemberStatus };

export type TeamOfMember = Sides & { id: string; name: string };

type Page = { limit: number; after?: string | undefined };

/**
 * The people of a team by rising id, those included who are asked for and not in force. The end of the page before bounds both
 * tables: PostgreSQL may read them side by side, and would begin with the organization's first person on every page.
 */
export async function listMembersOfTeam(
  db: Database,
  org: { id: string },
  teamId: string,
  page: Page,
): Promise<MemberOfTeam[]> {
  const rows = await queryOrganization<
    SidesRow & { id: string; user_name: string; name: string; status: MemberStatus }
  >(db, org.id, {
    text: `select m.id, m.user_name, m.in_force_name as name, m.status, tm.asked, tm.in_force, tm.reason, ${heldBecause('tm')} as held
        from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
       where tm.org_id = $1 and tm.team_id = $2 and ($3::uuid is null or (tm.member_id > $3 and m.id > $3))
       order by tm.member_id limit $4`,
    values: [org.id, teamId, page.after, page.limit],
  });
  return rows.map((row) => ({
    id: row.id,
    userName: row.user_name,
    name: row.name,
    status: row.status,
    ...sidesOf(row),
  }));
}

/** The teams of a person by rising id, those included that the person only is asked to be in. */
export async function listTeamsOfMember(
  db: Database,
  org: { id: string },
  memberId: string,
  page: Page,
): Promise<TeamOfMember[]> {
  const rows = await queryOrganization<SidesRow & { id: string; name: string }>(db, org.id, {
    text: `select t.id, coalesce(t.in_force_name, t.display_name) as name, tm.asked, tm.in_force, tm.reason, ${heldBecause('tm')} as held
        from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
       where tm.org_id = $1 and tm.member_id = $2 and ($3::uuid is null or tm.team_id > $3)
       order by tm.team_id limit $4`,
    values: [org.id, memberId, page.after, page.limit],
  });
  return rows.map((row) => ({ id: row.id, name: row.name, ...sidesOf(row) }));
}

type SidesRow = { asked: boolean; in_force: boolean; reason: Reason; held: HeldBecause | null };

const sidesOf = ({ asked, in_force: inForce, reason, held }: SidesRow): Sides => ({
  asked,
  inForce,
  reason,
  held,
});
