/** The facts that can be put back, and what events say that was before and after them. */
import type { Reason } from '../organization/plan.ts';
import type { FeedEvent } from './feed.ts';
import { membershipSteps } from './rewind.ts';

/** A fact that can be put back: of a person, of a team, or of a person in a team. */
export type FactRef =
  | { fact: 'status' | 'profile' | 'origin' | 'invitation' | 'role' | 'license'; member: string }
  | { fact: 'membership'; member: string; team: string }
  | { fact: 'name' | 'gives'; team: string };

/** A value as text: a status, `in` or `out`, a name; of an invitation `open` or `over`; of a profile and of what a team gives the JSON of it. Null is none. */
export type FactValue = string | null;

/** What an event says that was before and after it of one fact, and its number. */
export type Step = { ref: FactRef; before: FactValue; after: FactValue; seq: number };

/** What an event says that was before and after it, of facts that can be put back. */
export function stepsOf(event: FeedEvent): Step[] {
  const { seq } = event;
  switch (event.kind) {
    case 'member.created': {
      // Whoever was made is taken out of force, and not out of the organization; whoever an admin brought back goes again.
      const before = isBroughtBack(event.data) ? 'removed' : 'suspended';
      return [{ ref: statusOf(event.data.member.id), before, after: event.data.status, seq }];
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
      if (!isByHand(event.data)) return [];
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

/** What a team gives as one value. */
export const givesText = ({ role, license }: { role: string | null; license: string | null }) =>
  JSON.stringify({ role, license });
