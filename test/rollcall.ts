import { checkPort } from '../src/cli/listen-check.ts';
import { readConfig } from '../src/config.ts';
import { type ClientBounds, startServer } from '../src/http/server.ts';
import { defaultPolicy, withSettings } from '../src/organization/policy.ts';
import { createOrganization } from '../src/provisioning/create-organization.ts';
import { createToken } from '../src/provisioning/create-token.ts';
import { type TestDatabase, testDatabase } from './database.ts';

/** An organization of a test, with a token of its connection. */
export type TestOrganization = {
  id: string;
  slug: string;
  connectionId: string;
  scimBaseUrl: string;
  token: string;
  tokenId: string;
  /** Sends a SCIM request and reads the answer. */
  scim: Scim;
};

export type ScimAnswer = {
  status: number;
  headers: Headers;
  text: string;
  // The shape of an answer is what the tests are about.
  body: Record<string, unknown> & { Resources?: Record<string, unknown>[]; id?: string; detail?: string };
};

export type Scim = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ScimAnswer>;

export type TestRollcall = AsyncDisposable & {
  url: string;
  operatorKey: string;
  db: TestDatabase;
  /** What the server had to say to its operator. */
  said: string[];
  organization(options?: { slug?: string; settings?: Record<string, string> }): Promise<TestOrganization>;
  /** Starts a second server on the same database, as another node would. */
  startNode(): Promise<AsyncDisposable & { url: string }>;
};

/** Settings beyond those that a test needs to run, as the environment would give them, and bounds of slow clients. */
export type RollcallOptions = { env?: Record<string, string>; clientBounds?: ClientBounds };

/** For tests that take so many people out of force on purpose that the brake would hold them. */
export const brakeOff = {
  brakeDeactivations: 'off',
  brakeTeamRemovals: 'off',
  brakeEmptiedTeams: 'off',
  brakeLostAdmins: 'off',
  brakeDowngrades: 'off',
};

const operatorKey = `rco_${'test'.repeat(11)}`;
const secretKey = `rcs_${'test'.repeat(11)}`;

/**
 * Rollcall in this process, on a database of its own:
 *
 *     await using rollcall = await startRollcall();
 *     const acme = await rollcall.organization();
 *     const answer = await acme.scim('GET', '/Users');
 */
export async function startRollcall(options: RollcallOptions = {}): Promise<TestRollcall> {
  await using starting = new AsyncDisposableStack();
  const db = starting.use(await testDatabase());
  const said: string[] = [];
  const first = starting.use(await startNode(db, said, options));
  let made = 0;
  const running = starting.move();
  return {
    url: first.url,
    operatorKey,
    db,
    said,
    organization: (options = {}) =>
      organization(db, first.url, options.slug ?? `acme-${++made}`, options.settings ?? {}),
    startNode: () => startNode(db, said, options),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startNode(
  db: TestDatabase,
  said: string[],
  { env = {}, clientBounds }: RollcallOptions,
): Promise<AsyncDisposable & { url: string }> {
  const port = await checkPort('127.0.0.1', 0);
  const config = readConfig({
    ROLLCALL_LOG_LEVEL: 'silent',
    ROLLCALL_DATABASE_URL: db.connectionString,
    ROLLCALL_PORT: String(port),
    ...env,
  });
  const { app, jobs } = db;
  const log = (sentence: string) => said.push(sentence);
  const bounds = clientBounds === undefined ? {} : { clientBounds };
  const server = await startServer({ config, app, jobs, operatorKey, secretKey, log, ...bounds });
  return { url: config.baseUrl, [Symbol.asyncDispose]: () => server.close() };
}

/** Whether an organization has to say who signs people in before provisioning is turned on (K30). */
const asksWhoSignsIn = ({ preset, sameSignInProvider }: Record<string, string>) =>
  withSettings(defaultPolicy, {
    ...(preset === undefined ? {} : { preset }),
    ...(sameSignInProvider === undefined ? {} : { sameSignInProvider }),
  }).sameSignInProvider === 'required';

async function organization(
  db: TestDatabase,
  url: string,
  slug: string,
  settings: Record<string, string>,
): Promise<TestOrganization> {
  const at = { now: new Date() };
  const declared = asksWhoSignsIn(settings) ? { signInProvider: 'okta', ...settings } : settings;
  const wanted = { slug, name: slug, plan: 'enterprise', settings: declared } as const;
  const { id, connectionId } = await createOrganization(db.app, wanted, at);
  const { token, id: tokenId } = await createToken(db.app, { id }, { name: 'okta' }, at);
  const scimBaseUrl = `${url}/scim/v2/${slug}`;
  return { id, slug, connectionId, scimBaseUrl, token, tokenId, scim: scimClient(scimBaseUrl, token) };
}

/** Requests to the management API with the operator key or an API key; `path` begins below /api/v1. */
export function apiClient(url: string, key: string): Scim {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) };
  };
}

/** Requests as Okta sends them. A body that is a string is sent as it is. */
export function scimClient(scimBaseUrl: string, token: string): Scim {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(scimBaseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/scim+json',
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json; charset=utf-8' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) };
  };
}
