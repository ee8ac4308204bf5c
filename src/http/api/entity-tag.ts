import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { problem } from './problem.ts';

/** The strong entity tag of a state (RFC 9110 §8.8.3): equal states have equal tags. */
export function entityTag(state: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22)}"`;
}

/**
 * Refuses a change of a state that the caller has not seen (RFC 9110 §13.1.1). Without If-Match, and with `*`, it goes on.
 *
 * @throws ApiProblem precondition_failed
 */
export function assertMatch(request: FastifyRequest, state: unknown): void {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return;
  const tag = entityTag(state);
  if (header.split(',').some((each) => each.trim() === tag)) return;
  throw problem('precondition_failed', 'It was changed since you read it: read it again and repeat the change.');
}

/** The one entity tag that a change wants to find; undefined without If-Match, and with `*`. */
export function matchedTag(request: FastifyRequest): string | undefined {
  const header = request.headers['if-match']?.trim();
  if (header === undefined || header === '*') return undefined;
  return /^"([^"]+)"$/.exec(header)?.[1] ?? header;
}
