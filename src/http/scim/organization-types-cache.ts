import { limits } from '../../limits.ts';
import { builtInTypes, type OrganizationTypes, organizationTypes } from '../../scim/organization-types.ts';
import type { Database } from '../../store/database.ts';
import { findDefinitions } from '../../store/definitions.ts';

/** Finds the resource types of an organization whose definitions have at least this version. */
export type FindTypes = (orgId: string, version: number) => Promise<OrganizationTypes>;

/**
 * Makes the memory of what organizations defined. The version comes with what is read of a token, so that a change is seen by
 * every process as soon as a revocation would be; only then are the definitions themselves read.
 */
export function rememberTypes(db: Database): FindTypes {
  const known = new Map<string, Promise<OrganizationTypes>>();
  return async (orgId, version) => {
    if (version === 0) return builtInTypes;
    const held = await known.get(orgId)?.catch(() => undefined);
    if (held !== undefined && held.version >= version) return held;
    const found = findDefinitions(db, orgId).then((stored) => organizationTypes(stored.definitions, stored.version));
    known.delete(orgId);
    known.set(orgId, found);
    const oldest = known.keys().next().value;
    if (known.size > limits.organizationTypesMax && oldest !== undefined) known.delete(oldest);
    return await found;
  };
}
