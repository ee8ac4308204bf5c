import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Acting } from '../../provisioning/acting.ts';
import { type PlannedWork, planAccess } from '../../provisioning/plan-access.ts';
import type { HeldPlan } from '../../provisioning/plan-held.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { assertMatch } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { cursorQuery } from './paging.ts';
import { problem } from './problem.ts';

/** Where a page of a plan begins, by the cursor, and how the next one is named. `list` names the plan. */
export function planPage(
  { cursors, now }: Pick<ApiOptions, 'cursors' | 'now'>,
  org: NamedOrganization,
  list: string,
  cursor: string | undefined,
): { from: number; next: (place: number | undefined) => string | null } {
  const query = cursorQuery(org.id, list);
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
export function shownVersion(request: FastifyRequest, state: unknown): string | undefined {
  const { version, isExpected } = expectedState(request);
  isExpected(state);
  return version;
}

/** The same where the state is known only in the transaction that changes it, which asks whether it is expected. */
export function expectedState(request: FastifyRequest): {
  version: string | undefined;
  isExpected: (state: unknown) => void;
} {
  const header = request.headers['if-match'];
  const version = planVersion(header);
  return {
    version,
    isExpected: (state) => {
      if (version === undefined && header !== undefined) assertMatch(request, state);
    },
  };
}

/** A page of a plan as it is sent. */
export const shownPlan = <Plan extends HeldPlan>(
  { refusal, next, ...plan }: Plan,
  page: Pick<ReturnType<typeof planPage>, 'next'>,
) => ({ ...plan, refusal: refusal ?? null, nextCursor: page.next(next) });

/**
 * The same of a change of what has no entity tag: only the version of a plan is one.
 *
 * @throws ApiProblem precondition_failed
 */
export function assertPlanned(request: FastifyRequest): string | undefined {
  const header = request.headers['if-match']?.trim();
  if (header === undefined || header === '*') return undefined;
  const version = planVersion(header);
  if (version === undefined)
    throw problem('precondition_failed', 'That is not the version of a plan. Look at the plan first.');
  return version;
}

/** The version of a plan that an If-Match names; undefined if it names none. */
export function planVersion(header: string | undefined): string | undefined {
  return header?.trim().match(/^"(\d+-[\w-]{22})"$/)?.[1];
}

/** A page of the plan of a change of roles and licenses, with its version as the entity tag. `list` names the plan. */
export async function accessPlanPage(
  { app, ...options }: Pick<ApiOptions, 'app' | 'cursors' | 'now'>,
  request: FastifyRequest<{ Querystring: { limit: number; cursor?: string } }>,
  reply: FastifyReply,
  list: string,
  planned: (at: Acting) => PlannedWork,
) {
  const org = organizationOf(request);
  const { limit, cursor } = request.query;
  const page = planPage(options, org, list, cursor);
  const at = actingOf(request, options.now());
  const plan = await planAccess(app, org, planned(at), at, { from: page.from, limit });
  reply.header('etag', `"${plan.version}"`);
  return shownPlan(plan, page);
}
