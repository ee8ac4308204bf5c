import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { databaseFault } from '../../store/database-errors.ts';
import type { Problem } from './schemas.ts';

const retryAfterSeconds = 2;

/** Answers with problem details (RFC 9457 §3). `detail` is one sentence for the person in front of the console. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const problem: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem);
}

/**
 * The error handler of the API. What the client did wrong is named; a database that is away is an outage that passes
 * (R51); everything else is a bug, of which the client learns only where the log has it.
 */
export function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.validation !== undefined) return sendProblem(reply, 400, `The request is not valid: ${error.message}.`);
  if (error.statusCode !== undefined && error.statusCode < 500)
    return sendProblem(reply, error.statusCode, error.message);
  if (databaseFault(error).kind === 'unavailable') {
    request.log.error({ err: error }, 'the operator API cannot reach the database');
    reply.header('retry-after', retryAfterSeconds);
    return sendProblem(reply, 503, 'The database does not answer. Rollcall tries again by itself.');
  }
  if (databaseFault(error).kind === 'busy') {
    reply.header('retry-after', retryAfterSeconds);
    return sendProblem(reply, 503, 'The organization is busy. Try again in a moment.');
  }
  request.log.error({ err: error }, 'the operator API failed');
  return sendProblem(reply, 500, `Rollcall failed to answer; its log says why under request ${request.id}.`);
}

export function sendNoSuchRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, `${request.method} ${request.url.split('?', 1)[0]} is not part of the operator API.`);
}
