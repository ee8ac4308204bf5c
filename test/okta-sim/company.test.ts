import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupSizes, makeCompany } from '../../okta-sim/company.ts';

test('the same seed makes the same company, another seed another one', () => {
  assert.deepEqual(makeCompany('a', 50, [5, 20]), makeCompany('a', 50, [5, 20]));
  assert.notDeepEqual(makeCompany('a', 50, [5, 20]), makeCompany('b', 50, [5, 20]));
});

test('a company has distinct logins, groups of the asked sizes, and members that overlap', () => {
  const sizes = groupSizes(12, 5, 120);
  assert.equal(sizes[0], 5);
  assert.equal(sizes.at(-1), 120);
  const { people, groups } = makeCompany('a', 250, sizes);
  assert.equal(new Set(people.map(({ login }) => login.toLowerCase())).size, 250);
  assert.deepEqual(
    groups.map(({ members }) => new Set(members).size),
    sizes,
  );
  assert.equal(new Set(groups.map(({ name }) => name)).size, 12);
  assert.ok(groups.flatMap(({ members }) => members).length > new Set(groups.flatMap(({ members }) => members)).size);
});

test('its names are as difficult as those of people', () => {
  const { people } = makeCompany('a', 250, []);
  const some = (holds: (login: string, name: string) => boolean): boolean =>
    people.some(({ login, displayName }) => holds(login, displayName));
  assert.ok(
    some((_, name) => /[^\p{ASCII}]/u.test(name)),
    'accents',
  );
  assert.ok(
    some((login) => login.includes("'")),
    'an apostrophe in an address',
  );
  assert.ok(
    some((login) => login.includes('+')),
    'a plus-address',
  );
  assert.ok(
    some((login) => /[A-Z]/.test(login)),
    'an upper-case letter in an address',
  );
  assert.ok(
    people.every(({ login }) => /^[\x21-\x7e]+@acme\.example$/.test(login)),
    'addresses are plain',
  );
});

test('a company of one person and one group is possible', () => {
  assert.deepEqual(groupSizes(1, 5, 120), [120]);
  assert.deepEqual(groupSizes(0, 5, 120), []);
  assert.equal(makeCompany('a', 1, [120]).groups[0]?.members.length, 1);
});
