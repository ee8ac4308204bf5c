import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../src/limits.ts';
import { planDisconnect } from '../../src/provisioning/disconnect-plan.ts';
import { settleEverywhere } from '../../src/provisioning/maintenance.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { startProgram } from '../child-program.ts';
import { testFolder } from '../data-directory.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { lockPersonAt } from '../holding.ts';
import { type BulkAnswer, bulk, creation } from '../http/bulk-message.ts';
import { startRollcall, type TestOrganization } from '../rollcall.ts';

const command = new URL('../../bin/rollcall.js', import.meta.url).pathname;
/** Many times what one transaction of a disconnecting takes, so that there is a middle. */
const people = 6 * limits.peoplePerSettlingMax;

for (const choice of ['suspend', 'remove'] as const) {
  test(`a process that is killed while it disconnects leaves nothing half done, and the job does the rest: ${choice}`, async () => {
    await using rollcall = await startRollcall({
      env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0', ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0' },
    });
    await using folder = await testFolder();
    const { app, jobs, owner, connectionString } = rollcall.db;
    const [acme, beside] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization()];
    await fill(acme, people);
    await fill(beside, 3);
    const activeIn = async (org: { id: string }) =>
      (await owner.query(`select count(*)::int as n from members where org_id = $1 and status = 'active'`, [org.id]))
        .rows[0].n;
    const plan = await planDisconnect(app, acme, choice, { from: 0, limit: 0 });

    await using middle = await lockPersonAt(owner, acme, people / 2);
    await using running = startProgram(
      process.execPath,
      [command, 'connection', 'disconnect', 'acme', '--choice', choice, '--plan', plan.version],
      {
        env: { ROLLCALL_DATABASE_URL: connectionString, ROLLCALL_DATA_DIR: folder.path },
      },
    );
    const ended = running.end();
    while ((await activeIn(acme)) === people) {
      const end = await Promise.race([ended, delay(2)]);
      assert.equal(end, undefined, `it has begun before it ends: ${end?.stderr}`);
    }
    running.kill('SIGKILL');
    await ended;
    await middle.letGo();
    const left = await activeIn(acme);
    assert.ok(left > 0 && left < people, `the kill came in the middle: ${left} of ${people} are left`);
    const { rows } = await owner.query(
      `select count(*)::int as half from members m join team_members tm on tm.org_id = $1 and tm.member_id = m.id
        where m.org_id = $1 and tm.in_force and m.status <> 'active'`,
      [acme.id],
    );
    assert.deepEqual(rows, [{ half: 0 }]);

    await settleEverywhere({ app, jobs }, new Date(), { log: assert.fail });
    assert.equal(await activeIn(acme), 0);
    assert.equal(await activeIn(beside), 3);
    const events = await assertFeedTellsState(app, owner, acme);
    const kind = choice === 'suspend' ? 'member.suspended' : 'member.removed';
    assert.equal(events.filter((event) => event.kind === kind).length, people, 'each once');
    assert.equal(plan.counts['member.status'], people);
    assert.deepEqual((await reconcile(app, acme, false, { now: new Date() })).drift, {});
    const connections = await owner.query('select state from connections where org_id = $1 order by id', [acme.id]);
    assert.deepEqual(connections.rows.map(({ state }) => state).sort(), ['disconnected', 'off']);
  });
}

/** People, all in one team. */
async function fill({ scim }: TestOrganization, count: number): Promise<void> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += limits.bulkOperationsMax) {
    const most = Math.min(limits.bulkOperationsMax, count - from);
    const names = Array.from({ length: most }, (_, index) => `p${from + index}`);
    const { body } = await scim('POST', '/Bulk', bulk(names.map((name) => creation(name))));
    const answered = body.Operations as BulkAnswer[];
    ids.push(...answered.map(({ location = '' }) => location.slice(location.lastIndexOf('/') + 1)));
  }
  await scim('POST', '/Groups', { displayName: 'Crew', members: ids.map((value) => ({ value })) });
}
