import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { userType } from '../../src/scim/resource-types.ts';
import { parseSort } from '../../src/scim/sort.ts';
import type { Database } from '../../src/store/database.ts';
import { createPageMarks } from '../../src/store/page-marks.ts';
import { listOneType } from '../../src/store/resource-list.ts';
import { startRollcall } from '../rollcall.ts';

const now = new Date('2030-01-01T00:00:00Z');
const at = (id: string) => ({ key: null, id });

test('a page begins behind the nearest mark below it, and without one at the beginning', () => {
  const marks = createPageMarks();
  assert.deepEqual(marks.find('list', 301, now), { after: undefined, offset: 300 });
  marks.note('list', 101, at('a'), now);
  marks.note('list', 301, at('c'), now);
  marks.note('list', 201, at('b'), now);
  assert.deepEqual(marks.find('list', 301, now), { after: at('c'), offset: 0 });
  assert.deepEqual(marks.find('list', 250, now), { after: at('b'), offset: 49 });
  assert.deepEqual(marks.find('list', 50, now), { after: undefined, offset: 49 });
  assert.deepEqual(marks.find('other', 301, now), { after: undefined, offset: 300 });
});

test('a mark is forgotten after a while, and replaced by a newer one', () => {
  const marks = createPageMarks();
  marks.note('list', 101, at('a'), now);
  const later = new Date(now.getTime() + limits.pageMarkSeconds * 1000 + 1);
  assert.deepEqual(marks.find('list', 101, later), { after: undefined, offset: 100 });
  marks.note('list', 101, at('b'), later);
  assert.deepEqual(marks.find('list', 101, later), { after: at('b'), offset: 0 });
});

test('a list is measured once for all who ask meanwhile', async () => {
  const marks = createPageMarks();
  let runs = 0;
  const run = async () => void runs++;
  await Promise.all([marks.measure('list', run), marks.measure('list', run), marks.measure('other', run)]);
  assert.equal(runs, 2);
});

for (const [name, sort, order, list] of [
  ['the order of ids', undefined, 'id', 'undefined'],
  ['a sorted list', 'meta.lastModified', 'updated_at desc, id desc', 'meta.lastModified descending'],
] as const) {
  test(`a reader who jumps far ahead gets the rows that counting would give, and no more: ${name}`, async () => {
    await using rollcall = await startRollcall();
    const acme = await rollcall.organization();
    const globex = await rollcall.organization({ slug: 'globex' });
    await fillMembers(rollcall.db.owner, acme, 2 * limits.pageMarkEvery + 50);
    await fillMembers(rollcall.db.owner, globex, 20);
    const marks = createPageMarks();
    const far = 2 * limits.pageMarkEvery + 5;
    const { rows } = await rollcall.db.owner.query<{ id: string }>(
      `select id from members where org_id = $1 order by ${order} limit 10 offset $2`,
      [acme.id, far - 1],
    );
    const { resources } = await listOneType(rollcall.db.app, acme.id, userType, {
      filter: undefined,
      sort: parseSort({ sortBy: sort, sortOrder: 'descending' }, userType),
      startIndex: far,
      count: 10,
      derived: { wanted: false, reference: '' },
      scimBaseUrl: acme.scimBaseUrl,
      marks,
      now,
    });
    assert.deepEqual(
      resources.map(({ id }) => id),
      rows.map(({ id }) => id),
    );
    const key = `${acme.id} User all undefined ${list}`;
    assert.equal(marks.find(key, far, now).offset, 4, 'the list was measured');
    // The end of a page is noted only when no more rows came than were asked for.
    assert.equal(marks.find(key, far + 10, now).offset, 0);
  });
}

/** Members whose ids rise and whose other columns do not matter here. */
async function fillMembers(owner: Database, org: { id: string; connectionId: string }, count: number): Promise<void> {
  await owner.query(
    `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, asked_active, status, status_reason,
       in_force_name, origin, version, created_at, updated_at)
     select $1, ('0190a0b0-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, $2, '{}', 'u' || i, 'u' || i, true, 'active', '{}',
       '', 'provisioned', 1, now(), now() - (i % 7) * interval '1 day' from generate_series(1, $3::int) i`,
    [org.id, org.connectionId, count],
  );
}
