import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { testFolder } from '../data-directory.ts';

/** A way to a PostgreSQL that can be cut: what PostgreSQL looks like to Rollcall when the network fails. */
export type DatabaseProxy = AsyncDisposable & {
  connectionString: string;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  restore(): void;
  /** Lets the next message that has this text in it through, and cuts its connection before the answer comes back. */
  loseAnswerTo(text: string): void;
};

/** Stands before the PostgreSQL that a connection string with a socket's folder leads to. */
export async function startDatabaseProxy(connectionString: string): Promise<DatabaseProxy> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await testFolder());
  const url = new URL(connectionString);
  const socket = path.join(url.searchParams.get('host') ?? '', '.s.PGSQL.5432');
  url.searchParams.set('host', folder.path);
  const open = new Set<net.Socket>();
  let isCut = false;
  let lost: string | undefined;

  const server = net.createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = net.connect(socket);
    for (const one of [client, upstream]) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        client.destroy();
        upstream.end();
      });
    }
    let isLosing = false;
    client.on('data', (chunk) => {
      isLosing ||= lost !== undefined && chunk.includes(lost);
      if (isLosing) lost = undefined;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      // The answer comes when the work is done; nobody hears it.
      if (isLosing) client.destroy();
      else client.write(chunk);
    });
  });
  server.listen(path.join(folder.path, '.s.PGSQL.5432'));
  await once(server, 'listening');
  const cut = () => {
    for (const one of open) one.destroy();
  };
  starting.defer(async () => {
    cut();
    server.close();
    await once(server, 'close');
  });
  const running = starting.move();
  return {
    connectionString: url.href,
    cut() {
      isCut = true;
      cut();
    },
    restore() {
      isCut = false;
    },
    loseAnswerTo(text) {
      lost = text;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
