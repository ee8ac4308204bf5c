import { type Comparison, compare } from './compare.ts';
import { type Half, hireHalves, story } from './demo-story.ts';
import { ProvisioningFailure } from './failure.ts';
import { createOkta, type Okta } from './okta.ts';
import type { Profile } from './options.ts';
import { type RollcallProcess, startRollcallProcess } from './rollcall-process.ts';
import { table } from './terminal.ts';

/** The port where Rollcall usually is, or is asked to be; the next free one when it is taken. */
const firstPort = Number(process.env.ROLLCALL_PORT) || 7070;

/** Written on the terminal as the story goes: what is being done, then a tick, the time and the requests. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function openApp(rollcall: { scimBaseUrl: string; token: string }, profile: Profile, label: string): Okta {
  return createOkta({
    app: { baseUrl: rollcall.scimBaseUrl, profile, label, usernameFormat: 'email' },
    auth: { mode: 'bearer', token: rollcall.token },
    seed: `demo ${profile}`,
  });
}

async function tell(halves: [Half, Half]): Promise<void> {
  const sent = (): number => halves.reduce((sum, { okta }) => sum + okta.exchanges.length, 0);
  for (const { says, act } of story) {
    const before = { requests: sent(), at: performance.now() };
    process.stdout.write(`  … ${says}`);
    const notes = (await Promise.all(halves.map(act))).filter((note) => note !== undefined);
    const seconds = ((performance.now() - before.at) / 1000).toFixed(1);
    const line = `  ✓ ${says}\n      ${sent() - before.requests} requests, ${seconds} s${notes.length > 0 ? `; ${notes[0]}` : ''}`;
    say(process.stdout.isTTY ? `\r\x1b[2K${line}` : `\n${line}`);
  }
}

/** A token that nobody gave out has to be refused before anything else is worth showing. */
async function refuseWrongToken(scimBaseUrl: string): Promise<void> {
  const stranger = openApp({ scimBaseUrl, token: 'not-the-token' }, 'aiw', 'stranger');
  try {
    await stranger.app.testCredentials();
    throw new Error('Rollcall accepted a wrong token');
  } catch (error) {
    if (!(error instanceof ProvisioningFailure)) throw error;
  } finally {
    stranger.close();
  }
}

function summary(custom: Comparison, catalog: Comparison): string {
  const rows = custom.rows.map(({ what, okta, app, different }, at) => {
    const other = catalog.rows[at];
    return [what, okta, app, other?.okta ?? 0, other?.app ?? 0, different + (other?.different ?? 0)];
  });
  return table(['', 'custom app: Okta', 'Rollcall', 'catalog app: Okta', 'Rollcall', 'different'], rows);
}

async function play(rollcall: RollcallProcess): Promise<boolean> {
  const organization = await rollcall.command('org', 'create', 'acme', '--name', 'Acme', '--plan', 'enterprise');
  const { token = '', scimBaseUrl = organization.scimBaseUrl ?? '' } = await rollcall.command(
    'token',
    'create',
    'acme',
    '--name',
    'Okta',
  );
  say(`\nThe organization acme has its SCIM endpoint at ${scimBaseUrl}`);
  say('Okta comes with two apps: a custom one, which writes with GET and PUT, and one of its');
  say('catalog, which writes with PATCH. Each looks after one half of the company.\n');
  await refuseWrongToken(scimBaseUrl);
  const apps: [Okta, Okta] = [
    openApp({ scimBaseUrl, token }, 'aiw', 'Custom app'),
    openApp({ scimBaseUrl, token }, 'oin', 'Catalog app'),
  ];
  try {
    await tell(hireHalves(apps, 'demo'));
    const custom = await compare(apps[0], [apps[1]]);
    const catalog = await compare(apps[1], [apps[0]]);
    say(`\nWhat Okta believes, and what Rollcall holds:\n\n${summary(custom, catalog)}\n`);
    const differences = [...custom.differences, ...catalog.differences];
    for (const difference of differences.slice(0, 20)) say(`  ${difference}`);
    say(differences.length === 0 ? 'No difference.' : `${differences.length} differences.`);
    return differences.length === 0;
  } finally {
    for (const okta of apps) okta.close();
  }
}

/** The demo's Rollcall is its own: settings of the environment must not point it at somebody's database. */
function environmentWithoutRollcall(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('ROLLCALL_'));
  return Object.fromEntries(entries) as Record<string, string>;
}

const exitAtOnce = process.argv.includes('--exit');
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
let rollcall: RollcallProcess | undefined;
try {
  say('Starting Rollcall with its built-in PostgreSQL on an empty data directory …');
  rollcall = await startRollcallProcess(firstPort, environmentWithoutRollcall(), stopping.signal);
  say(`It is on ${rollcall.url}${rollcall.url.endsWith(`:${firstPort}`) ? '' : `, since port ${firstPort} is taken`}.`);
  const equal = await play(rollcall);
  process.exitCode = equal ? 0 : 1;
  if (!exitAtOnce) {
    const { consoleUrl } = await rollcall.command('operator-key');
    say(`\nRollcall goes on running. Look at it: ${consoleUrl ?? rollcall.url}\nCtrl-C ends it and removes its data.`);
    await rollcall.ended;
  }
} catch (error) {
  // Whatever failed after that failed because Rollcall was gone.
  const { aborted } = stopping.signal;
  say(aborted ? '\nThe demo was stopped.' : `\nThe demo stopped: ${error instanceof Error ? error.message : error}`);
  process.exitCode = aborted ? 130 : 1;
} finally {
  await rollcall?.stop();
}
