import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../okta-sim/expression.ts';

const scope = {
  user: { login: 'Ada.Byron@acme.example', email: 'ada@acme.example', department: 'Engines', title: null, level: 7 },
  groupNames: ['Everyone', 'dbt_developers'],
};

const cases: [expression: string, value: unknown][] = [
  ['user.email', 'ada@acme.example'],
  ['user.title', null],
  ['user.nothing', null],
  ['String.substringBefore(user.login, "@")', 'Ada.Byron'],
  ['String.toLowerCase(substringBefore(user.login, "@")) + "+okta@acme.example"', 'ada.byron+okta@acme.example'],
  ['String.replace(user.login, "acme", "other")', 'Ada.Byron@other.example'],
  ["(user.email != null && user.email != '') ? 'work' : ''", 'work'],
  ["(user.title != null && user.title != '') ? 'work' : ''", ''],
  ['isMemberOfGroupName("dbt_developers") ? "developer" : "read_only"', 'developer'],
  ['isMemberOfGroupNameStartsWith("admin") ? "a" : isMemberOfGroupNameContains("dbt") ? "b" : "c"', 'b'],
  ['user.department == "Engines" and not (user.level > 8)', true],
  ['user.level >= 7 || user.department == "Sales"', true],
  ['!(user.department == "Engines")', false],
  ['"a " + \'b\' + user.title', 'a b'],
  ['String.len(user.department)', 7],
];

for (const [expression, value] of cases) {
  test(`${expression} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(evaluate(expression, scope), value);
  });
}

const refused: [expression: string, message: RegExp][] = [
  ['String.reverse(user.email)', /function String.reverse is not supported/],
  ['constructor()', /function constructor is not supported/],
  ['appuser.email', /expected user.<attribute> at character 1/],
  ['user.email +', /expected a value at the end/],
  ['user.email user.login', /expected the end at character 12/],
  ['user.email # 1', /cannot read this expression at character 11/],
  ['(user.email', /expected "\)" at the end/],
];

for (const [expression, message] of refused) {
  test(`${expression} is refused with the place`, () => {
    assert.throws(() => evaluate(expression, scope), message);
  });
}
