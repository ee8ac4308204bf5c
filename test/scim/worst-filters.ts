import { limits } from '../../src/limits.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A text of at most this length made of a beginning, a part as often as it fits, and an end. */
const filled = (length: number, part: string, start = '', end = '') =>
  start + part.repeat(Math.floor((length - start.length - end.length) / part.length)) + end;

/** As many comparisons as a filter may have, joined and padded with spaces to the length. */
function comparisons(length: number, join: string, of: (n: number) => string, count: number = limits.filterNodesMax) {
  const text = Array.from({ length: count }, (_, n) => of(n)).join(join);
  return text.padEnd(length);
}

/** Shapes of which some parser makes more work than their length, each of nearly the given number of characters. */
export function worstFilters(length: number = limits.filterLengthMax): Record<string, string> {
  const deep = limits.filterDepthMax;
  const word = 'x'.repeat(40);
  return {
    'opening brackets': filled(length, '('),
    'opening brackets with spaces': filled(length, '( '),
    'closing brackets': filled(length, ')', 'userName pr '),
    'as deep as allowed, each level with a chain': comparisons(
      length,
      ' and ',
      (n) => `${n < deep ? '(' : ''}displayName eq "${word}"${n >= limits.filterNodesMax - deep ? ')' : ''}`,
    ),
    'not of not': filled(length, 'not (', '', 'userName pr'),
    'words that are nearly keywords': filled(length, 'not and or ', 'userName pr '),
    'one long word': filled(length, 'a'),
    'one long word for an operator': filled(length, 'a', 'userName '),
    'one long word for a value': filled(length, 'a', 'userName eq '),
    'one long word after the end': filled(length, 'a', 'userName pr '),
    'a long path of dots': filled(length, 'a.', '', 'b pr'),
    colons: filled(length, ':', 'urn', ' pr'),
    'a URN again and again': filled(length, `${enterprise}:`, '', 'department pr'),
    'a URN of many parts': filled(length, 'urn:', '', ':a pr'),
    spaces: filled(length, ' ', 'userName', 'pr'),
    'spaces alone': filled(length, ' '),
    'one long string': filled(length, 'a', 'userName eq "', '"'),
    'a string of escapes': filled(length, '\\u0041', 'userName eq "', '"'),
    'a string of escaped quotation marks': filled(length, '\\"', 'userName eq "', '"'),
    'a string that never ends': filled(length, '\\"', 'userName eq "'),
    'strings one after the other': filled(length, '"a" ', 'userName eq '),
    'a long number': filled(length, '1', 'userName eq '),
    'a number with a long exponent': filled(length, '0', 'userName eq 1e', '1'),
    'letters that fold to several': filled(length, 'ß', 'userName eq "', '"'),
    'letters with many marks': filled(length, '\u0301', 'userName eq "a', '"'),
    'pairs of surrogates': filled(length, '😀', 'userName eq "', '"'),
    'as many equalities as allowed': comparisons(length, ' or ', (n) => `userName eq "${n}${word}"`),
    'one equality too many': comparisons(length, ' or ', (n) => `userName eq "${n}"`, limits.filterNodesMax + 1),
    'as many searches of parts as allowed': comparisons(
      length,
      ' or ',
      (n) => `title co "${n}%_!"`,
      limits.filterCostMax / 2,
    ),
    'as many differences of lists as allowed': comparisons(
      length,
      ' and ',
      (n) => `emails.value ne "${n}"`,
      limits.filterCostMax / 5,
    ),
    'a difference of a list too many': comparisons(
      length,
      ' and ',
      (n) => `addresses.country ne "${n}"`,
      limits.filterCostMax / 5 + 1,
    ),
    'as many searches of groups as allowed': comparisons(
      length,
      ' or ',
      (n) => `groups.display co "${n}"`,
      limits.filterCostMax / 10,
    ),
    'lists by turns': comparisons(
      length,
      ' and ',
      (n) => `(emails.display ne "${n}" or addresses.country ne "${n}")`,
      limits.filterCostMax / 10,
    ),
    'and and or by turns': comparisons(length, '', (n) => `${n === 0 ? '' : n % 2 ? ' and ' : ' or '}displayName pr`),
    'as many value paths as allowed': comparisons(
      length,
      ' or ',
      (n) => `emails[type eq "a" and value eq "${n}"]`,
      Math.floor(limits.filterCostMax / 9),
    ),
    'one value path with as many terms as allowed': `emails[${comparisons(length - 8, ' or ', (n) => `value co "${n}"`, (limits.filterCostMax - 5) / 2)}]`,
    'value paths that are not closed': filled(length, 'emails[type eq "a" or '),
    'extension attributes by their URN': comparisons(
      length,
      ' or ',
      (n) => `${enterprise}:department eq "${n}"`,
      Math.min(Math.floor(length / 95), limits.filterCostMax / 2),
    ),
    'attributes that nobody has': filled(length, 'nothing eq "a" or '),
  };
}
