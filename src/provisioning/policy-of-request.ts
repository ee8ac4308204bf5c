import { shown } from '../scim/attribute-name.ts';
import { caseKey } from '../scim/case-key.ts';
import { invalidPath, invalidValue, mutability } from '../scim/errors.ts';
import type { Resource } from '../scim/schema.ts';
import { isLeaving } from './asked-member.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

/**
 * What is asked of a person, as the organization's policy lets it be said: unknown attributes (K16) and the external id (K17).
 *
 * @param before what was asked until now, of somebody who is here
 * @throws ScimError invalidPath
 */
export function memberAsAllowed(request: ProvisioningRequest, resource: Resource, before?: Resource): Resource {
  if (!isLeaving(before, resource)) refuseUnknownAttributes(request);
  if (request.organization.policy.externalIds === 'stored' || resource.externalId === undefined) return resource;
  const { externalId: _, ...rest } = resource;
  return rest as Resource;
}

/**
 * Refuses another userName where the organization's policy has it stay (K3, behaviors.md P18). Letter case is no difference, as
 * in the schema.
 *
 * @throws ScimError mutability
 */
export function refuseAnotherUserName(
  { organization, record }: ProvisioningRequest,
  before: Resource,
  after: Resource,
): void {
  const [had, has] = [before.userName as string, after.userName as string];
  if (caseKey(had) === caseKey(has)) return;
  record.signs.add('username-changed');
  if (organization.policy.addressChange !== 'refuse') return;
  throw mutability(
    `Attribute 'userName' is immutable. The userName of ${had} cannot become "${has}" in this organization (setting addressChange). ` +
      'In Okta, set Update application username on to Create only; or let the organization take changes',
  );
}

/**
 * Refuses what the organization's policy does not let a provider say of a team (K16, K17, K27). What the team was called before the
 * policy became stricter is no new thing, and who is in it can change.
 *
 * @param before what was asked until now, of a team that is here
 * @throws ScimError invalidPath or invalidValue
 */
export function refuseTeamBeyondPolicy(
  request: ProvisioningRequest,
  { displayName, externalId }: Resource,
  before?: Resource,
): void {
  refuseUnknownAttributes(request);
  const { externalIds, groupNames } = request.organization.policy;
  if (externalIds === 'ignored' && externalId !== undefined && externalId !== before?.externalId) {
    throw invalidPath('Unknown path: externalId. This organization takes none on groups (setting externalIds)');
  }
  const name = displayName as string;
  if (groupNames === 'at-most-100' && name !== before?.displayName && [...name].length > 100) {
    throw invalidValue(
      `displayName "${name.slice(0, 40)}…" has more than 100 characters. Give the group a shorter name in the provider`,
    );
  }
}

function refuseUnknownAttributes({ organization, record }: ProvisioningRequest): void {
  if (organization.policy.unknownAttributes === 'refuse' && record.tolerances.has('unknown-attribute')) {
    const names = (record.tolerances.of?.('unknown-attribute') ?? []).map(shown);
    throw invalidPath(
      `Unknown path: ${names.join(', ')}. No schema describes ${names.length === 1 ? 'it' : 'them'}, and this organization takes ` +
        `none of that (setting unknownAttributes). Remove the mapping in the provider`,
    );
  }
}
