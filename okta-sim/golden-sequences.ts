import type { Profile } from './options.ts';
import type { RecordedExchange } from './scim-client.ts';

export type ScenarioName = `S${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18}`;

type Golden = { title: string; aiw: string[]; oin: string[] };

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
  S1: same('test connection', ['GET /Users?startIndex=1&count=2']),
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
  S14: same('import', ['GET /Users?startIndex=1&count=100']),
  S15: same('entitlement discovery', ['GET /ResourceTypes', 'GET /Schemas']),
  S16: same('the server answers 429', [lookup, lookup, lookup, 'POST /Users']),
  S17: same('suspend, unsuspend, delete a deactivated user', []),
  S18: {
    title: 'granular deprovisioning (assumed shape)',
    aiw: [user, 'PUT /Users/{id} active:false', 'DELETE /Users/{id}'],
    oin: ['PATCH /Users/{id} active:false', 'DELETE /Users/{id}'],
  },
};

/** The scenarios that `run all` runs: S18 is an assumption and off by default. */
export const scenarioNames = Object.keys(goldenSequences).filter((name) => name !== 'S18') as ScenarioName[];

export function goldenSequence(name: ScenarioName, profile: Profile): string[] {
  return goldenSequences[name][profile];
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
