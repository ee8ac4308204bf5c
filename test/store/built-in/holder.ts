// A program that uses a built-in PostgreSQL until it is told to stop, for the tests that need another process.
import { type BuiltInOptions, startBuiltIn } from '../../../src/store/built-in/start.ts';

const options: Pick<BuiltInOptions, 'dataDir' | 'purpose' | 'durability'> = JSON.parse(process.argv[2] ?? '{}');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
// before anything is said, since whoever hears it may answer with the signal at once
const told = new Promise((resolve) => process.once('SIGTERM', resolve));
try {
  const server = await startBuiltIn({ durability: 'none', ...options, log: say });
  say(`ready ${server.connectionString}`);
  await told;
  await server.stop();
  say('stopped');
} catch (error) {
  say(`refused: ${(error as Error).message}`);
  process.exitCode = 1;
}
