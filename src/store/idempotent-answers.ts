import type { Database } from './database.ts';
import { type OrgTransaction, queryOrganization } from './organization-transaction.ts';

/** Whose Idempotency-Key it is, and which: a key of one caller says nothing about another's. */
export type AnswerKey = { caller: string; keyDigest: Buffer };

/** The answer to an earlier request with the same key. `answer` is sealed. */
export type StoredAnswer = { requestDigest: Buffer; answer: Buffer };

/** The answer that was stored under this key after the given time. */
export async function findAnswer(
  db: Database,
  orgId: string,
  key: AnswerKey,
  since: Date,
): Promise<StoredAnswer | undefined> {
  const [row] = await queryOrganization<{ request_digest: Buffer; answer: Buffer }>(db, orgId, {
    text: `select a.request_digest, a.answer from idempotent_answers a
      where a.org_id = $1 and a.caller = $2 and a.key_digest = $3 and a.created_at > $4`,
    values: [orgId, key.caller, key.keyDigest, since],
  });
  return row === undefined ? undefined : { requestDigest: row.request_digest, answer: row.answer };
}

/** Stores an answer, and removes the organization's answers that are not younger than `since`. */
export function insertAnswer(
  tx: OrgTransaction,
  key: AnswerKey,
  stored: StoredAnswer,
  at: { now: Date; since: Date },
): void {
  tx.send({
    text: 'delete from idempotent_answers where org_id = $1 and created_at <= $2',
    values: [tx.orgId, at.since],
  });
  tx.send({
    text: `insert into idempotent_answers (org_id, caller, key_digest, request_digest, answer, created_at)
      values ($1, $2, $3, $4, $5, $6)`,
    values: [tx.orgId, key.caller, key.keyDigest, stored.requestDigest, stored.answer, at.now],
  });
}
