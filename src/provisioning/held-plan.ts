/** The plan over what is held: what letting it go brings about, shown or carried out. */
import type { AccessRules } from '../organization/access.ts';
import { addressWaits } from '../organization/address-change.ts';
import { licenseAsked } from '../organization/licenses.ts';
import { managed, managedTeam } from '../organization/lifecycle.ts';
import { type Change, plan, type Source } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { ruleSays, whySays } from '../organization/rules.ts';
import type { HeldPerson } from '../store/held-rows.ts';
import type { HeldTeam } from '../store/held-team-rows.ts';
import { isUnlicensed } from './access-of-request.ts';
import { profileOf } from './asked-member.ts';
import { isHeldClaim } from './link-member.ts';
import { memberSides } from './member-in-force.ts';
import { type Narrowed, reachSays } from './narrowed-rights.ts';

/** What a plan over held people is made with. */
export type HeldContext = {
  readonly rules: AccessRules;
  readonly policy: Policy;
  /** The domains that the organization has verified. */
  readonly domains: readonly string[];
  /** Free seats by license. */
  readonly freeSeats: ReadonlyMap<string, number>;
};

/** Whether a person is to go. */
export const isGoing = ({ source, isAskedFor }: HeldPerson) => source !== undefined && !isAskedFor;

/** Whether a person is here once the batch is let go, and was not before. */
export const isComing = ({ source, isAskedFor, inForce }: HeldPerson) =>
  source !== undefined && isAskedFor && inForce.status === 'held';

/** Whether the name and the address in force stay, whatever was asked. */
const staysCalled = ({ act, inForce }: HeldPerson) => act !== undefined && inForce.status !== 'held';

/** Where a person comes from once the batch is let go. */
export const memberOriginAfter = ({ act, origin }: HeldPerson) => (act === undefined ? managed(origin) : origin);

/** The address that has to be confirmed by a person before it is in force (K3). */
export function waitingAddress(
  person: HeldPerson,
  { policy, domains }: Pick<HeldContext, 'policy' | 'domains'>,
): string | undefined {
  const { scim, inForce, source, isAskedFor, waiting } = person;
  if (source === undefined || !isAskedFor) return undefined;
  if (staysCalled(person)) return waiting?.address;
  const { email, status } = inForce;
  const asked = profileOf(scim).email;
  return addressWaits({ asked, inForce: email, status }, policy, domains) ? asked : undefined;
}

/** The addresses of people that wait for their confirmation from now on, and those that no longer do. */
export function addressItems(
  people: readonly HeldPerson[],
  context: Pick<HeldContext, 'policy' | 'domains'>,
): HeldItem[] {
  return people.flatMap((person): HeldItem[] => {
    const { id, scim, source, waiting } = person;
    const to = waitingAddress(person, context);
    if (source === undefined || isGoing(person) || to === waiting?.address) return [];
    const rule = 'asked-profile';
    const what = { kind: 'member.waiting_address', id, name: scim.userName as string } as const;
    return [
      { ...what, from: waiting?.address ?? null, to: to ?? null, reason: { rule, ...source }, because: ruleSays[rule] },
    ];
  });
}

/** The changes that bring people in line with what was asked of them, each with the request that asked. */
export function planPeople(people: readonly HeldPerson[], context: HeldContext): Change[] {
  const { rules, policy, freeSeats } = context;
  const changes = plan(
    {
      members: people.flatMap((person) => {
        const { id, scim, askedActive, isAskedFor, inForce, origin, source, act } = person;
        if (source === undefined) return [];
        const asked = {
          active: askedActive,
          profile: staysCalled(person) ? { name: inForce.name, email: inForce.email } : profileOf(scim),
        };
        const waits = waitingAddress(person, context) !== undefined;
        const sides = isAskedFor
          ? memberSides(id, asked, inForce, origin, waits)
          : { id, asked: undefined, inForce, origin };
        return [act === undefined ? sides : { ...sides, act }];
      }),
      memberships: people.flatMap((person) =>
        person.memberships.map(({ teamId, memberId, asked, inForce, isByHand, source, endsBy }) => ({
          teamId,
          memberId,
          asked: asked && !isGoing(person),
          // A membership that begins was not there before, for whoever follows what is in force, and neither was one of somebody who comes.
          inForce: asked && !isGoing(person) && (source !== undefined || isComing(person)) ? undefined : inForce,
          isByHand,
          ...(endsBy && { ends: endsBy }),
          memberStatus: person.inForce.status,
          memberUnlicensed: isUnlicensed(person.access, rules),
        })),
      ),
      access: { people: people.map(accessOf), rules, freeSeats },
      life: policy,
    },
    {},
  );
  const sources = new Map<string, Source>();
  for (const { id, source, memberships } of people) {
    if (source !== undefined) sources.set(id, source);
    for (const each of memberships) if (each.source !== undefined) sources.set(`${each.teamId} ${id}`, each.source);
    // What else changes for a person of whom only memberships are held changes for their sake.
    if (source === undefined) sources.set(id, memberships.find((each) => each.source !== undefined)?.source ?? {});
  }
  return changes.map((change) => {
    if (!('memberId' in change)) return change;
    const own = change.kind === 'membership' ? sources.get(`${change.teamId} ${change.memberId}`) : undefined;
    return { ...change, reason: { ...change.reason, ...(own ?? sources.get(change.memberId)) } };
  });
}

/** A person's roles and license with what the provider asks by the license attribute, if that is let go. */
export function accessOf({ access, scim, source }: HeldPerson): HeldPerson['access'] {
  if (source === undefined) return access;
  return { ...access, licenseClaims: { ...access.licenseClaims, byAttribute: licenseAsked(scim) } };
}

/** The changes of the names of teams that are asked for, and the end of those that are not. */
export function planTeams(teams: readonly HeldTeam[], which: 'asked' | 'gone'): Change[] {
  return teams.flatMap((team) =>
    plan(
      {
        teams: [
          {
            id: team.id,
            asked: which === 'asked' ? { name: team.askedName } : undefined,
            inForce: team.inForceName === undefined ? undefined : { name: team.inForceName },
          },
        ],
      },
      team.source,
    ),
  );
}

/** Teams as they are to get their names: behind those of them that leave these names. Of teams that change names some comes first. */
export function inOrderOfNames<T extends Pick<HeldTeam, 'inForceNameKey' | 'askedNameKey'>>(teams: readonly T[]): T[] {
  const leaving = new Map(teams.map((team) => [team.inForceNameKey, team]));
  const inOrder = new Set<T>();
  for (const first of teams) {
    const path = new Set<T>();
    for (let team: T | undefined = first; team !== undefined && !inOrder.has(team) && !path.has(team); ) {
      path.add(team);
      team = leaving.get(team.askedNameKey);
    }
    for (const team of [...path].reverse()) inOrder.add(team);
  }
  return [...inOrder];
}

/** Where a team comes from once its batch is let go. */
export const teamOriginAfter = ({ origin }: HeldTeam) => managedTeam(origin);

/** What of a person or a team changes when the connection ends: whose they are. */
export type PartingKind = 'member.origin' | 'member.handed_over' | 'team.origin' | 'team.handed_over';

/** Something that a plan would change: what of whom, from what to what, and why. */
export type HeldItem = {
  kind:
    | Change['kind']
    | PartingKind
    | LinkKind
    | 'member.waiting_address'
    | 'member.rights_narrowed'
    | 'held.discarded';
  id: string;
  name: string;
  team?: { id: string; name: string };
  from: string | null;
  to: string | null;
  reason: Change['reason'];
  /** The reason in words. */
  because: string;
  /** Why it does not happen and stays held, in words; only where it does. */
  refusal?: string;
};

/** Whom and what the provider takes over by what is let go. */
export type LinkKind = 'member.linked' | 'team.linked';

/** The people whom the provider takes over, before anything else of them. */
export const linkItems = (people: readonly HeldPerson[]): HeldItem[] =>
  people.filter(isHeldClaim).map(({ id, scim, origin, askedActive, source }) => ({
    kind: 'member.linked',
    id,
    name: scim.userName as string,
    from: origin === 'local' ? 'local' : 'handed over',
    to: managed(origin),
    reason: { rule: askedActive ? 'asked-active' : 'asked-inactive', ...source },
    because: 'the provider takes the person over',
  }));

/** The local teams that the provider takes over. */
export const teamLinkItems = (teams: readonly HeldTeam[]): HeldItem[] =>
  teams
    .filter(({ origin }) => origin === 'local')
    .map((team) => ({
      kind: 'team.linked',
      id: team.id,
      name: team.inForceName ?? team.askedName,
      from: 'local',
      to: teamOriginAfter(team),
      reason: { rule: 'asked-name', ...team.source },
      because: 'the provider takes the team over',
    }));

/** Whose rights are narrower by a plan. */
export const narrowedItem = ({ memberId, before, after, reason }: Narrowed, name: string): HeldItem => ({
  kind: 'member.rights_narrowed',
  id: memberId,
  name,
  from: reachSays[before],
  to: reachSays[after],
  reason,
  because: ruleSays[reason.rule],
});

/** What only follows from what is asked, by rules that may be others by then. */
const following: readonly HeldItem['kind'][] = ['member.role', 'member.license', 'member.rights_narrowed'];

/** What was to come and is discarded: `to` is what it would have come to. */
export const discarded = (items: readonly HeldItem[]): HeldItem[] =>
  items
    .filter(({ kind }) => !following.includes(kind))
    .map(({ refusal: _, ...item }) => ({
      ...item,
      kind: 'held.discarded',
      because: `${item.because}; this is held, and is discarded with the connection`,
    }));

/** Items of what does not happen, with why. */
export const refused = (items: readonly HeldItem[], refusal: string): HeldItem[] =>
  items.map((item) => ({ ...item, refusal }));

/** The changes of a plan as people read them, without those that only give another reason. */
export function itemsOf(
  changes: readonly Change[],
  { people, teams }: { people: readonly HeldPerson[]; teams: readonly HeldTeam[] },
): HeldItem[] {
  return itemsNamed(changes, {
    people: new Map(people.map(({ id, scim }) => [id, scim.userName as string])),
    teams: new Map([
      ...people.flatMap(({ memberships }) => memberships.map(({ teamId, teamName }) => [teamId, teamName] as const)),
      ...teams.map(({ id, askedName, inForceName }) => [id, inForceName ?? askedName] as const),
    ]),
  });
}

/** The names of people and teams by their ids. */
export type Names = { readonly people: ReadonlyMap<string, string>; readonly teams: ReadonlyMap<string, string> };

/** The same of changes whose people and teams have these names. */
export function itemsNamed(changes: readonly Change[], { people: personNames, teams: teamNames }: Names): HeldItem[] {
  const item = (change: Change, id: string, name: string, from: string | null, to: string | null): HeldItem => ({
    kind: change.kind,
    id,
    name,
    from,
    to,
    reason: change.reason,
    because: whySays(change.kind, change.reason),
  });
  const items = changes.map((change): HeldItem => {
    switch (change.kind) {
      case 'team.name':
        return item(change, change.teamId, teamNames.get(change.teamId) ?? '', change.from ?? null, change.to);
      case 'team.removed':
        return item(
          change,
          change.teamId,
          teamNames.get(change.teamId) ?? '',
          teamNames.get(change.teamId) ?? '',
          null,
        );
      default: {
        const name = personNames.get(change.memberId) ?? '';
        const shown = item(change, change.memberId, name, ...sidesOf(change));
        if (change.kind !== 'membership') return shown;
        return { ...shown, team: { id: change.teamId, name: teamNames.get(change.teamId) ?? '' } };
      }
    }
  });
  return items.filter(({ from, to }) => from !== to);
}

function sidesOf(change: Exclude<Change, { kind: 'team.name' | 'team.removed' }>): [string | null, string | null] {
  switch (change.kind) {
    case 'member.status':
      return [change.from ?? null, change.to];
    case 'member.profile':
      return [profileText(change.from), profileText(change.to)];
    case 'member.role':
      return [change.from === undefined ? null : rolesText(change.from), rolesText(change.to)];
    case 'member.license':
      return [change.from?.license ?? waiting(change.from?.waitsFor), change.to ?? waiting(change.waitsFor)];
    case 'membership': {
      const to = change.to ? 'in' : waitingOrOut(change.reason.rule);
      // Who goes on waiting for another reason is where they were.
      return [change.from === false && to === 'waits' ? to : inOrOut(change.from ?? false), to];
    }
  }
}

const profileText = (profile: { name: string; email: string | undefined } | undefined) =>
  profile === undefined ? null : `${profile.name}${profile.email === undefined ? '' : ` <${profile.email}>`}`;
const rolesText = ({ role, customRoles }: { role: string; customRoles: readonly string[] }) =>
  [role, ...customRoles].join(', ');
const waiting = (license: string | undefined) => (license === undefined ? null : `waits for ${license}`);
const inOrOut = (isIn: boolean) => (isIn ? 'in' : 'out');
const waitingOrOut = (rule: string) =>
  rule === 'member-suspended' || rule === 'member-invited' || rule === 'member-unlicensed' ? 'waits' : 'out';
