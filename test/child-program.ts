import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a test waits for a program to say or do something, before it is the test that has failed. */
const waitMs = 60_000;

export type ProgramEnd = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/** A program that a test started. It is killed at the end of the scope. */
export type ChildProgram = AsyncDisposable & {
  pid: number;
  /** Resolves to the match once standard output or standard error has it. */
  says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves when the program has ended. */
  end: () => Promise<ProgramEnd>;
  kill: (signal: NodeJS.Signals) => void;
};

export type ChildOptions = { env?: Record<string, string>; cwd?: string; uid?: number; gid?: number };

/** Starts a program with an environment of its own, in which nothing of the test runner's is left. */
export function startProgram(command: string, args: string[], options: ChildOptions = {}): ChildProgram {
  const child = spawn(command, args, {
    ...options,
    env: { PATH: process.env.PATH ?? '', HOME: '/', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): ProgramEnd => ({ code, signal, ...output }));
  return {
    pid: child.pid ?? 0,
    says: (pattern) => saying(child, output, pattern),
    end: () => inTime(ended, () => `It did not end.\n${output.stdout}${output.stderr}`),
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a program to its end. */
export async function runProgram(command: string, args: string[], options: ChildOptions = {}): Promise<ProgramEnd> {
  await using program = startProgram(command, args, options);
  return await program.end();
}

async function saying(
  child: ChildProcess,
  output: { stdout: string; stderr: string },
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const said = new Promise<RegExpExecArray>((resolve, reject) => {
    const look = (): void => {
      const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
      if (match !== null) resolve(match);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.on('close', () => reject(new Error(`It ended without ${pattern}:\n${output.stdout}${output.stderr}`)));
    look();
  });
  return await inTime(said, () => `It did not say ${pattern}:\n${output.stdout}${output.stderr}`);
}

async function inTime<T>(work: Promise<T>, complaint: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), waitMs);
  });
  return await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
