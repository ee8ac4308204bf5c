import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { apiClient, type Scim, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { createUser } from './beside-globex.ts';
import { Bodies, namesOfObjects, type Schema } from './extreme-bodies.ts';

type Operation = {
  operationId: string;
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
};

const document = JSON.parse(readFileSync(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path: path.slice('/api/v1'.length),
    method: method.toUpperCase(),
    ...operation,
  })),
);
const writing = operations.filter(({ method }) => method !== 'GET');
/** Those that read an organization; one that goes on for ever is not asked. */
const reading = operations.filter(({ method, path }) => method === 'GET' && path.includes('{organization}'));

type Answer = { status: number; text: string; etag: string | null };

/** Parameters of a query that a read needs, and the things that a path names, by what stands before them. */
type Things = Readonly<Record<string, string>>;

const day = '2026-01-01T00:00:00Z';
const needed: Readonly<Record<string, string>> = {
  to: 'paused',
  choice: 'keep',
  at: day,
  fact: 'status',
  what: 'status',
};

describe('extreme values in a body: refused in words or taken, and never a failure', () => {
  let rollcall: TestRollcall;
  let globex: TestOrganization;
  let api: Scim;
  let untouched: string[];

  const everything = async (org: string, things: Things): Promise<(Answer & { call: string })[]> => {
    const calls: string[] = [];
    for (const { path, parameters = [] } of reading) {
      const query = parameters
        .filter((each) => each.in === 'query' && each.required === true)
        .map(({ name, schema }) => `${name}=${encodeURIComponent(String(needed[name] ?? schema.enum?.[0] ?? day))}`);
      const names = /\{(key|urn|name)\}/.test(path) ? namesOfObjects.slice(0, 3) : [undefined];
      for (const name of names) {
        const call = `${filled(path, org, things, name)}${query.length > 0 ? `?${query.join('&')}` : ''}`;
        calls.push(call);
      }
    }
    return await Promise.all(calls.map(async (call) => ({ call, ...(await ask('GET', call)) })));
  };

  before(async () => {
    rollcall = await startRollcall();
    api = apiClient(rollcall.url, rollcall.operatorKey);
    globex = await rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'ada');
    await thingsOf(globex);
    untouched = await facts('globex');
  });
  after(async () => {
    assert.deepEqual(await facts('globex'), untouched);
    await rollcall[Symbol.asyncDispose]();
  });

  /** The reads that show what a body can have left. */
  const lists = async (org: string): Promise<(Answer & { call: string })[]> =>
    await Promise.all(
      ['configuration', 'licenses', 'roles', 'tokens', 'api-keys', 'access', 'members', 'teams'].map(async (list) => {
        const call = `/organizations/${org}/${list}`;
        return { call, ...(await ask('GET', call)) };
      }),
    );

  /** What is written of an organization. */
  const facts = async (org: string): Promise<string[]> => {
    const of = ['', '/members', '/teams', '/roles', '/licenses', '/configuration', '/api-keys', '/tokens', '/events'];
    return await Promise.all(of.map(async (path) => (await api('GET', `/organizations/${org}${path}`)).text));
  };

  /** Something of each kind that a path can name. */
  async function thingsOf(org: TestOrganization): Promise<Things> {
    const at = `/organizations/${org.slug}`;
    const created = async (path: string, body: unknown) => (await api('POST', `${at}${path}`, body)).body.id as string;
    const member = await createUser(org, `grace-of-${org.slug}`);
    const teams = await created('/teams', { name: 'Plain' });
    await api('PUT', `${at}/licenses/constructor`, { seats: 3 });
    await api('PUT', `${at}/roles/constructor`, { name: 'Constructor', permissions: ['members:read'] });
    await api('PATCH', `${at}/team-mappings/${teams}`, { role: 'member', license: 'constructor' });
    await api('PUT', `${at}/teams/${teams}/members/${member}`);
    return {
      members: member,
      access: member,
      teams,
      'team-mappings': teams,
      tokens: org.tokenId,
      'api-keys': await created('/api-keys', { name: 'reports', scopes: ['members:read'] }),
      connections: org.connectionId,
      member,
    };
  }

  for (const { operationId, method, path, requestBody } of writing) {
    test(`${operationId}: ${method} ${path}`, async () => {
      const org = await rollcall.organization();
      const things = await thingsOf(org);
      const bodies = new Bodies(
        document.components.schemas,
        new Map<string, unknown>([
          ['userName', 'eve@acme.example'],
          ['slug', `acme-of-${operationId.toLowerCase()}`],
          ['version', 1],
          ['permissions', ['members:read']],
          ['scopes', ['members:read']],
          ['key', 'auditor'],
          ['license', 'developer'],
          ['signInGroups/', 'developer'],
          ['role', 'member'],
          ['member', things.member],
          ['team', things.teams],
        ]),
      );
      const schema = requestBody?.content['application/json'].schema;
      const written = schema === undefined ? [undefined] : [bodies.plain(schema), ...bodies.extremes(schema)];
      const names = /\{(key|urn|name|license|domain)\}/.test(path)
        ? [...namesOfObjects, 'a\u0000b', 'x'.repeat(63)]
        : [undefined];
      const faults: string[] = [];
      const note = (call: string, { status, text }: Answer) => {
        if (status >= 500) faults.push(`${call}: ${status} ${text.slice(0, 200)}`);
      };
      for (const name of names) {
        const call = filled(path, org.slug, things, name);
        for (const body of written) {
          const answer = await send(method, call, body);
          note(`${method} ${call} ${said(body)}`, answer);
          // The next body writes over what this one has left.
          if (answer.status < 300)
            for (const read of await lists(org.slug)) note(`GET ${read.call} after ${said(body)}`, read);
        }
      }
      for (const answer of await everything(org.slug, things)) note(`GET ${answer.call} afterwards`, answer);
      assert.deepEqual(faults, []);
    });
  }

  /** Sends a body, with the version of its plan where one is wanted. */
  async function send(method: string, path: string, body: unknown): Promise<Answer> {
    const first = await ask(method, path, body);
    if (first.status !== 428) return first;
    const planned = await ask('POST', `${path}/plan`, body);
    if (planned.status >= 500) return planned;
    const version = planned.etag ?? (await ask('GET', path)).etag ?? '*';
    return await ask(method, path, body, { 'if-match': version });
  }

  /** An answer is read whole and as it is: some are lines, and one that breaks off is a failure too. */
  async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    try {
      const answer = await fetch(`${rollcall.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${rollcall.operatorKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text(), etag: answer.headers.get('etag') };
    } catch (error) {
      return { status: 599, text: String(error), etag: null };
    }
  }
});

/** A path with what it names. */
function filled(path: string, org: string, things: Things, name = 'plain'): string {
  return path.replace(/([^/{]*)\/\{(\w+)\}/g, (_, before: string, parameter: string) => {
    const value =
      parameter === 'organization'
        ? org
        : parameter === 'id'
          ? (things[before] ?? crypto.randomUUID())
          : (things[parameter] ?? name);
    return `${before}/${encodeURIComponent(value)}`;
  });
}

const said = (body: unknown) => (JSON.stringify(body) ?? '').slice(0, 160);
