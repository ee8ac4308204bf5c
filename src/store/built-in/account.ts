import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { OperatorError } from '../operator-error.ts';

/** An unprivileged account of the system. */
export type Account = { name: string; uid: number; gid: number };

/** First the account an operator may have made for us, then those that systems have anyway. */
const accountNames = ['rollcall', 'postgres', '_postgres', 'nobody'];

/**
 * The account that PostgreSQL runs under, or undefined when it simply runs as we do. It refuses to run as root, so as
 * root we give it the owner of the cluster that is there, else an unprivileged account of the system.
 *
 * @param cluster the directory of the cluster, which need not exist yet
 */
export async function findAccount(cluster: string): Promise<Account | undefined> {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  const accounts = await readAccounts();
  const owner = await stat(cluster).then(
    (found) => ({ uid: found.uid, gid: found.gid }),
    () => undefined,
  );
  if (uid !== 0) {
    if (owner === undefined || owner.uid === uid) return undefined;
    throw new OperatorError(
      'data_directory_unusable',
      `The database in ${cluster} belongs to the account ${nameOf(owner.uid, accounts)}, so only that account or root can ` +
        'start it: run Rollcall as one of them, or choose another data directory with --data-dir.',
    );
  }
  if (owner !== undefined && owner.uid !== 0) return { name: nameOf(owner.uid, accounts), ...owner };
  for (const name of accountNames) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new OperatorError(
    'built_in_failed',
    'PostgreSQL refuses to run as root, and this system has no account named rollcall, postgres or nobody to run it under: ' +
      'create one, run Rollcall as an ordinary user, or set ROLLCALL_DATABASE_URL.',
  );
}

/** The options of `spawn` that make a child run under this account, in a directory that everyone may enter. */
export function runAs(account: Account | undefined): { cwd?: string; uid?: number; gid?: number } {
  if (process.platform === 'win32') return {};
  return account === undefined ? { cwd: '/' } : { cwd: '/', uid: account.uid, gid: account.gid };
}

/** Whether the account can enter a directory, asked of the system itself by a process that runs under it. */
export async function canEnter(directory: string, account: Account | undefined): Promise<boolean> {
  if (account === undefined) return true;
  return await succeeds('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], account);
}

/** Runs a program under an account and tells whether it ended well. */
export async function succeeds(command: string, args: string[], account: Account | undefined): Promise<boolean> {
  return await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', windowsHide: true, ...runAs(account) });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    // macOS writes the ids of its unprivileged accounts as negative numbers
    return name && uid && gid && !name.startsWith('#')
      ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }]
      : [];
  });
}

function nameOf(uid: number, accounts: Account[]): string {
  return accounts.find((account) => account.uid === uid)?.name ?? `number ${uid}`;
}
