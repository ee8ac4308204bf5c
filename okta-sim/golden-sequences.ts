import { grantSchemas } from './app-set-up.ts';
import type { Profile } from './options.ts';
import type { RecordedExchange } from './scim-client.ts';

export type ScenarioName = `S${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18}`;

/**
 * `once`: one subject sends it, however many people there are. `followUp`: what each person sends because of it.
 * Sequences that go on by what the server has are completed from its answers.
 */
type Golden = { title: string; aiw: string[]; oin: string[]; once?: true; followUp?: string[] };

const lookup = 'GET /Users?filter&startIndex=1&count=100';
const lookupGroup = 'GET /Groups?filter&startIndex=1&count=100';
const user = 'GET /Users/{id}';
const group = 'GET /Groups/{id}';
const nameOperation = 'PATCH /Groups/{id} replace name';
const relink = {
  aiw: [lookup, user, 'PUT /Users/{id}', user, 'PUT /Users/{id}'],
  oin: [lookup, 'PATCH /Users/{id} active:true', user, 'PUT /Users/{id}'],
};

/**
 * What Okta sends for one subject, request by request (okta-wire.md §18). The scenarios are run against
 * this table: a difference is a defect of the simulator.
 */
export const goldenSequences: Record<ScenarioName, Golden> = {
  S1: { ...same('test connection', ['GET /Users?startIndex=1&count=2']), once: true },
  S2: same('assign a new user', [lookup, 'POST /Users']),
  S3: same('assign a user whose account exists and is active', [lookup, user, 'PUT /Users/{id}']),
  S4: { title: 'assign a user whose account exists and is inactive', ...relink },
  S5: same('profile change', [user, 'PUT /Users/{id}']),
  S6: {
    title: 'unassign',
    aiw: [user, 'PUT /Users/{id} active:false'],
    oin: ['PATCH /Users/{id} active:false'],
  },
  S7: { title: 'assign again', ...relink },
  S8: { title: 'password', aiw: [user, 'PUT /Users/{id}'], oin: ['PATCH /Users/{id} password'] },
  S9: {
    title: 'push a group',
    aiw: [lookupGroup, 'POST /Groups', group, 'PUT /Groups/{id}'],
    oin: [lookupGroup, 'POST /Groups', nameOperation, 'PATCH /Groups/{id} replace members'],
  },
  S10: {
    title: 'members leave and join',
    aiw: [group, 'PUT /Groups/{id}'],
    oin: [nameOperation, 'PATCH /Groups/{id} remove member, add members'],
  },
  S11: { title: 'rename a group', aiw: [group, 'PUT /Groups/{id}'], oin: [nameOperation] },
  S12: {
    title: 'push now, over what the app changed',
    aiw: [group, 'PUT /Groups/{id}'],
    oin: [nameOperation, 'PATCH /Groups/{id} replace members'],
  },
  S13: same('unlink and delete a group', ['DELETE /Groups/{id}']),
  S14: {
    ...same('import', ['GET /Users?startIndex=1&count=100']),
    once: true,
    followUp: [user, 'PUT /Users/{id}'],
  },
  S15: { ...same('entitlement discovery', ['GET /ResourceTypes', 'GET /Schemas']), once: true },
  S16: { ...same('the server answers 429', [lookup, lookup, lookup, 'POST /Users']), once: true },
  S17: same('suspend, unsuspend, delete a deactivated user', []),
  S18: {
    title: 'granular deprovisioning (assumed shape)',
    aiw: [user, 'PUT /Users/{id} active:false', 'DELETE /Users/{id}'],
    oin: ['PATCH /Users/{id} active:false', 'DELETE /Users/{id}'],
  },
};

/** The scenarios that `run all` runs: S18 is an assumption and off by default. */
export const scenarioNames = Object.keys(goldenSequences).filter((name) => name !== 'S18') as ScenarioName[];

/** What a scenario sent by subject, in short form, what was to be sent, and whether it is the same. */
export type CheckedSequences = { sequences: Record<string, string[]>; expected: string[]; asExpected: boolean };

/**
 * Checks what a scenario with `count` people or groups sent: every subject, every request, and no other subject. The pages
 * of an import and of a discovery follow from the totals in the answers, its endpoints from the resource types.
 */
export function checkSequences(
  name: ScenarioName,
  profile: Profile,
  exchanges: readonly RecordedExchange[],
  count: number,
): CheckedSequences {
  const { [profile]: golden, once, followUp } = goldenSequences[name];
  const bySubject = new Map<string, RecordedExchange[]>();
  for (const exchange of exchanges.filter(({ outside }) => !outside)) {
    bySubject.set(exchange.subject, [...(bySubject.get(exchange.subject) ?? []), exchange]);
  }
  const sequences = Object.fromEntries([...bySubject].map(([subject, sent]) => [subject, sent.map(shapeOf)]));
  const expected = completed(name, golden, exchanges);
  const sent = Object.entries(sequences).map(([subject, sequence]) => ({ subject, sequence: sequence.join() }));
  const isFollowUp = ({ subject }: { subject: string }): boolean =>
    followUp !== undefined && subject.startsWith('user:');
  const subjects = expected.length === 0 ? 0 : once ? 1 : count;
  const own = sent.filter((one) => !isFollowUp(one));
  const followers = sent.filter(isFollowUp);
  const asExpected =
    own.length === subjects &&
    own.every(({ sequence }) => sequence === expected.join()) &&
    followers.length === (followUp ? count : 0) &&
    followers.every(({ sequence }) => sequence === followUp?.join());
  return { sequences, expected, asExpected };
}

function completed(name: ScenarioName, golden: string[], exchanges: readonly RecordedExchange[]): string[] {
  if (name === 'S14') return pagesOf('/Users', exchanges);
  if (name !== 'S15') return golden;
  const answer = exchanges.find(({ path }) => path === '/ResourceTypes')?.answer;
  const types = (Array.isArray(answer) ? answer : (answer as { Resources?: unknown } | undefined)?.Resources) ?? [];
  const endpoints = (types as { schema?: unknown; endpoint?: unknown }[])
    .filter(({ schema }) => grantSchemas.includes(String(schema)))
    .map(({ endpoint }) => String(endpoint));
  return [...golden, ...endpoints.flatMap((endpoint) => pagesOf(endpoint, exchanges))];
}

/** Requests for every page of a list, by the total that its last answer named; the first page is asked for in any case. */
function pagesOf(endpoint: string, exchanges: readonly RecordedExchange[]): string[] {
  const totals = exchanges
    .filter(({ path, outside }) => !outside && path.startsWith(`${endpoint}?startIndex=`))
    .map(({ answer }) => Number((answer as { totalResults?: unknown } | undefined)?.totalResults));
  const pages = Math.max(1, Math.ceil((totals.at(-1) ?? 0) / 100));
  return Array.from({ length: pages }, (_, page) => `GET ${endpoint}?startIndex=${page * 100 + 1}&count=100`);
}

/** A request without what differs from run to run: ids, names, the list of members. */
export function shapeOf({ method, path, body }: RecordedExchange): string {
  const [pathname = '', query] = path.split('?');
  const place = pathname.replace(/^\/(Users|Groups)\/[^/]+$/, '/$1/{id}');
  const parameters = query ? `?${query.replace(/^filter=[^&]*/, 'filter')}` : '';
  const detail = method === 'PATCH' ? patchShape(body) : method === 'PUT' && isInactive(body) ? ' active:false' : '';
  return `${method} ${place}${parameters}${detail}`;
}

function patchShape(body: unknown): string {
  const { Operations } = body as { Operations: { op: string; path?: string; value?: unknown }[] };
  const shapes = Operations.map(({ op, path, value }) => {
    if (path === 'members') return `${op} members`;
    if (path !== undefined) return `${op} member`;
    const content = value as Record<string, unknown>;
    if ('members' in content) return `${op} members`;
    if ('displayName' in content && 'id' in content) return `${op} name`;
    if ('active' in content) return `active:${content.active}`;
    return Object.keys(content).join(',');
  });
  return ` ${[...new Set(shapes)].join(', ')}`;
}

function isInactive(body: unknown): boolean {
  return (body as { active?: unknown }).active === false;
}

function same(title: string, sequence: string[]): Golden {
  return { title, aiw: sequence, oin: sequence };
}
