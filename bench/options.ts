import { parseArgs } from 'node:util';

const peerNames = ['rollcall', 'saml-jackson', 'scimmy'] as const;
export type PeerName = (typeof peerNames)[number];

export type BenchOptions = {
  peers: PeerName[];
  /** A server that runs already, measured instead of the peers. */
  running: { baseUrl: string; authorization: string; pid: number | undefined } | undefined;
  /** Sizes of the organization; each is a run of its own. */
  users: number[];
  /** People in the big group; at most all. */
  group: number;
  batch: number;
  /** Over HTTP, or by statements on the database for servers that have such a way. */
  fill: 'http' | 'sql';
  concurrency: number;
  mixSeconds: number;
  warmUpSeconds: number;
  /** How long any other phase may take. */
  phaseSeconds: number;
  imports: number;
  probes: number;
  seed: number;
  json: string | undefined;
  dataDir: string | undefined;
  /** Arguments of Node for Rollcall, such as --cpu-prof. */
  nodeArguments: string[];
};

export const usage = `node bin/node24.js bench/run.ts [options]

  --peers <names>        ${peerNames.join(', ')}; separated by commas. Default: rollcall
  --base-url <url>       measure the server that runs there instead, with --token <text> and, for memory and CPU, --pid <number>
  --users <numbers>      sizes of the organization, one run each. Default: 10000
  --group <number>       people in the big group. Default: as many as there are users
  --batch <number>       people in one PATCH of the group push. Default: 100
  --fill <http|sql>      whether all people come over HTTP; sql: only the first 1000, the others by statements (Rollcall). Default: http
  --concurrency <number> requests at once in lookup and create, and in the mix. Default: 16
  --seconds <number>     how long the mix is measured. Default: 15
  --warm-up <number>     seconds of the mix ahead of it that are not measured. Default: 5
  --phase-seconds <n>    how long any other phase may take. Default: 120
  --imports <number>     full imports. Default: 3
  --probes <number>      rounds of the probe of one member. Default: 300
  --seed <number>        what is drawn by chance follows from it. Default: 1
  --json <file>          also write the figures to a file
  --data-dir <path>      the data directory of the PostgreSQL. Default: a temporary one, removed at the end
  --node-arguments=<t>   arguments of Node for Rollcall, such as "--cpu-prof --cpu-prof-dir=profiles"`;

/** Reads the command line; throws a sentence for what cannot be read. */
export function readOptions(args: readonly string[]): BenchOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { ...text, default: 'rollcall' },
      'base-url': text,
      token: text,
      pid: text,
      users: { ...text, default: '10000' },
      group: text,
      batch: { ...text, default: '100' },
      fill: { ...text, default: 'http' },
      concurrency: { ...text, default: '16' },
      seconds: { ...text, default: '15' },
      'warm-up': { ...text, default: '5' },
      'phase-seconds': { ...text, default: '120' },
      imports: { ...text, default: '3' },
      probes: { ...text, default: '300' },
      seed: { ...text, default: '1' },
      json: text,
      'data-dir': text,
      'node-arguments': text,
    },
  });
  const number = (name: keyof typeof values, max: number, given = values[name]) => whole(name, given, 1, max);
  const baseUrl = values['base-url'];
  return {
    peers: values.peers.split(',').map(peerName),
    running:
      baseUrl === undefined
        ? undefined
        : {
            baseUrl: loopback(baseUrl),
            authorization: `Bearer ${values.token ?? ''}`,
            pid: values.pid === undefined ? undefined : number('pid', 2 ** 22),
          },
    users: values.users.split(',').map((each) => number('users', 1_000_000, each)),
    group: values.group === undefined ? Number.POSITIVE_INFINITY : number('group', 1_000_000),
    batch: number('batch', 1_000),
    fill: fillOf(values.fill),
    concurrency: number('concurrency', 256),
    mixSeconds: number('seconds', 600),
    warmUpSeconds: whole('warm-up', values['warm-up'], 0, 600),
    phaseSeconds: number('phase-seconds', 3_600),
    imports: number('imports', 100),
    probes: number('probes', 10_000),
    seed: number('seed', 1_000_000),
    json: values.json,
    dataDir: values['data-dir'],
    nodeArguments: values['node-arguments']?.split(' ').filter(Boolean) ?? [],
  };
}

function peerName(given: string): PeerName {
  const name = peerNames.find((each) => each === given);
  if (name === undefined) throw new Error(`--peers knows ${peerNames.join(', ')}, not ${given}`);
  return name;
}

function fillOf(given: string): 'http' | 'sql' {
  if (given === 'http' || given === 'sql') return given;
  throw new Error(`--fill must be http or sql, not ${given}`);
}

function whole(name: string, given: string | undefined, min: number, max: number): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}, not ${given}`);
}

/** The load is for servers of this machine only. */
function loopback(given: string): string {
  const { hostname, protocol } = new URL(given);
  if (protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname)) return given.replace(/\/$/, '');
  throw new Error(`--base-url must begin with http://127.0.0.1, not ${given}`);
}
