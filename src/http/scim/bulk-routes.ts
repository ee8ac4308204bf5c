import type { FastifyInstance, FastifyRequest } from 'fastify';
import { limits } from '../../limits.ts';
import type { Sign } from '../../organization/doctor.ts';
import { tokenScopeFor } from '../../organization/token-scopes.ts';
import type { ProvisioningRequest } from '../../provisioning/provisioning-request.ts';
import type { WrittenResource } from '../../provisioning/resource-operations.ts';
import { type BulkOutcome, runBulk } from '../../provisioning/run-bulk.ts';
import {
  type BulkOperation,
  bulkResponseSchema,
  isRefused,
  parseBulk,
  type RefusedOperation,
} from '../../scim/bulk.ts';
import { errorBody, payloadTooLarge, unavailable } from '../../scim/errors.ts';
import { groupsText } from '../../store/members.ts';
import { type Authenticate, assertFrom, assertOpen, assertScopes, type ScimGrant } from './authentication.ts';
import {
  beginOperation,
  contextOf,
  type GrantedContext,
  provisioningOfOperation,
  type ScimContext,
} from './context.ts';
import { derivedOf } from './listing.ts';
import { locationOf, type Printing, tagOf } from './representation.ts';
import { logFailure, toScimError } from './scim-error.ts';
import { type ScimOptions, scimBaseUrlOf, sendScimError } from './scim-routes.ts';
import { tellOfChange } from './tell-of-change.ts';

/** How a bulk is let in, and for how long it may go on. */
export type BulkAdmission = {
  authenticate: Authenticate;
  /** Holds back what a rate limit refuses. */
  slowDown: <T>(work: () => Promise<T>) => Promise<T>;
};

/** When to send again what a bulk had no time for. Seconds. */
const retryAfterSeconds = 1;

/** POST /Bulk (RFC 7644 §3.7). */
export function bulkRoutes(app: FastifyInstance, options: ScimOptions, admission: BulkAdmission): void {
  const { app: db, baseUrl, rates, recorder, watch } = options;

  app.post(
    '/Bulk',
    {
      config: {
        guard: 'scim-token',
        tokenScopes: [],
        bodyValuesMax: limits.bulkValuesMax,
        countsOperations: true,
      },
      bodyLimit: limits.bulkBytesMax,
      errorHandler: (error, request, reply) => sendScimError(namingBulkLimit(error), request, reply),
    },
    async (request) => {
      const { grant, record } = contextOf(request);
      const orgId = grant.organization.id;
      const bulk = parseBulk(request.body, record.tolerances, grant.types.all);
      await admission.slowDown(async () => rates.admitBulk(grant, bulk.operations.length));
      // Nothing is sent before the end, which must not pass for an idle client (security.md R50).
      request.raw.setTimeout(limits.bulkMs + limits.idleTimeoutMs);
      const scimBaseUrl = scimBaseUrlOf(request, baseUrl);
      const turns = new Map<BulkOutcome['operation'], GrantedContext>();
      const answers = new Map<BulkOutcome['operation'], BulkAnswer>();
      const assertMayGoOn = goingOn(request, admission.authenticate);
      let latest = grant;
      const outcomes = await runBulk(bulk, {
        db,
        orgId,
        begin(operation) {
          const context = beginOperation(request, latest, operation);
          turns.set(operation, context);
          return requestOf(operation, context);
        },
        end(outcome) {
          const context = turns.get(outcome.operation) as GrantedContext;
          const answer = answerOf(outcome, context, scimBaseUrl);
          if (outcome.kind === 'failed') noteRefusal(request, outcome.error, context, answer.response);
          if (context.record.stored) tellOfChange(watch, orgId, context.record);
          else recorder.add(orgId, context.record.row());
          recorder.noteTraffic(orgId, context.traffic());
          answers.set(outcome.operation, answer);
        },
        derivedOf: (type) => derivedOf({ type, scimBaseUrl, projection: undefined }, 'all'),
        assertMay({ method, path, type }) {
          assertScopes(latest, [tokenScopeFor(type.kind, 'write')], `${method} ${path}`);
        },
        assertMayGoOn: async () => {
          // What the operations were read with is what they are checked with, and where that is no longer in force, they are refused.
          latest = { ...(await assertMayGoOn()), types: grant.types };
        },
      });
      record.detail = summaryOf(outcomes, bulk.operations.length);
      const answered = outcomes.map(
        (outcome) => answers.get(outcome.operation) ?? answerOf(outcome, contextOf(request), scimBaseUrl),
      );
      return JSON.stringify({ schemas: [bulkResponseSchema], Operations: answered });
    },
  );

  const requestOf = (operation: BulkOperation | RefusedOperation, context: GrantedContext): ProvisioningRequest => {
    if (isRefused(operation)) return provisioningOfOperation(context, options, undefined);
    context.status = statusOf(operation, context.grant);
    context.record.resourceType = operation.type.name;
    return provisioningOfOperation(context, options, operation.version);
  };
}

/** RFC 7644 §3.7.4: the refusal names the limit by the name under which it is announced. */
function namingBulkLimit(error: unknown): unknown {
  if ((error as { code?: string }).code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return error;
  return payloadTooLarge(`The size of the bulk exceeds the maxPayloadSize (${limits.bulkBytesMax} bytes)`);
}

/**
 * Looks at the token again before each operation, since a bulk outlasts the time after which a revocation is in force
 * (security.md R4), and ends a bulk that its client or this process may not live to see answered.
 */
function goingOn(request: FastifyRequest, authenticate: Authenticate): () => Promise<ScimGrant> {
  const { organization } = request.params as { organization: string };
  const { authorization } = request.headers;
  const endMs = performance.now() + limits.bulkMs;
  const notBegun = (why: string) =>
    unavailable(`${why}, and this operation was not begun. Send it again`, retryAfterSeconds);
  return async () => {
    if (performance.now() > endMs) throw notBegun(`The bulk took longer than ${limits.bulkMs / 1000} seconds`);
    if (!request.server.server.listening) throw notBegun('Rollcall is being stopped');
    const { signs } = contextOf(request).record;
    const note = (sign: Sign) => void signs.add(sign);
    const grant = await authenticate({ authorization, organization, address: request.ip, note }, new Date());
    assertOpen(grant);
    assertFrom(grant, request.ip);
    return grant;
  };
}

/** What a request of its own would be answered with, also where a PATCH has no body to answer (RFC 7644 §3.5.2). */
function statusOf({ method, type }: BulkOperation, { profile }: ScimGrant): number {
  switch (method) {
    case 'POST':
      return 201;
    case 'PUT':
      return 200;
    case 'PATCH':
      return type.kind === 'Group' || (type.kind === 'User' && profile.patchedUser === 'nothing') ? 204 : 200;
    case 'DELETE':
      return 204;
  }
}

/** One operation of the answer (RFC 7644 §3.7, §3.7.3). */
type BulkAnswer = {
  location?: string;
  method?: string;
  bulkId?: string;
  version?: string;
  status: string;
  response?: ReturnType<typeof errorBody>;
};

function answerOf(outcome: BulkOutcome, context: ScimContext, scimBaseUrl: string): BulkAnswer {
  const { record } = context;
  const { operation } = outcome;
  const { method, bulkId } = operation;
  const named = { ...(method === undefined ? {} : { method }), ...(bulkId === undefined ? {} : { bulkId }) };
  if (outcome.kind !== 'done') {
    const error = toScimError(outcome.error);
    const location = locationOfFailed(operation, record.resourceId, scimBaseUrl);
    return {
      ...(location === undefined ? {} : { location }),
      ...named,
      status: String(error.status),
      response: errorBody(error, record.id),
    };
  }
  const { type } = operation as BulkOperation;
  const printing: Printing = { type, scimBaseUrl, projection: undefined };
  const { written } = outcome;
  return {
    location: locationOf(printing, record.resourceId ?? ''),
    ...named,
    ...(written === undefined ? {} : { version: versionOf(written, printing) }),
    status: String(context.status),
  };
}

/** RFC 7644 §3.7.3: all but a POST have one. Where the id is none, it is the path that was sent. */
function locationOfFailed(
  operation: BulkOutcome['operation'],
  resourceId: string | undefined,
  scimBaseUrl: string,
): string | undefined {
  const { method, path } = operation;
  if (method === 'POST' || path === undefined) return undefined;
  if (isRefused(operation) && resourceId !== undefined) {
    return scimBaseUrl + path.slice(0, path.lastIndexOf('/') + 1) + resourceId;
  }
  if (resourceId === undefined || isRefused(operation)) return path.startsWith('/') ? scimBaseUrl + path : undefined;
  return locationOf({ type: operation.type, scimBaseUrl, projection: undefined }, resourceId);
}

/** The tag that a request of its own would be answered with; of a patched group, the one that is without members. */
function versionOf({ version, derived, teams }: WrittenResource, printing: Printing): string {
  return tagOf({
    version,
    derived: teams === undefined ? derived : groupsText(teams, derivedOf(printing, 'all').reference),
  });
}

function noteRefusal(
  request: FastifyRequest,
  cause: unknown,
  context: ScimContext,
  response: BulkAnswer['response'],
): void {
  const error = toScimError(cause);
  logFailure(request.log, cause, context.record.id, 'an operation of a bulk failed');
  context.status = error.status;
  context.responseBody = JSON.stringify(response);
  context.scimType = error.scimType;
  context.record.detail = error.detail;
}

function summaryOf(outcomes: readonly BulkOutcome[], sent: number): string {
  const count = (kind: BulkOutcome['kind']) => outcomes.filter((each) => each.kind === kind).length;
  const [done, failed] = [count('done'), count('failed')];
  const left = sent - done - failed;
  return `carried out ${done} of ${sent} operations${failed === 0 ? '' : `; ${failed} failed`}${left === 0 ? '' : `; ${left} not begun`}`;
}
