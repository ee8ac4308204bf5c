import assert from 'node:assert/strict';
import { type FeedEvent, readEvents } from '../src/events/feed.ts';
import type { Database } from '../src/store/database.ts';

/**
 * Reads the whole feed of an organization and holds that it is 1..n without a gap, and that whoever replays it arrives at
 * the people, the teams and the memberships in force that are stored (I5), with the names and addresses in force.
 */
export async function assertFeedTellsState(app: Database, owner: Database, org: { id: string }): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (;;) {
    const page = await readEvents(app, org, { after: events.length, limit: 1000 });
    for (const event of page) assert.equal(event.seq, events.push(event));
    if (page.length === 0) break;
  }
  const { rows } = await owner.query<{ seq: number; memberships: string[]; people: string[]; teams: string[] }>(
    `select c.last_seq::int as seq,
        array(select t.team_id || ' ' || t.member_id from team_members t where t.org_id = $1 and t.in_force) as memberships,
        array(select concat_ws(' ', m.id, m.status, m.in_force_name, m.in_force_email) from members m
          where m.org_id = $1 and m.deleted_at is null and m.status not in ('held', 'removed')) as people,
        array(select t.id || ' ' || t.in_force_name from teams t where t.org_id = $1 and t.in_force_name is not null) as teams
       from event_counters c where c.org_id = $1`,
    [org.id],
  );
  const [stored] = rows;
  assert.equal(stored?.seq, events.length);
  const { memberships, people, teams } = replay(events);
  const shown = people
    .values()
    .map(({ id, status, name, email }) => [id, status, name, email].filter(Boolean).join(' '));
  assert.deepEqual([...memberships].sort(), stored?.memberships.sort());
  assert.deepEqual([...shown].sort(), stored?.people.sort());
  assert.deepEqual([...teams].map(([id, name]) => `${id} ${name}`).sort(), stored?.teams.sort());
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
    } else if (event.kind === 'member.suspended' || event.kind === 'member.reactivated') {
      const { member, before, role, customRoles } = event.data;
      const { role: had, customRoles: held } = known(member.id, event);
      const said =
        before === 'removed' ? { role: had, customRoles: held } : { role: undefined, customRoles: undefined };
      assert.deepEqual({ role, customRoles }, said, `event ${event.seq}`);
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

type Person = { id: string; status: string; name: string; email?: string | undefined };

function replay(events: readonly FeedEvent[]) {
  const memberships = new Set<string>();
  const people = new Map<string, Person>();
  const teams = new Map<string, string>();
  // Of somebody who is removed a reader may have kept nothing.
  const change = ({ id }: { id: string }, to: Partial<Person>) => {
    const kept = people.get(id);
    if (kept !== undefined) people.set(id, { ...kept, ...to });
  };
  for (const event of events) {
    switch (event.kind) {
      case 'member.created': {
        const { member, status, name, email } = event.data;
        people.set(member.id, { id: member.id, status, name, email });
        break;
      }
      case 'member.updated': {
        const { member, inForce } = event.data;
        if (inForce !== undefined) change(member, { email: undefined, ...inForce.after });
        break;
      }
      case 'member.suspended':
      case 'member.reactivated': {
        const { member, before, after: status, name = '', email } = event.data;
        if (before === 'removed') people.set(member.id, { id: member.id, status, name, email });
        else change(member, { status });
        break;
      }
      case 'member.removed':
        people.delete(event.data.member.id);
        break;
      case 'team.created':
        teams.set(event.data.team.id, event.data.team.displayName);
        break;
      case 'team.updated':
        if (event.data.inForce !== undefined) teams.set(event.data.team.id, event.data.inForce.after);
        break;
      case 'team.removed': {
        const { id } = event.data.team;
        teams.delete(id);
        for (const each of memberships) if (each.startsWith(id)) memberships.delete(each);
        break;
      }
      case 'team.members_changed':
        for (const id of event.data.added) memberships.add(`${event.data.team.id} ${id}`);
        for (const id of event.data.removed) memberships.delete(`${event.data.team.id} ${id}`);
        break;
    }
  }
  return { memberships, people, teams };
}
