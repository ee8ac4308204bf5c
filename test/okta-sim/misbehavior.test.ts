import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupSizes, makeCompany } from '../../okta-sim/company.ts';
import { hire, provisionCompany } from '../../okta-sim/company-life.ts';
import { compare } from '../../okta-sim/compare.ts';
import { faultsOf, goodBehavior, parseShare } from '../../okta-sim/misbehavior.ts';
import type { Profile } from '../../okta-sim/options.ts';
import { simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp } from './tiny-scim-app.ts';

const company = makeCompany('faults', 40, groupSizes(4, 3, 20));

for (const profile of ['aiw', 'oin'] satisfies Profile[]) {
  for (const concurrency of [1, 10]) {
    test(`a run with faults ends with both sides equal: ${profile}, concurrency ${concurrency}`, async () => {
      await using app = await startTinyScimApp();
      const misbehavior = { repeatCreate: 0.1, dropResponse: 0.05, restartAfterRequests: 60 };
      using okta = simulatedOkta(app.baseUrl, { profile, concurrency }, { misbehavior });
      await provisionCompany(okta, hire(okta, company));
      assert.deepEqual((await compare(okta)).differences, []);
      assert.equal(app.users.size, 40);
      const notes = okta.exchanges.map(({ note }) => note ?? '');
      assert.ok(notes.some((note) => note.includes('delivered a second time')));
      assert.ok(notes.some((note) => note.includes('the answer was lost')));
    });
  }
}

test('a lost answer makes Okta look again and link what it created without knowing', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, {}, { misbehavior: { dropResponse: 0.5 } });
  await provisionCompany(okta, hire(okta, company));
  assert.deepEqual((await compare(okta)).differences, []);
  assert.equal(app.users.size, 40);
});

test('a restart continues from the saved memory, and the work that was queued is done', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, { concurrency: 3 }, { misbehavior: { restartAfterRequests: 11 } });
  const { users } = hire(okta, company);
  for (const userId of users) okta.app.assign(userId);
  const { restarts } = await okta.settle();
  assert.equal(restarts, 1);
  assert.deepEqual((await compare(okta)).differences, []);
});

test('a slow reader gets the same answers', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, {}, { misbehavior: { slowReadMs: 1 } });
  await provisionCompany(okta, hire(okta, makeCompany('slow', 5, [3])));
  assert.deepEqual((await compare(okta)).differences, []);
});

test('faults depend on the seed, the subject and the number of the request, and on nothing else', () => {
  const settings = { ...goodBehavior, repeatCreate: 0.5, dropResponse: 0.5 };
  const faults = (seed: string) =>
    Array.from({ length: 64 }, (_, number) => faultsOf(settings, { seed, subject: 'user:1', number, method: 'POST' }));
  assert.deepEqual(faults('a'), faults('a'));
  assert.notDeepEqual(faults('a'), faults('b'));
});

test('the same seed goes wrong in the same places, whatever the concurrency', async () => {
  const places = async (concurrency: number): Promise<Record<string, string[]>> => {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl, { concurrency }, { misbehavior: { dropResponse: 0.1 } });
    const { users } = hire(okta, company);
    for (const userId of users) okta.app.assign(userId);
    await okta.settle();
    for (const userId of users) okta.users.change(userId, { title: 'Principal' });
    await okta.settle();
    const bySubject: Record<string, string[]> = {};
    for (const { subject, method, note } of okta.exchanges) {
      bySubject[subject] = [...(bySubject[subject] ?? []), `${method} ${note ?? ''}`];
    }
    return bySubject;
  };
  assert.deepEqual(await places(1), await places(7));
});

test('only creates are repeated', () => {
  const settings = { ...goodBehavior, repeatCreate: 1 };
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    assert.equal(faultsOf(settings, { seed: 'a', subject: 's', number: 1, method }).repeat, 'no');
  }
  assert.notEqual(faultsOf(settings, { seed: 'a', subject: 's', number: 1, method: 'POST' }).repeat, 'no');
});

test('the share of faults is about what was asked', () => {
  const settings = { ...goodBehavior, dropResponse: 0.05 };
  const dropped = Array.from({ length: 4000 }, (_, number) =>
    faultsOf(settings, { seed: 'a', subject: 's', number, method: 'GET' }),
  ).filter(({ drop }) => drop).length;
  assert.ok(dropped > 140 && dropped < 260, `${dropped} of 4000`);
});

test('shares are read with and without a percent sign', () => {
  assert.equal(parseShare('10%'), 0.1);
  assert.equal(parseShare('2.5 %'), 0.025);
  assert.equal(parseShare('0.05'), 0.05);
  for (const wrong of ['', 'many', '110%', '-1']) assert.throws(() => parseShare(wrong), /expected a share/);
});
