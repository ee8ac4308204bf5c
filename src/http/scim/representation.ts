import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { versionTag } from '../../scim/etag.ts';
import { parsePatch } from '../../scim/patch.ts';
import { type GivenNames, hidesByDefault, namesGiven, type Projection, project } from '../../scim/projection.ts';
import type { Resource, ResourceType } from '../../scim/schema.ts';
import type { StoredResource } from '../../store/members.ts';

/** How resources are printed for one request. */
export type Printing = {
  type: ResourceType;
  /** The address of the organization's SCIM endpoint, without a slash at its end. */
  scimBaseUrl: string;
  projection: Projection | undefined;
};

/**
 * The entity tag of a representation. What is derived from other resources changes without the version, so it is part of the
 * tag; a representation without it has the version alone.
 */
export function tagOf({ version, derived }: Pick<StoredResource, 'version' | 'derived'>): string {
  if (derived === undefined || derived === '[]') return versionTag(version);
  return versionTag(version, hash('sha256', derived, 'hex').slice(0, 16));
}

export const locationOf = ({ type, scimBaseUrl }: Printing, id: string) => `${scimBaseUrl}${type.endpoint}/${id}`;

/**
 * The JSON text of a resource (RFC 7643 §3). What was stored is passed through as it is; it is taken apart only when
 * some of its attributes were asked for or excluded.
 */
export function printResource(stored: StoredResource, printing: Printing, given?: () => GivenNames): string {
  const { type, projection } = printing;
  const derived =
    stored.derived === undefined ? '' : `,"${type.kind === 'User' ? 'groups' : 'members'}":${stored.derived}`;
  const text = `{"id":"${stored.id}","meta":${printMeta(stored, printing)}${derived},${stored.scim.trimStart().slice(1)}`;
  if (projection === undefined && !hidesByDefault(type)) return text;
  return JSON.stringify(project(JSON.parse(text) as Resource, projection, type, given?.()));
}

/**
 * The same as the answer to the request that wrote the resource: it has what is returned on request where the request gave it (RFC 7643
 * §7). The request is read again only where the type has such an attribute.
 */
export function printWritten(
  stored: StoredResource,
  printing: Printing,
  { method, body }: Pick<FastifyRequest, 'method' | 'body'>,
): string {
  const { type } = printing;
  if (!hidesByDefault(type)) return printResource(stored, printing);
  return printResource(stored, printing, () =>
    namesGiven(type, body, method === 'PATCH' ? parsePatch(body) : undefined),
  );
}

/** Nothing in it needs escaping: ids and times are ours, and the location's parts are URL text. */
function printMeta(stored: StoredResource, printing: Printing): string {
  const { id, createdAt, updatedAt } = stored;
  const tag = tagOf(stored).replaceAll('"', '\\"');
  return `{"resourceType":"${printing.type.name}","created":"${createdAt.toISOString()}","lastModified":"${updatedAt.toISOString()}","location":"${locationOf(printing, id)}","version":"${tag}"}`;
}
