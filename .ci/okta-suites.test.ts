/**
 * Runs Okta's certification files, unmodified, against a Rollcall that runs as its users run it; the CRUD files drive it
 * through okta-sim. OKTA_SUITES names the folder that holds them and their runner.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const suites = process.env.OKTA_SUITES as string;
const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const apiToken = 'certification';

let folder: string;
let environment: NodeJS.ProcessEnv;
let scim: { scimBaseUrl: string; token: string };
const stops: (() => Promise<void>)[] = [];

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-suites-'));
  environment = { ...process.env, ROLLCALL_DATA_DIR: path.join(folder, 'data'), ROLLCALL_PORT: '0' };
  const { baseUrl } = JSON.parse(
    await startProgram(['bin/rollcall.js', 'serve', '--json'], (text) => text.includes('}')),
  );
  environment.ROLLCALL_BASE_URL = baseUrl;
  await rollcall('org', 'create', 'acme', '--name', 'Acme');
  scim = JSON.parse(await rollcall('token', 'create', 'acme', '--name', 'okta'));
  // The suite looks at the first user there is, so there must be one, complete.
  const ada = {
    userName: 'ada@acme.example',
    name: { givenName: 'Ada', familyName: 'Byron' },
    emails: [{ value: 'ada@acme.example', type: 'work', primary: true }],
  };
  const created = await fetch(`${scim.scimBaseUrl}/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scim.token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify(ada),
  });
  assert.equal(created.status, 201);
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
  await rm(folder, { recursive: true, force: true });
});

test("Okta's SPEC suite", async () => {
  await runSuite('Okta-SCIM-20-SPEC-Test.json', 'Initial_Script_Spec.txt', {
    SCIMBaseURL: scim.scimBaseUrl,
    auth: `Bearer ${scim.token}`,
  });
});

/** The endpoints that Okta reads when it discovers roles and entitlements; the last is of a type that the organization defined. */
const grants: [endpoint: string, displayName: string][] = [
  ['/Roles', 'Editor'],
  ['/Entitlements', 'Reports'],
  ['/Licenses', 'Pro'],
];

for (const profile of ['generic', 'okta']) {
  for (const [endpoint, displayName] of grants) {
    test(`Okta's Entitlements suite on ${endpoint}, SCIM profile ${profile}`, async () => {
      // An organization of its own: where there are roles, those of people must name them.
      const slug = `grants-${profile}-${endpoint.slice(1).toLowerCase()}`;
      await rollcall('org', 'create', slug, '--name', 'Grants', '--set', `scimProfile=${profile}`);
      if (endpoint === '/Licenses') await defineLicenses(slug);
      const { scimBaseUrl, token } = JSON.parse(await rollcall('token', 'create', slug, '--name', 'okta'));
      for (const name of [displayName, `${displayName} too`]) {
        const made = await fetch(scimBaseUrl + endpoint, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
          body: JSON.stringify({ displayName: name }),
        });
        assert.equal(made.status, 201);
      }
      await runSuite('Okta-SCIM-20-Entitlements-Test.json', 'Initial_Script_Spec.txt', {
        SCIMBaseURL: scimBaseUrl,
        EntitlementEndpoint: endpoint,
        auth: `Bearer ${token}`,
      });
    });
  }
}

async function defineLicenses(slug: string): Promise<void> {
  const file = path.join(folder, `${slug}.json`);
  const type = { name: 'License', endpoint: '/Licenses', schema: 'urn:okta:scim:schemas:core:1.0:Entitlement' };
  await writeFile(file, JSON.stringify(type));
  await rollcall('resource-type', 'add', slug, file);
}

for (const profile of ['aiw', 'oin']) {
  for (const suite of ['Okta-SCIM-20-CRUD-Test.json', 'Okta-SCIM-20-With-Entitlements-CRUD-Test.json']) {
    test(`${suite} through okta-sim, profile ${profile}`, async () => {
      const state = path.join(folder, `${profile}-${suite}`);
      const said = await startProgram(
        [
          ...[
            'bin/okta-sim.js',
            'serve',
            '--port',
            '0',
            '--api-token',
            apiToken,
            '--profile',
            profile,
            '--state',
            state,
          ],
          ...['--base-url', scim.scimBaseUrl, '--token', scim.token],
        ],
        (text) => /App: \S+\n/.test(text) && /http:\S+\n/.test(text),
      );
      await runSuite(suite, 'Initial_Script_CRUD.txt', {
        oktaOrgUrl: /http:\S+/.exec(said)?.[0] as string,
        oktaAppId: /App: (\S+)/.exec(said)?.[1] as string,
        oktaToken: apiToken,
        SCIMUrl: scim.scimBaseUrl,
        SCIMAuth: `Bearer ${scim.token}`,
      });
    });
  }
}

async function runSuite(suite: string, script: string, variables: Record<string, string>): Promise<void> {
  const args = [
    path.join(suites, 'run-runscope.mjs'),
    ...[path.join(suites, 'okta', suite), '--init', path.join(suites, 'okta', script), '--pause-scale', '0.05'],
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
  ];
  const { stdout } = await run(process.execPath, args).catch((error) => error);
  console.log(stdout);
  assert.match(stdout, /: [1-9]\d* assertions passed, 0 failed\s*$/);
}

async function rollcall(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['bin/rollcall.js', ...args, '--json'], {
    cwd: root,
    env: environment,
  });
  return stdout;
}

/** Starts a program that goes on running, and resolves to what it printed until it said what was waited for. */
async function startProgram(args: string[], isReady: (text: string) => boolean): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  stops.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let text = '';
  for await (const line of createInterface({ input: child.stdout })) {
    text += `${line}\n`;
    if (isReady(text)) break;
  }
  assert.ok(isReady(text), `${args.join(' ')} ended: ${text}`);
  child.stdout.resume();
  return text;
}
