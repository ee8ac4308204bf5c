import path from 'node:path';
import pg from 'pg';
import { connectionStringOf, recordedListener } from './address.ts';
import { clusterPathIn, readPassword } from './cluster.ts';
import { findServing as findServingSession } from './use.ts';

/** The process id of the `serve` of a data directory, or undefined when there is none. Starts nothing. */
export async function findServing(dataDir: string): Promise<number | undefined> {
  const listener = await recordedListener(clusterPathIn(path.resolve(dataDir)));
  if (listener === undefined) return undefined;
  const password = listener.kind === 'loopback' ? await readPassword(dataDir) : undefined;
  const session = new pg.Client({
    connectionString: connectionStringOf(listener, 'postgres', password),
    connectionTimeoutMillis: 3_000,
  });
  session.on('error', () => undefined);
  try {
    await session.connect();
    return await findServingSession(session);
  } finally {
    await session.end().catch(() => undefined);
  }
}
