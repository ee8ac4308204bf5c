import { type AddressRule, canonicalRange } from './addresses.ts';

/** What the lists of an organization hold for, and what each choice means. */
export const addressesApplyTo = {
  nothing: 'nobody: the lists wait until they are turned on',
  scim: 'requests of the identity provider',
  'scim-and-api':
    'requests of the identity provider, and of API keys to the management API; the operator key comes from anywhere',
} as const satisfies Record<string, string>;

export type AddressesApplyTo = keyof typeof addressesApplyTo;

/** A rule as an admin made it or a list of a provider brought it. */
export type ListedRule = AddressRule & {
  readonly note?: string;
  /** Who publishes the range; it goes when the list of that publisher is imported again. */
  readonly source?: 'okta';
};

export type AddressList = { readonly appliesTo: AddressesApplyTo; readonly rules: readonly ListedRule[] };

export const noAddressList: AddressList = { appliesTo: 'nothing', rules: [] };

/**
 * The rules with their ranges as they are compared, by range.
 *
 * @param most how many there may be
 * @returns what is wrong with them, for people, and with which one: a text that is no range, or a range that is there twice (B22)
 */
export function checkedRules(
  rules: readonly ListedRule[],
  most: number,
): { rules: ListedRule[] } | { problem: string; rule?: ListedRule } {
  if (rules.length > most) return { problem: `There are at most ${most} ranges in the lists of an organization` };
  const byRange = new Map<string, ListedRule>();
  for (const rule of rules) {
    const found = canonicalRange(rule.range);
    if ('problem' in found) return { ...found, rule };
    const { range } = found;
    const other = byRange.get(range);
    if (other !== undefined) {
      const isBoth = other.effect !== rule.effect;
      return { problem: isBoth ? `${range} is both allowed and denied` : `${range} is in the list twice`, rule };
    }
    byRange.set(range, { ...rule, range });
  }
  return { rules: [...byRange.values()].sort((one, two) => (one.range < two.range ? -1 : 1)) };
}

/**
 * The ranges in the document that Okta publishes as ip_ranges.json: `{"us_cell_1": {"ip_ranges": ["192.0.2.0/24", …]}, …}`.
 *
 * @param cells the cells whose ranges are wanted; all of them if there is none. An admin finds their own one in the address of
 * the Admin Console.
 * @returns what is wrong with the document, for people
 */
export function oktaRanges(document: unknown, cells: readonly string[]): { ranges: string[] } | { problem: string } {
  const published = new Map<string, unknown>(
    typeof document === 'object' && document !== null ? Object.entries(document) : [],
  );
  const unknown = cells.find((cell) => !published.has(cell));
  if (unknown !== undefined) {
    return {
      problem: `The document has no cell ${JSON.stringify(unknown)}; it has ${[...published.keys()].join(', ')}`,
    };
  }
  const ranges = new Set<string>();
  for (const cell of cells.length === 0 ? published.keys() : cells) {
    const held = published.get(cell) as { ip_ranges?: unknown } | null | undefined;
    const listed = typeof held === 'object' && held !== null ? held.ip_ranges : undefined;
    if (!Array.isArray(listed) || !listed.every((each) => typeof each === 'string')) {
      return {
        problem: `The cell ${JSON.stringify(cell)} has no list ip_ranges, so this is not the document ip_ranges.json of Okta`,
      };
    }
    for (const each of listed) {
      const found = canonicalRange(each);
      if ('problem' in found) return found;
      ranges.add(found.range);
    }
  }
  if (ranges.size === 0)
    return { problem: 'The document holds no ranges, so this is not the document ip_ranges.json of Okta' };
  return { ranges: [...ranges] };
}
