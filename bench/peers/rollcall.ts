import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';
import type { DatabaseServer } from './database-server.ts';
import { fillMembers, fillTeam } from './rollcall-fill.ts';
import type { Target } from './target.ts';

/** All of the load comes with one token, as no provider's does: the limits for fairness would be all that is measured. */
const withoutRateLimits = { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0', ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0' };

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Starts `rollcall serve` with a new organization, as its command line makes one. */
export async function startRollcall(
  database: DatabaseServer,
  options: { slug: string; nodeArguments: readonly string[] },
): Promise<Target> {
  const { slug } = options;
  const connectionString = database.connectionStringOf('rollcall');
  const where = ['--data-dir', database.dataDir, '--port', '0'];
  // The mix deactivates more people than any organization loses in an hour.
  await command(
    'org',
    'create',
    slug,
    '--name',
    slug,
    '--set',
    'brakeDeactivations=off',
    '--set',
    'brakeEmptiedTeams=off',
    ...where,
  );
  const { token } = (await command('token', 'create', slug, '--name', 'bench', ...where)) as { token: string };
  // As npm start does.
  const asStarted = ['--max-semi-space-size=8', ...options.nodeArguments];
  const server = await startChild([...asStarted, main, 'serve', ...where, '--json'], withoutRateLimits);
  const { baseUrl } = server.printed as { baseUrl: string };
  return {
    name: 'rollcall',
    baseUrl: `${baseUrl}/scim/v2/${slug}`,
    authorization: `Bearer ${token}`,
    pid: server.pid,
    notes: ['its rate limits are off'],
    fill: {
      members: (patternId, range) => fillMembers(connectionString, patternId, range),
      team: (id, memberIds) => fillTeam(connectionString, id, memberIds),
    },
    settle: () => database.vacuum('rollcall'),
    stop: server.stop,
  };
}

/** Runs a command of Rollcall and returns the document that it prints. */
async function command(...args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, [main, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`rollcall ${args.join(' ')} ended with ${code}`);
  return JSON.parse(printed);
}
