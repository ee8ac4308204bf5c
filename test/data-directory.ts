import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../src/store/built-in/process-state.ts';

/** An empty folder for a test. At the end of the scope a PostgreSQL in it is stopped, and all is removed. */
export type TestFolder = AsyncDisposable & { path: string };

/**
 * Makes a folder in the system's temporary one.
 *
 * @param mode 0o711 lets the account of PostgreSQL pass through when the tests run as root, 0o700 does not
 */
export async function testFolder(mode = 0o711): Promise<TestFolder> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'rollcall-'));
  await chmod(folder, mode);
  return {
    path: folder,
    async [Symbol.asyncDispose]() {
      for (const dataDir of [folder, path.join(folder, 'data')]) await removeCluster(dataDir);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The process id of the PostgreSQL of a data directory, as its own file has it; undefined also while that is still empty. */
export async function postmasterPid(dataDir: string): Promise<number | undefined> {
  const file = path.join(dataDir, 'postgres', 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const pid = Number.parseInt(text ?? '', 10);
  return Number.isNaN(pid) ? undefined : pid;
}

async function removeCluster(dataDir: string): Promise<void> {
  const cluster = await realpath(path.join(dataDir, 'postgres')).catch(() => undefined);
  if (cluster === undefined) return;
  const pid = await postmasterPid(dataDir);
  if (pid !== undefined && isAlive(pid)) {
    process.kill(pid, 'SIGQUIT');
    while (isAlive(pid)) await delay(10);
  }
  await rm(cluster, { recursive: true, force: true });
}
