// Kills the server and PostgreSQL under load, as often as asked, and says what became of it:
//
//     node bin/node24.js test/faults/crash-run.ts --rounds 20
//
// It ends with 1 as soon as something that was acknowledged is lost, half done or told wrongly by the feed.
import { parseArgs } from 'node:util';
import { type Round, runCrashRounds, type Victim } from './crash-rounds.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, kill: { type: 'string', default: 'both' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000 || !['server', 'postgres', 'both'].includes(values.kill)) {
  console.error('Usage: crash-run.ts [--rounds 1..1000] [--kill server|postgres|both]   (rounds of each kind)');
  process.exit(2);
}
const kinds: Victim[] = values.kill === 'both' ? ['server', 'postgres'] : [values.kill as Victim];
const victims = Array.from({ length: rounds }, () => kinds).flat();

console.log('round  killed    acknowledged  unknown: stored  not stored  back after');
const results = await runCrashRounds(victims, tell);
const acknowledged = results.reduce((sum, round) => sum + round.acknowledged, 0);
for (const kind of kinds) {
  const times = results.filter((round) => round.victim === kind).map((round) => round.backMs);
  const sorted = times.toSorted((one, other) => one - other);
  console.log(
    `${kind}: ${times.length} kills, back after ${sorted[Math.floor(sorted.length / 2)]} ms (median), ${sorted.at(-1)} ms (longest)`,
  );
}
console.log(`${acknowledged} acknowledged writes, all there; nothing half done; both feeds whole.`);

function tell({ victim, acknowledged, unknown, backMs }: Round, number: number): void {
  const columns = [
    String(number).padStart(5),
    victim.padEnd(8),
    String(acknowledged).padStart(12),
    String(unknown.stored).padStart(15),
    String(unknown.lost).padStart(10),
    `${backMs} ms`.padStart(10),
  ];
  console.log(columns.join('  '));
}
