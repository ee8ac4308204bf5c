import type { FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../../limits.ts';
import type { Acting, Asking } from '../../provisioning/acting.ts';
import { type PlannedWork, planAccess } from '../../provisioning/plan-access.ts';
import type { HeldPlan, PlanPage } from '../../provisioning/plan-held.ts';
import { actingOf, callerOf, isAllowed, organizationOf } from './caller.ts';
import { assertMatch } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { cursorQuery } from './paging.ts';
import { problem } from './problem.ts';

type PlanRequest = FastifyRequest<{ Querystring: { limit: number; cursor?: string } }>;

/**
 * One page of a plan as it is sent, with its version as the entity tag. The first page makes the plan; the others are read from it for
 * limits.planSeconds, and from a plan made anew after that. Items name people, so they are for those who may read members; others get
 * the counts.
 *
 * @param list names the plan, with all that it is made from
 */
export async function planPage<Plan extends HeldPlan>(
  { plans, cursors, now }: Pick<ApiOptions, 'plans' | 'cursors' | 'now'>,
  request: PlanRequest,
  reply: FastifyReply,
  list: string,
  make: (page: PlanPage, at: Acting & Asking) => Promise<Plan>,
) {
  const org = organizationOf(request);
  const showsItems = isAllowed(callerOf(request), 'members:read');
  const at = { ...actingOf(request, now()), ...(!showsItems && { namesNobody: true }) };
  const { limit, cursor } = request.query;
  const query = cursorQuery(org.id, list);
  const [place = '0', seen = ''] =
    cursor === undefined ? [] : (cursors.open(query, cursor, at.now).key ?? '').split(' ');
  const from = Number(place);
  // What is refused to one is not to another, so nobody reads a plan that was made for somebody else.
  const name = JSON.stringify([org.id, list, at.actor, showsItems]);
  const recalled = plans.recall(name, seen, at.now) as Plan | undefined;
  // What lies behind what is remembered of a plan is planned anew.
  const isRecalled = recalled !== undefined && (recalled.next === undefined || from < recalled.items.length);
  const first = from < limits.plannedItemsMax ? 0 : from;
  const page = showsItems ? { from: first, limit: limits.plannedItemsMax } : { from: 0, limit: 0 };
  const plan = isRecalled ? recalled : await plans.inTurn(org.id, () => make(page, at));
  if (!isRecalled && first === 0 && plan.items.length > limit) plans.remember(name, plan, at.now);
  const begin = isRecalled ? from : from - first;
  const items = plan.items.slice(begin, begin + limit);
  const hasMore = showsItems && (begin + items.length < plan.items.length || plan.next !== undefined);
  // A cursor continues behind a row; of a plan that is a place.
  const key = `${from + items.length} ${plan.version}`;
  reply.header('etag', `"${plan.version}"`);
  const { next: _, refusal, ...rest } = plan;
  return {
    ...rest,
    refusal: refusal ?? null,
    showsItems,
    items,
    nextCursor: hasMore ? cursors.seal(query, { key, id: org.id }, at.now) : null,
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

/** A page of the plan of a change of roles and licenses. `list` names the plan. */
export async function accessPlanPage(
  options: Pick<ApiOptions, 'app' | 'plans' | 'cursors' | 'now'>,
  request: PlanRequest,
  reply: FastifyReply,
  list: string,
  planned: (at: Acting) => PlannedWork,
) {
  const org = organizationOf(request);
  return await planPage(options, request, reply, list, (page, at) =>
    planAccess(options.app, org, planned(at), at, page),
  );
}
