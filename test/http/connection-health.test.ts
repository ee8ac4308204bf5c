import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createToken } from '../../src/provisioning/create-token.ts';
import { disconnect } from '../../src/provisioning/disconnect.ts';
import { forgetTraffic } from '../../src/provisioning/maintenance.ts';
import { watchSilence } from '../../src/provisioning/watch-silence.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { addTraffic } from '../../src/store/traffic-writing.ts';
import { apiClient, type Scim, scimClient, type TestOrganization } from '../rollcall.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  lastEvent,
  patch,
  user,
} from './beside-globex.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

type Answers = {
  requests: number;
  errors: number;
  errorShare: number;
  byAnswer: { status: number; scimType: string | null; count: number }[];
};
type Health = {
  connection: string;
  state: string;
  endedAt: string | null;
  lastCall: { at: string; address: string; client: string } | null;
  silenceAllowedMs: number | null;
  isSilent: boolean;
  lastHour: Answers;
  lastDay: Answers;
  expiringTokens: { name: string; daysLeft: number; replacedBy: string | null }[];
  differences: { of: string; rule: string; because: string; count: number }[];
  differencesExact: boolean;
};

describe('the health of a connection', () => {
  const here = besideGlobex();
  const api = (): Scim => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const health = async (org: Pick<TestOrganization, 'slug'>) =>
    (await api()('GET', `/organizations/${org.slug}/connection/health`)).body as unknown as Health;

  test('a connection that was never used says so', async () => {
    const org = await here.rollcall.organization();
    assert.deepEqual(await health(org), {
      connection: org.connectionId,
      state: 'on',
      endedAt: null,
      lastCall: null,
      silenceAllowedMs: null,
      isSilent: false,
      lastHour: { requests: 0, errors: 0, errorShare: 0, byAnswer: [] },
      lastDay: { requests: 0, errors: 0, errorShare: 0, byAnswer: [] },
      expiringTokens: [],
      differences: [],
      differencesExact: true,
      reconciliation: null,
    });
  });

  test('it counts every answer by status and scimType: reads, changes, refusals, operations of a bulk and wrong tokens', async () => {
    const org = await here.rollcall.organization();
    const id = await createUser(org, 'ada');
    await org.scim('POST', '/Users', user('ada', { externalId: 'other' }));
    await org.scim('GET', '/Users?filter=nonsense');
    await org.scim('GET', `/Users/${id}`);
    await org.scim('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'a', data: user('ben') },
        { method: 'POST', path: '/Users', bulkId: 'b', data: user('ben', { externalId: 'other' }) },
      ],
    });
    await scimClient(org.scimBaseUrl, here.acme.token)('GET', '/Users');
    await eventually(async () => {
      const { lastHour, lastDay, lastCall } = await health(org);
      assert.deepEqual(lastHour, lastDay);
      assert.deepEqual(lastHour, {
        requests: 8,
        errors: 4,
        errorShare: 0.5,
        byAnswer: [
          { status: 200, scimType: null, count: 2 },
          { status: 201, scimType: null, count: 2 },
          { status: 400, scimType: 'invalidFilter', count: 1 },
          { status: 401, scimType: null, count: 1 },
          { status: 409, scimType: 'uniqueness', count: 2 },
        ],
      });
      assert.equal(lastCall?.address, '127.0.0.1');
    });
  });

  test('it tells of tokens that expire within 30 days, and of those that take over from them', async () => {
    const org = await here.rollcall.organization();
    const { app } = here.rollcall.db;
    const in_ = (days: number) => new Date(Date.now() + (days + 0.5) * dayMs);
    await createToken(app, org, { name: 'far', expiresAt: in_(31) }, { now: new Date() });
    const near = await createToken(app, org, { name: 'near', expiresAt: in_(9) }, { now: new Date() });
    const rotated = await api()('POST', `/organizations/${org.slug}/tokens/${near.id}/rotation`, {
      expiresAt: in_(400).toISOString(),
    });
    const { expiringTokens } = await health(org);
    assert.deepEqual(
      expiringTokens.map(({ name, daysLeft, replacedBy }) => [name, daysLeft, replacedBy]),
      [['near', 9, rotated.body.id]],
    );
  });

  test('it counts what was asked and is not in force, by the rule that holds it back', async () => {
    const org = await here.rollcall.organization({ settings: { manualUpdates: 'on' } });
    const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    await createGroup(org, 'Engineering', [ada, ben]);
    await createGroup(org, 'Sales', [ben]);
    const waits = 'the person is to be in the team and is suspended';
    assert.deepEqual((await health(org)).differences, []);
    await org.scim('PATCH', `/Users/${ben}`, patch({ op: 'replace', value: { active: false } }));
    assert.deepEqual((await health(org)).differences, [
      { of: 'memberships', rule: 'member-suspended', because: waits, count: 2 },
    ]);
    await api()('POST', `/organizations/${org.slug}/members/${ada}/suspend`, {});
    assert.deepEqual((await health(org)).differences, [
      { of: 'members', rule: 'suspended-by-hand', because: 'an admin suspended the person', count: 1 },
      { of: 'memberships', rule: 'member-suspended', because: waits, count: 3 },
    ]);
  });

  test('it says why as a comparison of the whole organization does: what is held by what holds it, teams included, and who has not accepted', async () => {
    const org = await here.rollcall.organization({ settings: { manualUpdates: 'on', invitation: 'required' } });
    const globex = await health({ slug: 'globex' });
    const path = `/organizations/${org.slug}`;
    const ids: string[] = [];
    for (let index = 10; index < 24; index++) ids.push(await createUser(org, `p${index}`));
    for (const id of ids) assert.equal((await api()('POST', `${path}/members/${id}/accept`)).status, 200);
    await createUser(org, 'invited');
    const group = await createGroup(org, 'Crew', ids.slice(10, 12));
    await createGroup(org, 'Stays', ids.slice(13));
    await api()('POST', `${path}/members/${ids[13]}/suspend`, {});
    // Ten may go, and two are held by the brake; what comes while it is paused is held by that.
    for (const id of ids.slice(0, 12)) {
      await org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    }
    await api()('PATCH', `${path}/connection`, { state: 'paused' });
    await org.scim('DELETE', `/Groups/${group}`);
    await org.scim('DELETE', `/Users/${ids[12]}`);

    const { differences, differencesExact } = await health(org);
    const told = (each: { of: string; rule: string; count: number }) => `${each.count} ${each.of} ${each.rule}`;
    assert.deepEqual(differences.map(told), [
      '2 members held-braked',
      '1 members held-paused',
      '1 members invited',
      '1 members suspended-by-hand',
      '2 memberships held-paused',
      '1 memberships member-suspended',
      '1 teams held-paused',
    ]);
    assert.ok(differencesExact);
    const compared = await api()('POST', `${path}/connection/reconciliations?wait=10`, {});
    const { explained } = compared.body.report as { explained: Health['differences'] };
    assert.deepEqual(explained.map(told).toSorted(), differences.map(told).toSorted());
    assert.ok([...explained, ...differences].every(({ because, rule }) => because !== rule && because !== ''));
    assert.deepEqual(await health({ slug: 'globex' }), globex);
  });

  test('the differences are found by indexes that hold nothing else', async () => {
    const { owner } = here.rollcall.db;
    for (const [table, condition, index] of [
      ['members', `deleted_at is null and asked_active <> (status = 'active')`, 'members_differing'],
      ['team_members', 'asked <> in_force', 'team_members_differing'],
    ]) {
      const client = await owner.connect();
      try {
        await client.query('begin');
        await client.query('set local enable_seqscan = off');
        const { rows } = await client.query(
          `explain select from ${table} t where t.org_id = '${here.acme.id}' and ${condition}`,
        );
        assert.match(JSON.stringify(rows), new RegExp(`${index}`));
      } finally {
        await client.query('rollback');
        client.release();
      }
    }
  });

  test('a silence beyond the rhythm is told of once, and so is its end', async () => {
    const org = await here.rollcall.organization();
    const { db } = here.rollcall;
    const now = new Date();
    const call = async (at: Date) => {
      await inOrganization(db.app, org.id, async (tx) =>
        addTraffic(tx, [{ kind: 'answer', bucket: at, name: '200', count: 1, lastAt: at, lastRequest: org.id }]),
      );
      await db.owner.query('update scim_tokens set last_used_at = $2 where org_id = $1', [org.id, at]);
    };
    const at = (hours: number) => new Date(now.getTime() + hours * hourMs);
    for (let hours = -40; hours <= -10; hours += 2) await call(at(hours));
    const before = await lastEvent(here.rollcall, org);
    const told = async (hours: number) => {
      await watchSilence(db, at(hours), { log: assert.fail });
      await watchSilence(db, at(hours), { log: assert.fail });
      return (await eventsAfter(here.rollcall, org, before)).map(({ kind }) => kind);
    };
    assert.deepEqual(await told(-7), [], 'twice the longest pause is four hours');
    assert.deepEqual((await health(org)).isSilent, true);
    assert.deepEqual(await told(-5), ['connection.silent']);
    assert.deepEqual(await told(-1), ['connection.silent']);
    const [event] = await eventsAfter(here.rollcall, org, before);
    assert.deepEqual(
      [event?.actor, event?.data],
      [
        { type: 'rollcall' },
        { connection: org.connectionId, lastCallAt: at(-10).toISOString(), allowedMs: 4 * hourMs },
      ],
    );
    await call(at(-0.5));
    assert.deepEqual(await told(0), ['connection.silent', 'connection.heard_again']);
    assert.equal((await health(org)).isSilent, false);
    assert.deepEqual(await told(200), ['connection.silent', 'connection.heard_again', 'connection.silent']);
  });

  test('a connection that has ended says how it did until then, and the next one begins anew', async () => {
    const org = await here.rollcall.organization();
    const { db } = here.rollcall;
    const now = new Date();
    const at = (hours: number) => new Date(now.getTime() + hours * hourMs);
    const count = async (hours: number, name: string) => {
      const lastAt = at(hours);
      await inOrganization(db.app, org.id, async (tx) =>
        addTraffic(tx, [
          { kind: 'answer', bucket: lastAt, name, count: 1, lastAt, lastRequest: org.id },
          { kind: 'sign', bucket: lastAt, name: 'password-sync', count: 1, lastAt, lastRequest: org.id },
        ]),
      );
    };
    for (let hours = -39; hours < 0; hours += 2) await count(hours, '409 uniqueness');
    await count(-0.5, '200');
    await db.owner.query('update scim_tokens set last_used_at = $2 where org_id = $1', [org.id, at(-0.5)]);
    const before = await health(org);
    assert.equal(before.silenceAllowedMs, 4 * hourMs);
    const of = async (slug: string, id: string) =>
      await api()('GET', `/organizations/${slug}/connections/${id}/health`);
    assert.deepEqual((await of(org.slug, org.connectionId)).body, before);

    await disconnect(db.app, org, 'keep', { now });
    const ended = async () => (await of(org.slug, org.connectionId)).body as unknown as Health;
    const { connection: next, state, ...fresh } = await health(org);
    assert.notEqual(next, org.connectionId);
    assert.deepEqual(
      [state, fresh.lastCall, fresh.silenceAllowedMs, fresh.lastDay.requests, fresh.isSilent],
      ['off', null, null, 0, false],
    );
    const { findings } = (await api()('GET', `/organizations/${org.slug}/connection/findings`)).body as {
      findings: { id: string }[];
    };
    assert.deepEqual(
      findings.filter(({ id }) => id === 'password-sync'),
      [],
    );
    const found = await ended();
    assert.deepEqual([found.state, found.lastCall?.at], ['disconnected', at(-0.5).toISOString()]);
    assert.ok(
      new Date(found.endedAt as string) >= now,
      'it ends when all that it provisioned has become what was chosen',
    );
    const byAnswer = [{ status: 200, scimType: null, count: 1 }];
    assert.deepEqual(found.lastHour, { requests: 1, errors: 0, errorShare: 0, byAnswer });
    assert.deepEqual(found.lastDay.byAnswer, [...byAnswer, { status: 409, scimType: 'uniqueness', count: 12 }]);
    await count(1, '200');
    assert.deepEqual(await ended(), found);
    assert.equal((await health(org)).lastHour.requests, 1);
    for (const [slug, id] of [
      [here.acme.slug, org.connectionId],
      [org.slug, here.acme.connectionId],
    ] as const) {
      const { status, body } = await of(slug, id);
      assert.deepEqual([status, body.code], [404, 'not_found']);
    }
  });

  test('counts older than two weeks are forgotten, and only those', async () => {
    const org = await here.rollcall.organization();
    const { db } = here.rollcall;
    const at = (days: number) => new Date(Date.now() - days * dayMs);
    const count = (days: number) => ({
      kind: 'answer' as const,
      bucket: at(days),
      name: '200',
      count: 1,
      lastAt: at(days),
      lastRequest: org.id,
    });
    await inOrganization(db.app, org.id, async (tx) => addTraffic(tx, [count(13), count(15)]));
    await forgetTraffic(db, new Date(), { log: assert.fail });
    const { rows } = await db.owner.query('select bucket from traffic_counts where org_id = $1', [org.id]);
    assert.equal(rows.length, 1);
    assert.ok(rows[0].bucket > at(14));
  });

  test('an organization with provisioning off, and one without a rhythm, is not told of a silence', async () => {
    const org = await here.rollcall.organization();
    const { db } = here.rollcall;
    await createUser(org, 'ada');
    await eventually(async () => assert.notEqual((await health(org)).lastCall, null));
    const before = await lastEvent(here.rollcall, org);
    await watchSilence(db, new Date(Date.now() + 3 * dayMs), { log: assert.fail });
    assert.equal(await lastEvent(here.rollcall, org), before);
  });
});
