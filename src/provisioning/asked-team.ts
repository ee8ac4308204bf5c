import { caseKey } from '../scim/case-key.ts';
import type { Resource } from '../scim/schema.ts';
import type { AskedTeam } from '../store/team-writing.ts';

/** The asked side of a team, from a resource that was found good. */
export function askedTeam(resource: Resource): AskedTeam {
  const displayName = resource.displayName as string;
  return {
    scim: resource,
    displayName,
    displayNameKey: caseKey(displayName),
    externalId: resource.externalId as string | undefined,
  };
}
