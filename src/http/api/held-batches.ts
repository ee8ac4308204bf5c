import type { FastifyRequest } from 'fastify';
import { planHeld } from '../../provisioning/plan-held.ts';
import { discardBatch, releaseBatch } from '../../provisioning/release-batch.ts';
import { findBatch, type ListedBatch, listBatches } from '../../store/held-rows.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { expectedState, planPage } from './plan-page.ts';
import { problem } from './problem.ts';
import { HeldBatch, HeldBatchList, HeldPlan, ReleasedBatch } from './schemas/connection.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Held'];

/** What is asked and held: batches, their plans, and letting them go. */
export function heldBatchRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;
  const path = '/organizations/:organization/held';

  const load = async (org: NamedOrganization, id: string): Promise<HeldBatch> => {
    const batch = await findBatch(app, org, id);
    if (batch === undefined) throw problem('not_found', `There is no held batch ${id} in this organization.`);
    return shown(batch);
  };

  api.get(
    path,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'listHeld',
        summary: 'List the held batches, the newest first',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: HeldBatchList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'held', page: request.query },
        ({ limit, from }) => listBatches(app, org, { limit, before: from?.id }),
        shown,
      );
    },
  );

  api.get(
    `${path}/:id`,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'readHeld',
        summary: 'Read a held batch',
        tags,
        params: ItemParams,
        response: { 200: HeldBatch },
      },
    },
    async (request, reply) => {
      const batch = await load(organizationOf(request), request.params.id);
      reply.header('etag', entityTag(batch));
      return batch;
    },
  );

  api.get(
    `${path}/:id/plan`,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'planHeld',
        summary: 'Show what letting a batch go would put in force, for whom and why',
        description:
          'Nothing is changed. Discarding the batch forgets the same, and takes the version of this plan too.',
        tags,
        params: ItemParams,
        querystring: closed(pageParameters),
        response: { 200: HeldPlan },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { id } = request.params;
      await load(org, id);
      return await planPage(options, request, reply, `held plan ${id}`, async (page, { now: at }) => {
        const { discardRefusal, warnings, ...plan } = await planHeld(app, org, id, page, at);
        return { ...plan, discardRefusal: discardRefusal ?? null, warnings: [...warnings] };
      });
    },
  );

  api.post(
    `${path}/:id/release`,
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'releaseHeld',
        summary: 'Put in force what a batch holds',
        description:
          'With `If-Match` and the version of a plan it happens only if it is what the plan showed; with the entity tag of the batch, only if the batch is as it was read.',
        tags,
        params: ItemParams,
        response: { 200: ReleasedBatch },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      const { version, isExpected } = expectedBatch(request);
      const settling = await releaseBatch(app, org, id, actingOf(request, now()), version, isExpected);
      return { batch: await load(org, id), settling };
    },
  );

  api.post(
    `${path}/:id/discard`,
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'discardHeld',
        summary: 'Leave things as they are, and forget what a batch holds',
        description:
          'Of a connection that is off, or of the brake. What is in force stays, and what was asked stays asked, so the difference goes on being shown. Turning on does not put it in force; the provider’s next request about a person or team does, for that one. With `If-Match` and the version of a plan, or the entity tag of the batch, it happens only if the batch still is so.',
        tags,
        params: ItemParams,
        response: { 200: HeldBatch },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      const { version, isExpected } = expectedBatch(request);
      await discardBatch(app, org, id, actingOf(request, now()), version, isExpected);
      return await load(org, id);
    },
  );
}

/** Whether the caller knows the batch that a change finds, which is asked only where a tag of one was sent. */
function expectedBatch(request: FastifyRequest) {
  const { version, isExpected } = expectedState(request);
  const hasTag = version === undefined && request.headers['if-match'] !== undefined;
  return { version, isExpected: hasTag ? (batch: ListedBatch) => isExpected(shown(batch)) : undefined };
}

const shown = (batch: ListedBatch): HeldBatch => ({
  id: batch.id,
  connection: batch.connectionId,
  cause: batch.cause,
  kinds: [...batch.kinds],
  state: batch.state,
  openedAt: batch.openedAt.toISOString(),
  endedAt: batch.endedAt?.toISOString() ?? null,
  members: batch.members,
  teams: batch.teams,
  memberships: batch.memberships,
});
