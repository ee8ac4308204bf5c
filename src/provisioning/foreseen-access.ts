import type { AccessInForce } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import type { MembershipChange } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { ForeseenLine } from './foreseen-line.ts';

/**
 * What a change of roles and licenses has come to so far that is only planned: no row of a person is written or locked for it, so that
 * nobody's change waits for a plan. Those are known by heart whom a later step finds again, since they wait for a seat or did.
 */
export class ForeseenAccess {
  readonly #line: ForeseenLine;
  readonly #known = new Map<string, AccessInForce>();
  /** Of those people, by `<team> <member>`. */
  readonly #memberships = new Map<string, boolean>();

  constructor(tx: OrgTransaction) {
    this.#line = new ForeseenLine(tx);
  }

  /** The first who would wait for a license by now. */
  async waiting(license: string, limit: number): Promise<string[]> {
    return await this.#line.take(license, limit);
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
      this.#line.move(memberId, inForce.waitsFor, after.waitsFor);
      if (after.waitsFor !== undefined || inForce.waitsFor !== undefined) this.#known.set(memberId, after);
    }
  }

  /** Takes changes of memberships for done. */
  noteMemberships(changes: readonly MembershipChange[]): void {
    for (const change of changes) {
      if (this.#known.has(change.memberId)) this.#memberships.set(keyOf(change), change.to === true);
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
