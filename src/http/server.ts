import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import helmet from 'helmet';
import { v7 as newUuid } from 'uuid';
import type { Config } from '../config.ts';
import { watchFeeds } from '../events/feed-watch.ts';
import { limits } from '../limits.ts';
import { createDomainLookup } from '../provisioning/domain-lookup.ts';
import { startRequestRecorder } from '../provisioning/record-requests.ts';
import { errorSchema, invalidSyntax } from '../scim/errors.ts';
import type { Database } from '../store/database.ts';
import { createPageMarks } from '../store/page-marks.ts';
import { rememberAddresses } from './addresses.ts';
import { apiAuthentication } from './api/authentication.ts';
import { managementApi } from './api/management-api.ts';
import { consoleFiles } from './console-files.ts';
import { requireGuards } from './guard.ts';
import { lazyCompilers } from './lazy-compilers.ts';
import { closeAfterTheBody } from './lingering-close.ts';
import { linkPages } from './links/link-pages.ts';
import { createRateLimits } from './rate-limits.ts';
import { createCursors } from './scim/cursors.ts';
import { scimMediaType } from './scim/media-type.ts';
import { routableUrl, scimEndpoint } from './scim/scim-routes.ts';
import { shareSpending } from './shared-spending.ts';
import { closeUnreadable } from './unreadable-request.ts';

export type ServerOptions = {
  config: Config;
  app: Database;
  jobs: Database;
  operatorKey: string;
  secretKey: string;
  /** When slow and idle clients are closed. Default: those of limits.ts. */
  clientBounds?: ClientBounds;
  /** Told in a sentence of what an operator should know. */
  log: (sentence: string) => void;
};

/** The bounds of limits.ts with these names. */
export type ClientBounds = Record<
  'requestTimeoutMs' | 'headersTimeoutMs' | 'idleTimeoutMs' | 'slowClientCheckMs',
  number
>;

export type Server = {
  /** Where it listens. */
  address: string;
  /** Stops taking requests, answers those that run, and writes what waits for the request log. */
  close(): Promise<void>;
};

/** Starts the HTTP server: SCIM, the management API, the console and the probes. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, app: db, jobs, operatorKey, secretKey, log } = options;
  const recorder = startRequestRecorder({ app: db, jobs, log });
  const rates = createRateLimits(config, () => performance.now());
  const spending = await shareSpending({ jobs, node: newUuid(), buckets: rates.buckets, log });
  const findAddresses = rememberAddresses(db);
  const authentication = apiAuthentication(db, operatorKey, rates, findAddresses);
  const watch = await watchFeeds({
    app: db,
    jobs,
    now: () => new Date(),
    keysMayHaveEnded: (orgId) => authentication.forget(orgId),
    log,
  });
  const { baseUrl } = config;
  const app = createFastify(config, options.clientBounds ?? limits);
  requireGuards(app);
  closeAfterTheBody(app);
  refuseUnmet(app);
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // A browser must not be told to insist on TLS by a server that is reached without it.
    hsts: baseUrl.startsWith('https:'),
    referrerPolicy: { policy: 'no-referrer' },
  });
  app.addHook('onRequest', (request, reply, done) =>
    protect(request.raw, reply.raw, (error) => done(error as Error | undefined)),
  );
  probes(app, db);
  const cursors = createCursors(secretKey);
  await app.register(scimEndpoint, {
    prefix: '/scim',
    app: db,
    marks: createPageMarks(),
    cursors,
    recorder,
    watch,
    findAddresses,
    authentication,
    rates,
    baseUrl,
  });
  await app.register(managementApi, {
    prefix: '/api/v1',
    app: db,
    jobs,
    authentication,
    watch,
    secretKey,
    lookUpDomain: createDomainLookup(config.dnsServers, limits.dnsTimeoutMs),
    cursors,
    recorder,
    rates,
    baseUrl,
    version: await readVersion(),
    startedAt: new Date(),
    builtIn: config.databaseUrl === undefined,
    now: () => new Date(),
  });
  await app.register(linkPages, { prefix: '/links', app: db, rates, now: () => new Date() });
  await app.register(consoleFiles, {});
  const address = await app.listen({ port: config.port, host: config.host });
  return {
    address,
    async close() {
      watch.stop();
      await app.close();
      spending.stop();
      await recorder.stop();
    },
  };
}

/** Fastify that closes clients which are slow, idle or send too much (security.md R50). JSON is read by the parsers that the routes set. */
function createFastify(config: Config, bounds: ClientBounds): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.bodyBytesMax,
    trustProxy: config.trustedProxies.length === 0 ? false : config.trustedProxies,
    // Requests have a log of their own; standard output belongs to what the command prints.
    logger: { level: config.logLevel, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request would only add a number of its own to lines that name the reference of the request.
    childLoggerFactory: (logger) => logger,
    schemaController: lazyCompilers,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 500 },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.idleTimeoutMs,
    http: {
      connectionsCheckingInterval: bounds.slowClientCheckMs,
      headersTimeout: bounds.headersTimeoutMs,
      maxHeaderSize: limits.headerBytesMax,
      // What Node.js would refuse with an empty body is refused by `refuseUnmet`.
      requireHostHeader: false,
    },
    clientErrorHandler: closeUnreadable,
    rewriteUrl: ({ url }) => routableUrl(url ?? '/'),
    frameworkErrors: (error, request, reply) => sendUnroutable(error, request as FastifyRequest, reply as FastifyReply),
  });
  app.server.timeout = bounds.idleTimeoutMs;
  return app;
}

/**
 * A path that cannot be decoded belongs to no endpoint and no organization's log, and its answer has no reference. The SCIM
 * endpoint refuses its own (`routableUrl`).
 */
function sendUnroutable(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const { status, scimType, detail } = invalidSyntax('The path is not a well-formed URL path');
  sendUnread(reply, status, detail, scimType);
}

/** Answers a request that no endpoint reads, in the SCIM form, which anybody can do without (RFC 7644 §3.12). */
function sendUnread(reply: FastifyReply, status: number, detail: string, scimType?: string): FastifyReply {
  return reply
    .code(status)
    .type(scimMediaType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify({ schemas: [errorSchema], status: String(status), scimType, detail }));
}

/** Refuses a request without Host (RFC 9112 §3.2), and one that expects what there is not (RFC 9110 §10.1.1). */
function refuseUnmet(app: FastifyInstance): void {
  const unmet = new WeakSet<IncomingMessage>();
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    unmet.add(request);
    app.server.emit('request', request, response);
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
      reply.header('connection', 'close');
      return sendUnread(reply, 400, 'The request has no Host header, which HTTP/1.1 requires');
    }
    if (unmet.has(raw)) {
      reply.header('connection', 'close');
      return sendUnread(
        reply,
        417,
        'The Expect header names something else than 100-continue; send the request without it',
      );
    }
  });
}

/** /healthz answers while the process lives, /readyz once requests would succeed. */
function probes(app: FastifyInstance, db: Database): void {
  app.get('/healthz', { config: { guard: 'public' } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config: { guard: 'public' } }, async (_request, reply) => {
    const isReady = await db.query('select 1').then(
      () => true,
      () => false,
    );
    if (!isReady) reply.code(503).header('retry-after', 2);
    return { status: isReady ? 'ok' : 'the database does not answer' };
  });
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
