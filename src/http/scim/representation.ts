import { createHash, hash } from 'node:crypto';
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
  if (derived === undefined) return versionTag(version);
  const [first, ...more] = derived;
  if (first === undefined || first === '[]') return versionTag(version);
  return versionTag(version, (more.length === 0 ? hash('sha256', first, 'hex') : digestOf(derived)).slice(0, 16));
}

/** Of the pieces of a long text, made once: the tag stands in the body and in a header. */
function digestOf(pieces: readonly string[]): string {
  const known = digests.get(pieces);
  if (known !== undefined) return known;
  const hashed = createHash('sha256');
  for (const piece of pieces) hashed.update(piece);
  const digest = hashed.digest('hex');
  digests.set(pieces, digest);
  return digest;
}

const digests = new WeakMap<readonly string[], string>();

export const locationOf = ({ type, scimBaseUrl }: Printing, id: string) => `${scimBaseUrl}${type.endpoint}/${id}`;

/**
 * The JSON text of a resource (RFC 7643 §3). What was stored is passed through as it is; it is taken apart only when
 * some of its attributes were asked for or excluded.
 */
export function printResource(stored: StoredResource, printing: Printing, given?: () => GivenNames): string {
  const { type, projection } = printing;
  const text = inPieces(stored, printing).join('');
  if (projection === undefined && !hidesByDefault(type)) return text;
  return JSON.stringify(project(JSON.parse(text) as Resource, projection, type, given?.()));
}

/** The same in pieces, which together are the text: of a group with many members it is never in one. */
export function printInPieces(stored: StoredResource, printing: Printing): readonly string[] {
  const { type, projection } = printing;
  const isWhole = projection === undefined && !hidesByDefault(type);
  return isWhole ? inPieces(stored, printing) : [printResource(stored, printing)];
}

function inPieces(stored: StoredResource, printing: Printing): readonly string[] {
  const begins = `{"id":"${stored.id}","meta":${printMeta(stored, printing)}`;
  const rest = `,${stored.scim.trimStart().slice(1)}`;
  if (stored.derived === undefined) return [begins, rest];
  return [begins, `,"${printing.type.kind === 'User' ? 'groups' : 'members'}":`, ...stored.derived, rest];
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
