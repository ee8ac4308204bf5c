/** Whose rights a change of roles and licenses narrows. */
import { type Reach, reaches, reachOf } from '../organization/permissions.ts';
import type { Reason } from '../organization/plan.ts';
import { readAccess } from '../store/access-rows.ts';
import { readAdministering } from '../store/disconnect-rows.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type AccessTurn, reachSides } from './access-in-force.ts';

/** Somebody whose rights reach less far than before. */
export type Narrowed = { memberId: string; before: Reach; after: Reach; reason: Reason };

/** What somebody may do. */
export const reachSays: Record<Reach, string> = {
  everything: 'what their roles allow',
  reading: 'only read',
  'own profile': 'only see their own profile',
};

/**
 * Whose rights are narrower after a change, each with the first and the last of what was said of them. Where the organization has
 * its first owner by it, admins no longer administer whatever their license is, those too whom the change is not about.
 *
 * @param administrators how many own and administer the organization before it
 * @param counts by how much it changes that
 */
export async function narrowedBy(
  tx: OrgTransaction,
  turns: readonly AccessTurn[],
  { owners: before }: { owners: number },
  { owners: more }: { owners: number },
): Promise<Narrowed[]> {
  const [hadOwner, hasOwner] = [before > 0, before + more > 0];
  const known = new Map<string, AccessTurn>();
  for (const turn of turns)
    known.set(turn.memberId, { ...turn, before: known.get(turn.memberId)?.before ?? turn.before });
  if (!hadOwner && hasOwner) {
    const others = (await readAdministering(tx)).filter((id) => !known.has(id));
    for (const person of await readAccess(tx, others)) {
      const sides = reachSides(person);
      known.set(person.memberId, {
        memberId: person.memberId,
        before: sides,
        after: sides,
        reason: person.inForce.licenseOrigin,
      });
    }
  }
  return [...known.values()].flatMap(({ memberId, before, after, reason }) => {
    const from = reachOf(before.role, before.license, hadOwner);
    const to = reachOf(after.role, after.license, hasOwner);
    return reaches.indexOf(to) > reaches.indexOf(from) ? [{ memberId, before: from, after: to, reason }] : [];
  });
}
