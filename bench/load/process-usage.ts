import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const ticksPerSecond = 100;

/** CPU seconds that a process has used, in user and kernel mode; with `children`, also those of children that ended. */
export function cpuSeconds(pid: number, options: { children?: boolean } = {}): number {
  const fields = statOf(pid);
  if (fields === undefined) return 0;
  // The names of proc(5), without the first two fields: utime 11, stime 12, cutime 13, cstime 14.
  const used = options.children ? [11, 12, 13, 14] : [11, 12];
  return used.reduce((sum, field) => sum + Number(fields[field]), 0) / ticksPerSecond;
}

/** CPU seconds of a PostgreSQL server: its postmaster, the processes it has, and those that have ended. */
export function postgresCpuSeconds(postmaster: number): number {
  let seconds = cpuSeconds(postmaster, { children: true });
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid) && Number(statOf(pid)?.[1]) === postmaster) seconds += cpuSeconds(pid);
  }
  return seconds;
}

/** Memory of a process in megabytes: what it holds now, and the most that it ever held. */
export function residentMegabytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** The fields of /proc/<pid>/stat behind the program's name, which may itself hold spaces and parentheses. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
