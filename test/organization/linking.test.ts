import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LinkRefusal, linkRefusal, type Match } from '../../src/organization/linking.ts';
import { policyOf, withSettings } from '../../src/organization/policy.ts';
import { valuesOf } from '../../src/organization/policy-settings.ts';
import { presetNames } from '../../src/organization/presets.ts';

const match: Match = {
  by: 'userName',
  isTrusted: false,
  isSpelledOtherwise: false,
  isBreakGlass: false,
  isAdministrative: false,
  isHandedOver: false,
  linking: undefined,
};

describe('whether a local person is linked', () => {
  const cases: [what: Partial<Match>, settings: Record<string, string>, refusal: LinkRefusal | undefined][] = [
    [{}, {}, undefined],
    [{ by: 'id' }, {}, undefined],
    [{ by: 'email' }, {}, 'email'],
    [{ by: 'email', isTrusted: true }, {}, undefined],
    [{ by: 'email' }, { accountMatch: 'link' }, undefined],
    [{}, { accountMatch: 'refuse' }, 'policy'],
    [{ by: 'email', isTrusted: true }, { accountMatch: 'refuse' }, 'policy'],
    [{ by: 'id' }, { accountMatch: 'refuse' }, 'policy'],
    [{ linking: 'allowed' }, { accountMatch: 'refuse' }, undefined],
    [{ linking: 'allowed', by: 'email' }, {}, undefined],
    [{ linking: 'refused' }, { accountMatch: 'link' }, 'parted'],
    [{ isSpelledOtherwise: true }, {}, undefined],
    [{ isSpelledOtherwise: true }, { matchLetterCase: 'exact' }, 'spelling'],
    [{ isSpelledOtherwise: true, linking: 'allowed' }, { matchLetterCase: 'exact' }, undefined],
    [{ isAdministrative: true, linking: 'allowed' }, { accountMatch: 'refuse' }, undefined],
    [{ isHandedOver: true }, { accountMatch: 'refuse' }, undefined],
    [{ isHandedOver: true, isAdministrative: true }, { accountMatch: 'link' }, 'administrator'],
    [{ isHandedOver: true, isAdministrative: true, linking: 'asked' }, {}, 'administrator'],
    [{ isHandedOver: true, isAdministrative: true, linking: 'allowed' }, {}, undefined],
    [{ isBreakGlass: true, linking: 'allowed' }, { accountMatch: 'link' }, 'break-glass'],
  ];
  for (const [what, settings, refusal] of cases) {
    test(`${JSON.stringify(what)} under ${JSON.stringify(settings)}: ${refusal ?? 'linked'}`, () => {
      assert.equal(linkRefusal({ ...match, ...what }, withSettings(policyOf('rollcall'), settings)), refusal);
    });
  }

  test('never is, under any policy, if they administer and nobody has named them, or are set apart', () => {
    for (const preset of presetNames) {
      for (const accountMatch of valuesOf('accountMatch')) {
        for (const matchLetterCase of valuesOf('matchLetterCase')) {
          const policy = withSettings(policyOf(preset), { accountMatch, matchLetterCase });
          for (const by of ['id', 'userName', 'email'] as const) {
            for (const isSpelledOtherwise of [true, false]) {
              const here = { ...match, by, isSpelledOtherwise };
              assert.equal(linkRefusal({ ...here, isAdministrative: true }, policy), 'administrator');
              for (const linking of ['allowed', 'refused', undefined] as const) {
                assert.equal(linkRefusal({ ...here, isBreakGlass: true, linking }, policy), 'break-glass');
              }
            }
          }
        }
      }
    }
  });
});
