import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether a process with this id runs. A zombie does not: in a container whose first process reaps nobody, a killed
 * PostgreSQL stays in the table for good, and signal 0 would still reach it.
 */
export function isAlive(pid: number): boolean {
  return describeProcess(pid) !== undefined;
}

/** Whether this id is a running PostgreSQL, rather than another program that was given the id later. */
export function isPostgres(pid: number): boolean {
  const command = describeProcess(pid);
  return command !== undefined && (command === unknownCommand || /^postgres/.test(command));
}

const unknownCommand = '';

/** The command's name of a running process; empty where the system does not tell; undefined when there is none. */
function describeProcess(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') return describeFromProc(pid);
  if (process.platform === 'win32') return answersSignal(pid) ? unknownCommand : undefined;
  const answer = spawnSync('ps', ['-o', 'stat=,comm=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim();
  if (!answer || answer.startsWith('Z')) return undefined;
  return answer.slice(answer.search(/\s/)).trim().split('/').at(-1);
}

/** The second field of `stat` is the command in parentheses, which may itself hold any character; the third is the state. */
function describeFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const end = stat.lastIndexOf(')');
  const state = stat.slice(end + 2, end + 3);
  if (state === 'Z' || state === 'X') return undefined;
  return stat.slice(stat.indexOf('(') + 1, end);
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
