import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { describeSwitch, setSwitch } from '../../okta-sim/app-switches.ts';
import { defaultMapping } from '../../okta-sim/default-mapping.ts';
import { type AppSettings, appOptions, numberBounds, optionAt, setOption } from '../../okta-sim/options.ts';
import { provisioned, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp } from './tiny-scim-app.ts';

for (const [name, { least, most }] of Object.entries(numberBounds)) {
  test(`${name} is a whole number from ${least} to ${most}, on the command line and in the library`, () => {
    const sentence = new RegExp(`^Error: ${name} is a whole number from ${least} to ${most}, not `);
    for (const wrong of [least - 1, most + 1, least + 0.5]) {
      assert.throws(() => setSwitch({}, `${name}=${wrong}`), sentence);
      const settings: AppSettings = {};
      setOption(settings, name, wrong);
      assert.throws(() => appOptions(settings, defaultMapping), sentence);
    }
    for (const right of [least, most]) {
      const settings: AppSettings = {};
      setSwitch(settings, `${name}=${right}`);
      assert.equal(optionAt(appOptions(settings, defaultMapping), name), right);
    }
    assert.equal(describeSwitch(name).values, `${least} to ${most}`);
  });
}

test('an option that is given beside another of its group leaves that one as it is', () => {
  const settings: AppSettings = {};
  setSwitch(settings, 'groupPush.batchSize=7');
  setSwitch(settings, 'groupPush.requests=one');
  assert.deepEqual(settings.groupPush, { batchSize: 7, requests: 'one' });
});

test('a state file with a number out of bounds is refused, and the option on the command line mends it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'okta-sim-'));
  try {
    await using app = await startTinyScimApp();
    const stateFile = path.join(folder, 'state.json');
    {
      using okta = simulatedOkta(app.baseUrl, { profile: 'oin' }, { stateFile });
      await provisioned(okta, 'ada');
    }
    const state = JSON.parse(await readFile(stateFile, 'utf8'));
    state.app.options.groupPush.batchSize = 0;
    await writeFile(stateFile, JSON.stringify(state));
    assert.throws(
      () => simulatedOkta(app.baseUrl, {}, { stateFile }),
      /^Error: groupPush\.batchSize is a whole number from 1/,
    );
    using okta = simulatedOkta(app.baseUrl, { groupPush: { batchSize: 2 } }, { stateFile });
    okta.push.group(okta.groups.add('Team', [okta.users.find('ada@acme.example')!.id]).id);
    const { tasks, mappingsInError } = await okta.settle();
    assert.deepEqual([tasks, mappingsInError], [[], []]);
    assert.equal(app.groups.size, 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a state file keeps its seed: another one is refused with both, the same one is accepted', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'okta-sim-'));
  try {
    await using app = await startTinyScimApp();
    const stateFile = path.join(folder, 'state.json');
    {
      using okta = simulatedOkta(app.baseUrl, {}, { stateFile, seed: '3' });
      await provisioned(okta, 'ada');
    }
    assert.throws(
      () => simulatedOkta(app.baseUrl, {}, { stateFile, seed: '55' }),
      /state\.json was made with the seed 3, not 55: leave the seed out/,
    );
    using okta = simulatedOkta(app.baseUrl, {}, { stateFile, seed: '3' });
    assert.equal(okta.engine.state.seed, '3');
  } finally {
    await rm(folder, { recursive: true });
  }
});
