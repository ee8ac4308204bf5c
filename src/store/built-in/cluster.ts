import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../operator-error.ts';
import { type Account, canEnter, runAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Durability, Listener } from './settings.ts';

/** The name of the cluster's directory (or of the link to it) inside the data directory. */
const clusterName = 'postgres';

/** The owner of everything in the cluster; migrations run as it. */
export const ownerName = 'rollcall';

/** Where root keeps the cluster of a data directory that the unprivileged account cannot enter. */
const clustersElsewhere = '/var/lib/rollcall';

/** A first start that was killed leaves its unfinished cluster behind; after this long nobody is still making it. */
const unfinishedAgeMsMax = 60 * 60 * 1000;

export type ClusterOptions = {
  dataDir: string;
  binaries: Binaries;
  account: Account | undefined;
  transport: Listener['kind'];
  durability: Durability;
  log: (sentence: string) => void;
};

/** Makes the data directory where it is missing, and refuses one that cannot be written. */
export async function prepareDataDirectory(dataDir: string): Promise<void> {
  try {
    // others may pass through it, since as root PostgreSQL is one of the others; they cannot list it
    if (await makeFolders(dataDir)) await chmod(dataDir, 0o711);
    // root may not enter a file either, so this comes before what may be done with it
    if (!(await stat(dataDir)).isDirectory())
      throw Object.assign(new Error('ENOTDIR: not a directory'), { code: 'ENOTDIR' });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new OperatorError(
      'data_directory_unusable',
      `The data directory ${dataDir} cannot be written (${reasonOf(cause)}): ` +
        `${(cause as NodeJS.ErrnoException).code === 'ENOTDIR' ? '' : 'allow it or '}choose another with --data-dir or ROLLCALL_DATA_DIR.`,
      { cause },
    );
  }
}

/**
 * Makes a folder and those above it that are missing, and says whether there were any. One after the other: `recursive` never
 * ends where a folder takes no entries and says that it is not there, as /proc does.
 */
async function makeFolders(folder: string): Promise<boolean> {
  const missing: string[] = [];
  for (let place = path.resolve(folder); !(await isThere(place)); place = path.dirname(place)) missing.unshift(place);
  for (const each of missing) {
    await mkdir(each).catch((error: NodeJS.ErrnoException) => {
      // another start made it at the same moment
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return missing.length > 0;
}

async function isThere(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** `EACCES: permission denied` of a message that goes on with the call and the path. */
function reasonOf(cause: unknown): string {
  return (cause as Error).message.split(', ')[0] ?? '';
}

/** The path under which the data directory knows its cluster, whether or not it exists yet. */
export function clusterPathIn(dataDir: string): string {
  return path.join(dataDir, clusterName);
}

/**
 * The real path of the cluster of a data directory; made there at the first start, whole or not at all.
 */
export async function prepareCluster(options: ClusterOptions): Promise<string> {
  const named = clusterPathIn(options.dataDir);
  const existing = (await existingCluster(named)) ?? (await createCluster(named, options));
  await refuseOtherVersion(existing, options.binaries);
  if (!(await canEnter(existing, options.account))) {
    throw new OperatorError(
      'data_directory_unusable',
      `PostgreSQL runs as the account ${options.account?.name}, which cannot enter ${existing}: ` +
        'let it pass through every folder above (chmod o+x), or choose another data directory with --data-dir.',
    );
  }
  const isElsewhere = path.dirname(existing) !== (await realpath(options.dataDir));
  if (isElsewhere) options.log(`The database of ${options.dataDir} is kept in ${existing}.`);
  return existing;
}

async function existingCluster(named: string): Promise<string | undefined> {
  const entry = await lstat(named).catch(() => undefined);
  if (entry === undefined) return undefined;
  try {
    return await realpath(named);
  } catch (cause) {
    throw new OperatorError(
      'data_directory_unusable',
      `${named} is a link to a database that is not there: put it back, or remove the link to begin with an empty one.`,
      { cause },
    );
  }
}

async function refuseOtherVersion(cluster: string, binaries: Binaries): Promise<void> {
  const text = await readFile(path.join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (text?.trim() === String(binaries.major)) return;
  throw new OperatorError(
    'data_directory_unusable',
    text === undefined
      ? `${cluster} is not the directory of a PostgreSQL database: choose another data directory with --data-dir.`
      : `The database in ${cluster} was made by PostgreSQL ${text.trim()}, and this Rollcall carries PostgreSQL ${binaries.major}: ` +
          'run the Rollcall that made it, and move the data with pg_dump.',
  );
}

/**
 * The cluster is made under another name and renamed (or linked, when it has to live elsewhere) when it is complete, so
 * that neither a crash nor a second start at the same moment leaves half of one.
 */
async function createCluster(named: string, options: ClusterOptions): Promise<string> {
  await removeUnfinished(options.dataDir);
  const suffix = randomBytes(6).toString('hex');
  const isReachable = await canEnter(options.dataDir, options.account);
  const making = isReachable ? `${named}.new-${suffix}` : path.join(clustersElsewhere, suffix);
  try {
    if (!isReachable) await mkdir(clustersElsewhere, { recursive: true, mode: 0o755 });
    await mkdir(making, { mode: 0o700 });
    if (options.account !== undefined) await chown(making, options.account.uid, options.account.gid);
    await runInitdb(making, options);
    if (isReachable) await rename(making, named);
    else await symlink(making, named);
    if (options.durability === 'full') await syncDirectory(options.dataDir);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EPERM'].includes(code)) throw error;
    // another start was faster
    const other = await existingCluster(named);
    if (other === undefined) throw error;
    return other;
  }
  return await realpath(named);
}

async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(`${clusterName}.new-`)) continue;
    const leftover = path.join(dataDir, name);
    const { mtimeMs } = await stat(leftover).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > unfinishedAgeMsMax) await rm(leftover, { recursive: true, force: true });
  }
}

/**
 * The built-in C.UTF-8 locale orders text by code point and knows the letters of all of Unicode. Unlike the system's
 * locales it never changes with the operating system, so no index goes wrong when the data moves to another machine.
 */
async function runInitdb(directory: string, options: ClusterOptions): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = ['-D', directory, '-U', ownerName, ...locale, '--no-instructions'];
  if (options.durability === 'none') args.push('--no-sync');
  // On a socket, the directory that only its owner may enter is the lock on the door.
  const passwordFile = options.transport === 'loopback' ? await lendPassword(directory, options) : undefined;
  if (passwordFile === undefined) args.push('--auth-local=trust', '--auth-host=reject');
  else args.push('--auth=scram-sha-256', `--pwfile=${passwordFile}`);
  try {
    await runToEnd(directory, args, options);
  } finally {
    if (passwordFile !== undefined) await rm(passwordFile, { force: true });
  }
}

async function runToEnd(directory: string, args: string[], options: ClusterOptions): Promise<void> {
  const output: Buffer[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(options.binaries.initdb, args, {
      ...runAs(options.account),
      ...serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  const lines = Buffer.concat(output).toString('utf8').trim().split('\n');
  const cause = lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? 'no message';
  throw new OperatorError(
    'built_in_failed',
    `The built-in database could not be made in ${directory} (${cause.trim()}).`,
  );
}

/** PostgreSQL's own variables (PGDATA, PGPORT, …) of whoever starts Rollcall must not reach the built-in server. */
export function serverEnvironment(): { env?: Record<string, string> } {
  if (process.platform === 'win32') return {};
  return { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } };
}

const passwordName = 'postgres.password';

/** Makes the owner's password, and a copy beside the cluster for initdb, which may run under another account. */
async function lendPassword(directory: string, options: ClusterOptions): Promise<string> {
  const kept = path.join(options.dataDir, passwordName);
  await writeFile(kept, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  const lent = `${directory}.password`;
  await writeFile(lent, await readPassword(options.dataDir), { mode: 0o600 });
  if (options.account !== undefined) await chown(lent, options.account.uid, options.account.gid);
  return lent;
}

/** The owner's password of a cluster that listens on a loopback port. */
export async function readPassword(dataDir: string): Promise<string> {
  return (await readFile(path.join(dataDir, passwordName), 'utf8')).trim();
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}
