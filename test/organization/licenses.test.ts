import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type LicenseClaims,
  type LicenseSource,
  licenseAsked,
  licenseAttribute,
  licenseOf,
  licenseOfGroups,
  licenseTypes,
} from '../../src/organization/licenses.ts';

const types = Object.keys(licenseTypes);
const nothing: LicenseClaims = { byHand: undefined, byTeams: [], bySignIn: undefined, byAttribute: undefined };
const everything: LicenseClaims = {
  byHand: 'analyst',
  byTeams: [
    { teamId: 'a', license: 'read_only' },
    { teamId: 'b', license: 'it' },
  ],
  bySignIn: 'read_only',
  byAttribute: 'developer',
};

const cases: [
  source: LicenseSource,
  claims: LicenseClaims,
  license: string | undefined,
  rule: string,
  team?: string,
][] = [
  ['none', everything, undefined, 'licenses-unused'],
  ['by-hand', everything, 'analyst', 'license-by-hand'],
  ['by-hand', { ...everything, byHand: undefined }, 'read_only', 'license-by-default'],
  ['by-team', everything, 'it', 'license-by-team', 'b'],
  ['by-team', { ...everything, byTeams: [] }, 'read_only', 'license-by-default'],
  ['by-sign-in', { ...everything, bySignIn: 'it' }, 'it', 'license-by-sign-in'],
  ['by-sign-in', nothing, 'read_only', 'license-by-default'],
  ['by-attribute', everything, 'developer', 'license-by-attribute'],
  ['by-attribute', { ...everything, byAttribute: undefined }, 'read_only', 'license-by-default'],
  ['by-attribute', { ...everything, byAttribute: 'Developer' }, 'read_only', 'license-by-default'],
  ['by-rules', everything, 'analyst', 'license-by-hand'],
  ['by-rules', { ...everything, byHand: undefined }, 'it', 'license-by-team', 'b'],
  ['by-rules', { ...nothing, bySignIn: 'it', byAttribute: 'analyst' }, 'it', 'license-by-sign-in'],
  ['by-rules', { ...nothing, byAttribute: 'analyst' }, 'read_only', 'license-by-default'],
  ['by-hand', { ...everything, byHand: 'gold' }, 'read_only', 'license-by-default'],
];

describe('the license of a person', () => {
  for (const [source, claims, license, rule, team] of cases) {
    test(`${source}: ${license ?? 'none'} from ${JSON.stringify(claims)}`, () => {
      assert.deepEqual(licenseOf(claims, { source, byDefault: 'read_only', types }), {
        license,
        origin: team === undefined ? { rule } : { rule, team },
      });
    });
  }

  test('is none where the default is none', () => {
    const { license, origin } = licenseOf(nothing, { source: 'by-hand', byDefault: undefined, types });
    assert.deepEqual([license, origin.rule], [undefined, 'license-by-default']);
  });
});

test('of several groups of a sign-in the strongest license wins, and letter case counts (B60)', () => {
  const rules = [
    { group: 'readers', license: 'read_only' },
    { group: 'builders', license: 'developer' },
  ];
  assert.equal(licenseOfGroups(['readers', 'builders'], rules, types), 'developer');
  assert.equal(licenseOfGroups(['Builders', 'readers'], rules, types), 'read_only');
  assert.equal(licenseOfGroups(['others'], rules, types), undefined);
});

test('the license attribute is read as it was written, and only where it is a text (B54)', () => {
  const asked = (value: unknown) => licenseAsked({ [licenseAttribute.schema]: value });
  assert.equal(asked({ licenseType: 'Read_Only' }), 'Read_Only');
  for (const value of [undefined, null, 'developer', {}, { licenseType: 3 }, { licensetype: 'it' }]) {
    assert.equal(asked(value), undefined);
  }
});

test('the license types are developer, analyst, IT and read-only, the strongest first, with one IT seat (B52, B60, B64)', () => {
  assert.deepEqual(Object.keys(licenseTypes), ['developer', 'analyst', 'it', 'read_only']);
  assert.deepEqual(licenseTypes.it, { free: 1, pro: 1, enterprise: 1 });
});
