import assert from 'node:assert/strict';
import { bulkRequestSchema } from '../../src/scim/bulk.ts';
import type { ScimAnswer, TestOrganization } from '../rollcall.ts';
import { user } from './beside-globex.ts';

export type BulkAnswer = {
  location?: string;
  method?: string;
  bulkId?: string;
  version?: string;
  status: string;
  response?: { schemas: string[]; status: string; scimType?: string; detail: string };
};

/** The message of a bulk (RFC 7644 §3.7). */
export const bulk = (operations: readonly unknown[], rest: Record<string, unknown> = {}) => ({
  schemas: [bulkRequestSchema],
  Operations: operations,
  ...rest,
});

export const creation = (name: string, changes: Record<string, unknown> = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId: name,
  data: user(name, changes),
});

export const groupCreation = (displayName: string, members: readonly string[] = []) => ({
  method: 'POST',
  path: '/Groups',
  bulkId: displayName,
  data: { displayName, members: members.map((value) => ({ value })) },
});

/** Sends a bulk that is carried out, and returns the outcomes of its operations. */
export async function send(
  { scim }: TestOrganization,
  operations: readonly unknown[],
  rest: Record<string, unknown> = {},
): Promise<BulkAnswer[]> {
  return outcomesOf(await scim('POST', '/Bulk', bulk(operations, rest)));
}

export function outcomesOf(answer: ScimAnswer): BulkAnswer[] {
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body.schemas, ['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
  return answer.body.Operations as BulkAnswer[];
}

export const statusesOf = (outcomes: readonly BulkAnswer[]) => outcomes.map(({ status }) => status).join(' ');

/** The id of the resource that an outcome leads to. */
export function idOf(outcome: BulkAnswer | undefined): string {
  assert.ok(outcome?.location !== undefined, JSON.stringify(outcome));
  return outcome.location.split('/').at(-1) as string;
}

/** Holds that an operation was refused in the words of RFC 7644 §3.12, and returns the reference. */
export function assertRefused(
  outcome: BulkAnswer | undefined,
  status: number,
  scimType?: string,
  detail = /./,
): string {
  const { status: said, response } = outcome as BulkAnswer;
  assert.equal(said, String(status), JSON.stringify(outcome));
  assert.deepEqual(response?.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error']);
  assert.deepEqual([response.status, response.scimType], [String(status), scimType]);
  assert.match(response.detail, detail);
  const reference = / \(reference ([0-9a-f-]{36})\)$/.exec(response.detail)?.[1];
  assert.ok(reference !== undefined, response.detail);
  return reference;
}
