import type { FastifyRequest } from 'fastify';
import type { NamedOrganization } from './caller.ts';
import { assertMatch } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';

/** Where a page of a plan begins, by the cursor, and how the next one is named. `list` names the plan. */
export function planPage(
  { cursors, now }: Pick<ApiOptions, 'cursors' | 'now'>,
  org: NamedOrganization,
  list: string,
  cursor: string | undefined,
): { from: number; next: (place: number | undefined) => string | null } {
  const query = { orgId: org.id, list: `api ${list}`, count: 0 };
  const from = cursor === undefined ? 0 : Number(cursors.open(query, cursor, now()).key);
  return {
    from,
    // A cursor continues behind a row; of a plan that is a place.
    next: (place) => (place === undefined ? null : cursors.seal(query, { key: String(place), id: org.id }, now())),
  };
}

/**
 * The version of the plan that the caller was shown and wants to happen; undefined without If-Match. Another tag is one of the state
 * that is changed, and has to be the one that it has now.
 *
 * @throws ApiProblem precondition_failed
 */
export async function assertShown(request: FastifyRequest, read: () => Promise<unknown>): Promise<string | undefined> {
  const header = request.headers['if-match'];
  const version = planVersion(header);
  if (version === undefined && header !== undefined) assertMatch(request, await read());
  return version;
}

/** The version of a plan that an If-Match names; undefined if it names none. */
export function planVersion(header: string | undefined): string | undefined {
  return header?.trim().match(/^"(\d+-[\w-]{22})"$/)?.[1];
}
