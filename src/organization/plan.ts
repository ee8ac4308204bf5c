/**
 * The one idea of Rollcall: every fact has a side that the identity provider asked for and a side that is in force, and
 * `plan` says what would bring the second in line with the first, each change with its reason. Applying the changes in
 * the transaction of a request is provisioning; showing them without applying is a preview.
 */

import { type AccessRules, type AccessSides, type LicenseChange, planAccess, type RoleChange } from './access.ts';
import type { LicenseRule } from './licenses.ts';
import {
  type LifecyclePolicy,
  type MemberAct,
  type MemberOrigin,
  type MemberStatus,
  memberAfter,
} from './lifecycle.ts';
import type { RoleRule } from './roles.ts';

export type { MemberStatus } from './lifecycle.ts';

/**
 * Who or what made something be asked: the provider by a request and the token it came with, or somebody by hand. Kept with
 * every reason.
 */
export type Source = {
  readonly request?: string;
  readonly token?: string;
  /** The events that were undone, where that made it so. */
  readonly undoes?: readonly number[];
  readonly by?: { readonly type: 'operator' | 'key' | 'member' | 'token' | 'link' | 'rollcall'; readonly id?: string };
};

/** The rules that put facts in force. Their names are stored and shown, so they are never renamed. */
export type Rule =
  | MemberAct
  | 'asked-profile' // the provider wrote the name or the e-mail address
  | 'asked-name' // the provider wrote the team's name
  | 'asked-member' // the provider put the person into the team
  | 'asked-no-member' // the provider took the person out of the team
  | 'member-by-hand' // an admin put the person into the team
  | 'no-member-by-hand' // an admin took the person out of the team
  | 'held' // asked for, and held back by the state of the connection
  | 'member-held' // asked to be in the team, but is not here yet
  | 'member-invited' // asked to be in the team, but has not accepted the invitation
  | 'member-suspended' // asked to be in the team, but is suspended
  | 'member-removed' // the person is gone
  | 'member-unlicensed' // asked to be in the team, but has no license
  | RoleRule
  | LicenseRule;

/** `team` is the team that a role or a license comes from. */
export type Reason = Source & { readonly rule: Rule; readonly team?: string };

export type Profile = { readonly name: string; readonly email: string | undefined };

/** A member's two sides. Nothing asked means that the provider deleted the person. */
export type MemberSides = {
  readonly id: string;
  readonly asked: ({ readonly active: boolean } & Profile) | undefined;
  /** Undefined for a person who is new. */
  readonly inForce: ({ readonly status: MemberStatus; readonly wasActive?: boolean | undefined } & Profile) | undefined;
  /** Where a person who is not new comes from: from the provider, if nothing is said. */
  readonly origin?: MemberOrigin;
  /** Whether the e-mail address that is asked waits for the person to confirm it. */
  readonly addressWaits?: boolean;
  /** What happens to the person, if it is not what the provider asks. */
  readonly act?: MemberAct;
};

/** A team's two sides. Nothing asked means that the provider deleted the group. */
export type TeamSides = {
  readonly id: string;
  readonly asked: { readonly name: string } | undefined;
  readonly inForce: { readonly name: string } | undefined;
};

/** One person in one team. `inForce` is undefined where there is no such membership yet. */
export type MembershipSides = {
  readonly teamId: string;
  readonly memberId: string;
  readonly asked: boolean;
  readonly inForce: boolean | undefined;
  /** The status of the person before this plan; what the plan itself changes is taken into account. */
  readonly memberStatus: MemberStatus;
  /** Whether the person has no license in an organization that uses them. What the plan changes is taken into account. */
  readonly memberUnlicensed?: boolean;
  /** Whether an admin says so, and not the provider. */
  readonly isByHand?: boolean;
  /** Why it ends, if neither the provider nor an admin says so of the person. */
  readonly ends?: Rule;
};

/** The roles and licenses of people, with the rules and the seats that there are. */
export type AccessOfPeople = {
  readonly people: readonly (AccessSides & { readonly memberStatus: MemberStatus })[];
  readonly rules: AccessRules;
  /** Free seats by license; undefined assumes that there are enough, which the database checks. */
  readonly freeSeats?: ReadonlyMap<string, number> | undefined;
  /** Whether those who wait for a seat are given one, if there is one. */
  readonly asksAgain?: boolean;
};

export type Sides = {
  readonly members?: readonly MemberSides[];
  readonly teams?: readonly TeamSides[];
  readonly memberships?: readonly MembershipSides[];
  readonly access?: AccessOfPeople;
  /** What the organization decides about the life of its members. */
  readonly life?: LifecyclePolicy;
};

export type Change =
  | { kind: 'member.status'; memberId: string; from: MemberStatus | undefined; to: MemberStatus; reason: Reason }
  | { kind: 'member.profile'; memberId: string; from: Profile | undefined; to: Profile; reason: Reason }
  | { kind: 'team.name'; teamId: string; from: string | undefined; to: string; reason: Reason }
  | { kind: 'team.removed'; teamId: string; reason: Reason }
  | { kind: 'membership'; teamId: string; memberId: string; from: boolean | undefined; to: boolean; reason: Reason }
  | (Omit<RoleChange, 'origin'> & { reason: Reason })
  | (Omit<LicenseChange, 'origin'> & { waitsFor: string | undefined; reason: Reason });

/**
 * The changes that bring what is in force in line with what was asked: people first, then teams, then memberships. A
 * plan that was applied plans to nothing. Deleted teams and people take their memberships with them; pass those too.
 */
export function plan(sides: Sides, source: Source): Change[] {
  const changes: Change[] = [];
  const becomes = new Map<string, MemberStatus>();
  for (const each of sides.members ?? []) {
    const member = each.inForce?.status === 'held' ? { ...each, inForce: undefined } : each;
    const { status, rule } = statusAsked(member, sides.life);
    becomes.set(member.id, status);
    const reason = { rule, ...source };
    if (status !== member.inForce?.status) {
      changes.push({ kind: 'member.status', memberId: member.id, from: member.inForce?.status, to: status, reason });
    }
    changes.push(...profileChange(member, source));
  }
  const unlicensed = new Map<string, boolean>();
  if (sides.access !== undefined) {
    for (const change of accessChanges(sides.access, becomes, source)) {
      changes.push(change);
      if (change.kind === 'member.license') unlicensed.set(change.memberId, isUnlicensed(sides.access, change.to));
    }
  }
  for (const team of sides.teams ?? []) {
    if (team.asked === undefined) {
      if (team.inForce !== undefined) {
        changes.push({ kind: 'team.removed', teamId: team.id, reason: { rule: 'asked-removed', ...source } });
      }
    } else if (team.asked.name !== team.inForce?.name) {
      const reason: Reason = { rule: 'asked-name', ...source };
      changes.push({ kind: 'team.name', teamId: team.id, from: team.inForce?.name, to: team.asked.name, reason });
    }
  }
  for (const membership of sides.memberships ?? []) {
    const { teamId, memberId, inForce: from, memberStatus, memberUnlicensed = false } = membership;
    const before = membershipAsked(membership, memberStatus, memberUnlicensed);
    const { inForce: to, rule } = membershipAsked(
      membership,
      becomes.get(memberId) ?? memberStatus,
      unlicensed.get(memberId) ?? memberUnlicensed,
    );
    // A person who waited for a team and is no longer asked for was not in force, and still something ends.
    const isNewOrEnds = membership.asked === (from === undefined);
    // Whoever goes on waiting waits for another reason where the person is suspended who was invited.
    const waitsOtherwise = from === false && !to && rule !== before.rule;
    if (isNewOrEnds || to !== (from ?? false) || waitsOtherwise) {
      changes.push({ kind: 'membership', teamId, memberId, from, to, reason: { rule, ...source } });
    }
  }
  return changes;
}

function statusAsked(
  { asked, inForce, origin = 'provisioned', act }: MemberSides,
  life: LifecyclePolicy | undefined,
): { status: MemberStatus; rule: MemberAct } {
  const rule = act ?? (asked === undefined ? 'asked-removed' : asked.active ? 'asked-active' : 'asked-inactive');
  const after = memberAfter(inForce && { origin, status: inForce.status, wasActive: inForce.wasActive }, rule, life);
  return { status: after?.status ?? 'removed', rule };
}

function profileChange({ id, asked, inForce, addressWaits, act }: MemberSides, source: Source): Change[] {
  if (asked === undefined) return [];
  const email = addressWaits === true ? inForce?.email : asked.email;
  if (asked.name === inForce?.name && email === inForce.email) return [];
  const from = inForce === undefined ? undefined : { name: inForce.name, email: inForce.email };
  const to = { name: asked.name, email };
  const rule = act === undefined ? 'asked-profile' : act === 'address-confirmed' ? act : 'edited-by-hand';
  return [{ kind: 'member.profile', memberId: id, from, to, reason: { rule, ...source } }];
}

function membershipAsked(
  { asked, isByHand = false, ends }: MembershipSides,
  status: MemberStatus,
  unlicensed: boolean,
): { inForce: boolean; rule: Rule } {
  if (!asked && status === 'removed') return { inForce: false, rule: 'member-removed' };
  if (!asked) return { inForce: false, rule: ends ?? (isByHand ? 'no-member-by-hand' : 'asked-no-member') };
  if (status !== 'active') return { inForce: false, rule: `member-${status}` };
  if (unlicensed) return { inForce: false, rule: 'member-unlicensed' };
  return { inForce: true, rule: isByHand ? 'member-by-hand' : 'asked-member' };
}

type AccessChange = Extract<Change, { kind: 'member.role' | 'member.license' }>;

/** Roles and licenses, each license with a seat as long as there are any: whoever comes first has one. */
function* accessChanges(
  { people, rules, freeSeats, asksAgain }: AccessOfPeople,
  becomes: ReadonlyMap<string, MemberStatus>,
  source: Source,
): Generator<AccessChange> {
  const planned = people.flatMap((person) => {
    const status = becomes.get(person.memberId) ?? person.memberStatus;
    return planAccess(person, status === 'active', rules, asksAgain);
  });
  const free = new Map(freeSeats);
  // Seats that this plan frees are there for those whom it gives one.
  for (const change of planned) {
    if (change.kind === 'member.license' && change.from?.license !== undefined) {
      free.set(change.from.license, (free.get(change.from.license) ?? 0) + 1);
    }
  }
  for (const { origin, ...change } of planned) {
    if (change.kind === 'member.role') {
      yield { ...change, reason: { ...origin, ...source } };
      continue;
    }
    const left = change.to === undefined || freeSeats === undefined ? 1 : (free.get(change.to) ?? 0);
    if (left <= 0) {
      if (change.from?.waitsFor === change.to) continue;
      yield { ...change, to: undefined, waitsFor: change.to, reason: { rule: 'no-seat', ...source } };
      continue;
    }
    if (change.to !== undefined) free.set(change.to, left - 1);
    yield { ...change, waitsFor: undefined, reason: { ...origin, ...source } };
  }
}

const isUnlicensed = ({ rules }: AccessOfPeople, license: string | undefined) =>
  rules.licenses.source !== 'none' && license === undefined;
