/**
 * Tolerances: where Rollcall accepts what the RFCs do not describe, because an identity provider sends it.
 * Each has a name, which the request log shows when it fired, the rows of the quirks catalogue that it answers, and one sentence.
 * None depends on who the client is: one server understands them all.
 */

export type Quirk = { readonly sources: readonly string[]; readonly says: string };

export const quirks = {
  'op-case': { sources: ['E20'], says: 'The op of a PATCH operation came in another letter case.' },
  'patch-without-schemas': { sources: ['E37'], says: 'A PATCH body came without the PatchOp schema.' },
  'patch-without-operations': {
    sources: ['lessons 21'],
    says: 'A PATCH body came with an empty list of operations.',
  },
  'bool-as-string': { sources: ['E21', 'E27', 'K1'], says: 'A boolean came as a string such as "True".' },
  'number-as-string': { sources: ['idp-quirks 10.6'], says: 'A number came as a string.' },
  'bare-word': { sources: ['E4'], says: 'A filter compared with a word that stands outside quotation marks.' },
  'email-alias': { sources: ['okta-wire 4.1'], says: 'A filter named email, which was read as emails.value.' },
  'value-path-sub-attribute': {
    sources: ['E3'],
    says: 'A filter compared a sub-attribute behind a value path, as in emails[type eq "work"].value.',
  },
  'unqualified-extension-attribute': {
    sources: ['E5', 'E31'],
    says: 'An attribute of an extension came without the URN of the extension.',
  },
  'manager-as-string': { sources: ['E31'], says: 'A complex attribute came as a string, which became its value.' },
  'complex-as-list': { sources: ['E32'], says: 'A single-valued complex attribute came as a list of one.' },
  'scalar-wrapped': { sources: ['E34'], says: 'A plain attribute came wrapped as [{"value": …}].' },
  'single-as-list': { sources: ['O4', 'E65'], says: 'A multi-valued attribute came as one value instead of a list.' },
  'string-as-value': { sources: ['okta-wire 13'], says: 'Values of a multi-valued complex attribute came as strings.' },
  'empty-as-unset': {
    sources: ['E29', 'E33', 'O3'],
    says: 'A null, an empty string or an empty list was read as no value.',
  },
  'empty-element': {
    sources: ['O3'],
    says: 'An element of a multi-valued attribute that carried no value was left out.',
  },
  'second-primary': { sources: ['idp-quirks 10.8'], says: 'More than one value was primary; the newest stayed so.' },
  'read-only-ignored': {
    sources: ['OK2', 'OK5', 'A5', 'E30', 'K3'],
    says: 'Attributes that only Rollcall sets came in a body and were left out.',
  },
  'stale-formatted': {
    sources: ['okta-wire 5'],
    says: 'A changed name came with the name.formatted of the former one, echoed; it was left out.',
  },
  'schemas-incomplete': {
    sources: ['E37'],
    says: 'The schemas did not name the schema of every attribute in the body.',
  },
  'unknown-schema': { sources: ['E60', 'E38'], says: 'A schema that Rollcall does not know came along.' },
  'unknown-attribute': { sources: ['E43'], says: 'An attribute that no schema describes was kept as it came.' },
  'password-discarded': { sources: ['OK6'], says: 'A password came and was discarded.' },
  'qualified-key': {
    sources: ['E23'],
    says: 'A PATCH without path named attributes by dotted or URN-qualified keys.',
  },
  'created-on-no-target': {
    sources: ['E25', 'E26', 'E27'],
    says: 'A PATCH path selected no value; one was created from the terms of its filter.',
  },
  'remove-by-value': {
    sources: ['E62', 'J4', 'A6'],
    says: 'A remove carried the values to remove; those were removed and no others.',
  },
  'member-as-string': { sources: ['E65'], says: 'A member came as a bare string, which is its id.' },
  'duplicate-member': { sources: ['E61', 'E70'], says: 'A member was named more than once in one request.' },
  'member-details-ignored': {
    sources: ['E61', 'OK13'],
    says: 'Display names, types or addresses of members came along and were left out.',
  },
  'unknown-member-skipped': {
    sources: ['E66', 'okta-wire 11.7'],
    says: 'A group named members that are not in the organization; they were left out and the others were kept.',
  },
} as const satisfies Record<string, Quirk>;

export type Tolerance = keyof typeof quirks;

/** The tolerances that fired while one request was read. */
export type Tolerances = Set<Tolerance>;
