import type { Actor } from '../../events/feed.ts';
import { sayActor } from '../../events/words.ts';
import { differenceSays, waitsForAdmin } from '../../organization/reconciling.ts';
import { type Reconciliation as Found, startReconciliation, stateOf } from '../../provisioning/reconcile.ts';
import { findReconciliation, listReconciliations, type StoredReconciliation } from '../../store/reconciliations.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { matchedTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import {
  type ListedReconciliation,
  Reconciliation,
  ReconciliationList,
  ReconciliationQuery,
  ReconciliationStart,
} from './schemas/reconciliation.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];
const path = '/organizations/:organization/connection/reconciliations';

/** Comparing what was asked with what is in force, for the whole organization. */
export function reconciliationRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;
  // What goes on in the background ends with the server.
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  api.addHook('onClose', async () => {
    stopping.abort();
    await Promise.all(running);
  });

  const load = async (org: NamedOrganization, id: string): Promise<Reconciliation> => {
    const found = await findReconciliation(app, org, id);
    if (found === undefined)
      throw problem('not_found', `There is no comparison ${id} in this organization, or it is no longer kept.`);
    return {
      ...shownRun(found, now()),
      report: found.report === undefined ? null : shownReport(found.report as Found),
    };
  };

  api.get(
    path,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'listReconciliations',
        summary: 'List the comparisons of what was asked with what is in force, the newest first',
        description: 'There is one each night, and one whenever somebody asks for it. The newest are kept.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: ReconciliationList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'reconciliations', page: request.query },
        ({ limit, from }) => listReconciliations(app, org, { limit, before: from?.id }),
        (found): ListedReconciliation => ({
          ...shownRun(found, now()),
          report: found.report === undefined ? null : shownFindings(found.report as Found),
        }),
      );
    },
  );

  api.get(
    `${path}/:id`,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'readReconciliation',
        summary: 'Read a comparison with its report, or how far it is',
        tags,
        params: ItemParams,
        response: { 200: Reconciliation },
      },
    },
    async (request) => await load(organizationOf(request), request.params.id),
  );

  api.post(
    path,
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'reconcile',
        summary: 'Compare what was asked with what is in force, and repair what does not follow',
        description:
          'Answers 202 where it takes longer than `wait`. One comparison of an organization runs at a time. With If-Match and the ' +
          '`version` of a report it repairs only what that shows.',
        tags,
        params: OrganizationParams,
        querystring: ReconciliationQuery,
        body: ReconciliationStart,
        response: { 200: Reconciliation, 202: Reconciliation },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { repair = false } = request.body;
      const version = matchedTag(request);
      const wish = { repair, version, signal: stopping.signal };
      const { id, ended } = await startReconciliation(app, org, wish, actingOf(request, now()));
      const background = ended
        .catch((error: unknown) =>
          request.log.warn({ err: error, reconciliation: id }, 'a comparison did not end well'),
        )
        .finally(() => running.delete(background));
      running.add(background);
      const isDone = await withinSeconds(request.query.wait, ended);
      reply.status(isDone ? 200 : 202);
      return await load(org, id);
    },
  );
}

/** Waits for some work, but not for longer than that: whether it is done. */
async function withinSeconds(seconds: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), seconds * 1000);
  return await Promise.race([work.then(() => true), late.promise]).finally(() => clearTimeout(timer));
}

const shownRun = (run: StoredReconciliation, now: Date): Omit<ListedReconciliation, 'report'> => ({
  id: run.id,
  at: run.at.toISOString(),
  by: sayActor(run.actor as Actor),
  repair: run.repairs,
  state: stateOf(run, now),
  progress: run.progress,
  endedAt: run.endedAt?.toISOString() ?? null,
  problem: run.problem ?? null,
});

const shownFindings = ({ compared, drift, repaired, refused, explained }: Found) => ({
  compared,
  explained: explained.map(shownExplained),
  drift,
  repaired,
  refused,
});

/** Differences that a reason explains, with the reason in words. */
export const shownExplained = (each: Found['explained'][number]) => ({
  ...each,
  because: differenceSays(each.rule),
  waitsForAdmin: waitsForAdmin(each.rule),
});

const shownReport = (found: Found): NonNullable<Reconciliation['report']> => ({
  version: found.version,
  ...shownFindings(found),
  items: found.items,
});
