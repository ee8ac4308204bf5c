import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../bin/rollcall.js', import.meta.url));

/** How long Rollcall may take from its start to its first answer. */
const startMsMax = 60_000;

const pollMs = 100;

export type RollcallProcess = {
  url: string;
  /** Runs a subcommand with --json and returns what it printed. */
  command(...args: string[]): Promise<Record<string, string>>;
  /** Resolves when it has ended, by itself or not, and its data is removed. */
  ended: Promise<void>;
  /** Lets it end in order, which asking again does not hasten, and resolves as `ended` does. */
  stop(): Promise<void>;
};

/**
 * Starts Rollcall on an empty data directory, which is removed when it ends.
 *
 * @param stopping stops it, also while it starts
 */
export async function startRollcallProcess(
  firstPort: number,
  environment: Record<string, string>,
  stopping: AbortSignal,
): Promise<RollcallProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-demo-'));
  // PostgreSQL of a root's Rollcall runs under another user, who has to get to its data.
  await chmod(folder, 0o711);
  const port = await freePort(firstPort);
  const place = ['--data-dir', path.join(folder, 'data'), '--port', String(port)];
  const child = spawn(process.execPath, [program, 'serve', ...place], {
    env: environment,
    // In a process group of its own: a Ctrl-C of the terminal would reach it beside our SIGTERM, and two of them end it before
    // its PostgreSQL has.
    detached: true,
    // The channel tells Rollcall that we are gone, should we be killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said = collectOutput(child);
  const ended = once(child, 'close').then(() => rm(folder, { recursive: true, force: true }));
  const url = `http://127.0.0.1:${port}`;
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (!isStopping) child.kill('SIGTERM');
    isStopping = true;
    await ended;
  };
  stopping.addEventListener('abort', () => void stop());
  if (stopping.aborted) void stop();
  try {
    await Promise.race([
      ready(`${url}/readyz`),
      ended.then(() => {
        throw new Error(`Rollcall ended before it was ready:\n${said()}`);
      }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    ended,
    stop,
    command: async (...args) => {
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--json', ...place], {
        env: environment,
      });
      return JSON.parse(stdout) as Record<string, string>;
    },
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-10_000);
    });
  }
  return () => text;
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + startMsMax;
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`Rollcall did not answer within ${startMsMax / 1000} s`);
}

/** The first port from the given one on which nobody listens. */
async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 100; port += 1) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((closed) => server.close(closed));
    return port;
  }
  throw new Error(`no port from ${first} to ${first + 99} is free`);
}
