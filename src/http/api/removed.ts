import { readActorNaming, shownActor } from '../../events/shown-actor.ts';
import { sayActor } from '../../events/words.ts';
import { listRemoved } from '../../store/removed-list.ts';
import { organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { closed, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { type Removed, RemovedList } from './schemas/removed.ts';
import type { TypedInstance } from './typebox-provider.ts';

/** Who was removed, and which teams, as long as they are remembered. */
export function removedRoutes(api: TypedInstance, options: ApiOptions): void {
  api.get(
    '/organizations/:organization/removed',
    {
      config: { guard: 'management', scope: 'events:read' },
      schema: {
        operationId: 'listRemoved',
        summary: 'List the people and teams that were removed and can be brought back, the last ones first',
        description:
          'Undoing what happened to one since it was removed (`POST …/undo/plan` with its id and `removedAt`) brings it back as it ' +
          'was; `POST …/members/{id}/return` and `…/teams/{id}/restore` bring back what an admin had given.',
        tags: ['History'],
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: RemovedList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const naming = await readActorNaming(options.app, org);
      return await pageOf(
        options,
        { owner: org.id, list: 'removed', page: request.query },
        ({ limit, from }) =>
          listRemoved(options.app, org, {
            limit,
            now: options.now(),
            before: from && { until: new Date(from.key ?? ''), id: from.id },
          }),
        ({ event, removedAt, rememberedUntil, ...removed }): Removed => ({
          ...removed,
          removedAt: removedAt.toISOString(),
          rememberedUntil: rememberedUntil.toISOString(),
          by: event === undefined ? null : sayActor(shownActor(event, naming)),
          event: event?.seq ?? null,
        }),
        ({ rememberedUntil }) => rememberedUntil.toISOString(),
      );
    },
  );
}
