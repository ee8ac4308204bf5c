import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OperatorError } from '../operator-error.ts';
import { type Account, canEnter } from './account.ts';
import { socketPort } from './settings.ts';

/** The length of a socket's address on Linux, without the byte that ends it; macOS has 103. */
const socketPathBytesMax = process.platform === 'darwin' ? 103 : 107;

/**
 * The directory of the server's socket: the cluster itself, which only its owner may enter, or when its path is too long
 * for a socket's address, a private directory with a short name that follows from the path.
 */
export async function prepareSocketDirectory(cluster: string, account: Account | undefined): Promise<string> {
  const fits = (directory: string) =>
    Buffer.byteLength(path.join(directory, `.s.PGSQL.${socketPort}`)) <= socketPathBytesMax;
  if (fits(cluster)) return cluster;

  const name = `rollcall-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`;
  for (const parent of new Set([os.tmpdir(), '/tmp', '/var/tmp'])) {
    const directory = path.join(parent, name);
    if (!fits(directory)) continue;
    if ((await makePrivate(directory, account)) && (await canEnter(directory, account))) return directory;
  }
  throw new OperatorError(
    'data_directory_unusable',
    `The path ${cluster} is too long for a socket, and no private directory could be made in ${os.tmpdir()} or /tmp: ` +
      'choose a data directory with a shorter path.',
  );
}

/** Others may write in the system's temporary folder: only a directory that is ours alone is used. */
async function makePrivate(directory: string, account: Account | undefined): Promise<boolean> {
  try {
    await mkdir(directory, { mode: 0o700 });
    await chmod(directory, 0o700);
    if (account !== undefined) await chown(directory, account.uid, account.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const found = await lstat(directory);
  return found.isDirectory() && found.uid === (account?.uid ?? process.getuid?.()) && (found.mode & 0o077) === 0;
}
