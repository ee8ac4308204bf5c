import { type AccessRules, accessRules } from '../organization/access.ts';
import { licenseAsked, licenseAttribute } from '../organization/licenses.ts';
import type { Change } from '../organization/plan.ts';
import { invalidValue } from '../scim/errors.ts';
import type { Resource } from '../scim/schema.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import type { Seats } from '../store/access-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type AccessOutcome, giveFreeSeats } from './access-in-force.ts';
import { isLeaving } from './asked-member.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';

/** The rules about roles and licenses that hold for a request. */
export const accessRulesOf = ({ organization }: ProvisioningRequest): AccessRules =>
  accessRules(organization.policy, organization.licenses);

/**
 * A person's access with what the provider asks by the license attribute. A license that was asked for before the attribute decided,
 * or before the organization lost it, gives nobody anything and refuses nothing.
 *
 * @param before what was asked until now, of somebody who is here
 * @throws ScimError invalidValue if the attribute decides, and names a license that the organization does not have (B54, B57)
 */
export function askedAccess(
  access: PersonAccess,
  resource: Resource,
  { licenses }: AccessRules,
  before?: Resource,
): PersonAccess {
  const asked = licenseAsked(resource);
  const isUnknown = asked !== undefined && !licenses.types.includes(asked);
  const isOld = before !== undefined && licenseAsked(before) === asked;
  if (licenses.source === 'by-attribute' && isUnknown && !isOld && !isLeaving(before, resource)) {
    throw invalidValue(
      `${licenseAttribute.name} "${asked}" is not a license of this organization, whose licenses are ${licenses.types.join(', ')} ` +
        '(letter case counts). Correct the value that the provider maps, or let the organization have seats of it',
    );
  }
  return { ...access, licenseClaims: { ...access.licenseClaims, byAttribute: asked } };
}

/** The access of a person who is new, as the columns' defaults have it: only what differs is written. */
export const newAccess = (memberId: string): PersonAccess => ({
  memberId,
  memberStatus: 'invited',
  isManaged: true,
  roleByHand: undefined,
  teamGrants: [],
  licenseClaims: { byHand: undefined, byTeams: [], bySignIn: undefined, byAttribute: undefined },
  inForce: {
    role: 'viewer',
    customRoles: [],
    license: undefined,
    waitsFor: undefined,
    roleOrigin: { rule: 'role-by-default' },
    licenseOrigin: { rule: 'licenses-unused' },
  },
});

/** Whether a person has no license in an organization that uses them, after `changes`. */
export function isUnlicensed(
  { memberId, inForce }: PersonAccess,
  { licenses }: AccessRules,
  changes: readonly Change[] = [],
): boolean {
  if (licenses.source === 'none') return false;
  const change = changes.find((each) => each.kind === 'member.license' && each.memberId === memberId);
  return (change?.kind === 'member.license' ? change.to : inForce.license) === undefined;
}

/**
 * What happens to people for whom there is no seat (K27): they wait for one, which the request log says, or the request is
 * refused.
 *
 * @param nameOf names a person for the admin
 * @throws ScimError invalidValue
 */
export function settleSeatless(
  request: ProvisioningRequest,
  changes: readonly Change[],
  nameOf: (memberId: string) => string,
): void {
  const seatless = changes.flatMap((change) =>
    change.kind === 'member.license' && change.waitsFor !== undefined ? [{ ...change, waitsFor: change.waitsFor }] : [],
  );
  if (seatless.length === 0) return;
  const named = seatless.slice(0, 10).map(({ memberId, waitsFor }) => `${nameOf(memberId)} (${waitsFor})`);
  const who = `${named.join(', ')}${seatless.length > 10 ? ` and ${seatless.length - 10} more` : ''}`;
  if (request.organization.policy.withoutSeat === 'wait') {
    request.record.detail = `no license is free, they wait for a seat: ${who}`;
    return;
  }
  throw invalidValue(
    `There is no free license for ${who}, and nothing was changed. Free a seat or raise the number of seats in Rollcall, ` +
      'or let people wait for a seat, then let the provider try again',
  );
}

/** What a change does to roles and licenses, with what follows if it freed seats that others wait for. */
export async function withFreedSeats(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  rules: AccessRules,
  seats: readonly Seats[] | undefined,
  written: AccessOutcome,
): Promise<AccessOutcome> {
  if (seats === undefined) return written;
  return await giveFreeSeats(tx, seats, written, { rules, source: sourceOf(request), now: request.now });
}
