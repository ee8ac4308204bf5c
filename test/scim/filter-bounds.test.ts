/** What a filter costs, counted in characters that the parser looks at: the length bounds the time, whatever the shape (R21). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { parseFilter, printFilter } from '../../src/scim/filter.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { scaled } from '../scale.ts';
import { worstFilters } from './worst-filters.ts';

/** Each character is looked at by the few readers that may begin with it: a keyword, a name, an operator, a value. */
const looksPerCharacterMax = 16;

/** A string that counts which of its characters are read: one by one, or by a method that may read all of them. */
function counted(text: string): { text: string; looks: () => number } {
  let looks = 0;
  const proxy = new Proxy(Object(text), {
    get(target: string, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) {
        looks++;
        return target[Number(key)];
      }
      const value: unknown = Reflect.get(Object(text), key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result: unknown = value.apply(text, args);
        looks += typeof result === 'string' ? result.length : text.length;
        return result;
      };
    },
  });
  return { text: proxy as unknown as string, looks: () => looks };
}

/** Reads the filter, to a tree or to a refusal, and says how many characters were looked at. */
function costOf(filter: string): { looks: number; isRefused: boolean } {
  const { text, looks } = counted(filter);
  try {
    parseFilter(text, userType, new Set());
    return { looks: looks(), isRefused: false };
  } catch (error) {
    assert.ok(error instanceof ScimError && error.scimType === 'invalidFilter', String(error));
    return { looks: looks(), isRefused: true };
  }
}

describe('a filter of 8 KB', () => {
  for (const [shape, filter] of Object.entries(worstFilters())) {
    test(`is read or refused in time that its length bounds: ${shape}`, () => {
      assert.ok(
        filter.length <= limits.filterLengthMax && filter.length > limits.filterLengthMax - 64,
        `${filter.length}`,
      );
      assert.ok(costOf(filter).looks <= looksPerCharacterMax * filter.length, `${costOf(filter).looks}`);
    });
  }

  test('costs twice as much as one of 4 KB, whatever its shape', () => {
    const halves = worstFilters(limits.filterLengthMax / 2);
    for (const [shape, filter] of Object.entries(worstFilters())) {
      const half = costOf(halves[shape] as string);
      const whole = costOf(filter);
      if (half.isRefused !== whole.isRefused) continue;
      assert.ok(whole.looks <= 2.5 * half.looks + 1_000, `${shape}: ${half.looks}, then ${whole.looks}`);
    }
  });

  test('of any tokens in any order is read or refused in time that its length bounds', () => {
    const token = fc.constantFrom(
      ...[
        '(',
        ')',
        '[',
        ']',
        '"',
        '\\"',
        '"a"',
        ' ',
        '.',
        ':',
        'not ',
        ' and ',
        ' or ',
        'eq ',
        ' pr',
        'userName ',
        'emails',
      ],
      ...[
        'emails[type eq "work"].value ',
        'urn:ietf:params:scim:schemas:core:2.0:User:',
        'true',
        'null',
        '1e9',
        'ß',
        '\u0301',
        'x',
      ],
      'userName eq "a" and ',
    );
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 40 }), fc.nat(300), (tokens, repeated) => {
        const filter = tokens
          .join('')
          .repeat(repeated + 1)
          .slice(0, limits.filterLengthMax);
        assert.ok(costOf(filter).looks <= looksPerCharacterMax * filter.length + 100);
      }),
      { numRuns: scaled(500) },
    );
  });

  test('of one character more is refused before anything of it is read', () => {
    const { text, looks } = counted('a'.repeat(limits.filterLengthMax + 1));
    assert.throws(() => parseFilter(text, userType, new Set()), /longer than 8192 characters/);
    assert.equal(looks(), 0);
  });

  test('is printed in at most a few times its length', () => {
    for (const filter of Object.values(worstFilters())) {
      if (costOf(filter).isRefused) continue;
      assert.ok(printFilter(parseFilter(filter, userType)).length <= 8 * filter.length);
    }
  });
});

describe('what a filter asks of each resource is bounded (R21)', () => {
  const many = (count: number, join: string, of: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => of(n)).join(join);
  const differs = (n: number) => `addresses.country ne "${n}"`;
  const inGroups = (n: number) => `groups.display co "${n}"`;
  const onePerson = (n: number) => `members[value co "${n}" and display ne "${n}"]`;
  const oneAddress = (n: number) => `emails[type eq "work" and value eq "${n}"]`;
  const cases: [filter: string, type: ResourceType, isRefused: boolean][] = [
    [many(100, ' or ', (n) => `userName eq "${n}"`), userType, false],
    [many(50, ' and ', (n) => `title co "${n}"`), userType, false],
    [many(51, ' and ', (n) => `title co "${n}"`), userType, true],
    [many(50, ' or ', (n) => `emails.value eq "${n}"`), userType, false],
    [many(50, ' or ', (n) => `groups eq "${n}"`), userType, false],
    [many(50, ' or ', (n) => `members.value eq "${n}"`), groupType, false],
    [many(11, ' or ', oneAddress), userType, false],
    [many(20, ' and ', differs), userType, false],
    [many(21, ' and ', differs), userType, true],
    [many(20, ' and ', (n) => `not (emails.display pr and title eq "${n}")`), userType, true],
    [many(10, ' or ', inGroups), userType, false],
    [many(11, ' or ', inGroups), userType, true],
    [many(3, ' or ', onePerson), groupType, false],
    [many(4, ' or ', onePerson), groupType, true],
    [`emails[${many(47, ' or ', (n) => `value co "${n}"`)}]`, userType, false],
    [`emails[${many(48, ' or ', (n) => `value co "${n}"`)}]`, userType, true],
  ];
  for (const [filter, type, isRefused] of cases) {
    test(`${filter.slice(0, 60)}… of ${filter.length} characters is ${isRefused ? 'refused, and the limit is named' : 'taken'}`, () => {
      if (!isRefused) assert.ok(parseFilter(filter, type));
      else assert.throws(() => parseFilter(filter, type), { scimType: 'invalidFilter', detail: /it may cost 100/ });
    });
  }
});
