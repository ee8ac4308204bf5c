/** What an admin should know who lets there be fewer of something than there are: nothing that is there ends by it. */
import { breakGlassMost, type Policy } from '../organization/policy.ts';
import { listAccess } from '../store/access-lists.ts';
import type { Reader } from '../store/organization-transaction.ts';
import { listTokensInForce } from '../store/tokens.ts';
import type { Asking } from './acting.ts';

const namedMax = 20;

type Counted = Pick<Policy, 'tokens' | 'breakGlassAccounts'>;

/**
 * What stays although a policy allows less of it, in words with the way out: SCIM tokens (K18) and people who are set apart as a way
 * in (K26). Nothing is read where neither setting becomes narrower.
 *
 * @param now says which tokens are in force
 * @param by who asks: names are for those who may read members
 */
export async function warnOfCounts(
  db: Reader,
  org: { id: string },
  { before, after }: { before: Counted; after: Counted },
  now: Date,
  by: Asking,
): Promise<string[]> {
  const warnings: string[] = [];
  if (before.tokens !== 'single' && after.tokens === 'single') {
    const tokens = await listTokensInForce(db, org, now);
    if (tokens.length > 1) {
      const named = namedOf(
        tokens.map(({ id, name }) => `"${name}" (${id})`),
        by,
      );
      warnings.push(
        `${tokens.length} SCIM tokens are in force and stay so until the next one is made${named}. Revoke those that are not needed: rollcall token revoke <org> <id>.`,
      );
    }
  }
  const [could, can] = [breakGlassMost[before.breakGlassAccounts], breakGlassMost[after.breakGlassAccounts]];
  if (can < could) {
    const people = await listAccess(db, org, { limit: 1_000, which: 'break-glass' });
    if (people.length > can) {
      const named = namedOf(
        people.map(({ id, userName }) => `${userName} (${id})`),
        by,
      );
      const who = people.length === 1 ? '1 person is' : `${people.length} people are`;
      warnings.push(
        `${who} set apart as a way in and stay so, where ${after.breakGlassAccounts} may be${named}. End it where it is not needed: rollcall member break-glass <org> <id> --off.`,
      );
    }
  }
  return warnings;
}

function namedOf(names: readonly string[], { namesNobody = false }: Asking): string {
  if (namesNobody) return '';
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : '';
  return `: ${names.slice(0, namedMax).join(', ')}${more}`;
}
