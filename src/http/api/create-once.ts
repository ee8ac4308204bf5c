import { createHash, hkdfSync } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../../limits.ts';
import type { Creating } from '../../provisioning/acting.ts';
import { rememberAnswer } from '../../provisioning/remember-answer.ts';
import { open, seal } from '../../provisioning/seal.ts';
import { type AnswerKey, findAnswer } from '../../store/idempotent-answers.ts';
import { actingOf, callerOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { problem } from './problem.ts';

export type Creation<Created, Answer> = {
  /** The organization that the new thing belongs to; undefined where there is none yet. */
  orgId: () => Promise<string | undefined>;
  create: (at: Creating<Created>) => Promise<Created>;
  show: (created: Created) => Answer;
  /** Where what was created is, from `/organizations/` on; without an answer of its own it is where it is changed or ended. */
  location: (answer: Answer) => string;
};

/**
 * Answers a creation with 201 and the `Location` of what was made. With an Idempotency-Key the same request has the same answer
 * for limits.idempotencySeconds, and nothing is created again: the answer is stored in the transaction of the creation, so not
 * even a crash between the two leaves one without the other. Of two that come at once the second waits for the first and
 * repeats its answer.
 *
 * The stored answer is sealed with a key made from the Idempotency-Key and the installation's secret. The Idempotency-Key
 * itself is not stored: whoever reads the database, with or without the secret, cannot read a token that was shown once.
 *
 * @throws ApiProblem idempotency_mismatch if the key was used for another request
 */
export async function createOnce<Created, Answer>(
  request: FastifyRequest,
  reply: FastifyReply,
  options: Pick<ApiOptions, 'app' | 'now' | 'secretKey'>,
  { orgId, create, show, location }: Creation<Created, Answer>,
): Promise<Answer> {
  const now = options.now();
  const acting = actingOf(request, now);
  const key = idempotencyKey(request);
  reply.code(201);
  const located = (answer: Answer): Answer => {
    reply.header('location', `/api/v1/organizations/${location(answer)}`);
    return answer;
  };
  if (key === undefined) return located(show(await create(acting)));

  const since = new Date(now.getTime() - limits.idempotencySeconds * 1000);
  const name: AnswerKey = { caller: callerName(request), keyDigest: sha256(key) };
  const requestDigest = sha256(JSON.stringify([request.method, request.url, request.body]));
  const sealingKey = new Uint8Array(hkdfSync('sha256', options.secretKey, key, `rollcall answer ${name.caller}`, 32));

  const earlier = async (): Promise<Answer | undefined> => {
    const id = await orgId();
    const stored = id === undefined ? undefined : await findAnswer(options.app, id, name, since);
    if (stored === undefined) return undefined;
    if (!stored.requestDigest.equals(requestDigest)) {
      throw problem(
        'idempotency_mismatch',
        'The Idempotency-Key was used for another request. Use a new key for each thing that is to be created.',
      );
    }
    reply.header('idempotent-replayed', 'true');
    return open(sealingKey, stored.answer) as Answer;
  };

  const known = await earlier();
  if (known !== undefined) return located(known);
  try {
    const created = await create({
      ...acting,
      remember: (tx, result) =>
        rememberAnswer(tx, name, { requestDigest, answer: seal(sealingKey, show(result)) }, { now, since }),
    });
    return located(show(created));
  } catch (error) {
    // Whatever refused it may be the same request, which was faster.
    const faster = await earlier();
    if (faster !== undefined) return located(faster);
    throw error;
  }
}

/** @throws ApiProblem invalid_request for a key that is not 1 to 255 visible characters */
function idempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw problem('invalid_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
}

function callerName(request: FastifyRequest): string {
  const caller = callerOf(request);
  return caller.kind === 'operator' ? 'operator' : `key ${caller.grant.keyId}`;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
