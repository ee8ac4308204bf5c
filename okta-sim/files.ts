import { readFileSync, writeFileSync } from 'node:fs';

/** Reads a text file that the caller named. Throws a sentence with what it is, its path and what is wrong with it. */
export function readText(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${what} ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** Reads a file of JSON. Throws a sentence with what it is and its path when there is none, or when it is no JSON. */
export function readJsonFile(what: string, path: string): unknown {
  const text = readText(what, path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} ${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes a text file that only its owner may read. Throws a sentence with what it is, its path and what is wrong. */
export function writeText(what: string, path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw new Error(`${what} ${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'access is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}
