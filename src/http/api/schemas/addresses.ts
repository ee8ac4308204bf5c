import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { type AddressesApplyTo, addressesApplyTo } from '../../../organization/address-lists.ts';
import { named, nullable, oneOf } from './parts.ts';

const appliesTo = oneOf(
  Object.keys(addressesApplyTo) as AddressesApplyTo[],
  Object.entries(addressesApplyTo)
    .map(([name, says]) => `\`${name}\`: ${says}.`)
    .join(' '),
);

const Range = Type.String({ maxLength: 50, description: 'A range such as `192.0.2.0/24` or `2001:db8::/32`.' });

/** A range in the lists of an organization. */
const AddressEntry = named('AddressEntry', {
  range: Range,
  note: nullable(Type.String()),
  source: nullable(oneOf(['okta'], '`okta` for a range that came with Okta’s published ones.')),
});

/** The lists of an organization: among the ranges that hold an address the narrowest decides. */
export const AddressList = named('AddressList', {
  appliesTo,
  allow: Type.Array(AddressEntry, { description: 'Where requests may come from; with one, from nowhere else.' }),
  deny: Type.Array(AddressEntry, { description: 'Where requests may not come from.' }),
});
export type AddressList = Static<typeof AddressList>;

const NewAddressEntry = named('NewAddressEntry', {
  range: Range,
  note: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
  source: Type.Optional(nullable(oneOf(['okta']))),
});

export const NewAddressList = named('NewAddressList', {
  appliesTo,
  allow: Type.Array(NewAddressEntry, { maxItems: limits.addressRulesMax }),
  deny: Type.Array(NewAddressEntry, { maxItems: limits.addressRulesMax }),
});
export type NewAddressList = Static<typeof NewAddressList>;

export const OktaRanges = named('OktaRanges', {
  document: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description: 'What stands in the file ip_ranges.json that Okta publishes.',
  }),
  cells: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 100,
      description: 'The cells of Okta whose ranges are wanted, such as `us_cell_1`; all of them if this is left out.',
    }),
  ),
});
export type OktaRanges = Static<typeof OktaRanges>;
