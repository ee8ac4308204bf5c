import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface ConsoleFilesOptions {
  /** The folder that `console/build.js` fills. */
  readonly dist?: string;
}

const builtConsole = fileURLToPath(new URL('../../console/dist', import.meta.url));
const assetLifetime = '365d';

/** The console's own addresses, as in console/src/router.tsx. Any other path is a 404. */
const pages = [
  '/',
  '/organizations/:slug',
  '/organizations/:slug/requests/:id',
  '/organizations/:slug/provisioning',
  '/organizations/:slug/health',
  '/organizations/:slug/keys',
  '/organizations/:slug/events',
  '/organizations/:slug/access',
  '/organizations/:slug/people',
  '/organizations/:slug/teams',
  '/organizations/:slug/audit',
  '/organizations/:slug/mail',
  '/organizations/:slug/policy',
];

/**
 * Serves the built console: its page at its own addresses, its files under /assets. Nothing here is secret, and
 * everything it shows comes from the operator API, which asks for the key.
 */
export async function consoleFiles(app: FastifyInstance, options: ConsoleFilesOptions): Promise<void> {
  const dist = options.dist ?? builtConsole;
  await app.register(fastifyStatic, {
    root: dist,
    serve: false,
    index: false,
    dotfiles: 'deny',
    suppressWarning: true,
  });

  // A person who mistyped an address sees the console say so.
  app.setNotFoundHandler((request, reply) => {
    const isPerson = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
    if (isPerson) return sendPage(dist, request, reply.code(404));
    const [path] = request.url.split('?', 1);
    const detail = `${request.method} ${path} is no address of Rollcall: the console is at /, the management API below /api/v1, SCIM below /scim/v2.`;
    return reply
      .code(404)
      .type('application/problem+json')
      .send({ type: 'about:blank', title: 'Not Found', status: 404, detail });
  });
  for (const url of pages) {
    app.get(url, { config: { guard: 'public' } }, (request, reply) => sendPage(dist, request, reply));
  }

  // Vite puts a hash of the content into each name, so what is under a name never changes.
  app.get<{ Params: { file: string } }>('/assets/:file', { config: { guard: 'public' } }, (request, reply) =>
    reply.sendFile(`assets/${request.params.file}`, { immutable: true, maxAge: assetLifetime }),
  );
  app.get('/favicon.svg', { config: { guard: 'public' } }, (_request, reply) => reply.sendFile('favicon.svg'));
}

async function sendPage(dist: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const page = await readFile(join(dist, 'index.html'), 'utf8').catch(ifMissing);
  if (page === undefined) {
    return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
  }
  const nonce = randomBytes(18).toString('base64');
  return reply
    .header('cache-control', 'no-store')
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8')
    .send(page.replaceAll('CSP_NONCE', nonce).replace('<base href="/"', `<base href="${wayBack(request.url)}"`));
}

/** The relative address of the console's first page from another one: right also below a path that a proxy adds. */
function wayBack(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return '../'.repeat(path.split('/').length - 2) || './';
}

const notBuilt = 'The console is not built. Build it with: npm run build:console\n';

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/**
 * Scripts come from our own files only. Mantine writes style elements at run time (theme variables, responsive props,
 * the scroll lock of drawers): their text depends on the page's state, so hashes cannot list them, and a nonce that is
 * new with each page lets exactly those in. Style attributes are set through the DOM, which the policy does not govern.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
