/**
 * Reconciling: compares what was asked with what is in force, for a whole organization, and repairs what does not follow. What is
 * found is kept as a report; one comparison of an organization runs at a time, and whoever asks sees how far it is.
 */
import { v7 as newUuid } from 'uuid';
import { appendEvents } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import {
  endReconciliation,
  insertReconciliation,
  noteReconciliation,
  readToldOfDrift,
} from '../store/reconciliation-writing.ts';
import {
  findLastReconciliation,
  type ReconciliationProgress,
  type StoredReconciliation,
} from '../store/reconciliations.ts';
import { type Acting, by, lasting } from './acting.ts';
import { type Drift, findDrift } from './find-drift.ts';
import { notifyAdmins } from './notify-admins.ts';
import { repairDrift } from './repair-drift.ts';

/** What a comparison of a whole organization has found, and what became of it. */
export type Reconciliation = Drift & {
  at: Date;
  /** Whether it was repaired, as far as it could be. */
  repaired: boolean;
  /** What stays as it is because nobody would administer the organization without it: ids of people, or `counts`. */
  refused: string[];
};

/** What is wanted of a comparison. */
export type Reconciling = {
  /** Whether what does not follow is put right; or up to how many people. */
  readonly repair: boolean | number;
  /** Only if what does not follow is what a report of this version shows. */
  readonly version?: string | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Compares an organization as of one moment, and keeps the report.
 *
 * @throws OperatorError refused if a comparison of the organization runs, changed if something else does not follow than the
 *   version says: then it is reported and not repaired
 */
export async function reconcile(
  db: Database,
  org: { id: string },
  repair: boolean | number,
  at: Acting,
  signal?: AbortSignal,
): Promise<Reconciliation> {
  const { ended } = await startReconciliation(db, org, { repair, signal }, at);
  return await ended;
}

/**
 * The same, for whoever does not wait for its end. `ended` may reject as `reconcile` throws.
 *
 * @throws OperatorError refused if a comparison of the organization runs
 */
export async function startReconciliation(
  db: Database,
  org: { id: string },
  wish: Reconciling,
  at: Acting,
): Promise<{ id: string; ended: Promise<Reconciliation> }> {
  const id = newUuid({ msecs: at.now.getTime() });
  const begun = {
    id,
    at: at.now,
    actor: at.actor ?? { type: 'operator' },
    repairs: wish.repair !== false,
    silentSince: new Date(at.now.getTime() - limits.reconcilingSilentMs),
  };
  const progress = await inOrganization(db, org.id, (tx) => insertReconciliation(tx, begun)).catch((error: unknown) => {
    if (databaseFault(error).kind !== 'unique') throw error;
    throw new OperatorError('refused', 'A comparison of this organization runs already: wait for its report.');
  });
  return { id, ended: run(db, org, id, wish, at, progress) };
}

async function run(
  db: Database,
  org: { id: string },
  id: string,
  { repair, version, signal }: Reconciling,
  at: Acting,
  progress: ReconciliationProgress,
): Promise<Reconciliation> {
  const moment = lasting(at);
  const stopNoting = noteRegularly(() =>
    inOrganization(db, org.id, async (tx) => noteReconciliation(tx, id, progress, moment().now), false),
  );
  let report: Reconciliation | undefined;
  let failure: { error: unknown } | undefined;
  try {
    const { people, counts, ...drift } = await findDrift(
      db,
      org,
      (compared) => {
        progress.compared = compared;
      },
      signal,
    );
    report = { at: at.now, ...drift, repaired: false, refused: [] };
    const isDrifting = Object.keys(drift.drift).length > 0;
    const isToRepair = isDrifting && (typeof repair === 'number' ? people.size <= repair : repair);
    if (isToRepair && version !== undefined && version !== drift.version) {
      throw new OperatorError(
        'changed',
        'What does not follow is no longer what the report says, and nothing was repaired. Look at the report again.',
      );
    }
    if (isToRepair) {
      progress.toRepair = people.size;
      const told = (repaired: number) => {
        progress.repaired = repaired;
      };
      const refused = await repairDrift(db, org, { ...drift, people, counts }, moment, told, signal);
      report = { ...report, repaired: true, refused };
    }
  } catch (error) {
    failure = { error };
  } finally {
    await stopNoting();
  }
  const problem = failure && problemText(failure.error, signal);
  await keepReport(db, org, id, { report, problem, progress }, moment()).catch((error: unknown) => {
    failure ??= { error };
  });
  if (failure !== undefined) throw failure.error;
  return report as Reconciliation;
}

/** Why a comparison did not do what was asked, for the admins who see it. */
function problemText(error: unknown, signal: AbortSignal | undefined): string {
  if (error instanceof OperatorError) return error.message;
  if (signal?.aborted) return 'It was stopped together with the server.';
  return 'It failed, and the log of the server says why.';
}

type Ended = { report: Reconciliation | undefined; problem: string | undefined; progress: ReconciliationProgress };

/**
 * Keeps what came of a comparison. Of what one leaves that Rollcall made by itself, admins are told, once for as long as something is
 * left.
 */
async function keepReport(
  db: Database,
  org: { id: string },
  id: string,
  { report, problem, progress }: Ended,
  at: Acting,
): Promise<void> {
  const { now } = at;
  await inOrganization(db, org.id, async (tx) => {
    const wasTold = await readToldOfDrift(tx, id);
    const isLeft = report !== undefined && leavesSomething(report);
    const tells = isLeft && !wasTold && at.actor?.type === 'rollcall';
    endReconciliation(tx, id, {
      now,
      progress,
      report,
      problem,
      isTold: isLeft && (wasTold || tells),
      keep: limits.reconciliationsKeptMax,
    });
    if (!tells) return;
    const { drift, repaired, refused } = report;
    notifyAdmins(tx, { kind: 'organization-drifted', says: alarm(report) }, now);
    appendEvents(tx, [{ kind: 'organization.drifted', data: { drift, repaired, refused: refused.length } }], by(at));
  });
}

const leavesSomething = ({ drift, repaired, refused }: Reconciliation) =>
  repaired ? refused.length > 0 : Object.keys(drift).length > 0;

/** What admins are told. */
function alarm({ drift, repaired, refused }: Reconciliation): string {
  const found = Object.values(drift).reduce((sum, count) => sum + count, 0);
  const where = 'the page Connection health of the console and rollcall reconcile show them, each with its reason';
  if (repaired) {
    return `The nightly comparison put right what does not follow from what was asked, but for ${refused.length} that nobody could administer the organization without: ${where}. Make another active member an owner or admin, then repair.`;
  }
  return `The nightly comparison found ${found} things that do not follow from what was asked, which are too many to be repaired by itself: ${where}. Look at them, then repair.`;
}

/** Says from time to time that something goes on, one word after the other, until it is stopped. What fails is said the next time. */
function noteRegularly(note: () => Promise<void>): () => Promise<void> {
  let noting = Promise.resolve();
  const timer = setInterval(() => {
    noting = noting.then(note).catch(() => undefined);
  }, limits.reconcilingNotedMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await noting;
  };
}

/** What has become of a comparison. One of which nothing was heard for some time has ended with its process. */
export function stateOf(
  { endedAt, seenAt, problem, report }: StoredReconciliation,
  now: Date,
): 'running' | 'done' | 'failed' | 'interrupted' {
  if (endedAt === undefined && now.getTime() - seenAt.getTime() <= limits.reconcilingSilentMs) return 'running';
  if (problem !== undefined) return 'failed';
  return report === undefined ? 'interrupted' : 'done';
}

/** The report of the last comparison; undefined before the first one. */
export async function lastReconciliation(db: Database, org: { id: string }): Promise<Reconciliation | undefined> {
  const last = await findLastReconciliation(db, org);
  return last && reportOf(last);
}

/** A report as it was made. */
export const reportOf = ({ report, at }: StoredReconciliation): Reconciliation => ({
  ...(report as Reconciliation),
  at,
});
