import { versionTag } from '../../scim/etag.ts';
import { type Projection, project } from '../../scim/projection.ts';
import type { Resource, ResourceType } from '../../scim/schema.ts';
import type { StoredResource } from '../../store/members.ts';

/** How resources are printed for one request. */
export type Printing = {
  type: ResourceType;
  /** The address of the organization's SCIM endpoint, without a slash at its end. */
  scimBaseUrl: string;
  projection: Projection | undefined;
};

export const locationOf = ({ type, scimBaseUrl }: Printing, id: string) => `${scimBaseUrl}${type.endpoint}/${id}`;

/**
 * The JSON text of a resource (RFC 7643 §3). What was stored is passed through as it is; it is taken apart only when
 * some of its attributes were asked for or excluded.
 */
export function printResource(stored: StoredResource, printing: Printing): string {
  const { type, projection } = printing;
  const derived =
    stored.derived === undefined ? '' : `,"${type.name === 'User' ? 'groups' : 'members'}":${stored.derived}`;
  const text = `{"id":"${stored.id}","meta":${printMeta(stored, printing)}${derived},${stored.scim.trimStart().slice(1)}`;
  if (projection === undefined) return text;
  return JSON.stringify(project(JSON.parse(text) as Resource, projection, type));
}

function printMeta(stored: StoredResource, printing: Printing): string {
  return JSON.stringify({
    resourceType: printing.type.name,
    created: stored.createdAt,
    lastModified: stored.updatedAt,
    location: locationOf(printing, stored.id),
    version: versionTag(stored.version),
  });
}
