import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { tables } from '../../src/store/tables.ts';
import { type RollcallOptions, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { createUser } from './beside-globex.ts';

/** What the tests of a file use. The members are there while a test runs. */
export type UnderAttack = {
  readonly rollcall: TestRollcall;
  readonly acme: TestOrganization;
  /** A user of Acme. */
  readonly ada: string;
};

/** What a refused request may leave: its row in the log, what is counted of it, and the token's last use. */
const traces = ['scim_requests', 'scim_tokens', 'traffic_counts'];

/**
 * Rollcall with Acme, from which the requests of a file come, and Globex. After each test the server still answers both, and
 * nothing is stored in either: every request of these tests is refused or changes nothing.
 *
 * @param maySay what the server may say of it; anything else that it says is a failure
 */
export function underAttack(options: RollcallOptions = {}, maySay?: RegExp): UnderAttack {
  const stack = new AsyncDisposableStack();
  let started: UnderAttack | undefined;
  let globex: TestOrganization;
  let untouched: string;
  const running = (): UnderAttack => {
    assert.ok(started !== undefined, 'it is started before the tests run');
    return started;
  };
  const stored = async (): Promise<string> => {
    const rows = tables.organization
      .filter((table) => !traces.includes(table))
      .map((table) => `select '${table} ' || t::text as row from ${table} t`);
    const { rows: found } = await running().rollcall.db.owner.query(
      `select string_agg(row, chr(10) order by row) as all_rows from (${rows.join(' union all ')}) r`,
    );
    return found[0].all_rows;
  };

  before(async () => {
    // Whatever fails behind it, it is stopped: the file would never end.
    const rollcall = stack.use(await startRollcall(options));
    globex = await rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'ada');
    const acme = await rollcall.organization({ slug: 'acme' });
    started = { rollcall, acme, ada: await createUser(acme, 'ada') };
    untouched = await stored();
  });
  afterEach(async () => {
    const { acme, ada, rollcall } = running();
    assert.equal((await acme.scim('GET', `/Users/${ada}`)).status, 200);
    assert.equal((await globex.scim('GET', '/Users')).body.totalResults, 1);
    assert.equal(await stored(), untouched);
    assert.deepEqual(
      rollcall.said.filter((line) => maySay?.test(line) !== true),
      [],
    );
  });
  after(() => stack.disposeAsync());
  return {
    get rollcall() {
      return running().rollcall;
    },
    get acme() {
      return running().acme;
    },
    get ada() {
      return running().ada;
    },
  };
}
