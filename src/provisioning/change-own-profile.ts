import { mendNames } from '../scim/canonical-resource.ts';
import { forbidden } from '../scim/errors.ts';
import { applyPatch, parsePatch } from '../scim/patch.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import { findListedMember } from '../store/member-list.ts';
import { type ChangedMember, patchMember, replaceMember } from './change-member.ts';
import { changedAttributes } from './changed-attributes.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

/**
 * What people may say of themselves. Everything else decides who they are for others (names to sign in with, addresses that
 * prove something, whether they are active, what they belong to) and is for admins or the provider.
 */
const ownAttributes: ReadonlySet<string> = new Set([
  'name',
  'displayName',
  'nickName',
  'profileUrl',
  'preferredLanguage',
  'locale',
  'timezone',
  'phoneNumbers',
  'ims',
  'photos',
  'addresses',
]);

/**
 * Changes what a person wrote of themselves, by the body of PUT or PATCH /Me (RFC 7644 §3.11). What the identity provider
 * owns stays as it says: a change here would be undone by its next request.
 *
 * @throws ScimError forbidden if the provider owns the person, or the change names what is not the person's to say
 */
export async function changeOwnProfile(
  request: ProvisioningRequest,
  id: string,
  kind: 'replace' | 'patch',
  body: unknown,
): Promise<ChangedMember> {
  const { db, organization, record } = request;
  const found = await findListedMember(db, organization, id);
  if (found === undefined || found.origin !== 'local') {
    throw forbidden('Your profile is kept by the identity provider of your organization: change it there');
  }
  const after = kind === 'replace' ? replaced(found.scim, body, request) : patched(found.scim, body, request, id);
  // That what is held gets its right place is nobody's change.
  const before = structuredClone(found.scim);
  mendNames(request.types.user, before);
  const foreign = Object.keys(changedAttributes(before, after)).filter((name) => !ownAttributes.has(name));
  if (foreign.length > 0) {
    throw forbidden(`${foreign.join(', ')} is not yours to change: ask an admin of the organization`);
  }
  record.resourceId = id;
  const isAsRead = (version: number) => version === found.version && request.isExpectedVersion?.(version) !== false;
  const change = kind === 'replace' ? replaceMember : patchMember;
  // Whoever linked the person to a provider meanwhile has made another version, and the change is refused.
  return await change({ ...request, connectionId: found.connectionId, isExpectedVersion: isAsRead }, id, body);
}

const replaced = (previous: Resource, body: unknown, { record, types }: ProvisioningRequest): Resource =>
  validateResource(types.user, body, { operation: 'replace', previous, tolerances: record.tolerances }).resource;

const patched = (previous: Resource, body: unknown, { record, types }: ProvisioningRequest, id: string): Resource =>
  applyPatch(types.user, previous, parsePatch(body, record.tolerances), record.tolerances, undefined, id).resource;
