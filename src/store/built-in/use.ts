import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { isAlive } from './process-state.ts';

/**
 * Who uses the built-in server is written in session locks of that server, for these vanish with their holder, also when
 * it is killed. Every user shares `use`; whoever leaves and can then have it alone is the last, and stops the server.
 * The one `serve` of a data directory has `serving` for itself.
 */
const lockSpace = 0x726f6c6c;
const locks = { use: 1, serving: 2 };

/** The locks of a killed process go when the server notices its closed connection, which takes a moment. */
const releaseWaitMs = 5_000;

export type Purpose = 'serve' | 'visit';

/** The name of a session that holds the locks; the process id in it is what a second `serve` reports. */
export function sessionName(purpose: Purpose): string {
  return `rollcall ${purpose}, process ${process.pid}`;
}

/** Becomes a user of the server; false while its last user is stopping it. */
export async function enterUse(session: pg.Client): Promise<boolean> {
  return await ask(session, 'select pg_try_advisory_lock_shared($1, $2) as answer', locks.use);
}

/** Gives everything back; true when nobody else uses the server, and then nobody can begin to. */
export async function leaveUse(session: pg.Client): Promise<boolean> {
  await session.query('select pg_advisory_unlock_all()');
  return await ask(session, 'select pg_try_advisory_lock($1, $2) as answer', locks.use);
}

/** Becomes the one `serve` of this server. Returns undefined, or the process id of the one that there is already. */
export async function claimServing(session: pg.Client): Promise<number | undefined> {
  const deadline = performance.now() + releaseWaitMs;
  for (;;) {
    if (await ask(session, 'select pg_try_advisory_lock($1, $2) as answer', locks.serving)) return undefined;
    const holder = await findServing(session);
    if (holder !== undefined && (isAlive(holder) || performance.now() > deadline)) return holder;
    await delay(50);
  }
}

/** The process id of the `serve` of this server, or undefined when there is none. */
export async function findServing(session: pg.Client): Promise<number | undefined> {
  const { rows } = await session.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and l.objsubid = 2 and l.granted`,
    [lockSpace, locks.serving],
  );
  const pid = rows[0]?.application_name.match(/process (\d+)$/)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

async function ask(session: pg.Client, statement: string, lock: number): Promise<boolean> {
  const { rows } = await session.query<{ answer: boolean }>(statement, [lockSpace, lock]);
  return rows[0]?.answer === true;
}
