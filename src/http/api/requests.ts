import type { FastifyReply } from 'fastify';
import { quirks, type Tolerance } from '../../scim/quirks.ts';
import { findOrganizationId } from '../../store/organizations.ts';
import { findRequest, type LoggedRequest, listRequests } from '../../store/request-log.ts';
import type { OperatorApiOptions } from './operator-api.ts';
import { sendProblem } from './problem.ts';
import {
  OrganizationParams,
  RequestDetail,
  RequestList,
  RequestParams,
  RequestQuery,
  type RequestSummary,
} from './schemas.ts';
import type { TypedInstance } from './typebox-provider.ts';

export function requestRoutes(api: TypedInstance, { app, jobs }: OperatorApiOptions): void {
  api.get(
    '/organizations/:organization/requests',
    {
      config: { guard: 'operator' },
      schema: { params: OrganizationParams, querystring: RequestQuery, response: { 200: RequestList } },
    },
    async (request, reply) => {
      const { limit, before, status } = request.query;
      const id = await findOrganizationId(jobs, request.params.organization);
      if (id === undefined) return noSuchOrganization(reply, request.params.organization);
      // One more than asked tells whether there are older ones.
      const page = { limit: limit + 1, onlyErrors: status === 'error', ...(before === undefined ? {} : { before }) };
      const found = await listRequests(app, { id }, page);
      const requests = found.slice(0, limit).map(summary);
      return { requests, nextBefore: found.length > limit ? (requests.at(-1)?.id ?? null) : null };
    },
  );

  api.get(
    '/organizations/:organization/requests/:id',
    { config: { guard: 'operator' }, schema: { params: RequestParams, response: { 200: RequestDetail } } },
    async (request, reply) => {
      const { organization } = request.params;
      const id = await findOrganizationId(jobs, organization);
      if (id === undefined) return noSuchOrganization(reply, organization);
      const found = await findRequest(app, { id }, request.params.id);
      if (found === undefined) {
        return sendProblem(
          reply,
          404,
          `The request log of ${organization} has no request ${request.params.id}. It may be older than the log goes back.`,
        );
      }
      return { ...summary(found), requestBody: bodyOf(found.requestBody), responseBody: bodyOf(found.responseBody) };
    },
  );
}

function noSuchOrganization(reply: FastifyReply, slugOrId: string): FastifyReply {
  return sendProblem(reply, 404, `There is no organization ${slugOrId}. The command rollcall org list names them all.`);
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
