import { type Config, readConfig } from '../config.ts';

export type NextStepsInput = {
  config: Config;
  consoleUrl: string;
  organizations: { slug: string }[];
  /** Whether Ctrl-C is the way to stop. */
  isTerminal: boolean;
};

/** What `serve` says when it is ready: where it is, and the commands that lead on from what is there already. */
export function nextSteps({ config, consoleUrl, organizations, isTerminal }: NextStepsInput): string {
  const flags = flagsOf(config);
  const [first] = organizations;
  const database =
    config.databaseUrl === undefined ? `built-in PostgreSQL in ${config.dataDir}` : 'ROLLCALL_DATABASE_URL';
  const lines = [
    '',
    `  Rollcall is running on ${config.baseUrl}`,
    '',
    `  Console   ${consoleUrl}`,
    `  Database  ${database}`,
    '',
    ...(first === undefined
      ? [
          '  There is no organization yet. Create one, and a token for its identity provider:',
          '',
          `    npx rollcall org create acme --name "Acme Inc."${flags}`,
          `    npx rollcall token create acme --name okta${flags}`,
          '',
          '  The second command prints the SCIM base URL and the token to paste into Okta.',
        ]
      : [
          `  ${countOf(organizations.length)}. A token for an identity provider, and what came through it:`,
          '',
          `    npx rollcall token create ${first.slug} --name okta${flags}`,
          `    npx rollcall requests ${first.slug}${flags}`,
        ]),
    '',
    isTerminal ? '  Ctrl-C stops it.' : '  SIGTERM stops it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function countOf(organizations: number): string {
  return organizations === 1 ? 'One organization is here' : `${organizations} organizations are here`;
}

/** A command as it can be pasted into a shell, with the flags with which it finds this Rollcall. */
export const pasted = (config: Config, command: string): string => `npx rollcall ${command}${flagsOf(config)}`;

/** The flags with which another command finds this Rollcall, also from a shell that has none of our variables. */
function flagsOf(config: Config): string {
  const usual = readConfig({});
  const flags: string[] = [];
  if (config.databaseUrl !== undefined) flags.push('--database-url "$ROLLCALL_DATABASE_URL"');
  else if (config.dataDir !== usual.dataDir) flags.push(`--data-dir ${quote(config.dataDir)}`);
  const atPort = readConfig({}, { port: String(config.port) });
  if (config.baseUrl === atPort.baseUrl) {
    if (config.port !== usual.port) flags.push(`--port ${config.port}`);
  } else flags.push(`--base-url ${quote(config.baseUrl)}`);
  return flags.map((flag) => ` ${flag}`).join('');
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
