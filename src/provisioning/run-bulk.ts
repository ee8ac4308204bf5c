import { type BulkOperation, type BulkRequest, neededBulkIds, type RefusedOperation } from '../scim/bulk.ts';
import { type BulkStep, bulkOrder } from '../scim/bulk-order.ts';
import { bulkIdIn, resolveReferences } from '../scim/bulk-references.ts';
import { conflict, notFound } from '../scim/errors.ts';
import { isId } from '../scim/resource-id.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { Database } from '../store/database.ts';
import type { DerivedOptions } from '../store/members.ts';
import { flushOrganization } from '../store/organization-transaction.ts';
import { commitChange, commitTogether, type PreparedChange } from './commit-change.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { operationsOf, type WrittenResource } from './resource-operations.ts';

/** What a bulk is run with. */
export type BulkRun = {
  db: Database;
  orgId: string;
  /** The turn of an operation has come: makes its request. It does not flush what it commits. */
  begin(operation: BulkOperation | RefusedOperation): ProvisioningRequest;
  /** What became of it. */
  end(outcome: BulkOutcome): void;
  /** How the derived attribute of a type is read where an operation reads it. */
  derivedOf(type: ResourceType): DerivedOptions;
  /** Throws if the token may not carry the operation out. */
  assertMay(operation: BulkOperation): void;
  /** Throws if nothing more may be begun; what is left is answered with that error. */
  assertMayGoOn(): Promise<void>;
};

export type BulkOutcome = { operation: BulkOperation | RefusedOperation } & (
  | { kind: 'done'; written: WrittenResource | undefined }
  | { kind: 'failed'; error: unknown }
  /** Its turn never came. */
  | { kind: 'left'; error: unknown }
);

/**
 * Carries out the operations of a bulk (RFC 7644 §3.7), each in a transaction of its own with its events, and goes on when one
 * fails, up to `failOnErrors` errors. Those that refer to each other in a circle are one transaction (§3.7.1). All that was
 * committed is durable at the end.
 *
 * @returns the outcomes in the order of the message; after too many errors, of the operations whose turn had come
 * @throws if what was committed cannot be made durable: then nobody knows what became of it
 */
export async function runBulk({ operations, failOnErrors }: BulkRequest, run: BulkRun): Promise<BulkOutcome[]> {
  const outcomes: BulkOutcome[] = [];
  const created: Created = new Map();
  let stop: { error: unknown } | undefined;
  for (const step of bulkOrder(operations)) {
    if (failOnErrors !== undefined && outcomes.filter(({ kind }) => kind === 'failed').length >= failOnErrors) break;
    stop ??= await run.assertMayGoOn().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (stop !== undefined) {
      const { error } = stop;
      const left = step.kind === 'circle' ? step.operations : [step.operation];
      outcomes.push(...left.map((operation) => ({ kind: 'left' as const, operation, error })));
      continue;
    }
    const ended = await carryOutStep(step, run, created);
    for (const outcome of ended) run.end(outcome);
    outcomes.push(...ended);
  }
  if (outcomes.some(({ kind }) => kind === 'done')) await flushOrganization(run.db, run.orgId);
  return outcomes.sort((a, b) => a.operation.index - b.operation.index);
}

/** Ids of what the bulk has created, by bulkId. */
type Created = Map<string, string>;

async function carryOutStep(step: BulkStep, run: BulkRun, created: Created): Promise<BulkOutcome[]> {
  switch (step.kind) {
    case 'circle':
      return await carryOutCircle(step.operations, run, created);
    case 'one':
      return [await carryOut(step.operation, run, created)];
    case 'refused':
      noteTarget(run.begin(step.operation), step.operation.path?.split('/').at(-1), created);
      return [{ kind: 'failed', operation: step.operation, error: step.operation.refusal }];
  }
}

async function carryOut(operation: BulkOperation, run: BulkRun, created: Created): Promise<BulkOutcome> {
  const request = run.begin(operation);
  try {
    noteTarget(request, operation.target, created);
    run.assertMay(operation);
    assertCreated(operation, created);
    const written = await write(operation, request, run.derivedOf(operation.type), created);
    if (operation.method === 'POST') noteCreated(operation, written?.id, created);
    return { kind: 'done', operation, written };
  } catch (error) {
    return { kind: 'failed', operation, error };
  }
}

/** Whom an operation is about that names what the bulk has created, also where it is refused before anybody looks. */
function noteTarget({ record }: ProvisioningRequest, target: string | undefined, created: Created): void {
  const id = created.get(bulkIdIn(target ?? '') ?? '');
  if (id !== undefined) record.resourceId = id;
}

async function write(
  operation: BulkOperation,
  request: ProvisioningRequest,
  answer: DerivedOptions,
  created: Created,
): Promise<WrittenResource | undefined> {
  const of = operationsOf(operation.type);
  const data = dataOf(operation, created);
  if (operation.method === 'POST') {
    const { work, onConflict } = of.creation(request, data, answer);
    return await commitChange(request, work, onConflict);
  }
  const target = operation.target ?? '';
  const bulkId = bulkIdIn(target);
  const id = bulkId === undefined ? target : (created.get(bulkId) as string);
  if (!isId(id)) throw notFound(of.missing(id));
  switch (operation.method) {
    case 'PUT':
      return await of.replace(request, id, data, answer);
    case 'PATCH':
      return await of.patch(request, id, data);
    case 'DELETE':
      await of.remove(request, id);
      return undefined;
  }
}

/** Creates what refers to each other, users before the groups that they are in, under ids that are chosen beforehand. */
async function carryOutCircle(
  operations: readonly BulkOperation[],
  run: BulkRun,
  created: Created,
): Promise<BulkOutcome[]> {
  const sorted = [...operations].sort((a, b) => Number(a.type.name !== 'User') - Number(b.type.name !== 'User'));
  const begun = sorted.map((operation) => ({ operation, request: run.begin(operation) }));
  const withOwn: Created = new Map(created);
  for (const { operation, request } of begun) noteCreated(operation, request.newId(), withOwn);

  const failWith = (culprit: BulkOperation, error: unknown): BulkOutcome[] =>
    begun.map(({ operation }) => ({
      kind: 'failed',
      operation,
      error: operation === culprit ? error : notInCircle(culprit),
    }));
  const createdTogether = begun.map(({ operation }) => ({
    type: operation.type.name,
    id: withOwn.get(operation.bulkId ?? '') as string,
  }));
  const changes: PreparedChange<WrittenResource>[] = [];
  for (const { operation, request } of begun) {
    try {
      run.assertMay(operation);
      assertCreated(operation, withOwn);
      const id = withOwn.get(operation.bulkId ?? '') as string;
      const answer = run.derivedOf(operation.type);
      const { creation } = operationsOf(operation.type);
      const own = { ...request, newId: () => id, createdTogether };
      changes.push(underItsId(id, creation(own, dataOf(operation, withOwn), answer)));
    } catch (error) {
      return failWith(operation, error);
    }
  }
  const together = await commitTogether(changes as [PreparedChange<WrittenResource>]);
  if ('failed' in together) return failWith(begun[together.failed]?.operation as BulkOperation, together.error);
  return begun.map(({ operation }, place) => {
    const written = together.results[place];
    noteCreated(operation, written?.id, created);
    return { kind: 'done', operation, written };
  });
}

/** The others of a circle refer to an id. Who turns out to be there already, as a person whom a creation links, has another. */
function underItsId(id: string, { work, ...change }: PreparedChange<WrittenResource>): PreparedChange<WrittenResource> {
  return {
    ...change,
    async work(...args) {
      const outcome = await work(...args);
      if (outcome.result.id === id) return outcome;
      throw conflict(
        `The operation is about a resource that exists already, with the id ${outcome.result.id}, and not about a new one, so nothing ` +
          'can refer to it by its bulkId in a circle. Send it alone, and refer to it by its id',
      );
    },
  };
}

const notInCircle = (culprit: BulkOperation) =>
  conflict(
    `The operation and Operations[${culprit.index}] refer to each other, and that one failed, so neither was carried out. ` +
      'Correct the other one and send both again',
  );

function noteCreated({ bulkId }: BulkOperation, id: string | undefined, created: Created): void {
  if (bulkId !== undefined && id !== undefined) created.set(bulkId, id);
}

/** What an operation refers to had its turn before it. */
function assertCreated(operation: BulkOperation, created: Created): void {
  const missing = [...neededBulkIds(operation)].find((bulkId) => !created.has(bulkId));
  if (missing === undefined) return;
  throw conflict(
    `The operation refers to bulkId:${missing}, whose creation failed, so it was not carried out. ` +
      'Correct the creation and send both again',
  );
}

function dataOf({ type, method, data, named }: BulkOperation, created: Created): unknown {
  if (named.bulkIds.size === 0) return data;
  return resolveReferences({ type, isPatch: method === 'PATCH', data }, (bulkId) => created.get(bulkId));
}
