import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ownerName } from './cluster.ts';
import { type Listener, socketPort } from './settings.ts';

/**
 * The connection string of a database of the built-in server, for its owner.
 * TLS is switched off by name, or else a PGSSLMODE in the environment would ask for it on the socket.
 */
export function connectionStringOf(listener: Listener, database: string, password: string | undefined): string {
  if (listener.kind === 'socket') {
    const host = encodeURIComponent(listener.directory);
    return `postgresql:///${database}?host=${host}&port=${socketPort}&user=${ownerName}&sslmode=disable`;
  }
  return `postgresql://${ownerName}:${password ?? ''}@127.0.0.1:${listener.port}/${database}?sslmode=disable`;
}

/** Where the running server of a cluster listens, as it says itself (fourth and fifth line of its file). */
export async function recordedListener(cluster: string): Promise<Listener | undefined> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const [, , , port, directory] = text.split('\n');
  if (directory) return { kind: 'socket', directory };
  return port ? { kind: 'loopback', port: Number(port) } : undefined;
}

/** A port of the loopback address that nobody listens on at this moment. */
export async function freeLoopbackPort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
