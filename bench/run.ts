import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { assignPeople, pushGroup } from './load/assign.ts';
import { importAll } from './load/full-import.ts';
import { probeMembers } from './load/member-probe.ts';
import { closeSession, openSession, type PhaseFigures } from './load/session.ts';
import { runMix } from './load/steady-mix.ts';
import { type BenchOptions, type PeerName, readOptions, usage } from './options.ts';
import { type DatabaseServer, startDatabaseServer } from './peers/database-server.ts';
import { startRollcall } from './peers/rollcall.ts';
import { startSamlJackson } from './peers/saml-jackson.ts';
import { startScimmy } from './peers/scimmy.ts';
import type { Target } from './peers/target.ts';
import type { RunFigures } from './report/run-figures.ts';
import { printRun, printSummary } from './report/tables.ts';

/** Members of the small group, to which the big one is compared. */
const smallGroup = 10;
/** People who come over HTTP when the others are filled in by statements. */
const overHttpBesideFill = 1_000;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return console.log(usage);
  const options = readOptions(args);
  const runs: RunFigures[] = [];
  for (const users of options.users) {
    if (options.running !== undefined)
      runs.push(await measureTarget(runningTarget(options), users, options, undefined));
    else await measurePeers(users, options, runs);
  }
  printSummary(runs);
  if (options.json !== undefined) {
    const machine = { cpus: cpus().length, model: cpus()[0]?.model, memoryBytes: totalmem(), node: process.version };
    await writeFile(options.json, `${JSON.stringify({ machine, options, runs }, undefined, 2)}\n`);
  }
  if (runs.some((run) => run.phases.some((phase) => phase.errors.length > 0))) process.exitCode = 1;
}

/** One peer after the other, each alone on the machine, on one PostgreSQL that is new for this size. */
async function measurePeers(users: number, options: BenchOptions, runs: RunFigures[]): Promise<void> {
  await using running = stopBySignal();
  const database = await startDatabaseServer(options.dataDir);
  running.defer(() => database.stop());
  for (const peer of options.peers) {
    const target = await startPeer(peer, database, options);
    running.defer(() => target.stop());
    runs.push(await measureTarget(target, users, options, database.postmasterPid));
    await target.stop();
  }
}

/** What is deferred to it also happens when a signal ends the program. */
function stopBySignal(): AsyncDisposableStack {
  const stack = new AsyncDisposableStack();
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => void stack.disposeAsync().finally(() => process.exit(code)));
  }
  return stack;
}

function startPeer(peer: PeerName, database: DatabaseServer, options: BenchOptions): Promise<Target> {
  switch (peer) {
    case 'rollcall': {
      const slug = `bench-${process.pid}-${Math.floor(performance.now())}`;
      return startRollcall(database, { slug, nodeArguments: options.nodeArguments });
    }
    case 'saml-jackson':
      return startSamlJackson(database, 'bench_saml_jackson');
    case 'scimmy':
      return startScimmy();
  }
}

function runningTarget({ running }: BenchOptions): Target {
  if (running === undefined) throw new Error('no server was named');
  const nothing = async (): Promise<void> => undefined;
  return { name: running.baseUrl, ...running, notes: [], fill: undefined, settle: nothing, stop: nothing };
}

async function measureTarget(
  target: Target,
  users: number,
  options: BenchOptions,
  postmasterPid: number | undefined,
): Promise<RunFigures> {
  const { concurrency, seed, batch, phaseSeconds } = options;
  const session = openSession(target, { concurrency, seed, postmasterPid });
  const groupSize = Math.min(options.group, users);
  const bounds = { seconds: phaseSeconds };
  const phases: PhaseFigures[] = [];
  const note = <Figures extends PhaseFigures>(figures: Figures): Figures => {
    phases.push(figures);
    console.error(`${target.name}, ${users} users: ${figures.phase} took ${figures.seconds.toFixed(1)} s`);
    return figures;
  };
  try {
    const fill = options.fill === 'sql' ? target.fill : undefined;
    const overHttp = fill === undefined ? users : Math.min(users, overHttpBesideFill);
    note(await assignPeople(session, overHttp, bounds));
    const small = await pushGroup(session, { name: 'Small', people: Math.min(smallGroup, users), batch });
    const big = await pushGroup(session, { name: 'Everyone', people: Math.min(groupSize, overHttp), batch });
    note(big.figures);
    if (fill !== undefined && users > overHttp) {
      const ids = await fill.members(session.ids[0] as string, { from: overHttp, to: users });
      for (const id of ids) session.isActive[session.ids.push(id) - 1] = true;
      await fill.team(big.id, session.ids.slice(0, groupSize));
    }
    await target.settle();

    const mix = { groupId: big.id, groupSize };
    if (options.warmUpSeconds > 0) {
      // Its times count for nothing, its errors do.
      note(await runMix(session, { ...mix, phase: 'warm-up', seconds: options.warmUpSeconds }));
    }
    note(await runMix(session, { ...mix, phase: 'steady mix', seconds: options.mixSeconds }));
    const full = note(await importAll(session, { rounds: options.imports, ...bounds }));
    const groups = { small: small.id, smallSize: smallGroup, big: big.id, bigSize: groupSize };
    const probe =
      groupSize > smallGroup
        ? note(await probeMembers(session, groups, { rounds: options.probes, ...bounds }))
        : undefined;
    const run: RunFigures = {
      target: target.name,
      notes: target.notes,
      users,
      group: groupSize,
      concurrency,
      phases,
      pages: full.pages,
      seen: full.seen,
      oneMember: probe === undefined ? undefined : { intoSmall: probe.intoSmall, intoBig: probe.intoBig },
    };
    printRun(run);
    return run;
  } finally {
    closeSession(session);
  }
}

await main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
