/** The facts that can be put back, and what events say that was before and after them. */
import type { Reason } from '../organization/plan.ts';
import type { FeedEvent } from './feed.ts';
import { membershipSteps } from './rewind.ts';

/** A fact that can be put back: of a person, of a team, or of a person in a team. */
export type FactRef =
  | { fact: 'status' | 'profile' | 'origin' | 'invitation' | 'role' | 'license'; member: string }
  | { fact: 'membership'; member: string; team: string }
  | { fact: 'name' | 'gives'; team: string };

/**
 * A value as text: a status, `in` or `out`, a name; of an invitation `open` or `over`; of a profile and of what a team gives
 * the JSON of it. Null is none.
 */
export type FactValue = string | null;

/** What an event says that was before and after it of one fact, and its number. */
export type Step = { ref: FactRef; before: FactValue; after: FactValue; seq: number };

/**
 * What an event says that was before and after it, of facts that can be put back.
 *
 * @param returned ids of people and teams who are known to have been removed under another id before
 */
export function stepsOf(event: FeedEvent, returned: ReadonlySet<string> = new Set()): Step[] {
  const { seq } = event;
  switch (event.kind) {
    case 'member.created': {
      // Whoever was made is taken out of force, and not out of the organization; whoever an admin brought back goes again.
      const { id } = event.data.member;
      const before = isBroughtBack(event.data) || returned.has(id) ? 'removed' : 'suspended';
      return [{ ref: statusOf(id), before, after: event.data.status, seq }];
    }
    case 'member.removed':
      return [{ ref: statusOf(event.data.member.id), before: event.data.before, after: 'removed', seq }];
    case 'member.suspended':
    case 'member.reactivated':
      return [{ ref: statusOf(event.data.member.id), before: event.data.before, after: event.data.after, seq }];
    case 'member.invitation_withdrawn':
      return [{ ref: { fact: 'invitation', member: event.data.member.id }, before: 'open', after: 'over', seq }];
    case 'member.linked':
    case 'member.unlinked': {
      const { member, before, after } = event.data;
      return isParting(event) ? [{ ref: { fact: 'origin', member: member.id }, before, after, seq }] : [];
    }
    case 'member.updated': {
      const { member, inForce } = event.data;
      if (inForce === undefined) return [];
      const ref = { fact: 'profile' as const, member: member.id };
      return [{ ref, before: profileText(inForce.before), after: profileText(inForce.after), seq }];
    }
    case 'member.given': {
      const { member, role, license } = event.data;
      const given = (fact: 'role' | 'license', of: { before?: string; after?: string } | undefined): Step[] =>
        of === undefined ? [] : [{ ref: { fact, member }, before: of.before ?? null, after: of.after ?? null, seq }];
      return [...given('role', role), ...given('license', license)];
    }
    case 'team.members_changed': {
      const team = event.data.team.id;
      return membershipSteps(event.data).flatMap(({ memberId: member, before, after }) => {
        const [was, is] = [before, after].map((state) => (state === 'none' ? 'out' : 'in')) as [string, string];
        return was === is ? [] : [{ ref: { fact: 'membership' as const, member, team }, before: was, after: is, seq }];
      });
    }
    case 'team.updated': {
      const { team, inForce } = event.data;
      if (inForce === undefined) return [];
      return [{ ref: { fact: 'name', team: team.id }, before: inForce.before, after: inForce.after, seq }];
    }
    case 'team.removed': {
      const { id, displayName } = event.data.team;
      return [{ ref: { fact: 'name', team: id }, before: displayName, after: null, seq }];
    }
    case 'team.created': {
      const { id, displayName } = event.data.team;
      if (!isByHand(event.data) && !returned.has(id)) return [];
      return [{ ref: { fact: 'name', team: id }, before: null, after: displayName, seq }];
    }
    case 'team.mapped': {
      const { team, before, after } = event.data;
      return [{ ref: { fact: 'gives', team: team.id }, before: givesText(before), after: givesText(after), seq }];
    }
    default:
      return [];
  }
}

/**
 * The same of many events, in their order. Whoever was removed and came back under another id within them, and a team that did, is one
 * and the same: what happened before and after is said of the last of the ids, so that a return undoes the removal.
 */
export function stepsAcross(events: readonly FeedEvent[]): Map<FeedEvent, Step[]> {
  const removed = new Set<string>();
  const next = new Map<string, string>();
  for (const { kind, data } of events) {
    if (kind === 'member.removed') removed.add(data.member.id);
    else if (kind === 'team.removed') removed.add(data.team.id);
    else if ((kind === 'member.created' || kind === 'team.created') && removed.has(data.returns ?? '')) {
      next.set(data.returns as string, kind === 'member.created' ? data.member.id : data.team.id);
    }
  }
  const last = (id: string): string => {
    const later = next.get(id);
    return later === undefined ? id : last(later);
  };
  const returned = new Set(next.values());
  return new Map(
    events.map((event) => [
      event,
      stepsOf(event, returned).map((step) => {
        const ref = { ...step.ref };
        if ('member' in ref) ref.member = last(ref.member);
        if ('team' in ref) ref.team = last(ref.team);
        return { ...step, ref };
      }),
    ]),
  );
}

/** Whether an admin made it, and not the provider. */
export const isByHand = ({ reason }: { reason: Reason }) => reason.rule.endsWith('-by-hand');

/** Whether an admin has parted somebody from the provider, or has undone that. Whom a disconnecting has parted nobody manages any more. */
export const isParting = (event: Extract<FeedEvent, { kind: 'member.linked' | 'member.unlinked' }>) =>
  event.kind === 'member.unlinked' ? event.data.reason === undefined : event.undoes !== undefined;

const isBroughtBack = (data: { returns?: string; reason: Reason }) => data.returns !== undefined && isByHand(data);

const statusOf = (member: string): FactRef => ({ fact: 'status', member });

/** A name and an address in force as one value. */
export const profileText = ({ name, email }: { name: string; email?: string | undefined }) =>
  JSON.stringify({ name, email: email ?? null });

export type TeamGives = { role: string | null; license: string | null };

/** What a team gives as one value. */
export const givesText = ({ role, license }: TeamGives) => JSON.stringify({ role, license });

export const givesOf = (value: FactValue) => JSON.parse(value as string) as TeamGives;

/** A value in words. A team without a name is removed. */
export function valueText(fact: FactRef['fact'], value: FactValue): string {
  if (fact === 'name') return value ?? 'removed';
  if (value === null) return 'none';
  if (fact === 'gives') {
    const { role, license } = givesOf(value);
    return [role && `role ${role}`, license && `license ${license}`].filter(Boolean).join(' and ') || 'nothing';
  }
  if (fact !== 'profile') return value;
  const { name, email } = JSON.parse(value) as { name: string; email: string | null };
  return email === null || email === name ? name : `${name} <${email}>`;
}
