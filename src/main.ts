import { run } from './cli/program.ts';

// whoever reads the output may stop early: rollcall events acme | head
let isOutputLost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  if (isOutputLost) return;
  isOutputLost = true;
  process.stderr.write(`rollcall: Standard output cannot be written (${error.message}).\n`);
  // a server stops in order, its PostgreSQL with it; any other command comes to its end by itself
  process.emit('SIGTERM', 'SIGTERM');
});

const code = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  width: process.stdout.columns,
});
const exitCode = isOutputLost ? 1 : code;
process.exitCode = exitCode;

// A client that does not let go of its connection must not keep a stopped server's process alive.
setTimeout(() => process.exit(exitCode), 1_000).unref();
