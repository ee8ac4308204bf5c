import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { alertExpiringTokens } from '../../src/provisioning/alert-expiring-tokens.ts';
import { checkDomainsDue } from '../../src/provisioning/change-domains.ts';
import { forEachOrganization, type RoundOptions } from '../../src/provisioning/for-each-organization.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import {
  forgetTraffic,
  purgeEverywhere,
  reconcileEverywhere,
  settleEverywhere,
} from '../../src/provisioning/maintenance.ts';
import { lastReconciliation, reconcile } from '../../src/provisioning/reconcile.ts';
import { watchSilence } from '../../src/provisioning/watch-silence.ts';
import { createUser, eventsAfter } from '../http/beside-globex.ts';
import { brakeOff, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const dayMs = 86_400_000;

describe('the work of a night', () => {
  let rollcall: TestRollcall;
  before(async () => {
    rollcall = await startRollcall();
    await rollcall.db.owner.query('create table turns (org_id uuid); create table broken (org_id uuid)');
    await rollcall.db.owner.query(
      `create function take_turn() returns trigger language plpgsql security definer as $$
        begin
          if exists (select from broken b where b.org_id = coalesce(new.org_id, old.org_id)) then raise 'broken by the test'; end if;
          insert into turns values (coalesce(new.org_id, old.org_id));
          return coalesce(new, old);
        end $$`,
    );
  });
  after(async () => await rollcall[Symbol.asyncDispose]());
  const query = async (text: string, values: unknown[] = []) => (await rollcall.db.owner.query(text, values)).rows;

  /** Each job with something that it has to do for an organization, and with what it writes doing it. */
  const jobs: {
    name: string;
    due: string;
    writes: string;
    run: (options: RoundOptions) => Promise<void>;
  }[] = [
    {
      name: 'comparing',
      due: 'select $1::uuid',
      writes: 'insert on reconciliations',
      run: (options) => reconcileEverywhere(rollcall.db, new Date(), options),
    },
    {
      name: 'forgetting who was removed',
      due: `update members set deleted_at = now(), status = 'removed', retained_until = now() where org_id = $1`,
      writes: 'delete on members',
      run: (options) => purgeEverywhere(rollcall.db, new Date(Date.now() + dayMs), options),
    },
    {
      name: 'forgetting old traffic',
      due: `insert into traffic_counts (org_id, kind, bucket, name, count, last_at, last_request)
        values ($1, 'answer', '2020-01-01', '200', 1, '2020-01-01', $1) on conflict do nothing`,
      writes: 'delete on traffic_counts',
      run: (options) => forgetTraffic(rollcall.db, new Date(), options),
    },
    {
      name: 'looking for tokens that expire',
      due: `update scim_tokens set expires_at = now() + interval '1 hour', created_at = now() - interval '90 days', alerted_days = null where org_id = $1`,
      writes: 'update of alerted_days on scim_tokens',
      run: (options) => alertExpiringTokens(rollcall.db, new Date(), options),
    },
    {
      name: 'looking for silent providers',
      due: `with used as (update scim_tokens set last_used_at = now() where org_id = $1)
        update connections set silent_since = now() - interval '1 day' where org_id = $1`,
      writes: 'update of silent_since on connections',
      run: (options) => watchSilence(rollcall.db, new Date(), options),
    },
    {
      name: 'going on with what is being settled',
      due: `insert into held_batches (org_id, id, connection_id, state, opened_at, ended_by)
        select k.org_id, k.id, k.id, 'settling', now(), '{"type":"operator"}' from connections k where k.org_id = $1
        on conflict (org_id, id) do update set state = 'settling', ended_at = null`,
      writes: 'update of state on held_batches',
      run: (options) => settleEverywhere(rollcall.db, new Date(), options),
    },
    {
      name: 'checking domains',
      due: `insert into domains (org_id, name, token, state, created_at, due_at)
        values ($1, $1::uuid::text || '.example', 'token', 'pending', now(), now()) on conflict (org_id, name) do update set due_at = now()`,
      writes: 'update of checked_at on domains',
      run: (options) =>
        checkDomainsDue(rollcall.db, async () => ({ is: 'unknown', problem: 'nobody answers' }), new Date(), options),
    },
  ];

  for (const { name, due, writes, run } of jobs) {
    test(`${name}: what fails for one organization is logged, and the others have their turn`, async () => {
      const orgs = [await rollcall.organization(), await rollcall.organization(), await rollcall.organization()];
      // Each is broken once, so that wherever a round begins there is one before and one behind it.
      for (const [place, broken] of orgs.entries()) {
        for (const org of orgs) {
          await createUser(org, `person${place}`);
          await query(due, [org.id]);
        }
        await query('insert into broken values ($1)', [broken.id]);
        await query(`create trigger turn before ${writes} for each row execute function take_turn()`);
        const said: string[] = [];
        await run({ log: (sentence) => said.push(sentence) });
        await query(`drop trigger turn on ${writes.split(' ').at(-1)}`);
        await query('delete from broken');
        const turns = (await query('delete from turns returning org_id')).map(({ org_id }) => org_id);
        assert.match(said.join('\n'), /^\S.* failed \(broken by the test\), and is tried again the next time\.$/);
        for (const org of orgs) assert.equal(turns.includes(org.id), org !== broken);
      }
    });
  }

  test('a round ends with the process between two turns, and with the database', async () => {
    const stopping = new AbortController();
    const had: string[] = [];
    const round = { turns: ['one', 'two'], what: String, log: assert.fail };
    await forEachOrganization({ ...round, signal: stopping.signal }, async (turn) => {
      had.push(turn);
      stopping.abort();
    });
    assert.deepEqual(had, ['one']);
    const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    await assert.rejects(
      forEachOrganization(round, async () => {
        throw away;
      }),
      away,
    );
  });
});

describe('the comparison of a night', () => {
  let rollcall: TestRollcall;
  let globex: TestOrganization;
  before(async () => {
    rollcall = await startRollcall();
    globex = await rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'ada');
  });
  after(async () => await rollcall[Symbol.asyncDispose]());
  const query = async (text: string, values: unknown[]) => (await rollcall.db.owner.query(text, values)).rows;
  const told = async (org: { id: string }) =>
    (await query(`select says from admin_alerts where org_id = $1 and kind = 'organization-drifted'`, [org.id])).map(
      ({ says }) => says as string,
    );
  let nights = 0;
  const night = async (org: { id: string }) => {
    await reconcileEverywhere(rollcall.db, new Date(Date.now() + ++nights * dayMs), { log: assert.fail });
    assert.deepEqual(await told(globex), []);
    return await lastReconciliation(rollcall.db.app, org);
  };

  test('it repairs up to a number of people, and more are told to the admins, once, until all is well', async () => {
    const org = await rollcall.organization({ settings: brakeOff });
    const most = limits.repairedByItselfMax;
    await org.scim('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: Array.from({ length: most + 1 }, (_, n) => ({
        method: 'POST',
        path: '/Users',
        bulkId: `b${n}`,
        data: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: `p${n}@acme.example`, active: true },
      })),
    });
    const suspend = (people: number) =>
      query(
        `update members set status = 'suspended' where org_id = $1 and id in (
          select m.id from members m where m.org_id = $1 order by m.id limit $2)`,
        [org.id, people],
      );
    const suspended = async () =>
      (await query(`select from members where org_id = $1 and status = 'suspended'`, [org.id])).length;

    await suspend(most);
    assert.equal((await night(org))?.repaired, true);
    assert.deepEqual([await suspended(), await told(org)], [0, []]);

    await suspend(most + 1);
    const found = await night(org);
    assert.deepEqual([found?.repaired, found?.drift, found?.items.length], [false, { 'member.status': most + 1 }, 100]);
    assert.equal(await suspended(), most + 1);
    assert.match(
      (await told(org)).join(),
      /^The nightly comparison found 101 things that do not follow .*, then repair\.$/,
    );
    const events = await eventsAfter(rollcall, org, 0);
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'organization.drifted').map(({ actor, data }) => [actor.type, data]),
      [['rollcall', { drift: { 'member.status': most + 1 }, repaired: false, refused: 0 }]],
    );
    await night(org);
    await reconcile(rollcall.db.app, org, false, { now: new Date(Date.now() + ++nights * dayMs) });
    await night(org);
    assert.equal((await told(org)).length, 1, 'it is so since then');

    await reconcile(rollcall.db.app, org, true, { now: new Date(Date.now() + ++nights * dayMs) });
    await night(org);
    await suspend(most + 1);
    await night(org);
    assert.equal((await told(org)).length, 2, 'it was well meanwhile');
  });

  test('who stays because nobody else would administer is told too', async () => {
    const org = await rollcall.organization();
    const ada = await createUser(org, 'ada');
    await giveRole(rollcall.db.app, org, ada, 'owner', { now: new Date() });
    await query('update members set role_by_hand = null where org_id = $1', [org.id]);
    assert.deepEqual((await night(org))?.refused, [ada]);
    await night(org);
    assert.match((await told(org)).join(), /^The nightly comparison put right .* but for 1 .* then repair\.$/);
  });

  test('what an admin found by asking is not told by mail until a night finds it', async () => {
    const org = await rollcall.organization();
    const ada = await createUser(org, 'ada');
    await query(`update members set status = 'suspended' where org_id = $1 and id = $2`, [org.id, ada]);
    await reconcile(rollcall.db.app, org, false, { now: new Date(Date.now() + ++nights * dayMs) });
    assert.deepEqual(await told(org), []);
    assert.equal((await night(org))?.repaired, true);
    assert.deepEqual(await told(org), []);
  });
});
