import { Command } from 'commander';
import { appSwitches, describeSwitch } from './app-switches.ts';
import { type ConnectionOptions, oktaSettings, withConnection } from './command-options.ts';
import { groupSizes, makeCompany } from './company.ts';
import { hire, provisionCompany } from './company-life.ts';
import { compare, noteOthers } from './compare.ts';
import { addDirectoryCommands } from './directory-commands.ts';
import { ProvisioningFailure } from './failure.ts';
import { readText, writeText } from './files.ts';
import { goldenSequences, type ScenarioName, scenarioNames } from './golden-sequences.ts';
import { serveManagementApi } from './management-api.ts';
import { createOkta, type Okta } from './okta.ts';
import { wholeNumber } from './options.ts';
import { runScenario } from './scenarios.ts';
import { comparisonText, type Outcome, printOutcome, table } from './terminal.ts';
import { knownResources, parseTranscript, printTranscript } from './transcript.ts';
import { replayTranscript } from './transcript-replay.ts';

const stateFile = 'okta-sim-state.json';

/** People or groups that a command makes; far more than a demonstration needs, and no endless loop. */
const sizeBounds = { least: 1, most: 1_000_000 };

const program = new Command('okta-sim')
  .description("Plays Okta's provisioning engine against any SCIM 2.0 server")
  .showHelpAfterError('(okta-sim <command> --help shows what it takes)');

/** Makes the Okta of a command, acts, writes the transcript, prints, and sets the exit code. */
async function withOkta(
  options: ConnectionOptions,
  act: (okta: Okta) => Promise<Outcome>,
  record = false,
): Promise<void> {
  const okta = createOkta(oktaSettings(options, record));
  const known = knownResources(okta.engine.state);
  try {
    const outcome = await act(okta);
    okta.save();
    if (options.transcript !== undefined) {
      const title = `okta-sim, profile ${okta.engine.state.app.options.profile}, seed ${okta.engine.state.seed}`;
      writeText('--transcript', options.transcript, printTranscript(okta.exchanges, title, known));
    }
    printOutcome(outcome, options.json ?? false);
  } finally {
    okta.close();
  }
}

withConnection(program.command('test-credentials').description('the button Test API Credentials')).action(
  (options: ConnectionOptions) =>
    withOkta(options, async (okta) => {
      try {
        await okta.app.testCredentials();
        return { text: 'The credentials were verified successfully.', json: { ok: true }, ok: true };
      } catch (error) {
        if (!(error instanceof ProvisioningFailure)) throw error;
        return { text: error.message, json: { ok: false, message: error.message }, ok: false };
      }
    }),
);

addDirectoryCommands(program, stateFile, withOkta);

withConnection(
  program
    .command('run')
    .description('run a scenario, S1 to S18, or all of S1 to S17')
    .argument('<scenario>')
    .option('--people <n>', 'people or groups side by side in each scenario', '1'),
).action((scenario: string, options: ConnectionOptions & { people: string }) =>
  withOkta(
    options,
    async (okta) => {
      const count = wholeNumber('--people', options.people, sizeBounds);
      const names = scenario === 'all' ? scenarioNames : [scenario.toUpperCase() as ScenarioName];
      if (names.some((name) => !(name in goldenSequences)))
        throw new Error(`there is no scenario ${scenario}; they are S1 to S18, and all`);
      await noteOthers(okta);
      const results = [];
      for (const name of names) results.push(await runScenario(okta, name, { count }));
      const ok = results.every(({ asExpected, comparison }) => asExpected !== false && comparison.equal);
      const rows = results.map(({ name, title, asExpected, settled, comparison }) => [
        name,
        title,
        asExpected === undefined ? 'not checked' : asExpected ? 'as captured' : 'DIFFERENT',
        settled.retries,
        comparison.equal ? 'equal' : 'DIFFERENT',
      ]);
      const text = [
        table(['', 'scenario', 'requests', 'retries', 'both sides'], rows),
        ...lastDifferences(results),
      ].join('\n\n');
      return { text, json: results, ok };
    },
    true,
  ),
);

withConnection(
  program
    .command('company')
    .description('hire a company, assign the app to everybody, push every group, compare')
    .option('--people <n>', 'people', '250')
    .option('--groups <n>', 'groups', '12')
    .option('--smallest <n>', 'members of the smallest group', '5')
    .option('--largest <n>', 'members of the largest group', '120'),
  stateFile,
).action((options: ConnectionOptions & Record<'people' | 'groups' | 'smallest' | 'largest', string>) =>
  withOkta(options, async (okta) => {
    const number = (name: 'people' | 'groups' | 'smallest' | 'largest', least: number): number =>
      wholeNumber(`--${name}`, options[name], { ...sizeBounds, least });
    const [people, groups, smallest, largest] = [
      number('people', 1),
      number('groups', 0),
      number('smallest', 1),
      number('largest', 1),
    ];
    if (smallest > largest) throw new Error(`--smallest ${smallest} is more than --largest ${largest}`);
    await noteOthers(okta);
    const company = makeCompany(okta.engine.state.seed, people, groupSizes(groups, smallest, largest));
    await provisionCompany(okta, hire(okta, company));
    return comparison(okta);
  }),
);

withConnection(
  program.command('compare').description('compare what Okta believes with what the server holds'),
  stateFile,
).action((options: ConnectionOptions) => withOkta(options, comparison));

withConnection(
  program
    .command('serve')
    .description("serve the routes of Okta's management API that its certification suites drive")
    .option('--port <port>', 'port; 0 for any', '7080')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .requiredOption('--api-token <token>', 'token that the caller sends as SSWS <token>'),
).action(async (options: ConnectionOptions & { port: string; host: string; apiToken: string }) => {
  const okta = createOkta(oktaSettings(options, false));
  const api = await serveManagementApi(okta, {
    port: wholeNumber('--port', options.port, { least: 0, most: 65_535 }),
    host: options.host,
    apiToken: options.apiToken,
    onError: (error) => process.stderr.write(`${error instanceof Error ? error.message : error}\n`),
  });
  const { id } = okta.engine.state.app;
  const text = `Okta's management API: ${api.url}\nApp: ${id}\nStop with Ctrl-C.`;
  process.stdout.write(`${options.json ? JSON.stringify({ oktaOrgUrl: api.url, oktaAppId: id }) : text}\n`);
  await new Promise<void>((stopped) => {
    process.once('SIGINT', stopped);
    process.once('SIGTERM', stopped);
  });
  await api.close();
  okta.save();
  okta.close();
});

withConnection(
  program.command('replay').description('replay a transcript and check the answers').argument('<file>'),
).action((file: string, options: ConnectionOptions) =>
  withOkta(options, async (okta) => {
    const steps = parseTranscript(readText('the transcript', file));
    const failures = await replayTranscript(steps, async ({ method, path, headers, body }) => {
      const answer = await okta.engine.client.send({
        method: method as 'GET',
        path,
        headers,
        ...(body !== undefined && { body: JSON.parse(body) as unknown }),
        subject: 'replay',
        outside: true,
      });
      return { status: answer.status, headers: answer.headers, body: answer.json };
    });
    const text = [...failures, `${steps.length} requests, ${failures.length} failures`].join('\n');
    return { text, json: { requests: steps.length, failures }, ok: failures.length === 0 };
  }),
);

program
  .command('switches')
  .description('list the options of the app that --app sets')
  .action(() => {
    const rows = Object.entries(appSwitches).map(([name, [, meaning]]) => {
      const { values, default: byDefault } = describeSwitch(name);
      return [name, values, byDefault, meaning];
    });
    process.stdout.write(`${table(['option', 'values', 'default', 'meaning'], rows)}\n`);
  });

async function comparison(okta: Okta): Promise<Outcome> {
  const result = await compare(okta);
  return { text: comparisonText(result), json: result, ok: result.equal };
}

function lastDifferences(results: Awaited<ReturnType<typeof runScenario>>[]): string[] {
  const different = results.find(({ comparison: { equal }, asExpected }) => !equal || asExpected === false);
  if (!different) return [];
  const lines = Object.entries(different.sequences).map(
    ([subject, sequence]) => `  ${subject}: ${sequence.join(' → ')}`,
  );
  const sequences =
    different.asExpected === false ? [`${different.name} expects ${different.expected.join(' → ')}`, ...lines] : [];
  return [[...sequences, comparisonText(different.comparison)].join('\n')];
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`okta-sim: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
