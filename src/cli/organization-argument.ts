import type { Config } from '../config.ts';
import { type Policy, scimBaseUrl } from '../organization/policy.ts';
import { OperatorError } from '../store/operator-error.ts';
import { findOrganization, type Organization } from '../store/organizations.ts';
import type { Databases } from './databases.ts';

/** The organization that a command names by its slug or id. */
export async function loadOrganization(databases: Databases, slugOrId: string): Promise<Organization> {
  const organization = await findOrganization(databases.jobs, slugOrId);
  if (organization !== undefined) return organization;
  throw new OperatorError(
    'not_found',
    `There is no organization ${JSON.stringify(slugOrId)}: rollcall org list shows those there are.`,
  );
}

/** What an admin pastes into the identity provider as the SCIM base URL. */
export function scimBaseUrlOf(config: Config, organization: { id: string; slug: string; policy: Policy }): string {
  return scimBaseUrl(config.baseUrl, organization, organization.policy);
}
