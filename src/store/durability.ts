/**
 * How a change gets onto the disk before anybody is told of it, without holding its locks meanwhile.
 *
 * PostgreSQL lets the locks of a transaction go only when its commit is on the disk. Every change of an organization locks
 * the organization's event counter, so the changes of one organization would follow each other at the pace of the disk, one
 * sync each. Therefore a change commits without waiting (`synchronous_commit = off`, in its own transaction only), which
 * makes it visible and frees its locks, and is answered only after a flush: a transaction that writes a message into the
 * write-ahead log and commits with waiting, as the database is set to. The log is written in its order, so what had
 * committed before the flush began is on the disk, and on the standbys that the database waits for, when the flush returns.
 * Changes that come while a flush runs share the next one.
 *
 * A crash may therefore undo what was committed and not yet flushed. Nobody was told that it is done; whoever shows it as
 * done, as the event feed does, flushes first.
 */
import type { Pool } from 'pg';

/** Begins a change: its commit does not wait for the disk, so a flush must follow before it is answered. */
export const commitWithoutWaiting = {
  name: 'commit-without-waiting',
  text: 'set local synchronous_commit = off',
  values: [],
};

/**
 * The message of a flush. It is written where the organization's rows are: in a distributed database that is another server
 * than the one that was asked. It has no consumer; a transaction that wrote nothing would not be waited for.
 */
export const flushMessage = (orgId: string) => ({
  name: 'flush',
  text: `select pg_logical_emit_message(true, 'rollcall', '') from event_counters where org_id = $1`,
  values: [orgId],
});

type Flushes = { running: Promise<unknown>; next: Promise<unknown> | undefined };

const flushesOfPools = new WeakMap<Pool, Map<string, Flushes>>();

/**
 * Resolves when a flush that began after the call has ended. At most one flush of an organization runs and one waits in
 * this process, however many ask; `run` makes one.
 *
 * @throws what `run` threw; whether the changes are durable is unknown then
 */
export async function shareFlush(db: Pool, orgId: string, run: () => Promise<unknown>): Promise<void> {
  const organizations = flushesOfPools.get(db) ?? new Map<string, Flushes>();
  flushesOfPools.set(db, organizations);
  const begin = (): Promise<unknown> => {
    const running = run().finally(() => {
      if (organizations.get(orgId)?.next === undefined) organizations.delete(orgId);
    });
    organizations.set(orgId, { running, next: undefined });
    return running;
  };
  const flushes = organizations.get(orgId);
  if (flushes === undefined) {
    await begin();
  } else {
    flushes.next ??= flushes.running.then(begin, begin);
    await flushes.next;
  }
}
