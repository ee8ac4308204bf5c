/** Domains of e-mail addresses that an organization has shown to be its own by a DNS record. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

export type DomainState = 'pending' | 'verified' | 'lost';

/** What is known of a domain's record. */
export type DomainStanding = {
  readonly state: DomainState;
  /** When the record was last there. */
  readonly provenAt: Date | undefined;
  /** How often in a row it was not. */
  readonly failures: number;
};

/** What a look at the DNS found. `unknown` is a DNS that gave no answer, which says nothing of the record. */
export type DomainFinding = { readonly is: 'proven' } | { readonly is: 'absent' | 'unknown'; readonly problem: string };

/** The record is asked for once a day. Looks that find none, in a row, until the domain is lost. */
export const failuresMax = 3;
/** Days without an answer of the DNS until the domain is lost: an outage is over by then. */
export const silentDaysMax = 14;
/** Days for which a record that was never there is looked for. Then somebody has to ask. */
export const pendingDays = 7;

/** What becomes of a domain by a look at its record. A domain that is lost is looked for when somebody asks. */
export function domainAfter(
  { state, provenAt, failures }: DomainStanding,
  finding: DomainFinding,
  now: Date,
): DomainStanding {
  if (finding.is === 'proven') return { state: 'verified', provenAt: now, failures: 0 };
  const after = { provenAt, failures: finding.is === 'absent' ? failures + 1 : failures };
  if (state !== 'verified') return { state, ...after };
  const silentMs = provenAt === undefined ? 0 : now.getTime() - provenAt.getTime();
  const isLost = after.failures >= failuresMax || silentMs >= silentDaysMax * 86_400_000;
  return { state: isLost ? 'lost' : 'verified', ...after };
}

/** The name of the record that shows whose a domain is, and what it says. */
export const domainRecord = (name: string, token: string) => ({
  name: `_rollcall.${name}`,
  type: 'TXT' as const,
  value: `rollcall-verification=${token}`,
});

/**
 * A domain name in the form of the DNS (IDNA ASCII, lower case, no dot at the end); undefined for what is none. A name of one
 * label is nobody's own, and an address of a machine is no name.
 */
export function domainName(text: string): string | undefined {
  const written = text.trim();
  // What would end a host name in a URL is no part of one.
  if (/[\s/?#:@\\%[\]]/.test(written)) return undefined;
  const name = domainToASCII(written.replace(/\.$/, '')).toLowerCase();
  const labels = name.split('.');
  const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label);
  if (name.length > 253 || labels.length < 2 || isIP(name) !== 0 || !labels.every(isLabel)) return undefined;
  return /^[0-9]+$/.test(labels.at(-1) ?? '') ? undefined : name;
}

/** The domain of an e-mail address, in the form of the DNS. */
function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  return at < 1 ? undefined : domainName(address.slice(at + 1));
}

/** Whether an address is in one of these domains. A domain speaks for itself alone, not for those below it. */
export function isInDomains(address: string, domains: readonly string[]): boolean {
  const domain = domains.length === 0 ? undefined : domainOf(address);
  return domain !== undefined && domains.includes(domain);
}

/**
 * Domains where everybody gets an address. Nobody who uses Rollcall controls one; whoever tries has misunderstood something, and
 * learns it at once instead of waiting for a record that cannot be made. It need not be complete: the record decides.
 */
const publicDomains: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com
   gmx.com gmx.de gmx.net web.de t-online.de mail.com mail.ru yandex.com yandex.ru proton.me protonmail.com zoho.com qq.com 163.com
   126.com orange.fr free.fr laposte.net libero.it hey.com fastmail.com tutanota.com`.split(/\s+/),
);

export const isPublicDomain = (name: string): boolean => publicDomains.has(name);
