import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { momentOf, readPeopleAsOf } from '../../src/events/as-of.ts';
import { type FeedEvent, readEvents } from '../../src/events/feed.ts';
import { lasting } from '../../src/provisioning/acting.ts';
import { goOnDisconnecting } from '../../src/provisioning/disconnect.ts';
import { findDrift } from '../../src/provisioning/find-drift.ts';
import { repairDrift } from '../../src/provisioning/repair-drift.ts';
import { settleBatch } from '../../src/provisioning/settle.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { beginEnding } from '../../src/store/disconnect-writing.ts';
import { updateBatch } from '../../src/store/held-writing.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { besideGlobex, createGroup, createUser, eventually, lastEvent, patch } from '../http/beside-globex.ts';
import type { TestOrganization } from '../rollcall.ts';

const minuteMs = 60_000;

/** A time that goes on by a minute whenever it is looked at, and lies behind all that happened by itself. */
function minuteByMinute() {
  const begun = new Date(Date.now() + 60 * minuteMs);
  let minutes = 0;
  return { begun, moment: () => ({ now: new Date(begun.getTime() + ++minutes * minuteMs) }) };
}

describe('what is done in pieces', () => {
  const here = besideGlobex();
  const app = () => here.rollcall.db.app;
  const owner = () => here.rollcall.db.owner;
  const at = () => ({ now: new Date() });
  const since = async (org: TestOrganization, seq: number): Promise<FeedEvent[]> =>
    await readEvents(app(), org, { after: seq, limit: 1_000 });
  const statusAt = async (org: TestOrganization, member: string, time: Date) =>
    (
      await readPeopleAsOf(app(), org, await momentOf(app(), org, time), { member }, { limit: 1, after: undefined })
    ).map(({ status }) => status);

  /** Holds that the kinds come one after the other, each later than the one before. */
  const assertLater = (events: readonly FeedEvent[], kinds: readonly FeedEvent['kind'][]) => {
    const times = kinds.map((kind) => events.find((event) => event.kind === kind)?.at.getTime() ?? Number.NaN);
    for (const [place, time] of times.entries()) {
      assert.ok(place === 0 || time > (times[place - 1] as number), `${kinds[place]}: ${times.join(' ')}`);
    }
  };

  test('is in force from when its piece was done: letting a batch go', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    await switchConnection(app(), org, 'paused', at());
    await createGroup(org, 'Held');
    const bea = await createUser(org, 'bea');
    await org.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
    const { rows } = await owner().query('select id from held_batches where org_id = $1', [org.id]);
    const batch = rows[0]?.id as string;
    await inOrganization(app(), org.id, async (tx) =>
      updateBatch(tx, batch, { state: 'settling', by: { type: 'operator' }, ...at() }),
    );
    const seq = await lastEvent(here.rollcall, org);
    const { begun, moment } = minuteByMinute();
    assert.deepEqual(await settleBatch(app(), org, batch, moment), { isDone: true, refused: [] });
    const events = await since(org, seq);
    assertLater(events, ['team.created', 'member.created', 'hold.released']);
    const came = events.find(({ kind }) => kind === 'member.created')?.at as Date;
    const before = new Date(came.getTime() - 1);
    for (const time of [begun, before]) {
      assert.deepEqual([await statusAt(org, ada, time), await statusAt(org, bea, time)], [['active'], []]);
    }
    assert.deepEqual([await statusAt(org, ada, came), await statusAt(org, bea, came)], [['suspended'], ['active']]);
  });

  test('is in force from when its piece was done: disconnecting', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    await createGroup(org, 'Crew', [ada]);
    await inOrganization(app(), org.id, async (tx) =>
      beginEnding(tx, org.connectionId, { choice: 'suspend', by: { type: 'operator' }, ...at() }),
    );
    const seq = await lastEvent(here.rollcall, org);
    const { begun, moment } = minuteByMinute();
    assert.equal((await goOnDisconnecting(app(), org, org.connectionId, moment)).isDone, true);
    const events = await since(org, seq);
    assertLater(events, ['team.unlinked', 'member.suspended', 'connection.state_changed']);
    assert.deepEqual(await statusAt(org, ada, begun), ['active']);
  });

  test('is in force from when its piece was done: repairing', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    const crew = await createGroup(org, 'Crew');
    await owner().query(`update teams set in_force_name = null, in_force_name_key = null where id = $1`, [crew]);
    await owner().query(`update members set status = 'suspended' where id = $1`, [ada]);
    const found = await findDrift(app(), org, () => undefined);
    const seq = await lastEvent(here.rollcall, org);
    const { begun, moment } = minuteByMinute();
    assert.deepEqual(await repairDrift(app(), org, found, moment, () => undefined), []);
    const events = await since(org, seq);
    assertLater(events, ['team.created', 'member.reactivated']);
    assert.deepEqual(await statusAt(org, ada, begun), ['suspended']);
  });

  test('goes by a time that runs on while somebody waits', async () => {
    const now = new Date('2030-01-08T14:02:00Z');
    const moment = lasting({ now, actor: { type: 'rollcall' }, undoes: [1] });
    await eventually(async () => assert.ok(moment().now.getTime() > now.getTime()));
    const [first, second] = [moment(), moment()];
    assert.ok(first.now.getTime() <= second.now.getTime());
    assert.deepEqual({ ...first, now }, { now, actor: { type: 'rollcall' }, undoes: [1] });
  });

  test('tells a request that came meanwhile from what was done behind it: resuming', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    await switchConnection(app(), org, 'paused', at());
    await createGroup(org, 'Held');
    const bea = await createUser(org, 'bea');
    const seq = await lastEvent(here.rollcall, org);
    const kinds = async () => (await since(org, seq)).map(({ kind }) => kind);
    // The people's piece has to wait for somebody.
    const holder = await owner().connect();
    await holder.query('begin');
    await holder.query('select from members where org_id = $1 and id = $2 for update', [org.id, bea]);
    const resumed = switchConnection(app(), org, 'on', at());
    await eventually(async () => assert.ok((await kinds()).includes('team.created')));
    const begunMs = (await since(org, seq))[0]?.at.getTime() as number;
    await eventually(async () => assert.ok(Date.now() > begunMs));
    await org.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
    const left = (await since(org, seq)).find(({ kind }) => kind === 'member.suspended')?.at as Date;
    await eventually(async () => assert.ok(Date.now() > left.getTime() + 1));
    await holder.query('commit');
    holder.release();
    assert.deepEqual((await resumed).settled, { isDone: true, refused: [] });
    assertLater(await since(org, seq), ['hold.settling', 'member.suspended', 'hold.released']);
  });
});
