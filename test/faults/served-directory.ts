import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkPort } from '../../src/cli/listen-check.ts';
import { isAlive } from '../../src/store/built-in/process-state.ts';
import { type ChildProgram, runProgram, startProgram } from '../child-program.ts';
import { postmasterPid, testFolder } from '../data-directory.ts';
import { brakeOff } from '../rollcall.ts';

/** An organization of a served directory, as `rollcall` made it. */
export type ServedOrganization = { id: string; slug: string; scimBaseUrl: string; token: string };

/** `rollcall serve` on a data directory of its own, with the PostgreSQL it comes with, to be killed and started again. */
export type ServedDirectory = AsyncDisposable & {
  dataDir: string;
  url: string;
  organization(slug: string): Promise<ServedOrganization>;
  /** kill -9 of the server's process, and a new one. Resolves when the new one has been started, not when it answers. */
  killServer(): Promise<void>;
  /** kill -9 of PostgreSQL, which is the server's to start again. */
  killPostgres(): Promise<void>;
  /** Waits until requests would succeed. */
  ready(): Promise<void>;
};

/** The load takes more people out of force than an organization loses in an hour. */
const withoutBrake = Object.entries(brakeOff).flatMap(([name, value]) => ['--set', `${name}=${value}`]);

const command = new URL('../../bin/rollcall.js', import.meta.url).pathname;

/** Whoever is not back after this time does not come back. */
const readyWaitMs = 60_000;

export async function serveDirectory(): Promise<ServedDirectory> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await testFolder());
  const dataDir = path.join(folder.path, 'data');
  const port = await checkPort('127.0.0.1', 0);
  const env = {
    ROLLCALL_DATA_DIR: dataDir,
    ROLLCALL_PORT: String(port),
    ROLLCALL_LOG_LEVEL: 'silent',
    // The load is there to be in the way of the kill; what limits it is not what is looked at.
    ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0',
    ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0',
  };
  const node = (...args: string[]): Command => [
    process.execPath,
    ['--disable-warning=ExperimentalWarning', command, ...args],
    { env },
  ];
  let server: ChildProgram = startProgram(...node('serve', '--json'));
  starting.defer(() => server[Symbol.asyncDispose]());
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => {
    if (await isReadyInTime(url)) return;
    server.kill('SIGKILL');
    const { stdout, stderr } = await server.end();
    throw new Error(`It was not ready after ${readyWaitMs} ms.\n${stdout}${stderr}`);
  };
  await ready();
  const running = starting.move();

  return {
    dataDir,
    url,
    ready,
    async organization(slug) {
      const created = await run(...node('org', 'create', slug, '--name', slug, '--json', ...withoutBrake));
      const { token, scimBaseUrl } = await run(...node('token', 'create', slug, '--name', 'okta', '--json'));
      return { id: created.id as string, slug, scimBaseUrl: scimBaseUrl as string, token: token as string };
    },
    async killServer() {
      server.kill('SIGKILL');
      await server.end();
      server = startProgram(...node('serve', '--json'));
    },
    async killPostgres() {
      const pid = await postmasterPid(dataDir);
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await delay(5);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Command = [file: string, args: string[], options: { env: Record<string, string> }];

async function run(...command: Command): Promise<Record<string, unknown>> {
  const end = await runProgram(...command);
  assert.equal(end.code, 0, end.stderr);
  return JSON.parse(end.stdout) as Record<string, unknown>;
}

async function isReadyInTime(url: string): Promise<boolean> {
  const deadline = performance.now() + readyWaitMs;
  while (performance.now() < deadline) {
    const isReady = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    if (isReady) return true;
    await delay(20);
  }
  return false;
}
