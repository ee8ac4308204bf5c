import { type Command, Option } from 'commander';
import { setSwitch } from './app-switches.ts';
import type { MappedAttribute } from './attribute-mapping.ts';
import { defaultMapping, minimalMapping } from './default-mapping.ts';
import { readJsonFile, readText } from './files.ts';
import { parseShare } from './misbehavior.ts';
import type { OktaSettings } from './okta.ts';
import { type AppSettings, type Auth, type NumberBounds, numberBounds, type Profile, wholeNumber } from './options.ts';
import { readState } from './state.ts';
import { progressLine } from './terminal.ts';

/** What every command that talks to a server takes. */
export type ConnectionOptions = {
  baseUrl?: string;
  token?: string;
  tokenFile?: string;
  auth: 'bearer' | 'header' | 'basic' | 'oauth';
  profile?: Profile;
  seed?: string;
  concurrency?: string;
  delays: 'real' | 'none';
  state?: string;
  transcript?: string;
  json?: boolean;
  app?: string[];
  mapping?: string;
  repeatCreate: string;
  dropResponse: string;
  slowRead: string;
  restart: string;
};

/** A number of requests, or of milliseconds, that a command line may name. */
const countBounds: NumberBounds = { least: 0, most: 2_147_483_647 };

/** For an option that may be given several times; none is an absent list, so that help shows no default. */
export function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Adds the options to a command. `state` is the default state file; none keeps the memory in the process. */
export function withConnection(command: Command, state?: string): Command {
  return command
    .option('--base-url <url>', 'SCIM base URL, such as https://app.example/scim/v2')
    .option('--token <token>', 'token; for basic, user:password')
    .option('--token-file <file>', 'file that holds the token')
    .addOption(
      new Option('--auth <mode>', 'how the token is sent')
        .choices(['bearer', 'header', 'basic', 'oauth'])
        .default('bearer'),
    )
    .addOption(
      new Option('--profile <profile>', 'aiw: custom app, PUT; oin: catalog app, PATCH').choices(['aiw', 'oin']),
    )
    .option('--seed <text>', 'decides every id and every fault; a state file keeps its own')
    .option('--concurrency <n>', 'users and groups in flight at the same time')
    .addOption(
      new Option('--delays <kind>', 'wait as Okta does, or not at all').choices(['real', 'none']).default('none'),
    )
    .option('--state <file>', "Okta's memory", state)
    .option('--transcript <file>', 'write every request and answer to this file')
    .option('--app <name=value>', 'an option of the app, see okta-sim switches (repeatable)', repeated)
    .option('--mapping <mapping>', 'attribute mapping: default, minimal, or a JSON file')
    .option('--repeat-create <share>', 'creates that arrive twice', '0%')
    .option('--drop-response <share>', 'answers that are lost', '0%')
    .option('--slow-read <ms>', 'pause between pieces of an answer', '0')
    .option('--restart <requests>', 'lose the memory once, after this many requests; 0 for never', '0')
    .option('--json', 'print one JSON document on stdout');
}

/** Settings of the simulator from the command line. Throws a sentence when something is missing or wrong. */
export function oktaSettings(options: ConnectionOptions, record: boolean): OktaSettings {
  const app: AppSettings = {};
  if (options.baseUrl !== undefined) app.baseUrl = options.baseUrl;
  if (options.profile !== undefined) app.profile = options.profile;
  if (options.concurrency !== undefined)
    app.concurrency = wholeNumber('--concurrency', options.concurrency, numberBounds.concurrency);
  if (options.mapping !== undefined) app.mapping = readMapping(options.mapping);
  for (const assignment of options.app ?? []) setSwitch(app, assignment);
  const remembered = options.state === undefined ? undefined : readState(options.state);
  const baseUrl = app.baseUrl ?? remembered?.app.options.baseUrl;
  if (!baseUrl) throw new Error('--base-url is needed: the SCIM base URL of the server');
  if (!URL.canParse(baseUrl)) throw new Error(`--base-url is no URL: ${baseUrl}`);
  // A memory has the seed that it was made with.
  const seed = options.seed ?? (remembered ? undefined : String(Date.now()));
  return {
    app,
    auth: readAuth(options),
    ...(seed !== undefined && { seed }),
    delays: options.delays,
    misbehavior: {
      repeatCreate: parseShare(options.repeatCreate),
      dropResponse: parseShare(options.dropResponse),
      slowReadMs: wholeNumber('--slow-read', options.slowRead, countBounds),
      restartAfterRequests: wholeNumber('--restart', options.restart, countBounds),
    },
    ...(options.state !== undefined && { stateFile: options.state }),
    record: record || options.transcript !== undefined,
    onProgress: progressLine('jobs'),
  };
}

function readAuth({ auth, token, tokenFile }: ConnectionOptions): Auth {
  const secret = token ?? (tokenFile === undefined ? undefined : readText('--token-file', tokenFile).trim());
  if (secret === undefined) throw new Error('--token or --token-file is needed');
  if (auth === 'oauth') return { mode: 'oauth', accessToken: secret };
  if (auth !== 'basic') return { mode: auth, token: secret };
  const [username = '', ...password] = secret.split(':');
  return { mode: 'basic', username, password: password.join(':') };
}

function readMapping(name: string): MappedAttribute[] {
  if (name === 'default') return defaultMapping;
  if (name === 'minimal') return minimalMapping;
  const mapping = readJsonFile('--mapping', name);
  const entries = Array.isArray(mapping) ? (mapping as Partial<MappedAttribute>[]) : [];
  const complete = entries.every((entry) => entry.name && entry.externalName && entry.from);
  if (entries.length === 0 || !complete)
    throw new Error(`${name} is no list of {name, externalName, externalNamespace, from}`);
  return entries as MappedAttribute[];
}
