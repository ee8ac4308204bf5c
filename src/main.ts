import { run } from './cli/program.ts';

// whoever reads the output may stop early: rollcall events acme | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
});
process.exitCode = exitCode;

// A client that does not let go of its connection must not keep a stopped server's process alive.
setTimeout(() => process.exit(exitCode), 1_000).unref();
