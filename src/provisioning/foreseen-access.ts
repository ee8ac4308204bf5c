import type { AccessInForce } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import type { MembershipChange } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { PeopleByNow } from '../store/trial-state.ts';
import { ForeseenLine } from './foreseen-line.ts';

/**
 * What a change of roles and licenses has come to so far that is only planned: no row of a person is written or locked for it, so that
 * nobody's change waits for a plan. Those are known by heart whom a later step finds again, since they wait for a seat or did; all who
 * have another role or license by it, where something follows on the change that may be about anybody.
 */
export class ForeseenAccess {
  /** Those who would wait for seats by now. */
  readonly line: ForeseenLine;
  readonly #knowsAll: boolean;
  readonly #known = new Map<string, AccessInForce>();
  /** Of those people, by `<team> <member>`. */
  readonly #memberships = new Map<string, boolean>();

  constructor(tx: OrgTransaction, { knowsAll = false } = {}) {
    this.line = new ForeseenLine(tx);
    this.#knowsAll = knowsAll;
  }

  /** What is in force by now of those who are known. */
  get people(): PeopleByNow {
    return { access: this.#known, memberships: this.#memberships };
  }

  /** The first who would wait for a license by now. */
  async waiting(license: string, limit: number): Promise<string[]> {
    return await this.line.take(license, limit);
  }

  /** People as they would be by now. */
  asByNow(people: readonly PersonAccess[]): PersonAccess[] {
    return people.map((person) => ({ ...person, inForce: this.#known.get(person.memberId) ?? person.inForce }));
  }

  /** Memberships as they would be by now. */
  membershipsByNow<M extends { teamId: string; memberId: string; inForce: boolean }>(stored: readonly M[]): M[] {
    return stored.map((each) => ({ ...each, inForce: this.#memberships.get(keyOf(each)) ?? each.inForce }));
  }

  /** Takes changes of roles and licenses for done; `people` are as they were before. */
  note(people: readonly PersonAccess[], changes: readonly Change[]): void {
    const changesOf = Map.groupBy(changes, (change) => ('memberId' in change ? change.memberId : ''));
    for (const { memberId, inForce } of people) {
      const after = accessAfter(inForce, changesOf.get(memberId) ?? []);
      this.line.move(memberId, inForce.waitsFor, after.waitsFor);
      const isKnown = after.waitsFor !== undefined || inForce.waitsFor !== undefined;
      if (isKnown || (this.#knowsAll && after !== inForce)) this.#known.set(memberId, after);
    }
  }

  /** Takes changes of memberships for done. */
  noteMemberships(changes: readonly MembershipChange[]): void {
    for (const change of changes) {
      if (this.#knowsAll || this.#known.has(change.memberId)) this.#memberships.set(keyOf(change), change.to === true);
    }
  }
}

const keyOf = ({ teamId, memberId }: { teamId: string; memberId: string }) => `${teamId} ${memberId}`;

/** The roles and the license of somebody after changes. */
export function accessAfter(before: AccessInForce, changes: readonly Change[]): AccessInForce {
  let access = before;
  for (const change of changes) {
    if (change.kind === 'member.role') {
      const { to, reason } = change;
      access = { ...access, ...to, roleOrigin: reason as AccessInForce['roleOrigin'] };
    } else if (change.kind === 'member.license') {
      const { to: license, waitsFor, reason } = change;
      access = { ...access, license, waitsFor, licenseOrigin: reason as AccessInForce['licenseOrigin'] };
    }
  }
  return access;
}
