import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  defaultPolicy,
  isEmailAddress,
  PolicyError,
  policySettings,
  readPolicy,
  withSettings,
} from '../../src/organization/policy.ts';

describe('the policy of an organization', () => {
  test('begins with the first value of each setting: e-mail addresses as userNames, unknown members left out (K2, K14)', () => {
    const { usernameFormat, unknownMembers } = defaultPolicy;
    assert.deepEqual({ usernameFormat, unknownMembers }, { usernameFormat: 'email', unknownMembers: 'skip' });
    for (const [name, values] of Object.entries(policySettings)) {
      assert.equal(defaultPolicy[name as keyof typeof defaultPolicy], values[0]);
    }
  });

  test('takes each value of each setting, and leaves the others', () => {
    for (const [name, values] of Object.entries(policySettings)) {
      for (const value of values) {
        assert.deepEqual(withSettings(defaultPolicy, { [name]: value }), { ...defaultPolicy, [name]: value });
      }
    }
    assert.deepEqual(withSettings(defaultPolicy, {}), defaultPolicy);
  });

  const refused: [settings: Record<string, string>, message: RegExp][] = [
    [{ usernameFormat: 'phone' }, /usernameFormat takes email or any, not "phone"/],
    [{ unknownMembers: '' }, /unknownMembers takes skip or refuse/],
    [{ seats: '5' }, /no setting "seats"; the settings are usernameFormat, unknownMembers/],
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

  test('that was stored by a release with fewer settings gets the defaults of the others', () => {
    assert.deepEqual(readPolicy({}), defaultPolicy);
    assert.deepEqual(readPolicy({ usernameFormat: 'any' }), { ...defaultPolicy, usernameFormat: 'any' });
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
