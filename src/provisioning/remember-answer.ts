import { type AnswerKey, insertAnswer, type StoredAnswer } from '../store/idempotent-answers.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/**
 * Stores how a creation is answered, in its transaction: either both happened or neither, so a request that is repeated
 * with its Idempotency-Key after any failure never creates a second time.
 */
export function rememberAnswer(
  tx: OrgTransaction,
  key: AnswerKey,
  stored: StoredAnswer,
  at: { now: Date; since: Date },
): void {
  insertAnswer(tx, key, stored, at);
}
