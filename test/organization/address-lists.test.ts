import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedRules, type ListedRule, oktaRanges } from '../../src/organization/address-lists.ts';

const allow = (range: string): ListedRule => ({ range, effect: 'allow' });
const deny = (range: string): ListedRule => ({ range, effect: 'deny' });

test('a range may be in one list only, however it is written (B22)', () => {
  assert.deepEqual(checkedRules([allow('10.0.0.0/8'), deny('10.0.0.0/8')], 9), {
    problem: '10.0.0.0/8 is both allowed and denied',
    rule: deny('10.0.0.0/8'),
  });
  assert.deepEqual(checkedRules([allow('192.0.2.1'), allow('192.0.2.1/32')], 9), {
    problem: '192.0.2.1/32 is in the list twice',
    rule: allow('192.0.2.1/32'),
  });
  assert.match((checkedRules([allow('nowhere')], 9) as { problem: string }).problem, /"nowhere" is no range/);
  assert.match((checkedRules([allow('1.1.1.1'), allow('1.1.1.2')], 1) as { problem: string }).problem, /at most 1 /);
  assert.deepEqual(checkedRules([deny('2001:DB8::/32'), allow('10.0.0.0/8')], 9), {
    rules: [allow('10.0.0.0/8'), deny('2001:db8::/32')],
  });
});

const published = {
  us_cell_1: { ip_ranges: ['192.0.2.0/24', '198.51.100.7/32'] },
  emea_cell_1: { ip_ranges: ['203.0.113.0/24', '192.0.2.0/24', '2001:db8::/32'] },
};

test('the ranges of Okta are those of the cells that are wanted, each once (B21)', () => {
  assert.deepEqual(oktaRanges(published, ['us_cell_1']), { ranges: ['192.0.2.0/24', '198.51.100.7/32'] });
  assert.deepEqual(oktaRanges(published, []), {
    ranges: ['192.0.2.0/24', '198.51.100.7/32', '203.0.113.0/24', '2001:db8::/32'],
  });
});

test('what is not the document that Okta publishes is refused with what is wrong with it', () => {
  const wrong: [document: unknown, cells: string[], says: RegExp][] = [
    [published, ['us_cell_9'], /no cell "us_cell_9"; it has us_cell_1, emea_cell_1/],
    [{ us_cell_1: ['192.0.2.0/24'] }, [], /"us_cell_1" has no list ip_ranges/],
    [{ us_cell_1: { ip_ranges: ['192.0.2.0/99'] } }, [], /"192\.0\.2\.0\/99" is no range/],
    [{ us_cell_1: { ip_ranges: [7] } }, [], /has no list ip_ranges/],
    [{ us_cell_1: null }, [], /has no list ip_ranges/],
    [{}, [], /holds no ranges/],
    [[], [], /holds no ranges/],
    [null, [], /holds no ranges/],
    ['us_cell_1', [], /holds no ranges/],
  ];
  for (const [document, cells, says] of wrong) {
    assert.match((oktaRanges(document, cells) as { problem: string }).problem, says);
  }
});
