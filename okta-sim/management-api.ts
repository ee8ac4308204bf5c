import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fullName } from './engine.ts';
import type { Okta } from './okta.ts';
import { letters } from './random.ts';
import type { AppUser, OktaUser, UserProfile } from './state.ts';

/** Requests of the management API are small. */
const bodyBytesMax = 1024 * 1024;

export type ManagementApi = { url: string; close(): Promise<void> };

type Json = Record<string, unknown>;
type Call = { okta: Okta; ids: string[]; query: URLSearchParams; body: Json };
type Reply = [status: number, body?: unknown];

/** An error in Okta's own form. */
class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly causes: string[];

  constructor(status: number, errorCode: string, summary: string, causes: string[] = []) {
    super(summary);
    this.status = status;
    this.errorCode = errorCode;
    this.causes = causes;
  }
}

const routes: [method: string, pattern: RegExp, act: (call: Call) => Reply][] = [
  ['GET', /^\/api\/v1\/apps\/([^/]+)$/, ({ okta, ids }) => [200, appView(okta, requireApp(okta, ids[0]))]],
  ['POST', /^\/api\/v1\/users$/, createUser],
  ['PUT', /^\/api\/v1\/users\/([^/]+)$/, replaceUser],
  ['POST', /^\/api\/v1\/users\/([^/]+)\/lifecycle\/(activate|deactivate)$/, changeLifecycle],
  ['POST', /^\/api\/v1\/apps\/([^/]+)\/users$/, assignToApp],
  ['DELETE', /^\/api\/v1\/apps\/([^/]+)\/users\/([^/]+)$/, removeFromApp],
  ['POST', /^\/governance\/api\/v1\/grants$/, createGrant],
];

/**
 * Serves the routes of Okta's management API that its certification suites drive. A call answers at once;
 * what it causes in the app follows by itself, as with Okta. `onError` hears of defects in between.
 */
export async function serveManagementApi(
  okta: Okta,
  {
    port,
    host,
    apiToken,
    onError,
  }: { port: number; host: string; apiToken: string; onError: (error: unknown) => void },
): Promise<ManagementApi> {
  let work = Promise.resolve();
  const server: Server = createServer((request, response) => {
    answer(okta, apiToken, request)
      .then(([status, body]) => {
        reply(response, status, body);
        // One run after the other: a run picks up whatever has been queued by then.
        work = work.then(() => okta.settle()).then(() => undefined, onError);
      })
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) onError(error);
        reply(response, error instanceof ApiError ? error.status : 500, errorView(okta, error));
      });
  });
  server.requestTimeout = 30_000;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, host, listening);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: async () => {
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeIdleConnections();
      });
      await work;
    },
  };
}

async function answer(okta: Okta, apiToken: string, request: IncomingMessage): Promise<Reply> {
  const body = await readBody(request);
  if (!sameSecret(request.headers.authorization ?? '', `SSWS ${apiToken}`))
    throw new ApiError(401, 'E0000011', 'Invalid token provided');
  const url = new URL(request.url ?? '/', 'http://okta.invalid');
  for (const [method, pattern, act] of routes) {
    const match = request.method === method ? pattern.exec(url.pathname) : null;
    if (match) return act({ okta, ids: match.slice(1).map(decodeURIComponent), query: url.searchParams, body });
  }
  throw new ApiError(404, 'E0000022', 'The endpoint does not support the provided HTTP method');
}

function createUser({ okta, query, body }: Call): Reply {
  const profile = readProfile(body);
  requireFreeLogin(okta, profile.login, undefined);
  const { password } = (body.credentials ?? {}) as { password?: { value?: unknown } };
  const user = okta.users.add(profile, typeof password?.value === 'string' ? password.value : undefined);
  if (query.get('activate') === 'false') okta.users.deactivate(user.id);
  return [200, userView(user)];
}

/** PUT replaces the profile: an attribute that is not in it is taken away. */
function replaceUser({ okta, ids, body }: Call): Reply {
  const user = requireUser(okta, ids[0]);
  const profile = readProfile(body);
  requireFreeLogin(okta, profile.login, user.id);
  okta.users.replaceProfile(user.id, profile);
  return [200, userView(user)];
}

function changeLifecycle({ okta, ids: [id, change] }: Call): Reply {
  const user = requireUser(okta, id);
  if (change === 'activate') okta.users.activate(user.id);
  else okta.users.deactivate(user.id);
  return [200, {}];
}

function assignToApp({ okta, ids, body }: Call): Reply {
  requireApp(okta, ids[0]);
  const user = requireUser(okta, String(body.id ?? ''));
  if (user.status === 'DEPROVISIONED')
    throw new ApiError(400, 'E0000001', 'Api validation failed: user is deactivated');
  const { userName } = (body.credentials ?? {}) as { userName?: unknown };
  const appUser = okta.app.assign(user.id, {
    ...(typeof userName === 'string' && { userName }),
    ...(isObject(body.profile) && { profile: body.profile }),
  });
  return [200, appUserView(user, appUser)];
}

function removeFromApp({ okta, ids: [appId, userId] }: Call): Reply {
  requireApp(okta, appId);
  const user = requireUser(okta, userId);
  if (!okta.engine.state.app.users[user.id]) throw notFound(`${userId} (AppUser)`);
  okta.app.unassign(user.id);
  return [204];
}

/** A grant names roles and entitlements of the app for a user; the suite's names none. */
function createGrant({ okta, body }: Call): Reply {
  const principal = (body.targetPrincipal ?? {}) as { externalId?: unknown };
  const target = (body.target ?? {}) as { externalId?: unknown };
  requireApp(okta, String(target.externalId ?? ''));
  const user = requireUser(okta, String(principal.externalId ?? ''));
  const { state } = okta.engine;
  state.lastId += 1;
  return [
    200,
    {
      id: `gra${letters(17, state.seed, 'grant', state.lastId)}`,
      grantType: body.grantType,
      status: 'ACTIVE',
      targetPrincipal: { externalId: user.id, type: 'OKTA_USER' },
      actor: body.actor,
      target: { externalId: state.app.id, type: 'APPLICATION' },
    },
  ];
}

function readProfile(body: Json): UserProfile {
  const profile = isObject(body.profile) ? body.profile : {};
  const missing = ['firstName', 'lastName', 'email', 'login'].filter(
    (name) => typeof profile[name] !== 'string' || profile[name] === '',
  );
  if (missing.length > 0) {
    const causes = missing.map((name) => `${name}: The field cannot be left blank`);
    throw new ApiError(400, 'E0000001', `Api validation failed: ${missing[0]}`, causes);
  }
  return profile as UserProfile;
}

function requireFreeLogin(okta: Okta, login: string, ownerId: string | undefined): void {
  const taken = okta.users.find(login);
  if (!taken || taken.id === ownerId) return;
  throw new ApiError(400, 'E0000001', 'Api validation failed: login', [
    'login: An object with this field already exists in the current organization',
  ]);
}

function requireApp(okta: Okta, id: string | undefined): string {
  if (id !== okta.engine.state.app.id) throw notFound(`${id} (AppInstance)`);
  return id;
}

function requireUser(okta: Okta, id: string | undefined): OktaUser {
  const user = okta.engine.state.users[id ?? ''] ?? okta.users.find(id ?? '');
  if (!user) throw notFound(`${id} (User)`);
  return user;
}

function notFound(what: string): ApiError {
  return new ApiError(404, 'E0000007', `Not found: Resource not found: ${what}`);
}

function appView(okta: Okta, id: string): Json {
  const { options } = okta.engine.state.app;
  return {
    id,
    name: 'okta_sim_scim_app',
    label: options.label,
    status: 'ACTIVE',
    features: [
      'PUSH_NEW_USERS',
      'PUSH_PROFILE_UPDATES',
      'PUSH_USER_DEACTIVATION',
      'REACTIVATE_USERS',
      'GROUP_PUSH',
      'IMPORT_NEW_USERS',
    ],
    signOnMode: options.profile === 'aiw' ? 'AUTO_LOGIN' : 'SAML_2_0',
  };
}

function userView(user: OktaUser): Json {
  const { id, status, created, profile } = user;
  return { id, status, created, activated: created, statusChanged: created, lastUpdated: created, profile };
}

function appUserView(user: OktaUser, appUser: AppUser): Json {
  return {
    id: user.id,
    externalId: appUser.externalId ?? null,
    scope: appUser.direct ? 'USER' : 'GROUP',
    status: appUser.status === 'PROVISIONED' ? 'PROVISIONED' : 'STAGED',
    syncState: appUser.status === 'ERROR' ? 'ERROR' : 'SYNCHRONIZING',
    credentials: { userName: appUser.userName },
    profile: { ...appUser.appProfile, displayName: fullName(user) },
  };
}

function errorView(okta: Okta, error: unknown): Json {
  const known = error instanceof ApiError ? error : new ApiError(500, 'E0000009', 'Internal Server Error');
  const { state } = okta.engine;
  return {
    errorCode: known.errorCode,
    errorSummary: known.message,
    errorLink: known.errorCode,
    errorId: `oae${letters(22, state.seed, 'error', state.lastId, known.message)}`,
    errorCauses: known.causes.map((errorSummary) => ({ errorSummary })),
  };
}

async function readBody(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new ApiError(413, 'E0000003', 'The request body was not well-formed: too large');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  if (text === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return body;
  } catch {
    // Answered below, as any body that is no object.
  }
  throw new ApiError(400, 'E0000003', 'The request body was not well-formed.');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
