/** Whose rights a change narrows. */
import { type LicenseSaying, licenseSaying, type Reach, reaches, reachOf } from '../organization/permissions.ts';
import type { Change, Reason } from '../organization/plan.ts';
import { type BuiltInRole, isAdministrative } from '../organization/roles.ts';
import { type PersonAccess, readAccess } from '../store/access-rows.ts';
import { readAdministering } from '../store/disconnect-rows.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/** Somebody whose rights reach less far than before. */
export type Narrowed = { memberId: string; before: Reach; after: Reach; reason: Reason };

/** What somebody may do. */
export const reachSays: Record<Reach, string> = {
  everything: 'what their roles allow',
  reading: 'only read',
  'own profile': 'only see their own profile',
};

/** What of a person decides how far their rights reach. */
type ReachSides = { role: BuiltInRole; license: LicenseSaying };

/** Somebody active whom changes give another role, license or reason for one, as they were and are after it. */
type AccessTurn = { memberId: string; before: ReachSides; after: ReachSides; reason: Reason };

/**
 * What a change comes to for the rights of people who are active before and after it, gathered step by step: of each the first and the
 * last that was said. Those are known by heart who have another role or license by it.
 */
export class NarrowingRights {
  readonly #turns = new Map<string, AccessTurn>();
  /** Who was not active before it, whatever becomes of what they come with. */
  readonly #new = new Set<string>();
  /** Who administered and is not active any more. */
  readonly #left = new Set<string>();

  /** Notes what becomes of people, as they are before these changes. */
  note(people: readonly PersonAccess[], changes: readonly Change[]): void {
    const changesOf = Map.groupBy(changes, (change) => ('memberId' in change ? change.memberId : ''));
    for (const person of people) {
      const { memberId, memberStatus } = person;
      const own = changesOf.get(memberId);
      if (own === undefined || this.#new.has(memberId)) continue;
      if (memberStatus !== 'active') {
        this.#new.add(memberId);
        continue;
      }
      if (own.some((change) => change.kind === 'member.status' && change.to !== 'active')) {
        this.#turns.delete(memberId);
        if (isAdministrative(person.inForce.role)) this.#left.add(memberId);
        continue;
      }
      const turn = turnOf(person, own);
      if (turn === undefined) continue;
      const { before } = this.#turns.get(memberId) ?? turn;
      this.#turns.set(memberId, { ...turn, before });
    }
  }

  /**
   * Whose rights are narrower by all that was noted. Where the organization has its first owner by it, admins no longer administer
   * whatever their license is, those too whom the change is not about.
   *
   * @param administrators how many own and administer the organization before it
   * @param counts by how much it changes that
   */
  async narrowed(
    tx: OrgTransaction,
    { owners: before }: { owners: number },
    { owners: more }: { owners: number },
  ): Promise<Narrowed[]> {
    const [hadOwner, hasOwner] = [before > 0, before + more > 0];
    const others = !hadOwner && hasOwner ? await this.#otherAdministrators(tx) : [];
    return [...this.#turns.values(), ...others].flatMap(({ memberId, before, after, reason }) => {
      const from = reachOf(before.role, before.license, hadOwner);
      const to = reachOf(after.role, after.license, hasOwner);
      return reaches.indexOf(to) > reaches.indexOf(from) ? [{ memberId, before: from, after: to, reason }] : [];
    });
  }

  /** Those who administer and of whom nothing was noted. */
  async #otherAdministrators(tx: OrgTransaction): Promise<AccessTurn[]> {
    const ids = (await readAdministering(tx)).filter((id) => !this.#turns.has(id) && !this.#left.has(id));
    return (await readAccess(tx, ids)).map((person) => {
      const sides = reachSides(person);
      return { memberId: person.memberId, before: sides, after: sides, reason: person.inForce.licenseOrigin };
    });
  }
}

const reachSides = ({ inForce: { role, license, licenseOrigin } }: PersonAccess): ReachSides => ({
  role,
  license: licenseSaying(license, licenseOrigin.rule),
});

function turnOf(person: PersonAccess, changes: readonly Change[]): AccessTurn | undefined {
  const before = reachSides(person);
  let after = before;
  let reason: Reason | undefined;
  for (const change of changes) {
    if (change.kind === 'member.role' && change.to.role !== before.role) {
      after = { ...after, role: change.to.role };
      reason = change.reason;
    } else if (change.kind === 'member.license') {
      const license = licenseSaying(change.to, change.reason.rule);
      if (license === before.license) continue;
      after = { ...after, license };
      reason = change.reason;
    }
  }
  return reason && { memberId: person.memberId, before, after, reason };
}
