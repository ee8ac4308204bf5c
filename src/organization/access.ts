/** What a person may and with which license: the part of the plan that roles and licenses have. */

import { type LicenseClaims, type LicenseOrigin, type LicenseRules, licenseOf } from './licenses.ts';
import type { Policy } from './policy.ts';
import { type BuiltInRole, type RoleOrigin, type RolesInForce, rolesOf, type TeamGrant } from './roles.ts';

/** The rules of one organization about roles and licenses. */
export type AccessRules = {
  /** The role of whom nobody gave another one (K22). */
  readonly roleByDefault: BuiltInRole;
  readonly licenses: LicenseRules;
};

/** What is in force for a person. */
export type AccessInForce = RolesInForce & {
  /** The license that the person has a seat of. */
  readonly license: string | undefined;
  /** The license that the person waits for, because all seats are taken. */
  readonly waitsFor: string | undefined;
  readonly roleOrigin: RoleOrigin;
  readonly licenseOrigin: LicenseOrigin;
};

/** A person's two sides: what admins, teams, sign-ins and the provider say, and what is in force. */
export type AccessSides = {
  readonly memberId: string;
  readonly roleByHand: BuiltInRole | undefined;
  readonly teamGrants: readonly TeamGrant[];
  readonly licenseClaims: LicenseClaims;
  /** Undefined for a person who is new. */
  readonly inForce: AccessInForce | undefined;
};

export type RoleChange = {
  readonly kind: 'member.role';
  readonly memberId: string;
  readonly from: RolesInForce | undefined;
  readonly to: RolesInForce;
  readonly origin: RoleOrigin;
};

export type LicenseChange = {
  readonly kind: 'member.license';
  readonly memberId: string;
  readonly from: { readonly license: string | undefined; readonly waitsFor: string | undefined } | undefined;
  /** The license that the person is to have, if there is a seat; undefined is none. */
  readonly to: string | undefined;
  readonly origin: LicenseOrigin;
};

/**
 * The changes of one person's roles and license, also where nothing but the reason changes. Roles do not depend on whether the
 * person is active, so that they are there again when the person is; a license does, because a seat is only taken by who can use
 * it. Whoever waits for a seat goes on waiting, unless `asksAgain`: a seat is given to those who wait when it becomes free, and not
 * by whatever else happens.
 */
export function planAccess(
  person: AccessSides,
  isActive: boolean,
  rules: AccessRules,
  asksAgain = false,
): (RoleChange | LicenseChange)[] {
  const { memberId, inForce } = person;
  const changes: (RoleChange | LicenseChange)[] = [];
  const { role, customRoles, origin } = rolesOf(person.roleByHand, person.teamGrants, rules.roleByDefault);
  const to = { role, customRoles };
  if (inForce === undefined || !isSameRoles(to, inForce) || !isSameOrigin(origin, inForce.roleOrigin)) {
    const from = inForce && { role: inForce.role, customRoles: inForce.customRoles };
    changes.push({ kind: 'member.role', memberId, from, to, origin });
  }
  const due = licenseDue(person.licenseClaims, isActive, rules.licenses);
  const isWaiting = !asksAgain && inForce?.waitsFor !== undefined && inForce.waitsFor === due.license;
  const isSettled =
    inForce !== undefined &&
    inForce.waitsFor === undefined &&
    inForce.license === due.license &&
    isSameOrigin(due.origin, inForce.licenseOrigin);
  if (!isWaiting && !isSettled) {
    const from = inForce && { license: inForce.license, waitsFor: inForce.waitsFor };
    changes.push({ kind: 'member.license', memberId, from, to: due.license, origin: due.origin });
  }
  return changes;
}

/** The license that a person is to have now. */
export function licenseDue(
  claims: LicenseClaims,
  isActive: boolean,
  rules: LicenseRules,
): { license: string | undefined; origin: LicenseOrigin } {
  const wanted = licenseOf(claims, rules);
  if (isActive || wanted.license === undefined) return wanted;
  return { license: undefined, origin: { rule: 'license-of-inactive' } };
}

const isSameOrigin = (one: RoleOrigin | LicenseOrigin, other: RoleOrigin | LicenseOrigin) =>
  one.rule === other.rule && one.team === other.team;

const isSameRoles = (one: RolesInForce, other: RolesInForce) =>
  one.role === other.role &&
  one.customRoles.length === other.customRoles.length &&
  one.customRoles.every((key, place) => key === other.customRoles[place]);

/** The rules that an organization's policy makes, for the license types that it has seats of. */
export function accessRules(policy: Policy, types: readonly string[]): AccessRules {
  const { defaultRole, licenseSource, defaultLicense } = policy;
  return {
    roleByDefault: defaultRole,
    licenses: { source: licenseSource, byDefault: defaultLicense === 'none' ? undefined : defaultLicense, types },
  };
}
