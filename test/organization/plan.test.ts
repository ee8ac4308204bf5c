import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Change,
  type MemberSides,
  type MemberStatus,
  type MembershipSides,
  plan,
  type Rule,
  type Sides,
  type TeamSides,
} from '../../src/organization/plan.ts';

const source = { request: 'request-1', token: 'token-1' };
const because = (rule: Rule) => ({ rule, ...source });
const ada = { name: 'Ada', email: 'ada@acme.example' };

const statuses: [
  asked: boolean | undefined,
  inForce: MemberStatus | undefined,
  to: MemberStatus | undefined,
  rule?: Rule,
][] = [
  // asked      in force      becomes      because
  [true, undefined, 'active', 'asked-active'],
  [false, undefined, 'suspended', 'asked-inactive'],
  [true, 'active', undefined],
  [false, 'active', 'suspended', 'asked-inactive'],
  [true, 'suspended', 'active', 'asked-active'],
  [false, 'suspended', undefined],
  [true, 'invited', undefined],
  [false, 'invited', 'suspended', 'asked-inactive'],
  [true, 'removed', 'active', 'asked-active'],
  [undefined, 'active', 'removed', 'asked-removed'],
  [undefined, 'suspended', 'removed', 'asked-removed'],
  [undefined, 'invited', 'removed', 'asked-removed'],
  [undefined, 'removed', undefined],
];

describe('the plan for a person', () => {
  for (const [active, from, to, rule] of statuses) {
    const what = active === undefined ? 'deleted' : active ? 'active' : 'inactive';
    test(`asked ${what}, in force ${from ?? 'nothing'}: ${to ?? 'no change'}`, () => {
      const asked = active === undefined ? undefined : { active, ...ada };
      const inForce = from === undefined ? undefined : { status: from, ...ada };
      const changes = plan({ members: [{ id: 'm', asked, inForce }] }, source).filter(
        ({ kind }) => kind === 'member.status',
      );
      const expected = to && { kind: 'member.status', memberId: 'm', from, to, reason: because(rule as Rule) };
      assert.deepEqual(changes, expected === undefined ? [] : [expected]);
    });
  }

  test('another name or address is a change of the profile, with both', () => {
    for (const asked of [
      { ...ada, name: 'Countess' },
      { ...ada, email: undefined },
    ]) {
      const members = [{ id: 'm', asked: { active: true, ...asked }, inForce: { status: 'active' as const, ...ada } }];
      assert.deepEqual(plan({ members }, source), [
        { kind: 'member.profile', memberId: 'm', from: ada, to: asked, reason: because('asked-profile') },
      ]);
    }
  });

  test('a person who is deleted keeps the profile that they had', () => {
    const members = [{ id: 'm', asked: undefined, inForce: { status: 'active' as const, ...ada } }];
    assert.deepEqual(
      plan({ members }, source).map(({ kind }) => kind),
      ['member.status'],
    );
  });
});

describe('the plan for a team', () => {
  const cases: [
    title: string,
    asked: string | undefined,
    inForce: string | undefined,
    kind: Change['kind'] | undefined,
    rule?: Rule,
  ][] = [
    ['a new team gets its name', 'Sales', undefined, 'team.name', 'asked-name'],
    ['a renamed team too', 'Sales', 'Selling', 'team.name', 'asked-name'],
    ['a team of the same name stays', 'Sales', 'Sales', undefined],
    ['a name that differs in letter case only is another name', 'SALES', 'Sales', 'team.name', 'asked-name'],
    ['a team that is no longer asked for is removed', undefined, 'Sales', 'team.removed', 'asked-removed'],
    ['a team that never was is nothing', undefined, undefined, undefined],
  ];
  for (const [title, asked, inForce, kind, rule] of cases) {
    test(title, () => {
      const named = (name: string | undefined) => (name === undefined ? undefined : { name });
      const changes = plan({ teams: [{ id: 't', asked: named(asked), inForce: named(inForce) }] }, source);
      assert.deepEqual(
        changes.map((change) => [change.kind, change.reason]),
        kind === undefined ? [] : [[kind, because(rule as Rule)]],
      );
    });
  }
});

const memberships: [
  asked: boolean,
  inForce: boolean | undefined,
  status: MemberStatus,
  to: boolean | undefined,
  rule?: Rule,
][] = [
  // asked, in force, status of the person: becomes, because
  [true, undefined, 'active', true, 'asked-member'],
  [true, undefined, 'suspended', false, 'member-suspended'],
  [true, undefined, 'invited', false, 'member-invited'],
  [true, undefined, 'removed', false, 'member-removed'],
  [true, true, 'active', undefined],
  [true, true, 'suspended', false, 'member-suspended'],
  [true, false, 'suspended', undefined],
  [true, false, 'active', true, 'asked-member'],
  [false, true, 'active', false, 'asked-no-member'],
  [false, false, 'suspended', false, 'asked-no-member'],
  [false, true, 'removed', false, 'member-removed'],
  [false, undefined, 'active', undefined],
];

describe('the plan for a membership', () => {
  for (const [asked, from, memberStatus, to, rule] of memberships) {
    test(`${asked ? 'asked' : 'not asked'}, in force ${from}, person ${memberStatus}: ${to ?? 'no change'}`, () => {
      const changes = plan(
        { memberships: [{ teamId: 't', memberId: 'm', asked, inForce: from, memberStatus }] },
        source,
      );
      const change = { kind: 'membership', teamId: 't', memberId: 'm', from, to, reason: because(rule as Rule) };
      assert.deepEqual(changes, to === undefined ? [] : [change]);
    });
  }

  test('a membership that waits says why the person is not in the team by now, and is not told again', () => {
    const changesOf = (status: MemberStatus, memberUnlicensed = false) =>
      plan(
        {
          members: [{ id: 'm', asked: { active: false, ...ada }, inForce: { status, ...ada } }],
          memberships: [
            { teamId: 't', memberId: 'm', asked: true, inForce: false, memberStatus: status, memberUnlicensed },
          ],
        },
        source,
      ).filter(({ kind }) => kind === 'membership');
    const change = { kind: 'membership', teamId: 't', memberId: 'm', from: false, to: false };
    const waits = { ...change, reason: because('member-suspended') };
    assert.deepEqual(changesOf('invited'), [waits]);
    assert.deepEqual(changesOf('active', true), [waits]);
    assert.deepEqual(changesOf('suspended'), []);
  });

  test('a person who is suspended by the same plan leaves the teams, and comes back to them with it (K5, K7)', () => {
    for (const active of [false, true]) {
      const status: MemberStatus = active ? 'suspended' : 'active';
      const changes = plan(
        {
          members: [{ id: 'm', asked: { active, ...ada }, inForce: { status, ...ada } }],
          memberships: [{ teamId: 't', memberId: 'm', asked: true, inForce: !active, memberStatus: status }],
        },
        source,
      );
      assert.deepEqual(
        changes.map((change) => [change.kind, 'to' in change && change.to, change.reason.rule]),
        [
          ['member.status', active ? 'active' : 'suspended', active ? 'asked-active' : 'asked-inactive'],
          ['membership', active, active ? 'asked-member' : 'member-suspended'],
        ],
      );
    }
  });
});

const status = fc.constantFrom<MemberStatus>('invited', 'active', 'suspended', 'removed');
const profile = fc.record({ name: fc.constantFrom('Ada', 'Ben'), email: fc.constantFrom(undefined, 'a@acme.example') });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const ids = ['1', '2', '3'];
const sidesArbitrary: fc.Arbitrary<Required<Omit<Sides, 'access' | 'life'>>> = fc
  .record({
    members: fc.tuple(
      ...ids.map(() =>
        fc.record({ asked: maybe(fc.tuple(fc.boolean(), profile)), inForce: maybe(fc.tuple(status, profile)) }),
      ),
    ),
    teams: fc.tuple(
      ...ids.map(() =>
        fc.record({ asked: maybe(fc.constantFrom('A', 'B')), inForce: maybe(fc.constantFrom('A', 'B')) }),
      ),
    ),
    memberships: fc.array(
      fc.record({
        teamId: fc.constantFrom(...ids),
        memberId: fc.constantFrom(...ids),
        asked: fc.boolean(),
        inForce: maybe(fc.boolean()),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ members, teams, memberships }) => ({
    members: members.map(
      ({ asked, inForce }, index): MemberSides => ({
        id: ids[index] as string,
        asked: asked && { active: asked[0], ...asked[1] },
        inForce: inForce && { status: inForce[0], ...inForce[1] },
      }),
    ),
    teams: teams.map(
      ({ asked, inForce }, index): TeamSides => ({
        id: ids[index] as string,
        asked: asked === undefined ? undefined : { name: asked },
        inForce: inForce === undefined ? undefined : { name: inForce },
      }),
    ),
    memberships: [...new Map(memberships.map((each) => [`${each.teamId} ${each.memberId}`, each])).values()].map(
      (each): MembershipSides => ({
        ...each,
        memberStatus: members[ids.indexOf(each.memberId)]?.inForce?.[0] ?? 'removed',
      }),
    ),
  }));

describe('any plan', () => {
  test('plans to nothing once it was applied', () => {
    fc.assert(
      fc.property(sidesArbitrary, (sides) => {
        assert.deepEqual(plan(applied(sides, plan(sides, source)), source), []);
      }),
    );
  });

  test('leaves its arguments as they are, and says the same again', () => {
    fc.assert(
      fc.property(sidesArbitrary, (sides) => {
        const before = structuredClone(sides);
        assert.deepEqual(plan(sides, source), plan(structuredClone(sides), source));
        assert.deepEqual(sides, before);
      }),
    );
  });

  test('gives every change a reason with its source, people first, then teams, then memberships', () => {
    const order = ['member.', 'team.', 'membership'];
    fc.assert(
      fc.property(sidesArbitrary, (sides) => {
        const changes = plan(sides, source);
        for (const { reason } of changes) assert.deepEqual(reason, { ...source, rule: reason.rule });
        const places = changes.map(({ kind }) => order.findIndex((prefix) => kind.startsWith(prefix)));
        assert.deepEqual(places, places.toSorted());
      }),
    );
  });

  test('puts nobody in force who is not active, and nobody who is not asked for', () => {
    fc.assert(
      fc.property(sidesArbitrary, (sides) => {
        const after = applied(sides, plan(sides, source));
        for (const { inForce, asked, memberStatus } of after.memberships) {
          assert.equal(inForce ?? false, asked && memberStatus === 'active');
        }
      }),
    );
  });
});

/** The sides once the changes are in force. What has ended is not there any more. */
function applied(
  sides: Required<Omit<Sides, 'access' | 'life'>>,
  changes: readonly Change[],
): Required<Omit<Sides, 'access' | 'life'>> {
  const find = <Kind extends Change['kind']>(kind: Kind, isIt: (change: Extract<Change, { kind: Kind }>) => boolean) =>
    changes.find(
      (change): change is Extract<Change, { kind: Kind }> =>
        change.kind === kind && isIt(change as Extract<Change, { kind: Kind }>),
    );
  const members = sides.members.map((member): MemberSides => {
    const to = find('member.status', (change) => change.memberId === member.id)?.to ?? member.inForce?.status;
    const named = find('member.profile', (change) => change.memberId === member.id)?.to ?? member.inForce;
    return to === undefined || named === undefined
      ? {
          ...member,
          inForce: member.asked === undefined ? { status: 'removed', name: '', email: undefined } : undefined,
        }
      : { ...member, inForce: { status: to, name: named.name, email: named.email } };
  });
  const teams = sides.teams.map((team): TeamSides => {
    if (find('team.removed', (change) => change.teamId === team.id)) return { ...team, inForce: undefined };
    const name = find('team.name', (change) => change.teamId === team.id)?.to ?? team.inForce?.name;
    return { ...team, inForce: name === undefined ? undefined : { name } };
  });
  const memberships = sides.memberships.flatMap((membership): MembershipSides[] => {
    if (!membership.asked) return [];
    const isIt = ({ teamId, memberId }: { teamId: string; memberId: string }) =>
      teamId === membership.teamId && memberId === membership.memberId;
    const inForce = find('membership', isIt)?.to ?? membership.inForce;
    const memberStatus = members.find(({ id }) => id === membership.memberId)?.inForce?.status ?? 'removed';
    return [{ ...membership, inForce, memberStatus }];
  });
  return { members, teams, memberships };
}
