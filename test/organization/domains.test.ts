import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressWaits } from '../../src/organization/address-change.ts';
import {
  domainAfter,
  domainName,
  failuresMax,
  isInDomains,
  isPublicDomain,
  silentDaysMax,
} from '../../src/organization/domains.ts';

const now = new Date('2030-01-10T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const absent = { is: 'absent', problem: 'none' } as const;
const unknown = { is: 'unknown', problem: 'no answer' } as const;

describe('the name of a domain', () => {
  const rows: [text: string, name: string | undefined][] = [
    ['acme.example', 'acme.example'],
    [' ACME.Example. ', 'acme.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['a.b-c.example', 'a.b-c.example'],
    ['example', undefined],
    ['', undefined],
    ['127.0.0.1', undefined],
    ['[::1]', undefined],
    ['ada@acme.example', undefined],
    ['acme.example/x', undefined],
    ['acme..example', undefined],
    ['-acme.example', undefined],
    ['_x.acme.example', undefined],
    ['acme.123', undefined],
    [`${'a'.repeat(64)}.example`, undefined],
    [`${'a.'.repeat(130)}example`, undefined],
  ];
  for (const [text, name] of rows) {
    test(`${JSON.stringify(text)} is ${name ?? 'none'}`, () => assert.equal(domainName(text), name));
  }
});

test('an address is in a domain that is its own, and in none above it or that ends like it', () => {
  const domains = ['acme.example', 'xn--bcher-kva.example'];
  for (const address of ['ada@acme.example', 'ADA@ACME.EXAMPLE', 'ada@bücher.example', 'a@b@acme.example']) {
    assert.ok(isInDomains(address, domains), address);
  }
  for (const address of [
    'ada@eu.acme.example',
    'ada@notacme.example',
    'acme.example',
    '@acme.example',
    'ada@acme.example.evil.example',
  ]) {
    assert.ok(!isInDomains(address, domains), address);
  }
  assert.ok(!isInDomains('ada@acme.example', []));
});

test('domains where everybody has an address are known', () => {
  assert.ok(isPublicDomain('gmail.com'));
  assert.ok(!isPublicDomain('acme.example'));
});

describe('a look at the record', () => {
  test('verifies a domain that waits, or was lost', () => {
    for (const state of ['pending', 'lost'] as const) {
      const after = domainAfter({ state, provenAt: undefined, failures: 2 }, { is: 'proven' }, now);
      assert.deepEqual(after, { state: 'verified', provenAt: now, failures: 0 });
    }
  });

  test('that finds none loses a domain after several in a row, and a record in between begins anew', () => {
    let standing = domainAfter({ state: 'pending', provenAt: undefined, failures: 0 }, { is: 'proven' }, now);
    for (let count = 1; count < failuresMax; count++) {
      standing = domainAfter(standing, absent, now);
      assert.equal(standing.state, 'verified');
    }
    assert.equal(domainAfter(domainAfter(standing, { is: 'proven' }, now), absent, now).state, 'verified');
    assert.equal(domainAfter(standing, absent, now).state, 'lost');
  });

  test('that gets no answer says nothing of the record, until two weeks have passed', () => {
    const standing = { state: 'verified', failures: failuresMax - 1 } as const;
    const soon = domainAfter({ ...standing, provenAt: daysAgo(silentDaysMax - 1) }, unknown, now);
    assert.deepEqual([soon.state, soon.failures], ['verified', failuresMax - 1]);
    assert.equal(domainAfter({ ...standing, provenAt: daysAgo(silentDaysMax) }, unknown, now).state, 'lost');
  });

  test('leaves what waits, or is lost, as it is', () => {
    for (const state of ['pending', 'lost'] as const) {
      for (const finding of [absent, unknown]) {
        assert.equal(domainAfter({ state, provenAt: daysAgo(30), failures: 9 }, finding, now).state, state);
      }
    }
  });
});

describe('another address (K3)', () => {
  const change = { asked: 'ada@new.example', inForce: 'ada@old.example', status: 'active' } as const;
  const domains = ['new.example'];

  test('waits as the policy says', () => {
    const waits = (addressChange: 'trusted' | 'apply' | 'confirm' | 'refuse', known: string[]) =>
      addressWaits(change, { addressChange }, known);
    assert.deepEqual(
      [waits('trusted', []), waits('trusted', domains), waits('trusted', ['old.example'])],
      [true, false, true],
    );
    assert.deepEqual([waits('apply', []), waits('refuse', [])], [false, false]);
    assert.deepEqual([waits('confirm', []), waits('confirm', domains)], [true, true]);
  });

  test('never waits where there was none or will be none, in another letter case, or of who is invited', () => {
    const confirm = { addressChange: 'confirm' } as const;
    assert.ok(!addressWaits({ ...change, inForce: undefined }, confirm, []));
    assert.ok(!addressWaits({ ...change, asked: undefined }, confirm, []));
    assert.ok(!addressWaits({ ...change, asked: 'ADA@old.example' }, confirm, []));
    assert.ok(!addressWaits({ ...change, status: 'invited' }, confirm, []));
    assert.ok(addressWaits({ ...change, status: 'suspended' }, confirm, []));
  });
});
