import { plan } from '../organization/plan.ts';
import { validateResource } from '../scim/validate.ts';
import { lockSeats } from '../store/access-writing.ts';
import { insertMember } from '../store/member-writing.ts';
import type { StoredResource } from '../store/members.ts';
import { freeSeats, writeAccess } from './access-in-force.ts';
import { accessData, accessRulesOf, askedAccess, newAccess, settleSeatless } from './access-of-request.ts';
import { askedMember, profileOf } from './asked-member.ts';
import { commitChange, type PreparedChange } from './commit-change.ts';
import { memberConflict } from './conflicts.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import { memberInForce, memberSides } from './member-in-force.ts';
import { memberAsAllowed } from './policy-of-request.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef } from './references.ts';

/**
 * Creates a member from the body of POST /Users (RFC 7644 §3.3).
 *
 * @throws ScimError invalidValue for a body that is no User, uniqueness if its userName or externalId is taken
 */
export async function createMember(request: ProvisioningRequest, body: unknown): Promise<StoredResource> {
  const { work, onConflict } = memberCreation(request, body);
  return await commitChange(request, work, onConflict);
}

/** The same, to be carried out together with other changes. */
export function memberCreation(request: ProvisioningRequest, body: unknown): PreparedChange<StoredResource> {
  const { tolerances } = request.record;
  const validated = validateResource(request.types.user, body, { operation: 'create', tolerances });
  const resource = memberAsAllowed(request, validated.resource);
  const asked = askedMember(resource, request.organization.policy);
  const profile = profileOf(resource);
  const { connectionId, now } = request;
  const id = request.newId();
  request.record.resourceId = id;

  const sides = memberSides(id, { active: asked.active, profile }, undefined);
  return {
    request,
    work: async (tx, { seatsAreFree }) => {
      const rules = accessRulesOf(request);
      const access = askedAccess(newAccess(id), resource, rules);
      const seats = seatsAreFree ? undefined : await lockSeats(tx);
      const changes = plan(
        { members: [sides], access: { people: [access], rules, freeSeats: seats && freeSeats(seats) } },
        sourceOf(request),
      );
      settleSeatless(request, changes, () => asked.userName);
      const inForce = memberInForce(undefined, changes);
      const change = { type: request.types.user, id, before: undefined, after: resource };
      await assertReferences(tx, request, change);
      insertMember(tx, { id, origin: 'provisioned', connectionId, asked, inForce, now });
      const definitions = writeDefinedAttributes(tx, request, change);
      const { counts } = writeAccess(tx, [access], changes, now);
      const data = {
        member: memberRef(id, resource),
        status: inForce.status,
        ...profileData(inForce),
        ...accessData(changes, rules),
        reason: inForce.statusReason,
      };
      return {
        result: { id, version: 1, createdAt: now, updatedAt: now, scim: JSON.stringify(resource), derived: '[]' },
        definitions,
        events: [{ kind: 'member.created', data }],
        members: 1,
        access: counts,
      };
    },
    onConflict: (constraint) => memberConflict(request, asked, constraint),
  };
}

/** What the event of a person's creation says of the profile in force. */
export const profileData = ({ name, email }: { name: string; email: string | undefined }) => ({
  name,
  ...(email === undefined ? {} : { email }),
});
