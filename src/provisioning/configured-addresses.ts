/** The lists of addresses of a configuration. */
import type { AddressesApplyTo, AddressList, ListedRule } from '../organization/address-lists.ts';
import type { Acting } from './acting.ts';
import { assertStaysIn, checkedAddressList } from './change-addresses.ts';
import { all, type ConfigurationChange, differences, keyed, partOf } from './configuration-differences.ts';

/** The lists of addresses: a range is in one of them at most. */
export type ConfiguredAddresses = {
  appliesTo: AddressesApplyTo;
  allow: readonly ConfiguredRange[];
  deny: readonly ConfiguredRange[];
};
export type ConfiguredRange = { range: string; note: string | null; source: 'okta' | null };

/** What of the lists is to be as given. */
export type WantedAddresses = {
  readonly appliesTo?: AddressesApplyTo | undefined;
  readonly allow?: readonly WantedRange[] | undefined;
  readonly deny?: readonly WantedRange[] | undefined;
};

type WantedRange = Pick<ConfiguredRange, 'range'> & {
  readonly note?: string | null | undefined;
  readonly source?: 'okta' | null | undefined;
};

type WithAddresses = { readonly addresses: ConfiguredAddresses };

/** The ranges of one of the lists. */
const rangesOf = ({ rules }: AddressList, effect: ListedRule['effect']): ConfiguredRange[] =>
  rules
    .filter((rule) => rule.effect === effect)
    .map(({ range, note, source }) => ({ range, note: note ?? null, source: source ?? null }));

const rulesOf = (ranges: readonly WantedRange[], effect: ListedRule['effect']): ListedRule[] =>
  ranges.map(({ range, note, source }) => ({
    range,
    effect,
    ...(note == null ? {} : { note }),
    ...(source == null ? {} : { source }),
  }));

const listOf = ({ appliesTo, allow, deny }: Required<WantedAddresses>): AddressList => ({
  appliesTo: appliesTo as AddressesApplyTo,
  rules: [...rulesOf(allow as readonly WantedRange[], 'allow'), ...rulesOf(deny as readonly WantedRange[], 'deny')],
});

/**
 * What differs of the lists.
 *
 * @throws OperatorError setting_invalid if a text is no range or a range is there twice
 */
export function addressDifferences(
  before: ConfiguredAddresses,
  wanted: WantedAddresses | undefined,
): ConfigurationChange[] {
  if (wanted === undefined) return [];
  const { appliesTo = before.appliesTo, allow = before.allow, deny = before.deny } = wanted;
  const list = checkedAddressList(listOf({ appliesTo, allow, deny }));
  return [
    ...differences('addresses/', { appliesTo: before.appliesTo }, { appliesTo }),
    ...(['allow', 'deny'] as const).flatMap((effect) =>
      all(`addresses/${effect}`, keyed(before[effect], rangeOf), keyed(rangesOf(list, effect), rangeOf)),
    ),
  ];
}

/** Lists as a configuration has them. */
export const configuredAddresses = (list: AddressList): ConfiguredAddresses => ({
  appliesTo: list.appliesTo,
  allow: rangesOf(list, 'allow'),
  deny: rangesOf(list, 'deny'),
});

/** The lists that the changes make. */
export function addressesOfChanges({ addresses }: WithAddresses, changes: readonly ConfigurationChange[]): AddressList {
  const after = (effect: ListedRule['effect']) => {
    const ranges = new Map(addresses[effect].map((each) => [each.range, each]));
    for (const { path, after } of partOf(changes, `addresses/${effect}`)) {
      if (after === undefined) ranges.delete(path);
      else ranges.set(path, after as ConfiguredRange);
    }
    return [...ranges.values()];
  };
  const change = partOf(changes, 'addresses').find(({ path }) => path === 'appliesTo');
  const appliesTo = (change?.after as AddressesApplyTo | undefined) ?? addresses.appliesTo;
  return listOf({ appliesTo, allow: after('allow'), deny: after('deny') });
}

/**
 * Nobody shuts themselves out by applying changes.
 *
 * @throws OperatorError refused
 */
export function assertAddressesPossible(
  before: WithAddresses,
  changes: readonly ConfigurationChange[],
  at: Acting,
): void {
  if (partOf(changes, 'addresses').length > 0) assertStaysIn(addressesOfChanges(before, changes), at);
}

const rangeOf = ({ range }: ConfiguredRange) => range;
