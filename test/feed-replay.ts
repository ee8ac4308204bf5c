import assert from 'node:assert/strict';
import { type FeedEvent, readEvents } from '../src/events/feed.ts';
import type { Database } from '../src/store/database.ts';

/**
 * Reads the whole feed of an organization and holds that it is 1..n without a gap, and that whoever replays it arrives at
 * the people and the memberships in force that are stored (I5).
 */
export async function assertFeedTellsState(app: Database, owner: Database, org: { id: string }): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (;;) {
    const page = await readEvents(app, org, { after: events.length, limit: 1000 });
    for (const event of page) assert.equal(event.seq, events.push(event));
    if (page.length === 0) break;
  }
  const { rows } = await owner.query<{ seq: number; memberships: string[]; people: string[] }>(
    `select c.last_seq::int as seq,
        array(select t.team_id || ' ' || t.member_id from team_members t where t.org_id = $1 and t.in_force) as memberships,
        array(select m.id || ' ' || m.status from members m where m.org_id = $1 and m.deleted_at is null) as people
       from event_counters c where c.org_id = $1`,
    [org.id],
  );
  const [stored] = rows;
  assert.equal(stored?.seq, events.length);
  const { memberships, people } = replay(events);
  assert.deepEqual([...memberships].sort(), stored?.memberships.sort());
  assert.deepEqual([...people].map(([id, status]) => `${id} ${status}`).sort(), stored?.people.sort());
  return events;
}

/** What is in force must be what status and asked make of it, and the counts those of the rows (I10). */
export async function assertInForceFollows(owner: Database, org: { id: string }): Promise<void> {
  const { rows } = await owner.query(
    `select tm.team_id, tm.member_id, tm.asked, tm.in_force, m.status, m.deleted_at, t.deleted_at as team_deleted_at
       from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id join teams t on t.org_id = $1 and t.id = tm.team_id
      where tm.org_id = $1 and (tm.in_force <> (tm.asked and m.status = 'active') or not tm.asked
        or m.deleted_at is not null or t.deleted_at is not null)
      union all
      select null, m.id, m.asked_active, null, m.status, m.deleted_at, null from members m
      where m.org_id = $1 and m.status <> case when m.deleted_at is not null then 'removed' when m.asked_active then 'active' else 'suspended' end`,
    [org.id],
  );
  assert.deepEqual(rows, []);
  const counts = await owner.query(
    `select c.members - (select count(*) from members where org_id = $1 and deleted_at is null) as members,
        c.teams - (select count(*) from teams where org_id = $1 and deleted_at is null) as teams
       from event_counters c where c.org_id = $1`,
    [org.id],
  );
  assert.deepEqual(counts.rows, [{ members: '0', teams: '0' }]);
}

type Access = { role: string; customRoles: readonly string[]; license: string | null; waitsFor: string | null };

/**
 * Holds of the whole feed of an organization that each event says of roles and licenses what those before it had left, and that what
 * they leave is what is stored. No row may have been written past Rollcall.
 */
export async function assertFeedTellsAccess(
  owner: Database,
  org: { id: string },
  events: readonly FeedEvent[],
): Promise<void> {
  const told = new Map<string, Access>();
  const known = (id: string, { seq, kind }: FeedEvent): Access => {
    const access = told.get(id);
    assert.ok(access !== undefined, `event ${seq} (${kind}) is about ${id}, whom the feed never created`);
    return access;
  };
  for (const event of events) {
    if (event.kind === 'member.created') {
      const { member, role, customRoles = [], license = null, waitsFor = null } = event.data;
      told.set(member.id, { role, customRoles, license, waitsFor });
    } else if (event.kind === 'member.role_changed') {
      for (const { member, before, after } of event.data.changes) {
        const { role, customRoles, ...licensed } = known(member, event);
        assert.deepEqual(before, { role, customRoles }, `event ${event.seq}`);
        told.set(member, { ...licensed, ...after });
      }
    } else if (event.kind === 'member.license_changed') {
      for (const { member, before, after } of event.data.changes) {
        const { role, customRoles, license, waitsFor } = known(member, event);
        const { license: had = null, waitsFor: waited = null } = before;
        assert.deepEqual({ license: had, waitsFor: waited }, { license, waitsFor }, `event ${event.seq}`);
        told.set(member, { role, customRoles, license: after.license ?? null, waitsFor: after.waitsFor ?? null });
      }
    }
  }
  const { rows } = await owner.query<Access & { id: string }>(
    `select m.id, m.role, m.custom_roles as "customRoles", m.license, m.waits_for as "waitsFor" from members m
      where m.org_id = $1 and m.deleted_at is null and m.status <> 'held' order by m.id`,
    [org.id],
  );
  assert.deepEqual(
    rows.map(({ id }) => ({ id, ...told.get(id) })),
    rows,
  );
}

function replay(events: readonly FeedEvent[]): { memberships: Set<string>; people: Map<string, string> } {
  const memberships = new Set<string>();
  const people = new Map<string, string>();
  for (const event of events) {
    switch (event.kind) {
      case 'member.created':
        people.set(event.data.member.id, event.data.status);
        break;
      case 'member.suspended':
      case 'member.reactivated':
        people.set(event.data.member.id, event.data.after);
        break;
      case 'member.removed':
        people.delete(event.data.member.id);
        break;
      case 'team.removed':
        for (const each of memberships) if (each.startsWith(event.data.team.id)) memberships.delete(each);
        break;
      case 'team.members_changed':
        for (const id of event.data.added) memberships.add(`${event.data.team.id} ${id}`);
        for (const id of event.data.removed) memberships.delete(`${event.data.team.id} ${id}`);
        break;
    }
  }
  return { memberships, people };
}
