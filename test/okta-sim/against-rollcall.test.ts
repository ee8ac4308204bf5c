import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { groupSizes, makeCompany } from '../../okta-sim/company.ts';
import { hire, provisionCompany } from '../../okta-sim/company-life.ts';
import { compare } from '../../okta-sim/compare.ts';
import { goldenSequences, type ScenarioName, scenarioNames } from '../../okta-sim/golden-sequences.ts';
import { createOkta, type Okta } from '../../okta-sim/okta.ts';
import type { AppSettings, Profile } from '../../okta-sim/options.ts';
import { runScenario } from '../../okta-sim/scenarios.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const faults = { repeatCreate: 0.1, dropResponse: 0.05 };
const profiles: Profile[] = ['aiw', 'oin'];

let rollcall: TestRollcall;
before(async () => {
  rollcall = await startRollcall();
});
after(() => rollcall[Symbol.asyncDispose]());

function oktaOf(organization: TestOrganization, app: AppSettings, misbehavior = {}): Okta & Disposable {
  const okta = createOkta({
    app: { baseUrl: organization.scimBaseUrl, ...app },
    auth: { mode: 'bearer', token: organization.token },
    seed: organization.slug,
    misbehavior,
  });
  return Object.assign(okta, { [Symbol.dispose]: () => okta.close() });
}

for (const profile of profiles) {
  test(`S1 to S18 send what Okta sends and end without a difference: ${profile}`, async (t) => {
    using okta = oktaOf(await rollcall.organization(), { profile });
    for (const name of [...scenarioNames, 'S18'] satisfies ScenarioName[]) {
      await t.test(`${name}: ${goldenSequences[name].title}`, async () => {
        const { comparison, asExpected, sequences, settled } = await runScenario(okta, name, { count: 2 });
        assert.deepEqual(settled.tasks, []);
        assert.deepEqual(comparison.differences, []);
        assert.ok(asExpected, JSON.stringify(sequences));
      });
    }
  });

  for (const concurrency of [1, 10]) {
    test(`S1 to S17 with repeated creates and lost answers end without a difference: ${profile}, concurrency ${concurrency}`, async (t) => {
      const organization = await rollcall.organization();
      using okta = oktaOf(organization, { profile, concurrency }, faults);
      for (const name of scenarioNames) {
        await t.test(`${name}: ${goldenSequences[name].title}`, async () => {
          const { comparison } = await runScenario(okta, name, { count: 10 });
          assert.deepEqual(comparison.differences, []);
        });
      }
      const notes = okta.exchanges.map(({ note }) => note ?? '');
      assert.ok(notes.some((note) => note.includes('delivered a second time')));
      assert.ok(notes.some((note) => note.includes('the answer was lost')));
    });
  }

  test(`a company is provisioned through faults and a restart without a difference: ${profile}`, async () => {
    const organization = await rollcall.organization();
    using okta = oktaOf(organization, { profile, concurrency: 10 }, { ...faults, restartAfterRequests: 150 });
    await provisionCompany(okta, hire(okta, makeCompany(organization.slug, 60, groupSizes(6, 5, 40))));
    assert.deepEqual((await compare(okta)).differences, []);
  });
}

const variants: [title: string, app: AppSettings][] = [
  ['profile updates as PATCH (okta-wire.md §5.2)', { unknowns: { patchUsers: true } }],
  ['emptied values as empty strings (§19-3)', { unknowns: { clearedValue: 'empty', patchUsers: true } }],
  ['emptied values as null (§19-3)', { unknowns: { clearedValue: 'null', patchUsers: true } }],
  ['members replaced without a path (§11.1)', { groupPush: { patchStyle: 'pathless' } }],
  ['members, id and name replaced without a path (§11.1)', { groupPush: { patchStyle: 'pathless-with-name' } }],
  ['name and members in one PATCH, in batches (§11.1)', { groupPush: { requests: 'one', batchSize: 1 } }],
  ['spaces as plus in queries (§1.4)', { unknowns: { queryEncoding: 'plus' } }],
  ['the e-mail address as unique identifier (§4.1)', { uniqueIdentifier: 'emails.value' }],
];

for (const [title, app] of variants) {
  test(`a catalog app ends without a difference with ${title}`, async () => {
    using okta = oktaOf(await rollcall.organization(), { profile: 'oin', ...app });
    for (const name of ['S3', 'S4', 'S5', 'S7', 'S9', 'S10', 'S12'] satisfies ScenarioName[]) {
      const { comparison } = await runScenario(okta, name, { count: 2 });
      assert.deepEqual(comparison.differences, [], name);
    }
  });
}
