import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A server process of ours, and the document that it printed. */
export type Child = { pid: number; printed: unknown; stop(): Promise<void> };

const startWaitMs = 120_000;
const stopWaitMs = 15_000;

/** Starts Node with these arguments and waits for the JSON document on its standard output that says where it serves. */
export async function startChild(args: readonly string[], env: Record<string, string> = {}): Promise<Child> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = (): Promise<void> => stopChild(child);
  const isOver = new AbortController();
  const ended = once(child, 'exit', { signal: isOver.signal }).then(([code]) => {
    throw new Error(`${args.join(' ')} ended with ${code} before it served`);
  });
  const late = delay(startWaitMs, undefined, { signal: isOver.signal }).then(() => {
    throw new Error(`${args.join(' ')} did not serve in time`);
  });
  try {
    const printed = await Promise.race([readDocument(child), ended, late]);
    return { pid: child.pid as number, printed, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    ended.catch(() => undefined);
    late.catch(() => undefined);
    isOver.abort();
  }
}

/** Reads lines until they are a whole document. */
async function readDocument(child: ChildProcess): Promise<unknown> {
  let text = '';
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return await new Promise((resolve) => {
    // Goes on reading afterwards: a full pipe would stop the server.
    lines.on('line', (line) => {
      text += line;
      try {
        resolve(JSON.parse(text));
      } catch {
        // not whole yet
      }
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), stopWaitMs);
  await exited;
  clearTimeout(killer);
}
