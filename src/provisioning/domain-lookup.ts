import { Resolver } from 'node:dns/promises';
import type { DomainFinding } from '../organization/domains.ts';

/** Looks whether a name has a TXT record with exactly this value. */
export type DomainLookup = (record: { name: string; value: string }) => Promise<DomainFinding>;

/**
 * Asks the DNS. A name may be an alias (CNAME), whose records count, and a record may be in several strings, which belong together
 * (RFC 7208 §3.3 says the same of SPF). Only an answer that there is no such record counts against the domain.
 *
 * @param servers addresses with an optional port; none for those of the machine
 */
export function createDomainLookup(servers: readonly string[], timeoutMs: number): DomainLookup {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return async ({ name, value }) => {
    try {
      const records = await resolver.resolveTxt(name);
      if (records.some((strings) => strings.join('').trim() === value)) return { is: 'proven' };
      return { is: 'absent', problem: `${name} has a TXT record, and it says something else.` };
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ENOTFOUND' || code === 'ENODATA') return { is: 'absent', problem: `${name} has no TXT record.` };
      return { is: 'unknown', problem: `The DNS gave no answer about ${name} (${code}).` };
    }
  };
}
