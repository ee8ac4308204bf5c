import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { prepareDataDirectory } from '../store/built-in/cluster.ts';
import { OperatorError } from '../store/operator-error.ts';

/** A key of the installation that the data directory keeps. */
export type KeyFile = {
  /** The file's name in the data directory. */
  name: string;
  /** What the key begins with, so that a found one tells what it is. */
  prefix: string;
  /** As a message calls it. */
  title: string;
};

/** The key in the file, made of 256 random bits when there is none yet. Only the account of the server can read it. */
export async function readKeyFile(config: Config, { name, prefix, title }: KeyFile): Promise<string> {
  await prepareDataDirectory(config.dataDir);
  const file = path.join(config.dataDir, name);
  const made = await makeKeyFile(file, prefix, title);
  if (made !== undefined) return made;
  const text = await readFile(file, 'utf8').catch((error) => Promise.reject(unreadable(title, file, error)));
  const key = text.trim();
  if (/^[A-Za-z0-9_-]{32,256}$/.test(key)) return key;
  throw new OperatorError(
    'data_directory_unusable',
    `${title} in ${file} is damaged: remove the file, and the next start makes a new key.`,
  );
}

/** Makes the file, whole or not at all. Undefined when it is there already. */
async function makeKeyFile(file: string, prefix: string, title: string): Promise<string | undefined> {
  const key = `${prefix}${randomBytes(32).toString('base64url')}`;
  // Its own for each attempt: a link shares the file's content, so whoever wrote here again would change the key.
  const unfinished = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(unfinished, `${key}\n`, { mode: 0o600, flush: true });
    await link(unfinished, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(title, file, error);
    return undefined;
  } finally {
    await rm(unfinished, { force: true });
  }
}

function unreadable(title: string, file: string, cause: unknown): OperatorError {
  return new OperatorError(
    'data_directory_unusable',
    `${title} cannot be kept in ${file} (${(cause as Error).message}).`,
    {
      cause,
    },
  );
}
