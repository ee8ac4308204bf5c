// Deactivates people whose API keys are in use on two processes, by every way that there is, and measures how long after
// the answer their keys and their event streams are refused there:
//
//     node bin/node24.js test/faults/deactivation-run.ts --count 200
//
// It ends with 1 if one of them was let in for more than a second (security.md R16, I7).
import { parseArgs } from 'node:util';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { openEventStream } from '../event-stream-client.ts';
import { apiClient, brakeOff, scimClient, startRollcall } from '../rollcall.ts';
import { startServingProcess } from '../serving-process.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: '200' } } });
const count = Number(values.count);
if (!Number.isInteger(count) || count < 1 || count > 10_000) {
  console.error('Usage: deactivation-run.ts [--count 1..10000]');
  process.exit(2);
}

const boundMs = 1_000;
const patch = (operation: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [operation],
});

type Person = { id: string; userName: string };
type Way = {
  name: string;
  /** Whether an admin makes the person, and not the provider. */
  isLocal?: boolean;
  deactivate: (person: Person) => Promise<{ status: number; body: Record<string, unknown> }>;
  /** What lets the next person in again. */
  afterwards?: () => Promise<{ status: number }>;
};

const bulk = (operation: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations: [operation],
});
const off = patch({ op: 'replace', value: { active: false } });

await using rollcall = await startRollcall({ env: unlimited() });
await using other = await startServingProcess(rollcall.db, unlimited());
const acme = await rollcall.organization({ slug: 'acme', settings: { ...brakeOff, manualUpdates: 'on' } });
const globex = await rollcall.organization({ slug: 'globex' });
const api = apiClient(rollcall.url, rollcall.operatorKey);
const member = ({ id }: Person) => `/organizations/acme/members/${id}`;
/** As the provider, with its newest token. */
let { scim } = acme;
const turnOrganization = async (status: string) => await api('PATCH', '/organizations/acme', { status });

const ways: Way[] = [
  { name: 'PUT', deactivate: ({ id, userName }) => scim('PUT', `/Users/${id}`, { userName, active: false }) },
  {
    name: 'PATCH',
    deactivate: ({ id }) => scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false })),
  },
  { name: 'PATCH, no path', deactivate: ({ id }) => scim('PATCH', `/Users/${id}`, off) },
  { name: 'DELETE', deactivate: ({ id }) => scim('DELETE', `/Users/${id}`) },
  {
    name: 'POST of somebody known',
    isLocal: true,
    deactivate: ({ userName }) => scim('POST', '/Users', { userName, active: false }),
  },
  {
    name: 'Bulk',
    deactivate: ({ id }) => scim('POST', '/Bulk', bulk({ method: 'PATCH', path: `/Users/${id}`, data: off })),
  },
  { name: 'suspended by hand', deactivate: (person) => api('POST', `${member(person)}/suspend`) },
  { name: 'removed by hand', deactivate: (person) => api('DELETE', member(person)) },
  {
    name: 'organization suspended',
    deactivate: () => turnOrganization('suspended'),
    afterwards: () => turnOrganization('active'),
  },
  ...(['suspend', 'remove'] as const).map((choice) => ({
    name: `connection ended, ${choice}`,
    deactivate: async () => {
      const connection = '/organizations/acme/connection/disconnect';
      const plan = await api('GET', `${connection}/plan?choice=${choice}`);
      return await api('POST', connection, { choice }, { 'if-match': plan.headers.get('etag') ?? '' });
    },
    afterwards: connectAgain,
  })),
];
const { key: bystander } = await createApiKey(
  rollcall.db.app,
  globex,
  { name: 'bystander', scopes: ['organization:read'] },
  { now: new Date() },
);
const nodes = [rollcall.url, other.url];
const keyMs: number[] = [];
const streamMs: number[] = [];

for (let place = 0; place < count; place++) {
  const userName = `person-${place}@acme.example`;
  const way = ways[place % ways.length] as Way;
  const made = way.isLocal
    ? await api('POST', '/organizations/acme/members', { userName })
    : await scim('POST', '/Users', { userName, active: true });
  const id = made.body.id as string;
  const input = { name: 'k', scopes: ['members:read', 'events:read'], memberId: id };
  const { key } = await createApiKey(rollcall.db.app, acme, input, { now: new Date() });
  await using streams = new AsyncDisposableStack();
  const open = [];
  for (const url of nodes) {
    if ((await statusOf(url, 'acme', key)) !== 200) throw new Error('the key was refused before the deactivation');
    open.push(streams.use(await openEventStream(url, 'acme', key)));
  }
  const answer = await way.deactivate({ id, userName });
  const answeredMs = performance.now();
  if (answer.status >= 300) throw new Error(`${way.name} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  await Promise.all([
    ...nodes.map(async (url) => {
      while ((await statusOf(url, 'acme', key)) === 200);
      keyMs.push(performance.now() - answeredMs);
    }),
    ...open.map(async (stream) => {
      while ((await stream.next()) !== undefined);
      streamMs.push(performance.now() - answeredMs);
    }),
  ]);
  for (const url of nodes) {
    if ((await statusOf(url, 'globex', bystander)) !== 200)
      throw new Error('a key of another organization was refused');
  }
  await letInAgain(way);
}

console.log(`${count} deactivations, two processes, by ${ways.map(({ name }) => name).join('; ')}`);
console.log('refused after           p50      p99      max');
const isWithin = [report('API keys', keyMs), report('event streams', streamMs)].every(Boolean);
process.exitCode = isWithin ? 0 : 1;

/** Sets up the connection that there is after one has ended. */
async function connectAgain(): Promise<{ status: number }> {
  const { status, body } = await api('POST', '/organizations/acme/tokens', { name: 'next' });
  if (status >= 300) return { status };
  scim = scimClient(acme.scimBaseUrl, body.token as string);
  return await api('PATCH', '/organizations/acme/connection', { state: 'on' });
}

/** Ends what refuses everybody, and waits until both processes know. */
async function letInAgain({ name, afterwards }: Way): Promise<void> {
  if (afterwards === undefined) return;
  const { status } = await afterwards();
  if (status >= 300) throw new Error(`what ends ${name} answered ${status}`);
  while ((await scim('GET', '/Users?count=0')).status !== 200);
}

function report(what: string, times: number[]): boolean {
  const sorted = times.toSorted((one, another) => one - another);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const cells = [at(0.5), at(0.99), at(1)].map((ms) => `${ms.toFixed(1)} ms`.padStart(9));
  console.log(what.padEnd(18), ...cells);
  return at(1) <= boundMs;
}

async function statusOf(url: string, organization: string, key: string): Promise<number> {
  const path = organization === 'acme' ? 'acme/members?limit=1' : organization;
  const response = await fetch(`${url}/api/v1/organizations/${path}`, { headers: { authorization: `Bearer ${key}` } });
  await response.body?.cancel();
  return response.status;
}

/** Whoever asks again and again until a key is refused would meet the rate limits first. */
function unlimited(): Record<string, string> {
  return {
    ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0',
    ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0',
    ROLLCALL_API_REQUESTS_PER_SECOND: '0',
    ROLLCALL_WRONG_TOKENS_PER_MINUTE: '0',
  };
}
