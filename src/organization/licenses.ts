/**
 * Licenses. A license is what a person uses the product with; the organization has so many seats of each type. Which
 * license a person is to have follows from rules, and whether there is a seat for it from the count of those in use.
 */

/** What an organization has subscribed to. */
export type Plan = 'free' | 'pro' | 'enterprise';

/**
 * The types that organizations begin with, the one that wins over those after it first (behaviors.md B52, B60), and the seats
 * that each plan has of them; null is any number. B64: one seat of it, whatever the plan.
 */
export const licenseTypes = {
  //          free   pro    enterprise
  developer: { free: 3, pro: 50, enterprise: null },
  analyst: { free: 0, pro: 50, enterprise: null },
  it: { free: 1, pro: 1, enterprise: 1 },
  read_only: { free: null, pro: null, enterprise: null },
} as const satisfies Record<string, Record<Plan, number | null>>;

/** dbt's attribute for the license of a person, which is understood as documented (B54). */
export const licenseAttribute = {
  schema: 'urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User',
  name: 'licenseType',
} as const;

/** Where licenses come from (K21). */
export type LicenseSource = 'none' | 'by-hand' | 'by-team' | 'by-sign-in' | 'by-rules' | 'by-attribute';

/** What decides about the licenses of one organization. */
export type LicenseRules = {
  readonly source: LicenseSource;
  /** For whom no rule speaks; undefined is no license (K22). */
  readonly byDefault: string | undefined;
  /** The types that the organization has, the one that wins over those after it first. */
  readonly types: readonly string[];
};

/** What the rules look at: what each source says about one person. */
export type LicenseClaims = {
  readonly byHand: string | undefined;
  /** The licenses that the person's teams give. */
  readonly byTeams: readonly { readonly teamId: string; readonly license: string }[];
  /** What the groups of the last sign-in gave. */
  readonly bySignIn: string | undefined;
  /** The provider's attribute as it was written, letter case included. */
  readonly byAttribute: string | undefined;
};

export type LicenseRule =
  | 'license-by-default' // no rule speaks for the person
  | 'license-by-hand' // an admin gave it to the person
  | 'license-by-team' // a team that an admin mapped to the license
  | 'license-by-sign-in' // a group in the last sign-in that an admin mapped to the license
  | 'license-by-attribute' // the provider's attribute names it, and decides
  | 'license-of-inactive' // whoever is not active has no seat
  | 'licenses-unused' // the organization does not use licenses
  | 'no-seat'; // all seats are taken; the person waits for one

export type LicenseOrigin = { readonly rule: LicenseRule; readonly team?: string };

/**
 * The license that a person is to have, whether there is a seat for it or not. Of several that one source gives, the
 * strongest wins (B60). `by-rules` asks the sources in turn: an admin's word about the person, then the teams, then the
 * sign-in. `by-attribute` asks nothing but the provider (B55), and the other way round what the provider writes decides
 * nothing until that source is chosen (B56).
 */
export function licenseOf(
  claims: LicenseClaims,
  rules: LicenseRules,
): { license: string | undefined; origin: LicenseOrigin } {
  const { source } = rules;
  if (source === 'none') return { license: undefined, origin: { rule: 'licenses-unused' } };
  const has = (license: string | undefined): license is string =>
    license !== undefined && rules.types.includes(license);
  if (source === 'by-attribute' && has(claims.byAttribute)) {
    return { license: claims.byAttribute, origin: { rule: 'license-by-attribute' } };
  }
  if ((source === 'by-hand' || source === 'by-rules') && has(claims.byHand)) {
    return { license: claims.byHand, origin: { rule: 'license-by-hand' } };
  }
  if (source === 'by-team' || source === 'by-rules') {
    const [best] = claims.byTeams
      .filter(({ license }) => has(license))
      .sort((one, other) => precedence(rules, one.license, other.license) || (one.teamId < other.teamId ? -1 : 1));
    if (best !== undefined) {
      return { license: best.license, origin: { rule: 'license-by-team', team: best.teamId } };
    }
  }
  if ((source === 'by-sign-in' || source === 'by-rules') && has(claims.bySignIn)) {
    return { license: claims.bySignIn, origin: { rule: 'license-by-sign-in' } };
  }
  return { license: rules.byDefault, origin: { rule: 'license-by-default' } };
}

/** Below 0 if the one license wins over the other (B52, B60). */
export const precedence = ({ types }: LicenseRules, one: string, other: string) =>
  types.indexOf(one) - types.indexOf(other);

/** A rule that maps a group of the sign-in, by the name that the claim has, to a license. */
export type SignInRule = { readonly group: string; readonly license: string };

/** The license that the groups of a sign-in give: the strongest of those that match, letter case included (B60). */
export function licenseOfGroups(
  groups: readonly string[],
  signInRules: readonly SignInRule[],
  types: readonly string[],
): string | undefined {
  const given = new Set(signInRules.filter(({ group }) => groups.includes(group)).map(({ license }) => license));
  return types.find((type) => given.has(type));
}

/** The license attribute of a User resource as the provider wrote it. What is no text is no license. */
export function licenseAsked(resource: Readonly<Record<string, unknown>>): string | undefined {
  const extension = resource[licenseAttribute.schema];
  if (typeof extension !== 'object' || extension === null) return undefined;
  const value = (extension as Record<string, unknown>)[licenseAttribute.name];
  return typeof value === 'string' ? value : undefined;
}
