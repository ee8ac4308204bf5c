import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  defaultPolicy,
  isEmailAddress,
  PolicyError,
  policyOf,
  readPolicy,
  withSettings,
} from '../../src/organization/policy.ts';
import { policySettings, settingNames, valuesOf } from '../../src/organization/policy-settings.ts';

describe('the policy of an organization', () => {
  test('begins with the first value of each setting', () => {
    for (const name of settingNames) assert.equal(defaultPolicy[name], Object.keys(policySettings[name].values)[0]);
    assert.equal(defaultPolicy.preset, 'rollcall');
  });

  test('has settings that each choose between several things and say what each means', () => {
    for (const name of settingNames) {
      const { meaning, values } = policySettings[name];
      assert.ok(Object.keys(values).length >= 2, name);
      for (const text of [meaning, ...Object.values(values)]) assert.notEqual(text, '', name);
    }
  });

  test('takes each value of each setting, and leaves the others', () => {
    for (const name of settingNames) {
      for (const value of valuesOf(name)) {
        assert.deepEqual(withSettings(defaultPolicy, { [name]: value }), { ...defaultPolicy, [name]: value });
      }
    }
    assert.deepEqual(withSettings(defaultPolicy, {}), defaultPolicy);
  });

  const refused: [settings: Record<string, string>, message: RegExp][] = [
    [{ usernameFormat: 'phone' }, /usernameFormat takes email or any.*, not "phone"/],
    [{ usernameFormat: 'toString' }, /usernameFormat takes email or any.*, not "toString"/],
    [{ unknownMembers: '' }, /unknownMembers takes skip or refuse/],
    [{ seats: '5' }, /no setting "seats"; the settings are preset, accountMatch, usernameFormat, /],
    [{ preset: 'toString' }, /no preset "toString"; the presets are rollcall, dagster, dbt, pulumi/],
    [{ toString: 'email' }, /no setting "toString"/],
    [Object.fromEntries([['__proto__', 'email']]), /no setting "__proto__"/],
  ];
  for (const [settings, message] of refused) {
    test(`refuses ${JSON.stringify(settings)} and says what there is`, () => {
      assert.throws(
        () => withSettings(defaultPolicy, settings),
        (error) => error instanceof PolicyError && message.test(error.message),
      );
    });
  }

  test('takes another preset whole, with the settings that are given beside it', () => {
    const deviating = withSettings(defaultPolicy, { usernameFormat: 'any' });
    const settings = { preset: 'dbt', unknownMembers: 'skip' };
    assert.deepEqual(withSettings(deviating, settings), { ...policyOf('dbt'), unknownMembers: 'skip' });
  });

  test('that was stored by a release with fewer settings has the values of its preset for the others', () => {
    assert.deepEqual(readPolicy({}), defaultPolicy);
    assert.deepEqual(readPolicy({ usernameFormat: 'any' }), { ...defaultPolicy, usernameFormat: 'any' });
    const stored = { preset: 'pulumi', unknownMembers: 'skip' };
    assert.deepEqual(readPolicy(stored), { ...policyOf('pulumi'), unknownMembers: 'skip' });
  });

  test('that was stored by a release with other settings, values and presets is read as far as it is known', () => {
    assert.deepEqual(readPolicy({ preset: 'toString', usernameFormat: 'phone', seats: 5 }), defaultPolicy);
  });
});

describe('an e-mail address, as far as it matters', () => {
  for (const text of ['ada@acme.example', 'a@b', 'ada+x@acme.example', 'Ädä@ácme.example', '"a.b"@acme.example']) {
    test(`is ${text}`, () => assert.equal(isEmailAddress(text), true));
  }
  for (const text of [
    '',
    'ada',
    '@acme.example',
    'ada@',
    'a@b@c',
    'ada @acme.example',
    'ada@acme.example\n',
    'ada\u00a0@acme',
  ]) {
    test(`is not ${JSON.stringify(text)}`, () => assert.equal(isEmailAddress(text), false));
  }
});
