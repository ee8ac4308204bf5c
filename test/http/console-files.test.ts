import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { consoleFiles } from '../../src/http/console-files.ts';

const page = `<base href="/"><meta property="csp-nonce" nonce="CSP_NONCE"><script src="/assets/page-1a2b.js" nonce="CSP_NONCE"></script>`;

describe('the console as files', () => {
  let dist: string;
  let app: FastifyInstance;

  before(async () => {
    dist = await mkdtemp(join(tmpdir(), 'rollcall-console-'));
    await mkdir(join(dist, 'assets'));
    await writeFile(join(dist, 'index.html'), page);
    await writeFile(join(dist, 'favicon.svg'), '<svg/>');
    await writeFile(join(dist, 'sources.sha256'), '0');
    await writeFile(join(dist, 'assets', 'page-1a2b.js'), 'export {};');
    await writeFile(join(dist, 'assets', '.hidden'), 'hidden');
    app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
    await app.register(consoleFiles, { dist });
  });

  after(async () => {
    await app.close();
    await rm(dist, { recursive: true });
  });

  for (const url of [
    '/',
    '/organizations/acme',
    '/organizations/acme/requests/0190',
    '/organizations/acme?status=error',
  ]) {
    test(`${url} is the page, never cached (R26)`, async () => {
      const answer = await app.inject(url);
      assert.equal(answer.statusCode, 200);
      assert.match(String(answer.headers['content-type']), /^text\/html/);
      assert.equal(answer.headers['cache-control'], 'no-store');
    });
  }

  const bases = {
    '/': './',
    '/organizations/acme': '../',
    '/organizations/acme/': '../../',
    '/organizations/acme?status=a/b': '../',
    '/organizations/acme/requests/0190': '../../../',
  };
  for (const [url, base] of Object.entries(bases)) {
    test(`${url} leads back to the first page by ${base}, whatever path a proxy puts before it`, async () => {
      const answer = await app.inject(url);
      assert.match(answer.body, new RegExp(`^<base href="${base}">`));
    });
  }

  test('the content security policy lets in our own scripts and this page’s style elements, nothing inline (R45)', async () => {
    const [one, other] = [await app.inject('/'), await app.inject('/')];
    const policy = String(one.headers['content-security-policy']);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    assert.equal(Buffer.from(nonce, 'base64').length, 18);
    assert.equal(one.body, page.replaceAll('CSP_NONCE', nonce).replace('href="/"', 'href="./"'));
    assert.notEqual(one.body, other.body);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    for (const directive of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'self'"]) {
      assert.ok(policy.split('; ').includes(directive), directive);
    }
  });

  test('an asset may be kept forever, since its name holds its content’s hash', async () => {
    const answer = await app.inject('/assets/page-1a2b.js');
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers['content-type']), /javascript/);
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
  });

  const notPages = [
    '/scim',
    '/scim/v2/acme/Users',
    '/api',
    '/api/v1/nothing',
    '/organizations',
    '/organizations/acme/members',
    '/index.html',
    '/sources.sha256',
    '/assets/absent.js',
    '/assets/.hidden',
    '/assets/..%2findex.html',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%00',
  ];
  for (const url of notPages) {
    test(`${url} is not the page`, async () => {
      const answer = await app.inject(url);
      assert.ok([400, 403, 404].includes(answer.statusCode), String(answer.statusCode));
      assert.ok(!answer.body.includes('csp-nonce'));
    });
  }

  test('a mistyped address is a 404, as the page to a person and as problem details to a program', async () => {
    const person = await app.inject({ url: '/nope', headers: { accept: 'text/html,*/*;q=0.8' } });
    assert.deepEqual([person.statusCode, person.body.includes('csp-nonce')], [404, true]);
    for (const [method, accept] of [
      ['GET', '*/*'],
      ['POST', 'text/html'],
    ] as const) {
      const program = await app.inject({ method, url: '/nope?key=secret', headers: { accept } });
      assert.match(String(program.headers['content-type']), /^application\/problem\+json/);
      assert.match(program.json().detail, new RegExp(`^${method} /nope is no address of Rollcall`));
    }
  });

  test('without a build the page says how to make one', async () => {
    await using unbuilt = Fastify();
    await unbuilt.register(consoleFiles, { dist: join(dist, 'assets') });
    const answer = await unbuilt.inject('/');
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /npm run build:console/);
  });

  test('a folder that does not exist stops neither the start nor other routes', async () => {
    await using unbuilt = Fastify();
    await unbuilt.register(consoleFiles, { dist: join(dist, 'absent') });
    assert.equal((await unbuilt.inject('/')).statusCode, 503);
    assert.equal((await unbuilt.inject('/assets/page.js')).statusCode, 404);
  });
});
