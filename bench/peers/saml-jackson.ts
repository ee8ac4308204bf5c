import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';
import type { DatabaseServer } from './database-server.ts';
import type { Target } from './target.ts';

const program = fileURLToPath(new URL('saml-jackson-server.js', import.meta.url));

/** Starts the directory sync of `@boxyhq/saml-jackson` on a database of its own. */
export async function startSamlJackson(database: DatabaseServer, name: string): Promise<Target> {
  await database.create(name);
  const server = await startChild([program, database.connectionStringOf(name)], { DO_NOT_TRACK: '1' });
  const { baseUrl, token } = server.printed as { baseUrl: string; token: string };
  return {
    name: 'saml-jackson',
    baseUrl,
    authorization: `Bearer ${token}`,
    pid: server.pid,
    notes: [
      'totalResults is the number of users up to its page limit, so an import would stop after the first page; pages are read all the same',
      'a group is always answered without its members',
    ],
    fill: undefined,
    settle: () => database.vacuum(name),
    stop: server.stop,
  };
}
