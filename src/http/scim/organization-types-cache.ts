import { limits } from '../../limits.ts';
import { builtInTypes, type OrganizationTypes, organizationTypes } from '../../scim/organization-types.ts';
import type { Database } from '../../store/database.ts';
import { findDefinitions } from '../../store/definitions.ts';
import { rememberByVersion } from '../remembered-versions.ts';

/** Finds the resource types of an organization whose definitions have at least this version. */
export type FindTypes = (orgId: string, version: number) => Promise<OrganizationTypes>;

/** Makes the memory of what organizations defined. */
export function rememberTypes(db: Database): FindTypes {
  const find = rememberByVersion(async (orgId) => {
    const { definitions, version } = await findDefinitions(db, orgId);
    return organizationTypes(definitions, version);
  }, limits.organizationTypesMax);
  return async (orgId, version) => (version === 0 ? builtInTypes : await find(orgId, version));
}
