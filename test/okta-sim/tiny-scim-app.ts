import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Resource = Record<string, unknown> & { id: string };
type Operation = { op: string; path?: string; value?: unknown };
type Reply = [status: number, body?: unknown];

export type TinyScimApp = AsyncDisposable & {
  baseUrl: string;
  users: Map<string, Resource>;
  groups: Map<string, Resource>;
  requests: string[];
};

/** Stands for an app that a test wants to go wrong: returns an answer of its own, or nothing to go on. */
export type Interruption = (method: string, path: string) => Reply | undefined;

const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/**
 * Just enough of a SCIM server to hold what Okta sends, in memory, on loopback: the simulator is tested
 * against something that is not Rollcall, and that a test can look into and spoil.
 */
export async function startTinyScimApp(interrupt: Interruption = () => undefined): Promise<TinyScimApp> {
  const users = new Map<string, Resource>();
  const groups = new Map<string, Resource>();
  const requests: string[] = [];
  const lastIds = { Users: 0, Groups: 0 };

  function act(method: string, url: URL, body: Record<string, unknown>): Reply {
    const [, kind = '', id] = url.pathname.split('/').slice(2);
    if (kind === 'ResourceTypes' || kind === 'Schemas') return list([]);
    const all = kind === 'Users' ? users : groups;
    const key = kind === 'Users' ? 'userName' : 'displayName';
    if (id === undefined) {
      if (method === 'GET') return find(all, key, url.searchParams);
      const taken = [...all.values()].some((one) => lower(one[key]) === lower(body[key]));
      if (taken) return problem(409, `${key} exists`);
      lastIds[kind as 'Users' | 'Groups'] += 1;
      return [201, store(all, { ...body, id: `${kind.toLowerCase()}-${lastIds[kind as 'Users' | 'Groups']}` })];
    }
    const current = all.get(id);
    if (!current) return problem(404, `no ${kind} ${id}`);
    if (method === 'GET') return [200, current];
    if (method === 'PUT') return [200, store(all, { ...body, id })];
    if (method === 'PATCH') return [204, void store(all, patched(current, body.Operations as Operation[]))];
    all.delete(id);
    return [204];
  }

  const server = createServer((request, response) => {
    readJson(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://tiny.invalid');
      requests.push(`${request.method} ${url.pathname.slice('/scim'.length)}`);
      const [status, answer] = interrupt(request.method ?? '', url.pathname) ?? act(request.method ?? '', url, body);
      response.writeHead(status, { 'content-type': 'application/scim+json' });
      response.end(answer === undefined ? undefined : JSON.stringify(answer));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`,
    users,
    groups,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function find(all: Map<string, Resource>, key: string, query: URLSearchParams): Reply {
  const wanted = /^\S+ eq "(.*)"$/.exec(query.get('filter') ?? '')?.[1];
  const matching = [...all.values()].filter((one) => wanted === undefined || lower(one[key]) === lower(wanted));
  const startIndex = Number(query.get('startIndex') ?? 1);
  return list(matching, startIndex, Number(query.get('count') ?? 100));
}

function list(all: unknown[], startIndex = 1, count = 100): Reply {
  const Resources = all.slice(startIndex - 1, startIndex - 1 + count);
  return [
    200,
    { schemas: [listSchema], totalResults: all.length, startIndex, itemsPerPage: Resources.length, Resources },
  ];
}

function store(all: Map<string, Resource>, resource: Resource): Resource {
  const { password: _, groups: __, ...kept } = resource;
  all.set(resource.id, kept as Resource);
  return kept as Resource;
}

/** The shapes of PATCH that Okta sends, and no others. */
function patched(current: Resource, operations: Operation[]): Resource {
  const next = structuredClone(current);
  for (const { op, path, value } of operations) {
    const members = (next.members ?? []) as { value: string }[];
    const leaver = /^members\[value eq "(.*)"\]$/.exec(path ?? '')?.[1];
    if (leaver !== undefined) next.members = members.filter((member) => member.value !== leaver);
    else if (op === 'add') next.members = [...members, ...(value as { value: string }[])];
    else if (path === 'members') next.members = value;
    else Object.assign(next, value, { id: current.id });
  }
  return next;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

function problem(status: number, detail: string): Reply {
  return [status, { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail }];
}

function lower(value: unknown): string {
  return String(value).toLowerCase();
}
