import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildOptions, type ChildProgram, type ProgramEnd, runProgram, startProgram } from '../child-program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = path.join(root, 'bin', 'rollcall.js');

/** Runs one `rollcall` command to its end. */
export async function rollcall(args: string[], options: ChildOptions = {}): Promise<ProgramEnd> {
  return await runProgram(process.execPath, [program, ...args], options);
}

/** The JSON document of a command that must succeed and say nothing else. */
export async function rollcallJson<T>(args: string[], options: ChildOptions = {}): Promise<T> {
  const end = await rollcall([...args, '--json'], options);
  if (end.code !== 0) throw new Error(`rollcall ${args.join(' ')} ended with ${end.code}: ${end.stderr}`);
  return JSON.parse(end.stdout);
}

export type Served = { program: ChildProgram; baseUrl: string; consoleUrl: string; pid: number };

/** Starts `rollcall serve` on a free port and resolves when it is ready. */
export async function serve(dataDir: string, args: string[] = [], options: ChildOptions = {}): Promise<Served> {
  const all = [program, 'serve', '--json', '--port', '0', '--data-dir', dataDir, ...args];
  const started = startProgram(process.execPath, all, options);
  try {
    const [text] = await started.says(/^\{[\s\S]*^\}/m);
    const ready: Omit<Served, 'program'> = JSON.parse(text);
    return { ...ready, program: started };
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}
