import { startProgram } from './child-program.ts';
import { testFolder } from './data-directory.ts';
import type { TestDatabase } from './database.ts';

/** `rollcall serve` in a process of its own. */
export type ServingProcess = AsyncDisposable & { url: string; pid: number };

const main = new URL('../src/main.ts', import.meta.url).pathname;

/** Starts another node on a test's database, as a process that shares nothing with the one in this process. */
export async function startServingProcess(
  db: TestDatabase,
  settings: Record<string, string> = {},
): Promise<ServingProcess> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await testFolder());
  const program = starting.use(
    startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve', '--json', '--port', '0'], {
      env: {
        ROLLCALL_DATA_DIR: folder.path,
        ROLLCALL_DATABASE_URL: db.connectionString,
        ROLLCALL_LOG_LEVEL: 'silent',
        ...settings,
      },
    }),
  );
  const [, url = ''] = await program.says(/"baseUrl":\s*"([^"]+)"/);
  const running = starting.move();
  return { url, pid: program.pid, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
