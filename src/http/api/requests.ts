import { quirks, type Tolerance } from '../../scim/quirks.ts';
import { findRequest, type LoggedRequest, listRequests } from '../../store/request-log.ts';
import { organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { ItemParams, OrganizationParams } from './schemas/parts.ts';
import { RequestDetail, RequestList, RequestQuery, type RequestSummary } from './schemas/request.ts';
import type { TypedInstance } from './typebox-provider.ts';

const config = { guard: 'management', scope: 'requests:read' } as const;
const tags = ['Requests'];

export function requestRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app } = options;

  api.get(
    '/organizations/:organization/requests',
    {
      config,
      schema: {
        operationId: 'listRequests',
        summary: 'List the SCIM requests, the newest first',
        tags,
        params: OrganizationParams,
        querystring: RequestQuery,
        response: { 200: RequestList },
      },
    },
    async (request) => {
      const { status, bulk, ...page } = request.query;
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: `requests ${status ?? ''} ${bulk ?? ''}`, page },
        ({ limit, from }) =>
          listRequests(app, org, {
            limit,
            onlyErrors: status === 'error',
            ...(bulk === undefined ? {} : { bulk }),
            ...(from === undefined ? {} : { before: from.id }),
          }),
        summary,
      );
    },
  );

  api.get(
    '/organizations/:organization/requests/:id',
    {
      config,
      schema: {
        operationId: 'readRequest',
        summary: 'Read one SCIM request with its bodies',
        tags,
        params: ItemParams,
        response: { 200: RequestDetail },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const found = await findRequest(app, org, request.params.id);
      if (found === undefined) {
        throw problem(
          'not_found',
          `The request log of ${org.slug} has no request ${request.params.id}. It may be older than the log goes back.`,
        );
      }
      return { ...summary(found), requestBody: bodyOf(found.requestBody), responseBody: bodyOf(found.responseBody) };
    },
  );
}

function summary(request: LoggedRequest): RequestSummary {
  return {
    id: request.id,
    at: request.at.toISOString(),
    method: request.method,
    path: request.path,
    status: request.status,
    durationMs: request.durationUs / 1000,
    client: request.client ?? null,
    address: request.address === '' ? null : request.address,
    tokenName: request.tokenName ?? null,
    changes: request.changes.map((change) => change.says),
    tolerances: request.tolerances.map((name) => ({ name, says: toleranceText(name) })),
    detail: request.detail ?? null,
    bulk: request.bulk ?? null,
  };
}

/** A log outlives releases: a name in it may be one that this release no longer has. */
function toleranceText(name: string): string {
  return Object.hasOwn(quirks, name)
    ? quirks[name as Tolerance].says
    : 'This release of Rollcall no longer has this tolerance.';
}

/** The log keeps bodies as text: what is JSON is shown as JSON, what was cut off or never was any stays text. */
function bodyOf(text: string | undefined): unknown {
  if (text === undefined || text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
