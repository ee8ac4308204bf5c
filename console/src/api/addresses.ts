/** The lists of addresses. */
import type { AddressList, NewAddressList, OktaRanges } from '../../../src/http/api/schemas/addresses.ts';
import { askTagged, pathOf, sendWithKeptKey } from './transport.ts';

/** Lists of addresses with the entity tag that guards their change. */
export type TaggedAddresses = { list: AddressList; tag: string };

export async function loadAddresses(slug: string, signal: AbortSignal): Promise<TaggedAddresses> {
  const { value: list, tag } = await askTagged<AddressList>(`${pathOf(slug)}/addresses`, signal);
  return { list, tag };
}

/** Saves the lists, unless somebody has changed them since they were read. */
export async function saveAddresses(slug: string, list: NewAddressList, tag: string): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/addresses`, list, tag);
}

/** Allows the ranges of cells of Okta, in the place of those that were imported before; without a cell, of all of them. */
export async function importOktaRanges(slug: string, ranges: OktaRanges): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/addresses/okta-ranges`, ranges);
}
