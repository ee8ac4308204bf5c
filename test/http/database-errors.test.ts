/** What PostgreSQL raises, and what a provider is told (R51). Every error comes from the real server. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fastify from 'fastify';
import { logFailure, toScimError } from '../../src/http/scim/scim-error.ts';
import { notFound } from '../../src/scim/errors.ts';
import { inOrganization, queryOrganization } from '../../src/store/organization-transaction.ts';
import { assertRefusal, eventually, filtered, patch } from './beside-globex.ts';
import { underAttack } from './under-attack.ts';

describe('errors of PostgreSQL', () => {
  // Uses of tokens may be on their way over the connection that a test ends.
  const here = underAttack({}, /^The last uses of tokens could not be noted/);

  const provoked: [code: string, statement: string, status: number][] = [
    ['22021', `select convert_from('\\xff', 'utf8')`, 400],
    ['22P05', `select '"\\u0000"'::jsonb #>> '{}'`, 400],
    ['22P02', `select 'ada'::uuid`, 400],
    ['22003', `select 2147483648::int`, 400],
    ['22007', `select '["2026-01-31T08:00:00Z"]Z'::timestamptz`, 400],
    ['22008', `select '294277-01-01'::timestamptz`, 400],
    ['22025', `select 'a' like '!' escape '!'`, 400],
    ['54001', `select repeat('[', 100000)::json`, 400],
    ['57014', `set local statement_timeout = 1; select pg_sleep(60)`, 503],
    ...[
      ...['53000', '53100', '53200', '53300', '53400', '57P01', '57P02', '57P03', '57P04', '57P05'],
      ...['08000', '08001', '08003', '08004', '08006', '08007', '08P01', '40001', '40P01', '55P03'],
    ].map((code): [string, string, number] => [code, `do $$ begin raise sqlstate '${code}'; end $$`, 503]),
    ['23502', `do $$ begin raise sqlstate '23502' using message = 'schemas_version'; end $$`, 503],
    ['23502', `do $$ begin raise sqlstate '23502' using message = 'another column'; end $$`, 500],
    ['42P01', 'select from nothing', 500],
    ['22012', 'select 1/0', 500],
  ];
  for (const [code, statement, status] of provoked) {
    test(`${code} is answered ${status}, without a word of SQL`, async () => {
      const error = await here.rollcall.db.app.query(statement).then(
        () => assert.fail('it fails'),
        (raised) => raised,
      );
      assert.equal(error.code, code, String(error));
      const told = toScimError(error);
      assert.equal(told.status, status);
      assert.equal(Number.isInteger(told.retryAfterSeconds), status === 503);
      assert.doesNotMatch(told.detail, /select|sqlstate|relation|postgres|[0-9]{5}/i);
    });
  }

  test('schemas that were changed under a request are a warning of one line, and every other failure an error with its cause', async () => {
    const lines: { level: number; reference?: string; err?: object; msg: string }[] = [];
    const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const { log } = fastify({ logger: { level: 'info', stream } });
    for (const column of ['schemas_version', 'another column']) {
      const error = await here.rollcall.db.app
        .query(`do $$ begin raise sqlstate '23502' using message = '${column}'; end $$`)
        .catch((raised) => raised);
      logFailure(log, error, `ref-${column}`, 'a SCIM request failed');
    }
    logFailure(log, notFound('nobody'), 'ref-404', 'a SCIM request failed');
    assert.deepEqual(
      lines.map(({ level, reference, err }) => [level, reference, err !== undefined]),
      [
        [40, 'ref-schemas_version', false],
        [50, 'ref-another column', true],
      ],
    );
  });

  test('a server that is not there is an outage', async () => {
    for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ETIMEDOUT']) {
      assert.equal(toScimError(Object.assign(new Error('connect'), { code })).status, 503);
    }
  });

  const inputs: [what: string, path: string][] = [
    ['a NUL in a filter', filtered('/Users', 'userName eq "a\u0000b"')],
    ['an escaped NUL in a filter', filtered('/Users', 'userName eq "a\\u0000b"')],
    ['half a character in a filter', filtered('/Users', 'userName eq "\\ud800"')],
    ['bytes that are not UTF-8 in a filter', '/Users?filter=userName%20eq%20%22%ff%22'],
    ['a NUL in an id', '/Users/%00'],
    ['a NUL in an attribute', '/Users?attributes=%00'],
    ['a date that PostgreSQL does not have', filtered('/Users', 'meta.created gt "294277-01-01T00:00:00Z"')],
    ['a date that nobody has', filtered('/Users', 'meta.created gt "2024-13-45T99:99:99Z"')],
    ['an id that is none', filtered('/Users', 'id eq "ada"')],
    ['a startIndex beyond a bigint', '/Users?startIndex=99999999999999999999999999'],
    ['a count beyond an int', '/Users?count=99999999999'],
    ['a count that is no number', '/Users?count=1e9'],
  ];
  for (const [what, path] of inputs) {
    test(`${what}: answered or refused, never a failure of ours`, async () => {
      const answer = await here.acme.scim('GET', path);
      assert.ok([200, 400, 404].includes(answer.status), `${answer.status} ${answer.text}`);
    });
  }

  test('a connection that ends under a request is answered 503 with Retry-After, and nothing was stored (R51, I12)', async () => {
    const { acme, ada, rollcall } = here;
    const holder = await rollcall.db.owner.connect();
    await holder.query('begin');
    await holder.query('select from members where id = $1 for update', [ada]);
    const waiting = acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', path: 'nickName', value: 'lost' }));
    await eventually(async () => {
      // The holder itself, in its transaction, would not see a connection that is opened later.
      const { rowCount } = await rollcall.db.owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
      );
      assert.equal(rowCount, 1);
    });
    const answer = await waiting;
    await holder.query('rollback');
    holder.release();
    assertRefusal(answer, 503, undefined, /^The database cannot be reached/);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  });

  test('a deadlock is run again, and both transactions succeed (40P01)', async () => {
    const { acme, ada, rollcall } = here;
    const { app } = rollcall.db;
    const lockRow = 'select from members where org_id = $1 and id = $2 for update';
    const lockOrg = 'select from organizations where id = $1 for update';
    const met = Promise.withResolvers<void>();
    let arrived = 0;
    const both = (order: readonly [string, string]) => {
      let attempt = 0;
      return inOrganization(app, acme.id, async (tx) => {
        attempt++;
        const values = (text: string) => (text === lockRow ? [acme.id, ada] : [acme.id]);
        await tx.query({ text: order[0], values: values(order[0]) });
        if (++arrived === 2) met.resolve();
        if (attempt === 1) await met.promise;
        await tx.query({ text: order[1], values: values(order[1]) });
        return attempt;
      });
    };
    const attempts = await Promise.all([both([lockRow, lockOrg]), both([lockOrg, lockRow])]);
    // PostgreSQL ends one of the two, or both when both see the deadlock at the same moment.
    assert.ok(attempts.includes(2) && attempts.every((each) => each <= 2), String(attempts));
    assert.deepEqual(await queryOrganization(app, acme.id, { text: 'select 1 as one', values: [] }), [{ one: 1 }]);
  });
});
