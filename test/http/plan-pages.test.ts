/** How plans are shown: to whom, page by page, one at a time, and without anybody having to wait for one. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createPlans } from '../../src/http/api/plans.ts';
import { ApiProblem } from '../../src/http/api/problem.ts';
import { limits } from '../../src/limits.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import type { HeldItem } from '../../src/provisioning/held-plan.ts';
import { apiClient, type Scim } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, patch } from './beside-globex.ts';

type Plan = {
  version: string;
  counts: Record<string, number>;
  items: { id: string; name: string }[];
  showsItems: boolean;
  refusal: string | null;
  nextCursor: string | null;
};

describe('plans', () => {
  const here = besideGlobex();
  const people: string[] = [];
  let team: string;
  let operator: Scim;
  before(async () => {
    operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    for (const name of ['ada', 'ben', 'cy', 'dan', 'eve']) people.push(await createUser(here.acme, name));
    team = await createGroup(here.acme, 'Crew', people);
    const ceiling = `/organizations/acme/tokens/${here.acme.tokenId}/role-ceiling`;
    assert.equal((await operator('PATCH', ceiling, { roleCeiling: 'admin' })).status, 204);
  });
  const acme = (path: string) => `/organizations/acme${path}`;
  const keyOf = async (...scopes: string[]) => {
    const made = { name: scopes.join(' '), scopes };
    const { key } = await createApiKey(here.rollcall.db.app, here.acme, made, { now: new Date() });
    return apiClient(here.rollcall.url, key);
  };
  const planned = async (api: Scim, method: string, path: string, body?: unknown) => {
    const { status, text } = await api(method, acme(path), body);
    assert.equal(status, 200, text);
    return { text, plan: JSON.parse(text) as Plan };
  };
  const members = { preset: 'rollcall', settings: { defaultRole: 'member' } };

  test('name people to those only who may read members; others get the counts', async () => {
    await here.acme.scim('POST', '/Users', { userName: 'zoe@acme.example', active: false });
    // Nobody plans to give what they may not give.
    const licenses = { licenseSource: 'by-rules', defaultLicense: 'developer' };
    const asks: [string, string, unknown, ...string[]][] = [
      ['POST', '/policy/plan', { preset: 'rollcall', settings: licenses }, 'policy:read', 'licenses:write'],
      ['POST', '/configuration/plan', { version: 1, policy: licenses }, 'policy:read', 'licenses:write'],
      ['GET', '/connection/disconnect/plan?choice=suspend', undefined, 'connection:read'],
    ];
    for (const [method, path, body, ...scopes] of asks) {
      const blind = await planned(await keyOf(...scopes), method, path, body);
      const seeing = await planned(await keyOf(...scopes, 'members:read'), method, path, body);
      assert.deepEqual([blind.plan.items, blind.plan.nextCursor, blind.plan.showsItems], [[], null, false], path);
      assert.deepEqual(blind.plan.counts, seeing.plan.counts, path);
      // Making a key is an event, and no part of what a plan contains.
      assert.equal(blind.plan.version.replace(/^\d+/, ''), seeing.plan.version.replace(/^\d+/, ''), path);
      assert.equal(seeing.plan.showsItems, true);
      assert.doesNotMatch(blind.text, /acme\.example/, path);
      for (const id of people) assert.ok(!blind.text.includes(id), path);
      assert.ok(
        seeing.plan.items.some(({ id }) => people.includes(id)),
        path,
      );
    }
    const simulated = { licenseSource: 'by-rules', defaultLicense: 'developer' };
    const [blind, seeing] = await Promise.all(
      [['licenses:read'], ['licenses:read', 'members:read']].map(async (scopes) => {
        const { body } = await (await keyOf(...scopes))('POST', acme('/licenses/simulation'), simulated);
        return body as { gains: number; changes: unknown[] };
      }),
    );
    assert.deepEqual([blind?.gains, blind?.changes], [5, []]);
    assert.equal(seeing?.changes.length, 5);
  });

  test('are refused without a word about whom that is due to, to those who may not read members', async () => {
    const { body } = await operator('POST', acme('/members'), { userName: 'boss@acme.example', breakGlass: true });
    const owner = people[0] as string;
    await operator('PUT', acme(`/access/${owner}/role`), { role: 'owner' });
    const path = '/connection/disconnect/plan?choice=remove';
    const seeing = await planned(await keyOf('connection:read', 'members:read'), 'GET', path);
    const blind = await planned(await keyOf('connection:read'), 'GET', path);
    assert.match(seeing.plan.refusal ?? '', /ada@acme\.example/);
    assert.equal(blind.plan.refusal?.replace('1 person', 'ada@acme.example'), seeing.plan.refusal);
    assert.doesNotMatch(blind.text, /acme\.example/);
    await operator('PUT', acme(`/access/${owner}/role`), { role: null });
    await operator('DELETE', acme(`/members/${body.id}`));
  });

  test('have pages that are all of the plan that was made for the first one, whatever happens meanwhile', async () => {
    const first = (await planned(operator, 'POST', '/policy/plan?limit=2', members)).plan;
    const total = Object.values(first.counts).reduce((sum, count) => sum + count, 0);
    assert.ok(total >= 5);
    await here.acme.scim('PATCH', `/Users/${people[4]}`, patch({ op: 'replace', value: { active: false } }));
    const ids = first.items.map(({ id }) => id);
    let { nextCursor } = first;
    while (nextCursor !== null) {
      const next = (await planned(operator, 'POST', `/policy/plan?limit=2&cursor=${nextCursor}`, members)).plan;
      assert.deepEqual([next.version, next.counts], [first.version, first.counts]);
      ids.push(...next.items.map(({ id }) => id));
      nextCursor = next.nextCursor;
    }
    assert.deepEqual([ids.length, new Set(ids).size], [total, total]);
    // A cursor is of one plan and of one organization.
    const others = { preset: 'rollcall', settings: { filters: 'names-only' } };
    const refused = await operator('POST', acme(`/policy/plan?limit=2&cursor=${first.nextCursor}`), others);
    assert.equal(refused.body.code, 'invalid_cursor');
    const globex = `/organizations/globex/policy/plan?limit=2&cursor=${first.nextCursor}`;
    assert.equal((await operator('POST', globex, members)).body.code, 'invalid_cursor');
    await here.acme.scim('PATCH', `/Users/${people[4]}`, patch({ op: 'replace', value: { active: true } }));
  });

  test('wait for nobody whose row, or whose seat, somebody holds, and hold none themselves', async () => {
    // A policy by which people change, and a switch that follows on it.
    const policy = { ...members.settings, turnOff: 'discard' };
    const document = { version: 1, policy, connection: { state: 'off' } };
    const holder = await here.rollcall.db.owner.connect();
    try {
      await holder.query('begin');
      for (const text of [
        'select from members where org_id = $1 for update',
        'select from team_members where org_id = $1 for update',
        'select from event_counters where org_id = $1 for update',
      ]) {
        await holder.query(text, [here.acme.id]);
      }
      const counts = [
        (await planned(operator, 'POST', '/policy/plan', members)).plan.counts,
        (await planned(operator, 'POST', `/team-mappings/${team}/plan`, { role: 'admin' })).plan.counts,
        (await planned(operator, 'POST', '/licenses/developer/plan', { seats: 1 })).plan.counts,
        (await planned(operator, 'GET', '/connection/disconnect/plan?choice=suspend')).plan.counts,
        (await planned(operator, 'POST', '/configuration/plan', document)).plan.counts,
      ];
      assert.equal(counts.at(-1)?.['team.origin'], 1, 'what follows is in the plan');
      // Whoever owns the organization stays so.
      for (const each of counts.slice(0, 2)) assert.ok((each['member.role'] ?? 0) >= people.length - 1);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  });
});

describe('where Entra ID provisions', () => {
  const here = besideGlobex({ provider: 'entra', signInProvider: 'entra' });

  test('B59 licenses by the attribute alone are warned of in the plan, in the simulator and in the answer', async () => {
    const operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const ada = await createUser(here.acme, 'ada');
    const api = async (slug: string, method: string, path: string, body: Record<string, unknown>) => {
      const { status, text } = await operator(method, `/organizations/${slug}${path}`, body);
      assert.equal(status, 200, text);
      return JSON.parse(text) as {
        warnings: string[];
        items?: Plan['items'];
        changes?: { member: string; narrows: unknown }[];
      };
    };
    const policy = { preset: 'rollcall', settings: { licenseSource: 'by-attribute' } };
    const asks: [string, string, Record<string, unknown>][] = [
      ['POST', '/policy/plan', policy],
      ['POST', '/configuration/plan', { version: 1, policy: { licenseSource: 'by-attribute' } }],
      ['POST', '/licenses/simulation', { licenseSource: 'by-attribute' }],
    ];
    for (const [method, path, body] of asks) {
      assert.match((await api('acme', method, path, body)).warnings.join(), /which Entra ID does not send/, path);
      assert.doesNotMatch((await api('globex', method, path, body)).warnings.join(), /Entra ID/, path);
    }
    const plan = await api('acme', 'POST', '/policy/plan', policy);
    const simulated = await api('acme', 'POST', '/licenses/simulation', { licenseSource: 'by-attribute' });
    assert.ok(plan.items?.some(({ id }) => id === ada));
    assert.ok(simulated.changes?.some(({ member, narrows }) => member === ada && narrows !== null));
    for (const [method, path, body] of [
      ['PATCH', '/licenses', { licenseSource: 'by-attribute' }],
      ['PUT', '/policy', { preset: 'rollcall' }],
      ['PUT', '/policy', policy],
    ] as const) {
      const { warnings } = await api('acme', method, path, body);
      assert.equal(warnings.length, path === '/policy' && body !== policy ? 0 : 1, JSON.stringify([path, body]));
    }
    assert.deepEqual((await api('acme', 'PATCH', '/licenses', { licenseSource: 'by-rules' })).warnings, []);
  });
});

describe('making plans', () => {
  const item: HeldItem = {
    kind: 'member.status',
    id: 'a',
    name: 'a',
    from: null,
    to: 'active',
    reason: { rule: 'asked-active' },
    because: '',
  };
  const plan = (content: string, count: number) => ({
    version: `1-${content}`,
    counts: {},
    items: Array.from({ length: count }, () => item),
    next: undefined,
    refusal: undefined,
  });

  test('is one at a time of an organization, and beyond a number who comes is told to come back', async () => {
    const plans = createPlans();
    const steps: string[] = [];
    const gates = Array.from({ length: limits.plansWaitingMax + 1 }, () => Promise.withResolvers<void>());
    const made = gates.map(({ promise }, place) =>
      plans.inTurn('acme', async () => {
        steps.push(`begin ${place}`);
        await promise;
        steps.push(`end ${place}`);
        if (place === 1) throw new Error('a plan that fails');
        return place;
      }),
    );
    await assert.rejects(
      plans.inTurn('acme', async () => 'too many'),
      (error) => error instanceof ApiProblem && error.code === 'rate_limited',
    );
    assert.equal(await plans.inTurn('globex', async () => 'at once'), 'at once');
    assert.deepEqual(steps, ['begin 0']);
    for (const { resolve } of gates.toReversed()) resolve();
    const settled = await Promise.allSettled(made);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', ...gates.slice(2).map(() => 'fulfilled')],
    );
    assert.deepEqual(
      steps,
      gates.flatMap((_, place) => [`begin ${place}`, `end ${place}`]),
    );
    assert.equal(await plans.inTurn('acme', async () => 'again'), 'again');
  });

  test('remembers them for a time, under what they contain, and no more items than the limit', () => {
    const plans = createPlans();
    const now = new Date('2030-01-10T12:00:00Z');
    const later = new Date(now.getTime() + limits.planSeconds * 1000);
    plans.remember('list', plan('one', 3), now);
    assert.equal(plans.recall('list', '1-one', now)?.items.length, 3);
    assert.equal(plans.recall('list', '7-one', now)?.items.length, 3, 'something else has happened since');
    assert.equal(plans.recall('list', '1-two', now), undefined);
    assert.equal(plans.recall('another', '1-one', now), undefined);
    assert.equal(plans.recall('list', '1-one', later), undefined);
    const half = limits.plannedItemsMax / 2;
    plans.remember('list', plan('two', half), now);
    plans.remember('list', plan('three', half), now);
    assert.deepEqual(
      ['one', 'two', 'three'].map((content) => plans.recall('list', `1-${content}`, now) !== undefined),
      [false, true, true],
    );
    plans.remember('list', plan('whole', limits.plannedItemsMax + 1), now);
    assert.equal(plans.recall('list', '1-whole', now), undefined);
    assert.notEqual(plans.recall('list', '1-two', now), undefined);
  });
});
