import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvCell, exportAudit } from '../../src/events/audit-export.ts';
import { limits } from '../../src/limits.ts';
import { createUser } from '../http/beside-globex.ts';
import { startRollcall } from '../rollcall.ts';
import { scaled } from '../scale.ts';

test('no cell of a table begins like a formula, and each is read back as it was (CSV injection)', () => {
  const risky = fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '"=1"', 'a,b', '＝1');
  fc.assert(
    fc.property(fc.oneof(risky, fc.string({ unit: 'grapheme' })), (text) => {
      const cell = csvCell(text);
      const read = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      assert.doesNotMatch(read, /^[=+\-@\t\r\n＝＋－＠]/);
      assert.equal(read.startsWith("'") && read !== text ? read.slice(1) : read, text);
      if (!cell.startsWith('"')) assert.doesNotMatch(cell, /[",\r\n]/);
    }),
    { numRuns: scaled(200) },
  );
});

test('the audit is exported whole, in order, step by step, and of its organization only (I8)', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization({ slug: 'globex' })];
  const { app, owner } = rollcall.db;
  await createUser(acme, 'ada', { displayName: '=HYPERLINK("https://evil.example")' });
  await createUser(globex, 'grace');
  const { rows } = await owner.query<{ last: number }>(
    'select last_seq::int as last from event_counters where org_id = $1',
    [acme.id],
  );
  const first = rows[0]?.last ?? 0;
  const more = limits.auditPageRows * 2;
  await owner.query(
    `insert into events (org_id, seq, at, kind, data, actor) select $1, $2::int + n, now(), 'token.revoked', '{"token":{"id":"t"}}', '{"type":"operator"}'
      from generate_series(1, $3::int) n`,
    [acme.id, first, more],
  );
  const parts = [];
  for await (const part of exportAudit(app, acme, {}, 'jsonl')) parts.push(part);
  assert.equal(parts.length, 3, 'no part holds more than a step');
  const items = parts
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    items.map(({ seq }) => seq),
    Array.from({ length: first + more }, (_, index) => index + 1),
  );
  const created = items.find(({ kind }) => kind === 'member.created');
  assert.deepEqual(
    [created.says, created.by, created.actor, created.address],
    [
      'created member ada@acme.example',
      'SCIM token okta (Okta)',
      { type: 'token', id: acme.tokenId, name: 'okta', provider: 'okta' },
      '127.0.0.1',
    ],
  );
  assert.match(created.requestId, /^[0-9a-f-]{36}$/);
  assert.ok(!parts.join('').includes('grace'));

  const table = [];
  for await (const part of exportAudit(app, acme, { kinds: ['member.created'] }, 'csv')) table.push(part);
  const [headings, row, end] = table.join('').split('\r\n');
  assert.equal(headings, 'seq,at,kind,says,actor_type,actor_id,actor_name,actor_provider,address,request_id,data');
  assert.match(
    row ?? '',
    new RegExp(
      `^${created.seq},.+,member.created,created member ada@acme.example,token,${acme.tokenId},okta,okta,127.0.0.1,`,
    ),
  );
  assert.equal(end, '');
});
