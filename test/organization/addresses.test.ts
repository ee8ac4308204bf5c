import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressRule, addressCheck, canonicalRange } from '../../src/organization/addresses.ts';
import { scaled } from '../scale.ts';

const allow = (range: string): AddressRule => ({ range, effect: 'allow' });
const deny = (range: string): AddressRule => ({ range, effect: 'deny' });
const isAllowed = (rules: AddressRule[], address: string) => addressCheck(rules)(address).isAllowed;

test('without rules everything comes in; an allowed range shuts out the rest, a denied one alone does not (B22)', () => {
  assert.equal(isAllowed([], '192.0.2.1'), true);
  assert.equal(isAllowed([allow('192.0.2.0/24')], '192.0.2.1'), true);
  assert.equal(isAllowed([allow('192.0.2.0/24')], '192.0.3.1'), false);
  assert.equal(isAllowed([allow('192.0.2.0/24')], '2001:db8::1'), false);
  assert.equal(isAllowed([deny('192.0.2.0/24')], '192.0.2.1'), false);
  assert.equal(isAllowed([deny('192.0.2.0/24')], '192.0.3.1'), true);
});

test('the narrower range wins, whichever list it is in and in whichever order they come (B22)', () => {
  const rules = [deny('10.1.0.0/16'), allow('10.0.0.0/8'), allow('10.1.2.0/24'), deny('10.1.2.3/32')];
  for (const order of [rules, rules.toReversed()]) {
    assert.equal(isAllowed(order, '10.9.9.9'), true);
    assert.equal(isAllowed(order, '10.1.9.9'), false);
    assert.equal(isAllowed(order, '10.1.2.9'), true);
    assert.equal(isAllowed(order, '10.1.2.3'), false);
  }
  assert.deepEqual(addressCheck(rules)('10.1.9.9'), { isAllowed: false, deniedBy: deny('10.1.0.0/16') });
  assert.deepEqual(addressCheck(rules)('192.0.2.1'), { isAllowed: false, deniedBy: undefined });
});

test('an IPv4 address that came over IPv6 is the IPv4 address, and a zone is no part of an address', () => {
  assert.equal(isAllowed([allow('192.0.2.0/24')], '::ffff:192.0.2.7'), true);
  assert.equal(isAllowed([allow('192.0.2.0/24')], '::ffff:c000:0207'), true);
  assert.equal(isAllowed([allow('fe80::/10')], 'fe80::1%eth0'), true);
});

test('what is no address is in no range', () => {
  for (const text of ['', 'localhost', '192.0.2', '192.0.2.256', '192.0.2.01', ':::', '1::2::3', '12345::', '::g']) {
    assert.equal(isAllowed([allow('0.0.0.0/0'), allow('::/0')], text), false, text);
  }
});

test('a range has one way of being written', () => {
  const cases: [string, string][] = [
    ['192.0.2.7', '192.0.2.7/32'],
    [' 10.0.0.0/8 ', '10.0.0.0/8'],
    ['2001:0DB8:0:0:0:0:0:0/32', '2001:db8::/32'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1/128'],
    ['::', '::/128'],
    ['::/0', '::/0'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7/128'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221/128'],
    ['::ffff:192.0.2.1', '192.0.2.1/32'],
  ];
  for (const [text, range] of cases) assert.deepEqual(canonicalRange(text), { range }, text);
});

test('a text that is no range is refused with what is wrong with it', () => {
  for (const text of ['', 'x', '192.0.2.0/33', '192.0.2.0/-1', '192.0.2.0/8/8', '2001:db8::/129', '192.0.2.0/']) {
    assert.match((canonicalRange(text) as { problem: string }).problem, /is no range of addresses/, text);
  }
  assert.deepEqual(canonicalRange('10.1.2.3/8'), {
    problem: '"10.1.2.3/8" begins in the middle of a range: the range is 10.0.0.0/8',
  });
});

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();
const address = fc.oneof(ipv4, ipv6);

test('whether an address is in one range is what Node says', () => {
  const cases = fc.record({ network: address, prefix: fc.nat({ max: 128 }), near: fc.boolean(), other: address });
  fc.assert(
    fc.property(cases, ({ network, prefix, near, other }) => {
      const bits = isIPv6(network) ? 128 : 32;
      const length = prefix % (bits + 1);
      const found = canonicalRange(`${network}/${length}`);
      const problem = 'problem' in found ? /the range is (.*)$/.exec(found.problem)?.[1] : undefined;
      const range = 'range' in found ? found.range : problem;
      if (range === undefined) return; // an IPv4 address in the clothes of IPv6
      const list = new BlockList();
      const [first = '', lengthOfRange] = range.split('/');
      list.addSubnet(first, Number(lengthOfRange), isIPv6(first) ? 'ipv6' : 'ipv4');
      const asked = near ? network : other;
      // To Node an IPv4 address is in ::/0 as well; to us each family has ranges of its own.
      const isSameFamily = isIPv6(asked) === isIPv6(first);
      const isIn = isSameFamily && list.check(asked, isIPv6(asked) ? 'ipv6' : 'ipv4');
      assert.equal(isAllowed([allow(range)], asked), isIn, `${asked} in ${range}`);
    }),
    { numRuns: scaled(1_000) },
  );
});
