import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { userType } from '../../src/scim/resource-types.ts';
import { parseSort } from '../../src/scim/sort.ts';
import type { Database } from '../../src/store/database.ts';
import { createPageMarks, type PageMarks } from '../../src/store/page-marks.ts';
import { listOneType } from '../../src/store/resource-list.ts';
import { startRollcall } from '../rollcall.ts';

const now = new Date('2030-01-01T00:00:00Z');
const at = (id: string) => ({ key: null, id });

const importer = { list: 'list', reader: 'importer' };
const other = { list: 'list', reader: 'other' };
const counted = (offset: number) => ({ after: undefined, offset, exactAt: 'always', continues: false });
const marked = (id: string, offset: number, exactAt: number) => ({ after: at(id), offset, exactAt, continues: false });
const continued = (id: string, exactAt: number | undefined) => ({ after: at(id), offset: 0, exactAt, continues: true });
const page = (startIndex: number, last: string | undefined, counter: number, isExact = true) => ({
  startIndex,
  nextIndex: startIndex + 100,
  last: last === undefined ? undefined : at(last),
  totalResults: 1000,
  counter,
  isExact,
});

test('a page begins behind the nearest mark below it, and without one at the beginning', () => {
  const marks = createPageMarks();
  assert.deepEqual(marks.find(other, 301, now), counted(300));
  marks.noteRow('list', 101, at('a'), 7, now);
  marks.noteRow('list', 301, at('c'), 7, now);
  marks.noteRow('list', 201, at('b'), 7, now);
  assert.deepEqual(marks.find(other, 301, now), marked('c', 0, 7));
  assert.deepEqual(marks.find(other, 250, now), marked('b', 49, 7));
  assert.deepEqual(marks.find(other, 50, now), counted(49));
  assert.deepEqual(marks.find({ ...other, list: 'another' }, 301, now), counted(300));
});

test('a mark is forgotten after a while, and replaced by a newer one', () => {
  const marks = createPageMarks();
  marks.noteRow('list', 101, at('a'), 7, now);
  const later = new Date(now.getTime() + limits.pageMarkSeconds * 1000 + 1);
  assert.deepEqual(marks.find(other, 101, later), counted(100));
  marks.noteRow('list', 101, at('b'), 7, later);
  assert.deepEqual(marks.find(other, 101, later), marked('b', 0, 7));
});

test('the marks of a list are of one moment: older ones go, and none comes late', () => {
  const marks = createPageMarks();
  marks.noteRow('list', 101, at('a'), 7, now);
  marks.noteRow('list', 201, at('c'), 8, now);
  assert.deepEqual(marks.find(other, 101, now), counted(100));
  marks.noteRow('list', 101, at('a'), 7, now);
  assert.deepEqual(marks.find(other, 101, now), counted(100));
  marks.forgetBefore('list', 8);
  assert.deepEqual(marks.find(other, 201, now), marked('c', 0, 8));
  marks.forgetBefore('list', 9);
  assert.deepEqual(marks.find(other, 201, now), counted(200));
});

test('who reads page after page continues behind the page before, and may ask once more for the last one', () => {
  const marks = createPageMarks();
  marks.note(importer, page(1, 'a', 7), now);
  assert.deepEqual(marks.find(importer, 101, now), continued('a', 7));
  assert.deepEqual(marks.find(other, 101, now), marked('a', 0, 7), 'another reader has only the mark');
  marks.note(importer, page(101, 'b', 8, false), now);
  assert.deepEqual(marks.find(importer, 201, now), continued('b', undefined));
  assert.deepEqual(marks.find(importer, 101, now), continued('a', 7));
  assert.deepEqual(
    marks.find(other, 201, now),
    marked('a', 100, 7),
    'where rows came or went, the end of a page is no mark',
  );
  marks.note(importer, page(201, 'c', 8, false), now);
  assert.deepEqual(marks.find(importer, 101, now), marked('a', 0, 7));
  const later = new Date(now.getTime() + limits.pageContinuedSeconds * 1000 + 1);
  assert.deepEqual(marks.find(importer, 301, later), marked('a', 200, 7));
});

test('who begins anew, asks for another page or has reached the end continues nothing', () => {
  for (const next of [
    (marks: PageMarks) => void marks.find(importer, 1, now),
    (marks: PageMarks) => marks.note(importer, page(301, 'x', 8), now),
    (marks: PageMarks) => marks.note(importer, page(101, undefined, 8), now),
    (marks: PageMarks) => marks.note(importer, { ...page(101, 'x', 8), totalResults: 200 }, now),
  ]) {
    const marks = createPageMarks();
    marks.note(importer, page(1, 'a', 7), now);
    next(marks);
    marks.forgetBefore('list', 9);
    assert.deepEqual(marks.find(importer, 101, now), counted(100));
  }
});

test('a list is measured once for all who ask meanwhile, and not again while its marks would serve', async () => {
  const marks = createPageMarks();
  let runs = 0;
  const run = async () => {
    runs++;
    marks.noteRow('list', 501, at('a'), 7, now);
  };
  const measure = (when: Date) => marks.measure('list', run, when);
  await Promise.all([measure(now), measure(now), marks.measure('other', run, now)]);
  assert.equal(runs, 2);
  marks.forgetBefore('list', 8);
  await measure(now);
  assert.equal(runs, 2);
  await measure(new Date(now.getTime() + limits.pageMarkSeconds * 1000 + 1));
  assert.equal(runs, 3);
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
      reader: 'importer',
      now,
    });
    assert.deepEqual(
      resources.map(({ id }) => id),
      rows.map(({ id }) => id),
    );
    const key = { list: `${acme.id} User all undefined ${list} undefined`, reader: 'other' };
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
