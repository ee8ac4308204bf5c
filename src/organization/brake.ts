/**
 * The brake: how much of what removes people, teams and rights the provider may bring about in a time before the rest is held
 * for an admin to look at. A mistake in a directory, such as a group rule that matches nobody, comes as a flood of requests
 * each of which is right by itself; so what counts is their number.
 */
import { type LicenseRules, precedence } from './licenses.ts';
import type { Change } from './plan.ts';
import type { Policy } from './policy.ts';
import { isAdministrative, type RolesInForce } from './roles.ts';

/** What is counted, in the order in which the database keeps the counts. */
export const brakeKinds = ['deactivations', 'teamRemovals', 'emptiedTeams', 'lostAdmins', 'downgrades'] as const;
export type BrakeKind = (typeof brakeKinds)[number];

/** What the counts of a kind are a share of. */
export type BrakeBase = 'members' | 'teams' | 'admins';

/** Beyond which share, and at the latest beyond which count. */
export type BrakeLevel = { readonly share: number; readonly count: number };

type BrakeKindFacts = {
  /** What is counted, in words. */
  readonly counts: string;
  readonly of: BrakeBase;
  /** So many always pass: a small organization may lose a few without an alarm. */
  readonly floor: number;
  readonly levels: Readonly<Record<'normal' | 'strict' | 'loose', BrakeLevel>>;
};

/** A tenth of the people within a window is more than any organization lets go by itself. */
const ofPeople = {
  normal: { share: 10, count: 500 },
  strict: { share: 2, count: 50 },
  loose: { share: 30, count: 5_000 },
} as const;

/** The share is of those who are there, in percent. */
export const brakeFacts = {
  deactivations: {
    counts: 'people who are deactivated or deleted',
    of: 'members',
    floor: 10,
    levels: ofPeople,
  },
  teamRemovals: {
    counts: 'teams that are deleted',
    of: 'teams',
    floor: 3,
    levels: { normal: { share: 20, count: 50 }, strict: { share: 5, count: 10 }, loose: { share: 50, count: 500 } },
  },
  emptiedTeams: {
    counts: 'people who are taken out of teams',
    of: 'members',
    floor: 20,
    levels: {
      normal: { share: 20, count: 1_000 },
      strict: { share: 5, count: 100 },
      loose: { share: 60, count: 10_000 },
    },
  },
  lostAdmins: {
    counts: 'owners and admins who no longer administer',
    of: 'admins',
    floor: 1,
    levels: { normal: { share: 30, count: 5 }, strict: { share: 0, count: 1 }, loose: { share: 60, count: 20 } },
  },
  downgrades: {
    counts: 'people who lose their license or get a lesser one',
    of: 'members',
    floor: 10,
    levels: ofPeople,
  },
} as const satisfies Record<BrakeKind, BrakeKindFacts>;

/** The setting of the policy that each kind has. */
const brakeSettings = {
  deactivations: 'brakeDeactivations',
  teamRemovals: 'brakeTeamRemovals',
  emptiedTeams: 'brakeEmptiedTeams',
  lostAdmins: 'brakeLostAdmins',
  downgrades: 'brakeDowngrades',
} as const satisfies Record<BrakeKind, string>;

/** Of one request: taking more than this share of a team's people out of it empties the team. Percent. */
const emptyingShare = 50;

/** How many of each kind something brings about. Kinds that it does not touch are left out. */
export type BrakeCounts = { readonly [Kind in BrakeKind]?: number };

/** What the provider may bring about in a window. */
export type BrakeLimit = { readonly floor: number; readonly of: BrakeBase } & BrakeLevel;
export type BrakeLimits = { readonly [Kind in BrakeKind]?: BrakeLimit };

/** The limits that a policy sets; a kind whose setting is `off` has none. */
export function brakeLimits(policy: Policy): BrakeLimits {
  const limits: { [Kind in BrakeKind]?: BrakeLimit } = {};
  for (const kind of brakeKinds) {
    const level = policy[brakeSettings[kind]];
    if (level === 'off') continue;
    const { of, floor, levels } = brakeFacts[kind];
    limits[kind] = { of, floor, ...levels[level] };
  }
  return limits;
}

const minute = 60_000;
const windowsMs = { quarter: 15 * minute, hour: 60 * minute, day: 1_440 * minute } as const;

/** The length of the window. Milliseconds. */
export const brakeWindowMs = ({ brakeWindow }: Policy): number => windowsMs[brakeWindow];

/** How many may pass, given how many there are. */
const mostOf = ({ share, count, floor }: BrakeLimit, base: number): number =>
  Math.min(count, Math.max(floor, Math.floor((share * base) / 100)));

/** Counts of the window that has begun and of the one before it, as of its beginning. */
export type BrakeWindow = {
  readonly since: Date | undefined;
  readonly now: Readonly<Record<BrakeKind, number>>;
  readonly before: Readonly<Record<BrakeKind, number>>;
};

/**
 * How many of a kind count at a moment: those of the window that runs, and of the one before the part that is not longer ago than
 * one window, as if they had come evenly.
 */
function countedAt({ since, now, before }: BrakeWindow, windowMs: number, at: Date): (kind: BrakeKind) => number {
  const elapsedMs = since === undefined ? 2 * windowMs : Math.max(0, at.getTime() - since.getTime());
  const windows = Math.floor(elapsedMs / windowMs);
  const share = 1 - (elapsedMs - windows * windowMs) / windowMs;
  return (kind) => {
    if (windows === 0) return now[kind] + Math.floor(before[kind] * share);
    return windows === 1 ? Math.floor(now[kind] * share) : 0;
  };
}

/** What a window has let pass at a moment. */
export function passedAt(window: BrakeWindow, windowMs: number, at: Date): BrakeCounts {
  const count = countedAt(window, windowMs, at);
  return counted(Object.fromEntries(brakeKinds.map((kind) => [kind, count(kind)])));
}

/**
 * The kinds of which a change would be too much.
 *
 * @param base how many there are
 */
export function kindsOver(
  counts: BrakeCounts,
  window: BrakeWindow,
  { limits, windowMs, base, at }: { limits: BrakeLimits; windowMs: number; base: Record<BrakeBase, number>; at: Date },
): BrakeKind[] {
  const passed = countedAt(window, windowMs, at);
  return brakeKinds.filter((kind) => {
    const limit = limits[kind];
    const count = counts[kind] ?? 0;
    if (limit === undefined || count === 0) return false;
    return passed(kind) + count > mostOf(limit, base[limit.of]);
  });
}

/** Whether a request takes so many of a team's people out of it that it empties the team, whatever else happens. */
export const empties = (leaving: number, before: number): boolean => leaving * 100 > before * emptyingShare;

/** What a plan takes out of force, by the rules that make licenses lesser ones. `roleOf` says what somebody is until then. */
export function brakeCounts(
  changes: readonly Change[],
  licenses: LicenseRules,
  roleOf: (memberId: string) => RolesInForce['role'] | undefined,
): BrakeCounts {
  const gone = new Set<string>();
  const lost = new Set<string>();
  let downgrades = 0;
  for (const change of changes) {
    if (change.kind === 'member.status') {
      const isOut = change.from === 'active' && (change.to === 'suspended' || change.to === 'removed');
      if (!isOut) continue;
      gone.add(change.memberId);
      const role = roleOf(change.memberId);
      if (role !== undefined && isAdministrative(role)) lost.add(change.memberId);
    } else if (change.kind === 'member.role') {
      const { memberId, from, to } = change;
      if (from !== undefined && isAdministrative(from.role) && !isAdministrative(to.role)) lost.add(memberId);
    }
  }
  for (const change of changes) {
    if (change.kind !== 'member.license' || gone.has(change.memberId)) continue;
    const { from, to } = change;
    if (from?.license !== undefined && (to === undefined || precedence(licenses, from.license, to) < 0)) downgrades++;
  }
  return counted({ deactivations: gone.size, lostAdmins: lost.size, downgrades });
}

/** Without the kinds of which there are none. */
export const counted = (counts: BrakeCounts): BrakeCounts =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

/** What two changes bring about together. */
export const sumOfCounts = (one: BrakeCounts, other: BrakeCounts): BrakeCounts =>
  Object.fromEntries(
    brakeKinds.flatMap((kind) => {
      const count = (one[kind] ?? 0) + (other[kind] ?? 0);
      return count === 0 ? [] : [[kind, count]];
    }),
  );

/** What a level lets pass, in words. */
export function levelSays(kind: BrakeKind, level: BrakeLevel): string {
  const { of, floor } = brakeFacts[kind];
  const there = { members: 'the people', teams: 'the teams', admins: 'those who administer' }[of];
  if (level.share === 0) return `beyond ${level.count}`;
  return `beyond ${level.share} % of ${there}, but not below ${floor}, and beyond ${level.count} in any case`;
}
