import { createHash, timingSafeEqual } from 'node:crypto';
import type { onRequestAsyncHookHandler } from 'fastify';
import { ScimError } from '../../scim/errors.ts';
import type { RateLimits } from '../rate-limits.ts';
import { sendProblem } from './problem.ts';

/**
 * The guard of the operator API: lets a request pass that carries the operator key as its Bearer token. Digests are
 * compared, in constant time, so that neither the key's text nor its length shows in how long a refusal takes (R3).
 * No other credential opens the API (R6), and a refused one is logged without its text (R5, R52). Guessing is slow (R27).
 */
export function requireOperatorKey(
  operatorKey: string,
  rates: Pick<RateLimits, 'spendGuess'>,
): onRequestAsyncHookHandler {
  const expected = digest(operatorKey);
  return async (request, reply) => {
    const given = bearerToken(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    const wait = waitForGuess(rates, request.ip);
    if (wait !== undefined) {
      reply.header('retry-after', wait.retryAfterSeconds);
      return sendProblem(reply, wait.status, wait.detail);
    }
    request.log.warn(
      { address: request.ip, path: request.url.split('?', 1)[0], credential: given === undefined ? 'none' : 'wrong' },
      'operator API: refused',
    );
    reply.header('www-authenticate', 'Bearer realm="Rollcall operator API"');
    return sendProblem(
      reply,
      401,
      'The operator key is missing or wrong. It is in the file operator.key of the data directory, or in ROLLCALL_OPERATOR_KEY.',
    );
  };
}

/** Takes what a wrong key costs its address; the refusal if that is too much. */
function waitForGuess(rates: Pick<RateLimits, 'spendGuess'>, address: string): ScimError | undefined {
  try {
    rates.spendGuess(address);
    return undefined;
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}

/** The scheme's name is case-insensitive (RFC 9110 §11.1). */
function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
