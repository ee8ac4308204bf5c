/**
 * An earlier state from the present one and from what happened since. Each event says what was before it, so a fact was what
 * the first event about it since then says was before, and what it is now if there is none.
 */
import type { PersonNow } from '../store/as-of-rows.ts';
import type { FeedEvent, FeedEventBody } from './feed.ts';

/** A person at an earlier moment. */
export type PersonThen = Omit<PersonNow, 'teams'> & {
  teams: { id: string; name: string; inForce: boolean }[];
};

/** What the first event about each fact of a person says was before. A fact without one is as it is now. */
type Before = Partial<Omit<PersonNow, 'id' | 'teams'>> & {
  isNew?: boolean;
  teams: Map<string, { name: string; state: MembershipState }>;
};

export type MembershipState = 'none' | 'waiting' | 'in';

/** Gathers, from events in their order, what was before them of some people. */
export type Rewinding = {
  /** Takes the next event. */
  take(event: FeedEvent): void;
  /**
   * Whoever was there: everyone of `now` and those who were removed since, but for those who came since. Of somebody who has no row
   * any more is known what the events say.
   */
  people(now: readonly PersonNow[]): PersonThen[];
};

/** Begins to rewind the people with these ids. */
export function rewinding(ids: readonly string[]): Rewinding {
  const wanted = new Set(ids);
  const found = new Map<string, Before>();
  const gone = new Map<string, PersonNow>();
  const of = (id: string): Before => {
    const before = found.get(id) ?? { teams: new Map() };
    found.set(id, before);
    return before;
  };
  /** Keeps what was said first. */
  const note = <Name extends keyof Before>(id: string, name: Name, value: Before[Name]) => {
    const before = of(id);
    if (!Object.hasOwn(before, name)) before[name] = value;
  };
  return {
    take(event) {
      switch (event.kind) {
        case 'member.created': {
          const { id } = event.data.member;
          // Whoever had a status before was there before. Of who is held it may be said already that they wait for a team.
          if (wanted.has(id) && found.get(id)?.status === undefined) note(id, 'isNew', true);
          break;
        }
        case 'member.suspended':
        case 'member.reactivated':
          if (wanted.has(event.data.member.id))
            note(event.data.member.id, 'status', event.data.before as PersonNow['status']);
          break;
        case 'member.removed': {
          const { member, before, name, email, role, customRoles } = event.data;
          if (!wanted.has(member.id)) break;
          note(member.id, 'status', before as PersonNow['status']);
          gone.set(member.id, {
            id: member.id,
            userName: member.userName,
            name: name ?? member.userName,
            email,
            origin: 'provisioned',
            status: before as PersonNow['status'],
            role: role ?? 'viewer',
            customRoles: customRoles ?? [],
            license: undefined,
            waitsFor: undefined,
            teams: [],
          });
          break;
        }
        case 'member.linked':
        case 'member.unlinked':
          if (wanted.has(event.data.member.id)) note(event.data.member.id, 'origin', event.data.before);
          break;
        case 'member.updated': {
          const { member, changed, inForce } = event.data;
          if (!wanted.has(member.id)) break;
          if (changed.userName?.before !== undefined) note(member.id, 'userName', String(changed.userName.before));
          if (inForce !== undefined) {
            note(member.id, 'name', inForce.before.name);
            note(member.id, 'email', inForce.before.email);
          }
          break;
        }
        case 'member.role_changed':
          for (const { member, before } of event.data.changes) {
            if (!wanted.has(member)) continue;
            note(member, 'role', before.role);
            note(member, 'customRoles', before.customRoles);
          }
          break;
        case 'member.license_changed':
          for (const { member, before } of event.data.changes) {
            if (!wanted.has(member)) continue;
            note(member, 'license', before.license);
            note(member, 'waitsFor', before.waitsFor);
          }
          break;
        case 'team.members_changed':
          for (const { memberId, before: state } of membershipSteps(event.data)) {
            if (!wanted.has(memberId)) continue;
            const { teams } = of(memberId);
            const { id, displayName: name } = event.data.team;
            if (!teams.has(id)) teams.set(id, { name, state });
          }
          break;
      }
    },
    people(now) {
      const rows = new Map([...gone, ...now.map((person) => [person.id, person] as const)]);
      return [...rows.values()]
        .filter(({ id }) => found.get(id)?.isNew !== true)
        .map((person) => before(person, found.get(person.id)))
        .sort((one, other) => (one.id < other.id ? -1 : 1));
    },
  };
}

function before(now: PersonNow, said: Before | undefined): PersonThen {
  const { teams: changed, isNew: _, ...facts }: Before = said ?? { teams: new Map() };
  const teams = now.teams.filter(({ id }) => !changed.has(id));
  for (const [id, { name, state }] of changed) {
    if (state !== 'none') teams.push({ id, name, inForce: state === 'in' });
  }
  return { ...now, ...facts, teams: teams.sort((one, other) => (one.id < other.id ? -1 : 1)) };
}

/** What an event about a team's people did to each of them. */
export function membershipSteps({
  added,
  removed,
  pending,
  waited = [],
}: Extract<FeedEventBody, { kind: 'team.members_changed' }>['data']): {
  memberId: string;
  before: MembershipState;
  after: MembershipState;
}[] {
  const hadWaited = new Set(waited);
  const waits = new Set(Object.values(pending).flat());
  const left = new Set(removed);
  const stepOf = (memberId: string, before: MembershipState, after: MembershipState) => ({
    memberId,
    before: hadWaited.has(memberId) ? ('waiting' as const) : before,
    after,
  });
  return [
    ...added.map((id) => stepOf(id, 'none', 'in')),
    ...removed.map((id) => stepOf(id, 'in', waits.has(id) ? 'waiting' : 'none')),
    ...[...waits].filter((id) => !left.has(id)).map((id) => stepOf(id, 'none', 'waiting')),
  ];
}
