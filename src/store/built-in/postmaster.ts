import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, open, readFile, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, runAs, succeeds } from './account.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './cluster.ts';
import { isAlive, isPostgres } from './process-state.ts';
import { type Durability, type Listener, serverSettings } from './settings.ts';

/** Beyond this size PostgreSQL's log is set aside (one older file is kept) and begins anew. */
const logBytesMax = 10 * 1024 * 1024;

/** A stop waits this long for PostgreSQL to write everything out; then it is told to stop at once and recover later. */
const stopWaitMs = 30_000;

export type Cluster = {
  path: string;
  logFile: string;
  binaries: Binaries;
  account: Account | undefined;
  listener: Listener;
  durability: Durability;
};

/** The id of the cluster's running server, taken from the file that it keeps, or undefined when none runs. */
export async function findPostmaster(cluster: Cluster): Promise<number | undefined> {
  const pid = await recordedPid(cluster);
  return pid !== undefined && isPostgres(pid) ? pid : undefined;
}

async function recordedPid(cluster: Cluster): Promise<number | undefined> {
  const text = await readFile(path.join(cluster.path, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** How a server that was started has ended, once it has. `wasStopped`: somebody asked it to, and it did. */
export type StartedPostmaster = { ended: () => { lastWords: string; wasStopped: boolean } | undefined };

/**
 * Starts the server in a session of its own, where neither Ctrl-C nor our end reaches it. Whether it comes up shows in
 * whether it can be connected to: it gives up by itself when another one has the cluster.
 */
export async function spawnPostmaster(cluster: Cluster): Promise<StartedPostmaster> {
  await boundLog(cluster.logFile);
  const log = await open(cluster.logFile, 'a', 0o600);
  try {
    const { size } = await log.stat();
    const { env } = serverEnvironment();
    const child = spawn(
      cluster.binaries.postgres,
      ['-D', cluster.path, ...serverSettings(cluster.listener, cluster.durability)],
      {
        ...runAs(cluster.account),
        ...(env === undefined ? {} : { env: { ...env, ...(await pidToDisregard(cluster)) } }),
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
        windowsHide: true,
      },
    );
    let end: ReturnType<StartedPostmaster['ended']>;
    const ended = Promise.race([
      once(child, 'exit').then(async ([code]) => {
        return { lastWords: await lastWords(cluster.logFile, size), wasStopped: code === 0 };
      }),
      once(child, 'error').then(([error]) => Promise.reject(error)),
    ]);
    ended.then(
      (how) => {
        end = how;
      },
      (error: Error) => {
        end = { lastWords: error.message, wasStopped: false };
      },
    );
    child.unref();
    return { ended: () => end };
  } finally {
    await log.close();
  }
}

/**
 * A server that was killed leaves its id in the cluster. When another program, or nothing but a zombie, has that id now
 * (ids repeat in containers), PostgreSQL would believe itself to be running already. This variable, by which pg_ctl
 * tells of the shell that started it, makes it disregard that one id; its check for memory still in use stays.
 */
async function pidToDisregard(cluster: Cluster): Promise<Record<string, string>> {
  const pid = await recordedPid(cluster);
  return pid === undefined || isPostgres(pid) ? {} : { PG_GRANDPARENT_PID: String(pid) };
}

/**
 * Stops the server: open transactions are rolled back, everything is written out.
 */
export async function stopPostmaster(cluster: Cluster): Promise<void> {
  const pid = await findPostmaster(cluster);
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    await succeeds(cluster.binaries.pgCtl, ['stop', '-D', cluster.path, '-m', 'fast', '-w'], undefined);
    return;
  }
  for (const [signal, waitMs] of [
    ['SIGINT', stopWaitMs],
    ['SIGQUIT', stopWaitMs],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await hasEnded(pid, waitMs)) return;
  }
}

async function hasEnded(pid: number, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/**
 * Keeps the log within its bound. The server appends, so that cutting the file under it is safe; lines written between
 * the copy and the cut are lost.
 */
export async function boundLog(logFile: string): Promise<void> {
  const { size } = await stat(logFile).catch(() => ({ size: 0 }));
  if (size <= logBytesMax) return;
  await copyFile(logFile, `${logFile}.1`);
  await truncate(logFile);
}

/** The last complaint in what was written to the log since it had this many bytes. */
async function lastWords(logFile: string, fromByte: number): Promise<string> {
  const written = (await readFile(logFile)).subarray(fromByte).toString('utf8');
  const lines = written.trim().split('\n');
  const complaint = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '';
  return complaint.replace(/^.*?(FATAL|PANIC):\s*/, '').trim() || 'it ended without a message';
}
