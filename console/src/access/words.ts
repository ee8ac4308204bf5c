import type { LicenseList } from '../../../src/http/api/schemas/access.ts';

/** What the rules that put roles and licenses in force are called for people. A rule of a newer server is shown by its name. */
const rules: Record<string, string> = {
  'role-by-default': 'the default',
  'role-by-hand': 'given by hand',
  'role-by-team': 'given by a team',
  'role-below-ceiling': 'given by a team, cut to the ceiling of its token',
  'custom-role-by-team': 'a custom role given by a team',
  'role-by-hand-and-team': 'given by hand, and a custom role by a team',
  'license-by-default': 'the default',
  'license-by-hand': 'given by hand',
  'license-by-team': 'given by a team',
  'license-by-sign-in': 'given by a group of the sign-in',
  'license-by-attribute': 'named by the provider’s attribute',
  'license-of-inactive': 'not active',
  'licenses-unused': 'licenses are not used',
  'no-seat': 'no seat is free',
};

export const ruleText = (rule: string): string => rules[rule] ?? rule;

/** Where licenses come from, for people. */
export const sources: Record<string, string> = {
  none: 'Licenses are not used',
  'by-rules': 'By hand, then teams, then sign-in',
  'by-hand': 'By hand',
  'by-team': 'Teams',
  'by-sign-in': 'Groups of the sign-in',
  'by-attribute': 'The provider’s attribute (SCIM is the source of truth)',
};

export const sourceText = (source: string): string => sources[source] ?? source;

/** The licenses that the organization has. */
export const licenseNames = (licenses: LicenseList | undefined): string[] =>
  licenses?.items.filter(({ seats }) => seats !== 0).map(({ license }) => license) ?? [];
