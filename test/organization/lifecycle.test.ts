import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type LifecyclePolicy,
  type MemberAct,
  type MemberOrigin,
  type MemberStatus,
  memberActs,
  memberAfter,
  plainLife,
  teamActs,
  teamAfter,
} from '../../src/organization/lifecycle.ts';

const origins: MemberOrigin[] = ['local', 'provisioned', 'claimed'];
const statuses: MemberStatus[] = ['invited', 'active', 'suspended', 'removed'];
const acts = Object.keys(memberActs) as MemberAct[];

describe('the life of a member', () => {
  const cases: [before: string, act: MemberAct, after: string | undefined, policy?: Partial<LifecyclePolicy>][] = [
    ['', 'asked-active', 'provisioned active'],
    ['', 'asked-active', 'provisioned invited', { invitation: 'required' }],
    ['', 'asked-inactive', 'provisioned suspended'],
    ['', 'asked-inactive', 'provisioned suspended', { deactivation: 'remove' }],
    ['', 'made-by-hand', 'local active'],
    ['', 'made-by-hand', 'local invited', { invitation: 'required' }],
    ['local active', 'asked-active', 'claimed active'],
    ['local suspended', 'asked-active', 'claimed active'],
    ['provisioned active', 'asked-inactive', 'provisioned suspended'],
    ['provisioned active', 'asked-inactive', 'provisioned removed', { deactivation: 'remove' }],
    ['provisioned invited', 'asked-active', 'provisioned invited'],
    ['provisioned suspended', 'asked-active', 'provisioned active'],
    ['provisioned suspended', 'asked-active', 'provisioned invited', { reactivation: 'invite' }],
    ['provisioned removed', 'asked-active', 'provisioned active'],
    ['provisioned removed', 'asked-active', 'provisioned invited', { reactivation: 'invite' }],
    ['provisioned active', 'asked-active', 'provisioned active', { reactivation: 'invite' }],
    ['claimed active', 'unlinked-by-hand', 'local active'],
    ['local active', 'unlinked-by-hand', undefined],
    ['local active', 'suspended-by-hand', 'local suspended'],
    ['local suspended', 'suspended-by-hand', undefined],
    ['local suspended', 'restored-by-hand', 'local active'],
    ['local active', 'restored-by-hand', undefined],
    ['provisioned removed', 'restored-by-hand', 'provisioned active'],
    ['', 'restored-by-hand', 'local active'],
    ['', 'suspended-by-hand', 'local suspended'],
    ['provisioned held', 'restored-by-hand', undefined],
    ['provisioned held', 'suspended-by-hand', undefined],
    ['provisioned invited', 'restored-by-hand', 'provisioned active'],
    ['provisioned suspended', 'invited-by-hand', 'provisioned invited'],
    ['provisioned removed', 'invited-by-hand', 'provisioned invited'],
    ['local active', 'invited-by-hand', undefined],
    ['', 'invited-by-hand', 'local invited'],
    ['local invited', 'accepted', 'local active'],
    ['local active', 'accepted', undefined],
    ['local active', 'removed-by-hand', 'local removed'],
    ['local removed', 'removed-by-hand', undefined],
    ['claimed suspended', 'disconnect-kept', 'local suspended'],
    ['local active', 'disconnect-kept', undefined],
    ['provisioned active', 'disconnect-suspended', 'local suspended'],
    ['provisioned invited', 'disconnect-suspended', 'local suspended'],
    ['local active', 'disconnect-suspended', undefined],
    ['provisioned active', 'disconnect-removed', 'provisioned removed'],
    ['local active', 'disconnect-removed', undefined],
    ['provisioned held', 'disconnect-kept', undefined],
  ];
  for (const [before, act, after, policy = {}] of cases) {
    const under = Object.entries(policy).map(([name, value]) => ` (${name} ${value})`);
    test(`${before || 'nobody'}, ${act}: ${after ?? 'cannot be'}${under.join('')}`, () => {
      const [origin, status] = before.split(' ') as [MemberOrigin, MemberStatus];
      const state = memberAfter(before === '' ? undefined : { origin, status }, act, { ...plainLife, ...policy });
      assert.equal(state && `${state.origin} ${state.status}`, after);
    });
  }

  test('what the provider says twice changes nothing the second time', () => {
    const asked = acts.filter((act) => act.startsWith('asked-'));
    for (const origin of origins) {
      for (const status of statuses) {
        for (const act of asked) {
          const once = memberAfter({ origin, status }, act);
          assert.deepEqual(memberAfter(once, act), once);
        }
      }
    }
  });

  test('only the provider, and an admin who restores or undoes, bring back who was removed', () => {
    const restoring: MemberAct[] = ['restored-by-hand', 'invited-by-hand'];
    for (const origin of origins) {
      for (const act of acts.filter((each) => !each.startsWith('asked-') && !restoring.includes(each))) {
        assert.equal(memberAfter({ origin, status: 'removed' }, act), undefined);
      }
    }
  });
});

describe('every act from every state', () => {
  const makesLocal: readonly MemberAct[] = ['unlinked-by-hand', 'disconnect-kept', 'disconnect-suspended'];
  const policies = ['suspend', 'remove'].flatMap((deactivation) =>
    ['restore', 'invite', 'fresh'].flatMap((reactivation) =>
      ['none', 'required'].map((invitation) => ({ deactivation, reactivation, invitation }) as LifecyclePolicy),
    ),
  );
  const states = [undefined, ...origins.flatMap((origin) => statuses.map((status) => ({ origin, status })))];

  test('is a state of its kind or cannot be, under every policy, and says where the person comes from as it should', () => {
    for (const policy of policies) {
      for (const before of states) {
        for (const act of acts) {
          const after = memberAfter(before, act, policy);
          if (after === undefined) continue;
          assert.ok(origins.includes(after.origin) && statuses.includes(after.status));
          const isOfProvider = act.startsWith('asked-');
          if (isOfProvider) assert.notEqual(after.origin, 'local', `${act} makes the person the provider's`);
          else if (before !== undefined && !makesLocal.includes(act)) assert.equal(after.origin, before.origin);
          if (after.origin === 'provisioned') assert.ok(before === undefined || before.origin === 'provisioned');
          if (after.status === 'invited') {
            assert.ok(
              act === 'invited-by-hand' ||
                before?.status === 'invited' ||
                policy.invitation === 'required' ||
                policy.reactivation === 'invite',
            );
          }
          if (act === 'asked-inactive') assert.notEqual(after.status, 'active');
          if (before?.status === 'invited' && after.status === 'active') {
            assert.ok(act === 'accepted' || act === 'restored-by-hand');
          }
        }
      }
    }
  });

  test('ends in one place, in whatever order: a story of random acts never leaves the states, nor comes back from removal but by the provider or by who restores', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc.array(fc.constantFrom(...acts), { maxLength: 30 }),
        (policy, story) => {
          let state: ReturnType<typeof memberAfter>;
          for (const act of story) {
            const next = memberAfter(state, act, policy);
            if (state?.status === 'removed' && next !== undefined)
              assert.match(act, /^(asked-|(restored|invited)-by-hand)/);
            state = next ?? state;
          }
        },
      ),
    );
  });

  test('is what the diagram draws, and the diagram draws nothing else', () => {
    const text = readFileSync(new URL('../../docs/reference/lifecycle.md', import.meta.url), 'utf8');
    const [members = '', teams = ''] = [...text.matchAll(/```mermaid\n([^`]*)```/g)].map(([, diagram]) => diagram);
    const drawn = (diagram: string) =>
      [...diagram.matchAll(/^ {2}(\S+) --> (\S+): (.*)$/gm)]
        .flatMap(([, from, to, names = '']) => names.split(', ').map((act) => `${from} ${act} ${to}`))
        .sort();
    const ofMembers = ([undefined, 'held', ...statuses] as const).flatMap((status) =>
      acts.flatMap((act) => {
        const after = memberAfter(status && { origin: 'provisioned', status }, act)?.status;
        return after === undefined || after === status ? [] : [`${status ?? '[*]'} ${act} ${after}`];
      }),
    );
    assert.deepEqual(drawn(members), ofMembers.sort());
    const ofTeams = ([undefined, 'local', 'synced', 'linked'] as const).flatMap((before) =>
      (Object.keys(teamActs) as (keyof typeof teamActs)[]).flatMap((act) => {
        const after = teamAfter(before, act);
        if (after === undefined || after === before) return [];
        return [`${before ?? '[*]'} ${act} ${after === 'removed' ? '[*]' : after}`];
      }),
    );
    assert.deepEqual(drawn(teams), ofTeams.sort());
  });
});

describe('the life of a team', () => {
  for (const [before, act, after] of [
    [undefined, 'asked-name', 'synced'],
    [undefined, 'made-by-hand', 'local'],
    ['local', 'asked-name', 'linked'],
    ['synced', 'asked-name', 'synced'],
    ['local', 'asked-removed', undefined],
    ['linked', 'asked-removed', 'removed'],
    ['linked', 'unlinked-by-hand', 'local'],
    ['local', 'unlinked-by-hand', undefined],
    ['synced', 'removed-by-hand', 'removed'],
  ] as const) {
    test(`${before ?? 'nothing'}, ${act}: ${after ?? 'cannot be'}`, () => assert.equal(teamAfter(before, act), after));
  }

  test('a team that is not there can only be made', () => {
    const possible = Object.keys(teamActs).filter((act) => teamAfter(undefined, act as keyof typeof teamActs));
    assert.deepEqual(possible, ['asked-name', 'made-by-hand', 'restored-by-hand']);
  });
});
