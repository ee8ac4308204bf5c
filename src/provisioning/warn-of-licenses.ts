import { licenseWarnings } from '../organization/doctor.ts';
import { licenseAttribute } from '../organization/licenses.ts';
import type { Policy } from '../organization/policy.ts';
import { readUnknownLicenses } from '../store/access-lists.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

const namedMax = 10;

/**
 * What an admin should know of where licenses come from, in words: what the provider does not send, and whose attribute names no
 * license of the organization, which was taken while the attribute decided nothing.
 *
 * @param types the licenses that the organization has seats of
 */
export async function warnOfLicenses(
  tx: OrgTransaction,
  policy: Pick<Policy, 'licenseSource'>,
  { provider, types }: { provider: string; types: readonly string[] },
): Promise<string[]> {
  const warnings = licenseWarnings(policy, provider);
  if (policy.licenseSource !== 'by-attribute') return warnings;
  const { people, licenses, named } = await readUnknownLicenses(tx, types, namedMax);
  if (licenses === 0) return warnings;
  const shown = named.map(({ license, people }) => `"${license.slice(0, 40)}" (${people})`).join(', ');
  const more = licenses > named.length ? ` and ${licenses - named.length} more` : '';
  return [
    ...warnings,
    `${licenseAttribute.name} of ${people === 1 ? 'one person' : `${people} people`} names no license of this organization: ` +
      `${shown}${more}. It gives them nothing. Correct the value that the provider maps.`,
  ];
}
