import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { maintainPartitions } from '../../src/store/partitions.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

const retention = { requestLogDays: 30, eventDays: 400 };
const dayMs = 86_400_000;

test('partitions are made for the time ahead, and making them again changes nothing', async () => {
  await using db = await testDatabase();
  const now = new Date('2031-05-14T12:00:00Z');
  await maintainPartitions(db.owner, now, retention);
  const names = await partitions(db);
  await maintainPartitions(db.owner, now, retention);
  assert.deepEqual(await partitions(db), names);
  assert.ok(names.includes('scim_requests_20310512'), 'the week of the day, from its Monday');
  assert.equal(names.filter((name) => name.startsWith('scim_requests_2')).length, 9);
});

test('rows go with their partition when they are older than the retention, and not before', async () => {
  await using db = await testDatabase();
  const now = new Date('2031-05-14T12:00:00Z');
  await maintainPartitions(db.owner, now, retention);
  const before = await partitions(db);
  await maintainPartitions(db.owner, new Date(now.getTime() + 34 * dayMs), retention);
  assert.ok((await partitions(db)).includes('scim_requests_20310512'), 'its last row is 29 days old');
  await maintainPartitions(db.owner, new Date(now.getTime() + 36 * dayMs), retention);
  const after = await partitions(db);
  assert.ok(!after.includes('scim_requests_20310512'));
  assert.deepEqual(
    before.filter((name) => name.startsWith('events')),
    before.filter((name) => name.startsWith('events') && after.includes(name)),
    'the feed is kept longer',
  );
});

test('rows that came while there was no partition for them move into it', async () => {
  await using db = await testDatabase();
  const now = new Date('2031-05-14T12:00:00Z');
  const settings = { plan: 'free' as const, settings: {} };
  for (const slug of ['acme', 'globex']) await createOrganization(db.app, { slug, name: slug, ...settings }, { now });
  assert.deepEqual(await placesOfEvents(db), ['events_default', 'events_default']);
  await maintainPartitions(db.owner, now, retention);
  const places = await placesOfEvents(db);
  assert.equal(places.length, 2);
  assert.match(places[0] ?? '', /^events_2031/);
  assert.equal(places[1], places[0]);
});

async function partitions(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.owner.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where c.relkind = 'r' and c.relname ~ '^(scim_requests|events)' order by 1`,
  );
  return rows.map((row) => row.name);
}

async function placesOfEvents(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.owner.query<{ place: string }>(
    'select tableoid::regclass::text as place from events order by org_id',
  );
  return rows.map((row) => row.place);
}
