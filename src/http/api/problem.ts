import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ScimError } from '../../scim/errors.ts';
import { databaseFault } from '../../store/database-errors.ts';
import { OperatorError, type OperatorErrorCode } from '../../store/operator-error.ts';
import type { Problem } from './schemas/parts.ts';

/**
 * Every refusal of the management API by its code, which programs may rely on, with the status it travels with
 * (docs/reference/errors.md is generated from this table).
 */
export const problemCodes = {
  invalid_request: [400, 'a parameter or the body does not fit its schema; `errors` names each place'],
  invalid_cursor: [400, 'the cursor was not given for this list, was altered or has expired; begin again without one'],
  invalid_setting: [400, 'a value is well formed and not allowed; `errors`, if it is there, names the place'],
  unauthorized: [401, 'the key is missing, unknown, expired or revoked, or its person is no longer active'],
  forbidden: [403, 'the organization is suspended, or the caller may not do this or not give what it would give'],
  locked: [403, 'the identity provider manages it; the detail names the lock and the ways out'],
  scope_missing: [403, 'the key lacks the scope that the route needs; `scope` names it'],
  not_found: [404, 'there is no such organization, resource or route, or it belongs to somebody else'],
  method_not_allowed: [405, 'the path does not answer this method'],
  conflict: [409, 'the state of the organization does not allow it, such as a name that is taken'],
  events_gone: [410, 'events after this number are no longer kept; begin again with a snapshot'],
  precondition_failed: [412, 'the resource is no longer at the version that If-Match names'],
  too_large: [413, 'the request is larger than a limit, which the detail names'],
  unsupported_media_type: [415, 'the body is not application/json, or is compressed'],
  idempotency_mismatch: [422, 'the Idempotency-Key was used for another request'],
  precondition_required: [428, 'the change needs If-Match with the version that was read'],
  confirmation_required: [428, 'the change has to be confirmed; the detail says what it does, and by which word'],
  rate_limited: [429, 'the rate limit is reached; Retry-After or the detail says when to come back'],
  internal: [500, 'Rollcall failed; its log says why'],
  not_implemented: [501, 'the operation is not supported'],
  unavailable: [503, 'the database cannot be reached or the organization is busy; Retry-After says when to come back'],
} as const satisfies Record<string, readonly [status: number, when: string]>;

export type ProblemCode = keyof typeof problemCodes;

/** A refusal that a caller of the API may see. `detail` is one sentence for people and never carries a secret. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly more: Pick<Problem, 'errors' | 'scope'>;
  declare readonly retryAfterSeconds?: number;

  constructor(code: ProblemCode, detail: string, more: Pick<Problem, 'errors' | 'scope'> = {}, retryAfter?: number) {
    super(detail);
    this.code = code;
    this.more = more;
    if (retryAfter !== undefined) this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfter));
  }
}

export const problem = (code: ProblemCode, detail: string): ApiProblem => new ApiProblem(code, detail);

const outageRetrySeconds = 2;

/** Answers any error with problem details (RFC 9457 §3). */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = toProblem(error, request);
  const [status] = problemCodes[found.code];
  if (status >= 500) {
    // The route and not the path, which names people and may hold what a client put there by mistake.
    const { method, url } = request.routeOptions;
    if (databaseFault(error).kind === 'definitions-changed') {
      request.log.warn({ method, route: url }, 'the management API failed: schemas were changed meanwhile');
    } else {
      request.log.error({ err: error, method, route: url }, 'the management API failed');
    }
  }
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Rollcall management API"');
  if (found.retryAfterSeconds !== undefined) reply.header('retry-after', found.retryAfterSeconds);
  const body: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: found.code,
    detail: found.message,
    ...found.more,
  };
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body);
}

/**
 * What the client did wrong is named; a database that is away is an outage that passes (R51); everything else is a bug, of
 * which the client learns only where the log has it.
 */
function toProblem(error: unknown, request: FastifyRequest): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof ScimError) return ofScim(error);
  if (error instanceof OperatorError && error.code in operatorCodes) {
    const { at: pointer, message: detail } = error;
    const more = pointer === undefined ? {} : { errors: [{ in: 'body', pointer, detail }] };
    return new ApiProblem(operatorCodes[error.code] as ProblemCode, detail, more);
  }
  const fault = databaseFault(error);
  if (fault.kind === 'unavailable') {
    return new ApiProblem(
      'unavailable',
      'The database does not answer. Rollcall tries again by itself.',
      {},
      outageRetrySeconds,
    );
  }
  if (fault.kind === 'too-slow') {
    const detail = 'The database needed too long and was stopped; nothing was changed. Ask for less at a time.';
    return new ApiProblem('unavailable', detail, {}, outageRetrySeconds);
  }
  if (fault.kind === 'definitions-changed') {
    const detail =
      'The schemas of the organization have just been changed; nothing was stored. Send the request again.';
    return new ApiProblem('unavailable', detail, {}, outageRetrySeconds);
  }
  if (fault.kind === 'busy') {
    return new ApiProblem('unavailable', 'The organization is busy. Try again in a moment.', {}, outageRetrySeconds);
  }
  if (fault.kind === 'bad-input') {
    return problem('invalid_request', 'A value holds characters or a number that cannot be stored.');
  }
  const { statusCode, code } = error as Partial<FastifyError>;
  if (statusCode === 413 || statusCode === 415) return ofTransport(statusCode);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return problem('invalid_request', `The request could not be read (${code}).`);
  }
  return problem('internal', `Rollcall failed to answer; its log says why under request ${request.id}.`);
}

const ofTransport = (status: 413 | 415): ApiProblem =>
  status === 413
    ? problem('too_large', 'The body is larger than the limit of this server.')
    : problem('unsupported_media_type', 'The body must be sent as application/json.');

/** What an operation refuses for a reason of its own, in the words of the protocol whose operations it shares. */
function ofScim({ status, scimType, detail, retryAfterSeconds }: ScimError): ApiProblem {
  const isCursor = scimType === 'invalidCursor' || scimType === 'expiredCursor';
  const code = isCursor ? 'invalid_cursor' : codeOf(status);
  return new ApiProblem(code, `${detail}.`, {}, retryAfterSeconds);
}

function codeOf(status: number): ProblemCode {
  const preferred: Partial<Record<number, ProblemCode>> = { 400: 'invalid_request', 403: 'forbidden' };
  const code = Object.entries(problemCodes).find(([, [each]]) => each === status)?.[0] as ProblemCode | undefined;
  return preferred[status] ?? code ?? 'internal';
}

/** The failures of operators that a request can bring about; any other is one of the installation. */
const operatorCodes: Partial<Record<OperatorErrorCode, ProblemCode>> = {
  setting_invalid: 'invalid_setting',
  not_found: 'not_found',
  refused: 'conflict',
  changed: 'precondition_failed',
  locked: 'locked',
  forbidden: 'forbidden',
  too_soon: 'rate_limited',
  unconfirmed: 'confirmation_required',
  unplanned: 'precondition_required',
};

/**
 * Makes the answer to what no route answers: 405 where the path answers another method (RFC 9110 §15.5.6), and else 404.
 *
 * @param methodsOf the methods that a path answers
 */
export const refuseUnknownRoute =
  (methodsOf: (path: string) => readonly string[]) =>
  (request: FastifyRequest, reply: FastifyReply): never => {
    const [path = ''] = request.url.split('?', 1);
    const methods = methodsOf(path).join(', ');
    const what = `${request.method} ${path} is not part of the management API`;
    if (methods === '') throw problem('not_found', `${what}; /api/v1/openapi.json lists what is.`);
    reply.header('allow', methods);
    throw problem('method_not_allowed', `${what}; the path answers ${methods}.`);
  };
