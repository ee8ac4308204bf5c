import type { Database } from '../src/store/database.ts';

/** What is in force in an organization, by names: two organizations of which the same was asked compare by it. */
export async function inForceByName(owner: Database, org: { id: string }): Promise<Record<string, unknown[]>> {
  const rows = async (text: string) => (await owner.query({ text, values: [org.id] })).rows;
  return {
    members: await rows(
      `select user_name, status, in_force_name, in_force_email, waiting_address, origin, role, license, deleted_at is null as asked
        from members where org_id = $1 and status <> 'removed' order by user_name, status`,
    ),
    teams: await rows(
      `select in_force_name, origin, deleted_at is null as asked from teams where org_id = $1 and in_force_name is not null order by 1`,
    ),
    memberships: await rows(
      `select t.display_name, m.user_name, tm.asked, tm.in_force, tm.reason ->> 'rule' as rule
        from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id join members m on m.org_id = $1 and m.id = tm.member_id
       where tm.org_id = $1 order by 1, 2`,
    ),
  };
}

/** How many rows of an organization are held, and how many batches are open. */
export async function heldIn(owner: Database, org: { id: string }): Promise<Record<string, number>> {
  const { rows } = await owner.query(
    `select (select count(*) from members where org_id = $1 and held_by is not null)::int as members,
        (select count(*) from teams where org_id = $1 and held_by is not null)::int as teams,
        (select count(*) from team_members where org_id = $1 and held_by is not null)::int as memberships,
        (select count(*) from held_batches where org_id = $1 and state in ('open', 'settling'))::int as batches`,
    [org.id],
  );
  return rows[0];
}

/**
 * Locks one person of an organization, by their place among all, until it is let go: what goes through people by rising id comes no
 * further, however long it has.
 */
export async function lockPersonAt(
  owner: Database,
  org: { id: string },
  place: number,
): Promise<AsyncDisposable & { letGo: () => Promise<void> }> {
  const holder = await owner.connect();
  let isHeld = true;
  const letGo = async () => {
    if (!isHeld) return;
    isHeld = false;
    await holder.query('rollback');
    holder.release();
  };
  await holder.query('begin');
  await holder.query(
    'select from members where org_id = $1 and id = (select id from members where org_id = $1 order by id offset $2 limit 1) for update',
    [org.id, place],
  );
  return { letGo, [Symbol.asyncDispose]: letGo };
}
