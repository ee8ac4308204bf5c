import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  administratorsChange,
  type BuiltInRole,
  builtInRoles,
  isAdministrative,
  rolesOf,
  stronger,
  type TeamGrant,
} from '../../src/organization/roles.ts';

const names = Object.keys(builtInRoles) as BuiltInRole[];
const role = fc.constantFrom(...names);
const byTeam = (teamId: string, given: BuiltInRole, ceiling: BuiltInRole = 'owner'): TeamGrant => ({
  teamId,
  role: given,
  needs: given,
  ceiling,
});

describe('the role of a person', () => {
  const cases: [
    title: string,
    byHand: BuiltInRole | undefined,
    grants: TeamGrant[],
    is: BuiltInRole,
    rule: string,
    team?: string,
  ][] = [
    ['is the default where nobody gave another', undefined, [], 'viewer', 'role-by-default'],
    ['is the one that an admin gave', 'member', [], 'member', 'role-by-hand'],
    ['by hand may be weaker than the default', 'viewer', [], 'viewer', 'role-by-hand'],
    ['is that of the team', undefined, [byTeam('a', 'admin')], 'admin', 'role-by-team', 'a'],
    [
      'is the strongest of the teams (D39)',
      undefined,
      [byTeam('a', 'member'), byTeam('b', 'admin')],
      'admin',
      'role-by-team',
      'b',
    ],
    ['by hand stays where the team gives less (D39)', 'admin', [byTeam('a', 'member')], 'admin', 'role-by-hand'],
    [
      'comes from the team with the lower id',
      undefined,
      [byTeam('b', 'admin'), byTeam('a', 'admin')],
      'admin',
      'role-by-team',
      'a',
    ],
    [
      'is cut to the ceiling of the token',
      undefined,
      [byTeam('a', 'owner', 'member')],
      'member',
      'role-below-ceiling',
      'a',
    ],
    ['is not lifted by a ceiling', undefined, [byTeam('a', 'member', 'owner')], 'member', 'role-by-team', 'a'],
  ];
  for (const [title, byHand, grants, is, rule, team] of cases) {
    test(title, () => {
      const { origin, ...roles } = rolesOf(byHand, grants, 'viewer');
      assert.deepEqual(roles, { role: is, customRoles: [] });
      assert.deepEqual(origin, team === undefined ? { rule } : { rule, team });
    });
  }

  test('custom roles are all given, and none that the ceiling does not cover', () => {
    const grants: TeamGrant[] = [
      { teamId: 'a', role: 'billing', needs: 'admin', ceiling: 'admin' },
      { teamId: 'b', role: 'auditor', needs: 'member', ceiling: 'member' },
      { teamId: 'c', role: 'keys', needs: 'admin', ceiling: 'member' },
      { teamId: 'd', role: 'auditor', needs: 'member', ceiling: 'owner' },
    ];
    const { role: builtIn, customRoles } = rolesOf(undefined, grants, 'viewer');
    assert.deepEqual([builtIn, customRoles], ['viewer', ['auditor', 'billing']]);
  });

  test('whoever has a custom role by a team has it by that team, whatever gives the built-in one', () => {
    const auditing: TeamGrant = { teamId: 'b', role: 'auditor', needs: 'member', ceiling: 'member' };
    const beyond: TeamGrant = { teamId: 'a', role: 'keys', needs: 'admin', ceiling: 'member' };
    const originOf = (byHand: BuiltInRole | undefined, ...given: TeamGrant[]) =>
      rolesOf(byHand, given, 'viewer').origin;
    assert.deepEqual(originOf(undefined, beyond, auditing), { rule: 'custom-role-by-team', team: 'b' });
    assert.deepEqual(originOf('admin', beyond, auditing), { rule: 'role-by-hand-and-team', team: 'b' });
    assert.deepEqual(originOf('admin', beyond), { rule: 'role-by-hand' });
    assert.deepEqual(originOf('member', auditing, byTeam('c', 'admin')), { rule: 'role-by-team', team: 'c' });
  });

  const grant = fc.record({ teamId: fc.constantFrom('a', 'b', 'c', 'd'), role, needs: role, ceiling: role });
  const grants = fc
    .uniqueArray(grant, { selector: ({ teamId }) => teamId })
    .map((all) => all.map((each): TeamGrant => ({ ...each, needs: each.role })));

  test('does not depend on the order of the teams', () => {
    fc.assert(
      fc.property(fc.option(role, { nil: undefined }), grants, role, (byHand, given, byDefault) => {
        assert.deepEqual(rolesOf(byHand, given, byDefault), rolesOf(byHand, given.toReversed(), byDefault));
      }),
    );
  });

  test('never becomes weaker by one more team, nor stronger than the ceiling by one with a ceiling', () => {
    fc.assert(
      fc.property(fc.option(role, { nil: undefined }), grants, role, (byHand, given, byDefault) => {
        const [last, ...others] = given;
        if (last === undefined) return;
        const without = rolesOf(byHand, others, byDefault).role;
        const full = rolesOf(byHand, given, byDefault).role;
        assert.equal(stronger(full, without), full);
        if (full !== without) assert.equal(stronger(last.ceiling, full), last.ceiling);
      }),
    );
  });
});

test('only active owners and admins are counted, each change once', () => {
  for (const one of names) {
    const active = { isActive: true, role: one };
    const gone = { isActive: false, role: one };
    const counted = { owners: Number(one === 'owner'), admins: Number(isAdministrative(one)) };
    assert.deepEqual(administratorsChange(undefined, active), counted);
    assert.deepEqual(administratorsChange(gone, active), counted);
    const back = administratorsChange(active, gone);
    assert.deepEqual([back.owners + counted.owners, back.admins + counted.admins], [0, 0]);
    assert.deepEqual(administratorsChange(active, active), { owners: 0, admins: 0 });
  }
});
