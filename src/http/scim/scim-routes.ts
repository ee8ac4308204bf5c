import { METHODS } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FeedWatch } from '../../events/feed-watch.ts';
import { limits } from '../../limits.ts';
import type { Sign } from '../../organization/doctor.ts';
import { scimBaseUrl } from '../../organization/policy.ts';
import { otherVersion } from '../../provisioning/change-member.ts';
import type { RequestRecorder } from '../../provisioning/record-requests.ts';
import {
  errorBody,
  invalidSyntax,
  methodNotAllowed,
  notFound,
  preconditionFailed,
  unsupportedMediaType,
} from '../../scim/errors.ts';
import { matchesIfMatch, matchesIfNoneMatch } from '../../scim/etag.ts';
import { findTypeByEndpoint } from '../../scim/organization-types.ts';
import { tolerancesOf } from '../../scim/profiles.ts';
import { isId } from '../../scim/resource-id.ts';
import type { Database } from '../../store/database.ts';
import type { StoredResource } from '../../store/members.ts';
import type { PageMarks } from '../../store/page-marks.ts';
import type { FindAddresses } from '../addresses.ts';
import type { ApiAuthentication } from '../api/authentication.ts';
import type { RateLimits } from '../rate-limits.ts';
import { parseStrictJson } from '../strict-json.ts';
import { assertActive, assertFrom, assertOpen, assertScopes, scimAuthentication } from './authentication.ts';
import { bulkRoutes } from './bulk-routes.ts';
import { beginContext, clientOf, contextOf } from './context.ts';
import type { Cursors } from './cursors.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { meRoutes } from './me-routes.ts';
import { answeredMediaType, scimMediaType } from './media-type.ts';
import { rememberTypes } from './organization-types-cache.ts';
import { authenticatePerson, isOfPerson } from './person-authentication.ts';
import { tagOf } from './representation.ts';
import { resourceRoutes } from './resource-routes.ts';
import { logFailure, toScimError } from './scim-error.ts';
import { searchRoutes } from './search-routes.ts';
import { slowRefusals } from './slow-refusals.ts';
import { tellOfChange } from './tell-of-change.ts';
import { userRoutes } from './user-routes.ts';

export type ScimOptions = {
  app: Database;
  marks: PageMarks;
  cursors: Cursors;
  recorder: RequestRecorder;
  /** Told of every change. */
  watch: Pick<FeedWatch, 'tell'>;
  rates: RateLimits;
  findAddresses: FindAddresses;
  /** Of API keys, with which people reach /Me. */
  authentication: ApiAuthentication;
  /** Where providers reach Rollcall, without a slash at the end. */
  baseUrl: string;
};

/** Names the row of the request log. Every answer of the endpoint carries it. */
const referenceHeader = 'rollcall-request';

/**
 * The SCIM endpoint of every organization, to be registered under /scim. Whatever happens below that path is answered in
 * SCIM JSON, and every request that names an organization is in its log.
 */
export async function scimEndpoint(app: FastifyInstance, options: ScimOptions): Promise<void> {
  knowAllMethods(app);
  readBodies(app, options.rates);
  recordRequests(app, options);
  app.addHook('onSend', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (reply.statusCode !== 204 && reply.statusCode !== 304) reply.type(answeredMediaType(request.headers.accept));
  });

  app.setErrorHandler((error, request, reply) => sendScimError(error, request, reply));
  app.setNotFoundHandler((request, reply) => sendScimError(noSuchEndpoint(request), request, reply));

  const { rates } = options;
  const findTypes = rememberTypes(options.app);
  const { findAddresses } = options;
  const authenticate = scimAuthentication(options.app, rates, findTypes, findAddresses);
  const slowDown = slowRefusals();
  await app.register(
    async (scim) => {
      scim.addHook('onRequest', async (request) => {
        const context = request.scim;
        if (context === null) return;
        const { organization } = request.params as { organization: string };
        const { authorization } = request.headers;
        if (isOfPerson(request)) {
          await slowDown(async () => {
            Object.assign(
              context,
              await authenticatePerson(request, options, { findTypes, findAddresses }, context.now),
            );
            const grant = contextOf(request).grant;
            rates.admitKey({ keyId: grant.tokenId, keyName: grant.tokenName, organization: grant.organization });
          });
          assertActive(contextOf(request).grant);
          assertFrom(contextOf(request).grant, request.ip);
          assertDecoded(request);
          return assertPlainBody(request);
        }
        const { signs } = context.record;
        // Ahead of everything that costs: the body is not read yet.
        const grant = await slowDown(async () => {
          const note = (sign: Sign) => void signs.add(sign);
          context.grant = await authenticate({ authorization, organization, address: request.ip, note }, context.now);
          context.record.tolerances = tolerancesOf(context.grant.profile);
          rates.admit(context.grant);
          return context.grant;
        });
        const scopes = request.routeOptions.config.tokenScopes ?? [];
        noting(signs, 'provisioning-off', () => assertOpen(grant));
        noting(signs, 'address-refused', () => assertFrom(grant, request.ip));
        noting(signs, 'scope-missing', () => assertScopes(grant, scopes, `${request.method} ${pathOf(request)}`));
        assertDecoded(request);
        assertPlainBody(request);
      });
      const { methodsOf } = trackMethods(scim);
      userRoutes(scim, options);
      meRoutes(scim, options);
      groupRoutes(scim, options);
      resourceRoutes(scim, options);
      searchRoutes(scim, options);
      bulkRoutes(scim, options, { authenticate, slowDown });
      discoveryRoutes(scim, options);
      refuseOtherMethods(scim, methodsOf());
      // Behind the guard, so that the attempt is in the organization's log and tells nothing to a stranger.
      scim.all('/*', { config: { guard: 'scim-token', tokenScopes: [] } }, async (request) => {
        throw noSuchEndpoint(request);
      });
    },
    { prefix: '/v2/:organization' },
  );
}

/** The address of the organization's endpoint, the same whether the request named its slug or its id. */
export function scimBaseUrlOf(request: FastifyRequest, baseUrl: string): string {
  const { organization } = contextOf(request).grant;
  const { id, slugs, policy } = organization;
  return scimBaseUrl(baseUrl, { id, slug: slugs[0] ?? id }, policy);
}

/** Answers with one resource, whose text is printed already, in one or in pieces. `stored` holds what was printed. */
export function sendResource(
  reply: FastifyReply,
  stored: StoredResource,
  text: string | readonly string[],
): FastifyReply {
  reply.header('etag', tagOf(stored));
  if (typeof text === 'string') return reply.send(text);
  const bytes = text.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  if (bytes <= limits.answeredWholeBytes) return reply.send(text.join(''));
  // Written at once, all of it would wait in memory for a client that reads slowly.
  return reply.header('content-length', bytes).send(Readable.from(text, { objectMode: false }));
}

/**
 * Answers a read of one resource, which the client may hold already (RFC 7644 §3.14), or want at one version only.
 *
 * @throws ScimError preconditionFailed
 */
export function sendUnlessHeld(
  reply: FastifyReply,
  stored: StoredResource,
  print: () => string | readonly string[],
): FastifyReply {
  const tag = tagOf(stored);
  const { headers } = reply.request;
  if (!matchesIfMatch(headers['if-match'], stored.version)) throw preconditionFailed(otherVersion(stored.version));
  if (!matchesIfNoneMatch(headers['if-none-match'], tag)) return sendResource(reply, stored, print());
  return reply.code(304).header('etag', tag).send();
}

/**
 * The id in the path.
 *
 * @throws ScimError notFound, with the sentence of `noSuch`, for one that cannot be an id of ours, as for one that nobody has
 */
export function idOf(request: FastifyRequest<{ Params: { id: string } }>, noSuch: (id: string) => string): string {
  const { id } = request.params;
  if (!isId(id)) throw notFound(noSuch(id));
  return id;
}

/** Where the endpoints of all organizations are. */
const scimPath = '/scim/';

/**
 * The address under which a request finds its route. No route has a path that cannot be decoded; below the SCIM endpoint it
 * finds one with its percent signs taken as they stand, where it is refused like any request: behind the guard, with its
 * reference, and in the log of the organization.
 */
export function routableUrl(url: string): string {
  if (!url.startsWith(scimPath)) return url;
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  if (!path.includes('%') || isDecodable(path)) return url;
  return path.replaceAll('%', '%25') + url.slice(path.length);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Refuses what came under another address than the one that `routableUrl` made of it.
 *
 * @throws ScimError invalidSyntax
 */
function assertDecoded(request: FastifyRequest): void {
  if (request.originalUrl !== request.url) throw invalidSyntax('The path is not a well-formed URL path');
}

const methodsOfRoutes: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Any other method is refused as one, without a look at its body, and not as a path that is not there (RFC 9110 §15.5.6).
 * Node hands CONNECT to no handler of requests.
 */
function knowAllMethods(app: FastifyInstance): void {
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !methodsOfRoutes.includes(method))
      app.addHttpMethod(method, { overrideExisting: true });
  }
}

/**
 * Compressed bodies are not read: no provider sends them, and a small one can hold more than the limit of bodies.
 *
 * @throws ScimError unsupportedMediaType
 */
function assertPlainBody(request: FastifyRequest): void {
  const coding = request.headers['content-encoding'];
  if (coding === undefined || coding.trim().toLowerCase() === 'identity') return;
  throw unsupportedMediaType('The body is compressed, which is not supported. Send it without Content-Encoding');
}

/** Both media types are read the same strict way; a body that is not there is no error of a method that has none. */
function readBodies(app: FastifyInstance, rates: RateLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/scim+json', 'application/json'],
    { parseAs: 'buffer' },
    (request, body, done) => {
      try {
        const isBodyOptional = request.method === 'DELETE' || request.method === 'GET';
        const { bodyValuesMax: jsonValuesMax = limits.jsonValuesMax, countsOperations } = request.routeOptions.config;
        const { grant, person } = request.scim ?? {};
        if (grant !== undefined && person === undefined && !countsOperations) rates.spendBody(grant, body.length);
        const read = () => parseStrictJson(body as Buffer, { ...limits, jsonValuesMax });
        done(null, body.length === 0 && isBodyOptional ? undefined : read());
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

function recordRequests(app: FastifyInstance, { recorder, watch }: Pick<ScimOptions, 'recorder' | 'watch'>): void {
  app.decorateRequest('scim', null);
  app.addHook('onRequest', async (request, reply) => {
    request.scim = beginContext(request);
    reply.header(referenceHeader, request.scim.record.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const context = request.scim;
    if (context === null) return;
    const { record, grant, now } = context;
    if (grant === undefined) {
      const { organization } = request.params as { organization?: string };
      context.status = reply.statusCode;
      if (organization !== undefined) recorder.addRefused(organization, record.row(), context.traffic());
      return;
    }
    const orgId = grant.organization.id;
    const client = clientOf(request);
    if (context.person !== undefined)
      recorder.noteKeyUse(orgId, { keyId: grant.tokenId, at: now, address: request.ip, client });
    else {
      const good = Number(reply.statusCode < 400);
      recorder.noteUse(orgId, { tokenId: grant.tokenId, at: now, address: request.ip, client, good });
    }
    context.status = reply.statusCode;
    if (context.status === 429) {
      recorder.addLimited(orgId, grant.tokenId, context.traffic(), () => record.row());
      return;
    }
    recorder.noteTraffic(orgId, context.traffic());
    if (record.stored) return tellOfChange(watch, orgId, record);
    recorder.add(orgId, record.row());
  });
}

/** Counts a refusal for the setup doctor. */
export function noting(signs: Set<Sign>, sign: Sign, check: () => void): void {
  try {
    check();
  } catch (error) {
    signs.add(sign);
    throw error;
  }
}

/** Collects which methods each path has, as its routes are added. */
function trackMethods(scim: FastifyInstance): { methodsOf: () => Map<string, Set<string>> } {
  const paths = new Map<string, Set<string>>();
  scim.addHook('onRoute', ({ url, method, prefix }) => {
    const path = url.slice(prefix.length);
    const methods = paths.get(path) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    paths.set(path, methods);
  });
  return { methodsOf: () => new Map([...paths].map(([path, methods]) => [path, new Set(methods)])) };
}

/** A path that exists answers 405 to a method that it has not, and says which it has (RFC 9110 §15.5.6). */
function refuseOtherMethods(scim: FastifyInstance, paths: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, has] of paths) {
    const method = scim.supportedMethods.filter((each) => !has.has(each));
    const allow = [...has].sort().join(', ');
    scim.route({
      method,
      url,
      config: { guard: 'scim-token', tokenScopes: [] },
      handler: async (request, reply) => {
        const { endpoint } = request.params as { endpoint?: string };
        const isServed = endpoint === undefined || findTypeByEndpoint(contextOf(request).grant.types, `/${endpoint}`);
        if (!isServed) throw noSuchEndpoint(request);
        reply.header('allow', allow);
        throw methodNotAllowed(`${pathOf(request)} answers ${allow}, not ${request.method}`);
      },
    });
  }
}

/** Answers any error in SCIM JSON, with the reference that finds the request in the log. */
export function sendScimError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const scimError = toScimError(error, request.routeOptions.bodyLimit);
  const context = request.scim;
  const reference = context?.record.id ?? request.id;
  const body = JSON.stringify(errorBody(scimError, reference));
  logFailure(request.log, error, reference, 'a SCIM request failed');
  if (context !== null && context !== undefined) {
    context.status = scimError.status;
    context.responseBody = body;
    context.scimType = scimError.scimType;
    context.record.detail = scimError.detail;
  }
  if (scimError.status === 401) reply.header('www-authenticate', 'Bearer realm="Rollcall SCIM"');
  if (scimError.retryAfterSeconds !== undefined) reply.header('retry-after', scimError.retryAfterSeconds);
  return reply.code(scimError.status).type(scimMediaType).serializer(String).send(body);
}

/** The refusal of a path that the organization has no endpoint at. */
export const noSuchEndpoint = (request: FastifyRequest) =>
  notFound(
    `${request.method} ${pathOf(request)} is not part of the SCIM endpoint; a base URL ends with /scim/v2/<organization>`,
  );

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? request.url;
