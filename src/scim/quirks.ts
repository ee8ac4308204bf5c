/**
 * Tolerances: where Rollcall accepts what the RFCs do not describe, because an identity provider sends it.
 * Each has a name, which the request log shows when it fired, the traits of providers that it answers, and one sentence.
 * Which of them an organization has is a matter of its profile (profiles.ts).
 */

import type { ScimError, ScimType } from './errors.ts';
import type { Profile } from './profiles.ts';

export type Quirk = {
  /** Traits of docs/reference/providers.md, sections of docs/reference/okta-wire.md or of an RFC; none where nobody was seen to send it. */
  readonly sources: readonly string[];
  /**
   * What the RFC does instead: the scimTypes it refuses with, by where it was met, or the value taken as it was sent. Left
   * out where the RFC leaves the choice to the server; such a reading is in every profile, and only noted.
   */
  readonly rfc?: readonly ScimType[] | 'taken as sent';
  readonly says: string;
};

export const quirks = {
  'op-case': {
    sources: ['E20'],
    rfc: ['invalidSyntax'],
    says: 'The op of a PATCH operation came in another letter case.',
  },
  'patch-without-schemas': {
    sources: ['E37'],
    rfc: ['invalidSyntax'],
    says: 'A PATCH body came without the PatchOp schema.',
  },
  'patch-without-operations': {
    sources: [],
    rfc: ['invalidSyntax'],
    says: 'A PATCH body came with an empty list of operations.',
  },
  'bool-as-string': {
    sources: ['E21', 'E27', 'K1'],
    rfc: ['invalidValue', 'invalidFilter', 'invalidPath'],
    says: 'A boolean came as a string such as "True".',
  },
  'number-as-string': {
    sources: [],
    rfc: ['invalidValue', 'invalidFilter', 'invalidPath'],
    says: 'A number came as a string.',
  },
  'bare-word': {
    sources: ['E4'],
    rfc: ['invalidFilter', 'invalidPath'],
    says: 'A filter compared with a word that stands outside quotation marks.',
  },
  'email-alias': {
    sources: ['okta-wire §4.1'],
    rfc: ['invalidFilter'],
    says: 'A filter named email, which was read as emails.value.',
  },
  'value-path-sub-attribute': {
    sources: ['E3'],
    rfc: ['invalidFilter'],
    says: 'A filter compared a sub-attribute behind a value path, as in emails[type eq "work"].value.',
  },
  'unqualified-extension-attribute': {
    sources: ['E5', 'E31'],
    says: 'An attribute of an extension came without the URN of the extension.',
  },
  'manager-as-string': {
    sources: ['E31'],
    rfc: ['invalidValue'],
    says: 'A complex attribute came as a string, which became its value.',
  },
  'complex-as-list': {
    sources: ['E32'],
    rfc: ['invalidValue'],
    says: 'A single-valued complex attribute came as a list of one.',
  },
  'scalar-wrapped': {
    sources: ['E34'],
    rfc: ['invalidValue'],
    says: 'A plain attribute came wrapped as [{"value": …}].',
  },
  'single-as-list': {
    sources: ['O4'],
    rfc: ['invalidValue'],
    says: 'A multi-valued attribute came as one value instead of a list.',
  },
  'string-as-value': {
    sources: ['okta-wire §13'],
    rfc: ['invalidValue'],
    says: 'Values of a multi-valued complex attribute came as strings.',
  },
  'empty-as-unset': {
    sources: ['E29', 'E33', 'O3'],
    says: 'A null, an empty string or an empty list was read as no value.',
  },
  'empty-element': {
    sources: ['O3'],
    says: 'An element of a multi-valued attribute that carried no value was left out.',
  },
  'second-primary': {
    sources: [],
    rfc: ['invalidValue'],
    says: 'More than one of the values that came was primary; the last one stayed so.',
  },
  'read-only-ignored': {
    sources: ['OK5', 'E30', 'K3', 'OK2', 'A5'],
    says: 'Attributes that only Rollcall sets came in a body, or the id that the resource has in a PATCH, and were left out.',
  },
  'read-only-in-patch': {
    sources: [],
    rfc: ['mutability'],
    says: 'A PATCH carried attributes that only Rollcall sets, or would have changed schemas; they were left out.',
  },
  'stale-formatted': {
    sources: ['OK5', 'okta-wire §5'],
    rfc: 'taken as sent',
    says: 'A changed name came with the name.formatted of the former one, echoed; it was left out.',
  },
  'schemas-incomplete': {
    sources: ['E37'],
    rfc: ['invalidValue'],
    says: 'The schemas did not name the schema of every attribute in the body.',
  },
  'unknown-schema': {
    sources: ['E60', 'E38'],
    rfc: ['invalidValue', 'invalidPath'],
    says: 'A schema that Rollcall does not know came along.',
  },
  'unknown-attribute': { sources: ['E43'], says: 'An attribute that no schema describes was kept as it came.' },
  'unknown-path': {
    sources: ['E38'],
    rfc: ['invalidPath'],
    says: 'A PATCH path named an attribute that no schema describes; its value was kept as it came.',
  },
  'password-discarded': {
    sources: ['OK6'],
    says: 'A password, or another value that is only written, came and was discarded.',
  },
  'qualified-key': {
    sources: ['E23'],
    says: 'A body, or a PATCH without path, named attributes by URN-qualified keys.',
  },
  'dotted-key': {
    sources: ['E23'],
    rfc: ['invalidPath', 'invalidValue'],
    says: 'A body, or a PATCH without path, named sub-attributes by dotted keys.',
  },
  'created-on-no-target': {
    sources: ['E25', 'E26', 'E27'],
    rfc: ['noTarget'],
    says: 'A PATCH path selected no value; one was created from the terms of its filter.',
  },
  'remove-by-value': {
    sources: ['E62', 'J4', 'A6'],
    says: 'A remove carried the values to remove; those were removed and no others.',
  },
  'member-as-string': {
    sources: ['E65'],
    rfc: ['invalidValue'],
    says: 'A member came as a bare string, which is its id.',
  },
  'duplicate-member': { sources: ['E61', 'E70'], says: 'A member was named more than once in one request.' },
  'member-details-ignored': {
    sources: ['E61', 'OK13'],
    says: 'Display names, types or addresses of members came along and were left out.',
  },
  'member-detail-path': {
    sources: ['RFC 7644 figure 8'],
    rfc: ['mutability', 'invalidPath'],
    says: 'A PATCH path named the display name, type or address of members, which come from the people; it changed nothing.',
  },
  'unknown-member-skipped': {
    sources: ['E66', 'okta-wire §11.7'],
    rfc: ['invalidValue'],
    says: 'A group named members that are not in the organization; they were left out and the others were kept.',
  },
} as const satisfies Record<string, Quirk>;

export type Tolerance = keyof typeof quirks;

/** Those that go against the RFC, so that a profile may lack them. */
export type Deviation = {
  [Name in Tolerance]: (typeof quirks)[Name] extends { rfc: unknown } ? Name : never;
}[Tolerance];

/** Those of them that the RFC refuses. */
export type Refused = {
  [Name in Tolerance]: (typeof quirks)[Name] extends { rfc: readonly ScimType[] } ? Name : never;
}[Tolerance];

/**
 * The tolerances that fired while one request was read. Where the profile lacks a deviation, noting it throws the refusal of
 * the RFC. A plain Set has all of them.
 */
export interface Tolerances extends Iterable<Tolerance> {
  readonly profile?: Profile;
  /** Whether a request was refused because the profile lacks a deviation. */
  readonly hasRefused?: boolean;
  /** @param of what the request named, which a refusal by the organization's policy repeats */
  add(name: Exclude<Tolerance, Refused>, refusal?: undefined, of?: string): unknown;
  add(name: Refused, refusal: () => ScimError): unknown;
  has(name: Tolerance): boolean;
  /** What the request named where a tolerance fired, the first of it, where that is told. */
  of?(name: Tolerance): readonly string[];
}
