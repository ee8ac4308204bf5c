import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/cli/program.ts';
import { startProgram } from '../child-program.ts';
import { postmasterPid, testFolder } from '../data-directory.ts';
import { testDatabase } from '../database.ts';
import { rollcall, rollcallJson } from './rollcall-program.ts';

const subcommands = [
  ['serve'],
  ['migrate'],
  ['org', 'create'],
  ['org', 'list'],
  ['org', 'change'],
  ['token', 'create'],
  ['token', 'list'],
  ['token', 'rename'],
  ['token', 'revoke'],
  ['token', 'change'],
  ['token', 'rotate'],
  ['token', 'cancel'],
  ['key', 'create'],
  ['key', 'list'],
  ['key', 'rename'],
  ['key', 'revoke'],
  ['scim', 'enable'],
  ['scim', 'disable'],
  ['scim', 'profile'],
  ['health'],
  ['doctor'],
  ['address', 'list'],
  ['address', 'set'],
  ['address', 'import'],
  ['configuration', 'export'],
  ['configuration', 'plan'],
  ['configuration', 'apply'],
  ['members'],
  ['teams'],
  ['requests'],
  ...['schema', 'resource-type'].flatMap((noun) => ['list', 'add', 'change', 'remove'].map((verb) => [noun, verb])),
  ['events'],
  ['why'],
  ['history'],
  ['as-of'],
  ['audit', 'list'],
  ['undo', 'plan'],
  ['undo', 'apply'],
  ['audit', 'export'],
  ['operator-key'],
];

for (const subcommand of subcommands) {
  test(`rollcall ${subcommand.join(' ')} --help names its options, --json among them`, async () => {
    let help = '';
    const out = (text: string): void => {
      help += text;
    };
    const code = await run([...subcommand, '--help'], { env: {}, out, err: out, isTerminal: false });
    assert.equal(code, 0);
    assert.match(help, new RegExp(`Usage: rollcall ${subcommand.join(' ')}`));
    for (const option of ['--json', '--data-dir', '--database-url', '--port', '--host', '--base-url']) {
      assert.ok(help.includes(option), `${option} is missing`);
    }
  });
}

test('the first command may be any: it starts the built-in database for the moment, and leaves nothing running', async () => {
  await using folder = await testFolder();
  const env = { ROLLCALL_DATA_DIR: folder.path, ROLLCALL_PORT: '8123' };
  const created = await rollcallJson<Record<string, string>>(['org', 'create', 'acme', '--name', 'Acme Inc.'], { env });
  assert.equal(created.slug, 'acme');
  assert.equal(created.scimBaseUrl, 'http://127.0.0.1:8123/scim/v2/acme');
  assert.equal(await postmasterPid(folder.path), undefined);
});

test('a provider is disconnected as a plan showed it, with a choice that has to be made', async () => {
  await using db = await testDatabase();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  await rollcallJson(['org', 'create', 'acme', '--name', 'Acme'], { env });
  const disconnect = (...args: string[]) => ['connection', 'disconnect', 'acme', ...args];
  const without = await rollcall(disconnect(), { env });
  assert.match(without.stderr, /required option '--choice <choice>' not specified/);
  const plan = await rollcallJson<{ version: string }>(disconnect('--choice', 'keep', '--plan'), { env });
  assert.deepEqual(plan, { version: plan.version, counts: {}, items: [], refusal: null, owners: [] });
  const shown = await rollcall(disconnect('--choice', 'keep', '--plan'), { env });
  assert.equal(shown.stdout, `Nobody and no team would change.\nPlan ${plan.version}\n`);
  const outdated = await rollcall(disconnect('--choice', 'keep', '--plan', '0-AAAAAAAAAAAAAAAAAAAAAA'), { env });
  assert.match(outdated.stderr, /is no longer what the plan showed/);
  const [before] = await rollcallJson<Record<string, unknown>[]>(['connection', 'list', 'acme'], { env });
  assert.equal(before?.state, 'on');
  const ended = await rollcall(disconnect('--choice', 'keep', '--plan', plan.version), { env });
  assert.match(
    ended.stdout,
    /^Disconnected the identity provider of acme: .*\nIts SCIM tokens are refused\. .*rollcall token create acme --name okta\n$/,
  );
  const connections = await rollcallJson<Record<string, unknown>[]>(['connection', 'list', 'acme'], { env });
  assert.deepEqual(
    connections.map(({ id, state, choice }) => [id === before?.id, state, choice]),
    [
      [false, 'off', undefined],
      [true, 'disconnected', 'keep'],
    ],
  );
  const unplanned = await rollcall(disconnect('--choice', 'remove'), { env });
  assert.equal(unplanned.code, 1);
  assert.match(unplanned.stderr, /^rollcall: Disconnecting is for good.*--plan <version>/);
  const next = await rollcallJson<{ version: string }>(disconnect('--choice', 'remove', '--plan'), { env });
  const args = disconnect('--choice', 'remove', '--plan', next.version);
  const again = await rollcallJson<Record<string, unknown>>(args, { env });
  assert.deepEqual([again.choice, again.isDone, again.kept], ['remove', true, []]);
});

test('every list and change is one JSON document, over the life of an organization and its token', async () => {
  await using db = await testDatabase();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString, ROLLCALL_BASE_URL: 'https://rollcall.example/' };
  const json = <T = Record<string, unknown>>(...args: string[]) => rollcallJson<T>(args, { env });

  assert.deepEqual(await json('migrate'), { applied: [], version: (await json('migrate')).version });
  await json('org', 'create', 'acme', '--name', 'Acme', '--plan', 'pro', '--set', 'usernameFormat=any');
  await json('org', 'create', 'globex', '--name', 'Globex', '--preset', 'pulumi');
  const organizations = await json<{ slug: string; plan: string }[]>('org', 'list');
  assert.deepEqual(
    organizations.map(({ slug, plan }) => [slug, plan]),
    [
      ['acme', 'pro'],
      ['globex', 'enterprise'],
    ],
  );

  const token = await json<Record<string, string>>('token', 'create', 'acme', '--name', 'okta', '--expires-days', '30');
  assert.match(token.token ?? '', /^rct_\w+/);
  assert.equal(token.scimBaseUrl, 'https://rollcall.example/scim/v2/acme');
  const [listed] = await json<Record<string, string>[]>('token', 'list', 'acme');
  assert.equal(listed?.id, token.id);
  assert.ok(!JSON.stringify(listed).includes(token.token ?? ''), 'a token is shown once (R5)');
  assert.deepEqual(await json<unknown[]>('token', 'list', 'globex'), []);

  assert.deepEqual(await json('token', 'revoke', 'acme', token.id ?? ''), { id: token.id, revoked: true });
  const off = { organization: 'acme', state: 'off', warnings: [] };
  assert.deepEqual(await json('scim', 'disable', 'acme'), off);
  const { warnings, ...on } = await json<{ warnings: string[] }>('scim', 'enable', 'acme');
  assert.deepEqual(
    [on, warnings.length],
    [{ organization: 'acme', state: 'on' }, 1],
    'nobody said who signs people in',
  );
  const issuer = 'https://acme.okta.com';
  const same = { organization: 'acme', provider: 'okta', issuer, provisionedBy: 'okta', standing: 'same' };
  assert.deepEqual(await json('sign-in', 'set', 'acme', 'okta', '--issuer', issuer), same);
  assert.deepEqual(await json('sign-in', 'show', 'acme'), same);
  assert.deepEqual(await json('connection', 'provider', 'acme', 'entra', '--yes'), {
    organization: 'acme',
    provider: 'entra',
  });
  assert.equal((await json<Record<string, string>>('sign-in', 'show', 'acme')).standing, 'differ');
  assert.deepEqual(await json('sign-in', 'remove', 'acme'), {
    organization: 'acme',
    provider: null,
    issuer: null,
    provisionedBy: 'entra',
    standing: 'undeclared',
  });
  assert.equal((await json<Record<string, string>>('sign-in', 'show', 'globex')).provisionedBy, 'okta');
  assert.deepEqual(await json('scim', 'profile', 'acme'), { organization: 'acme', scimProfile: 'generic' });
  assert.deepEqual(await json('scim', 'profile', 'acme', 'entra'), { organization: 'acme', scimProfile: 'entra' });
  assert.deepEqual(await json('scim', 'profile', 'acme'), { organization: 'acme', scimProfile: 'entra' });
  assert.deepEqual(await json('scim', 'profile', 'globex'), { organization: 'globex', scimProfile: 'generic' });
  const licenses = await json<{ license: string; seats: number }[]>('license', 'list', 'acme');
  assert.deepEqual(licenses[0], { license: 'developer', seats: 50, used: 0, waiting: 0 });
  assert.deepEqual(await json('license', 'seats', 'acme', 'developer', '7'), {
    license: 'developer',
    seats: 7,
    changed: true,
  });
  assert.deepEqual(await json('license', 'rules', 'acme', '--set', 'licenseSource=by-rules'), {
    licenseSource: 'by-rules',
    changed: true,
    warnings: [],
    counts: {},
  });
  assert.deepEqual(await json('license', 'group', 'acme', 'devs', 'developer'), {
    group: 'devs',
    license: 'developer',
    changed: true,
  });
  assert.deepEqual(await json('license', 'groups', 'acme'), [{ group: 'devs', license: 'developer' }]);
  assert.deepEqual(await json('license', 'groups', 'globex'), []);
  assert.deepEqual((await json('license', 'simulate', 'acme', '--source', 'none')).changes, []);
  const save = ['role', 'save', 'acme', 'auditor', '--name', 'Auditor', '--permission', 'events:read', 'product:logs'];
  assert.deepEqual(await json(...save), { key: 'auditor', changed: true });
  assert.equal((await json<unknown[]>('role', 'list', 'acme')).length, 5);
  assert.equal((await json<unknown[]>('role', 'list', 'globex')).length, 4);
  assert.deepEqual(await json('role', 'remove', 'acme', 'auditor'), { key: 'auditor', removed: true });
  const ceiling = await json('role', 'ceiling', 'acme', token.id ?? '', 'admin');
  assert.deepEqual(ceiling, { token: token.id, roleCeiling: 'admin', changed: true });
  for (const list of ['people', 'mappings']) assert.deepEqual(await json<unknown[]>('role', list, 'acme'), []);
  for (const list of ['members', 'teams', 'requests']) assert.deepEqual(await json<unknown[]>(list, 'acme'), []);

  const events = await json<{ seq: number }[]>('events', 'acme');
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  const rest = await json<{ seq: number }[]>('events', 'acme', '--after', '1', '--limit', '1');
  assert.deepEqual(
    rest.map(({ seq }) => seq),
    [2],
  );
});

test('events --follow prints what comes, one JSON document on each line, until it is told to stop', async () => {
  await using db = await testDatabase();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  await rollcallJson(['org', 'create', 'acme', '--name', 'Acme'], { env });
  const bin = new URL('../../bin/rollcall.js', import.meta.url).pathname;
  await using follower = startProgram(process.execPath, [bin, 'events', 'acme', '--follow', '--json'], { env });
  await follower.says(/organization\.created.*\n/);
  await rollcallJson(['token', 'create', 'acme', '--name', 'okta'], { env });
  await follower.says(/token\.created.*\n/);
  follower.kill('SIGTERM');
  const { code, stdout } = await follower.end();
  assert.equal(code, 0);
  const lines = stdout.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).seq),
    [1, 2],
  );
});

test('health shows a connection that has ended, by its id', async () => {
  await using db = await testDatabase();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  for (const slug of ['acme', 'globex']) await rollcallJson(['org', 'create', slug, '--name', slug], { env });
  const disconnect = ['connection', 'disconnect', 'acme', '--choice', 'keep', '--plan'];
  const { version } = await rollcallJson<{ version: string }>(disconnect, { env });
  const { connection } = await rollcallJson<{ connection: string }>([...disconnect, version], { env });
  const shown = async (org: string) => await rollcall(['health', org, '--connection', connection], { env });
  assert.match(
    (await shown('acme')).stdout,
    /^connection +disconnected\nlast call +never\nended +20.*; before that:\n/,
  );
  const { code, stderr } = await shown('globex');
  assert.deepEqual([code, stderr], [1, `rollcall: There is no connection ${connection} in this organization.\n`]);
});

const refusals: [string[], RegExp][] = [
  [['members', 'nobody'], /^rollcall: There is no organization "nobody": rollcall org list .*\.\n$/],
  [['token', 'create', 'nobody', '--name', 'okta'], /^rollcall: There is no organization "nobody": /],
  [['org', 'create', 'Bad_Slug', '--name', 'Bad'], /^rollcall: The slug "Bad_Slug" must be .*\n$/],
  [['org', 'create', 'acme', '--name', 'Acme', '--set', 'nothing=1'], /^rollcall: .*nothing.*\n$/],
  [['org', 'create', 'acme', '--name', 'Acme', '--plan', 'gold'], /gold.*Allowed choices are free, pro, enterprise/],
  [['org', 'create', 'acme'], /required option '--name <name>' not specified/],
  [['token', 'revoke', 'acme', '17'], /'17' is invalid.*It must be an id as the list shows it/],
  [['health', 'acme', '--connection', '17'], /'17' is invalid.*It must be an id as the list shows it/],
  [['scim', 'profile', 'acme', 'strict'], /'strict' is invalid.*Allowed choices are generic, okta, entra, rfc/],
  [['events', 'acme', '--after', 'x'], /'x' is invalid.*It must be a whole number/],
  [['org', 'list', '--port', '70000'], /^rollcall: --port is "70000", and must be a whole number from 0 to 65535\.\n$/],
  [['nonsense'], /unknown command 'nonsense'/],
];

test('what cannot be done is said on standard error alone, with an exit code other than 0', async () => {
  await using db = await testDatabase();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  for (const [args, sentence] of refusals) {
    const { code, stdout, stderr } = await rollcall([...args, '--json'], { env });
    assert.equal(code, 1, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, sentence);
  }
});

test('operator-key prints the link of the console, from the data directory or from ROLLCALL_OPERATOR_KEY', async () => {
  await using folder = await testFolder();
  const args = ['operator-key', '--data-dir', folder.path];
  const first = await rollcallJson<Record<string, string>>(args);
  assert.match(first.consoleUrl ?? '', /^http:\/\/127\.0\.0\.1:7070\/#key=rco_[\w-]{43}$/);
  assert.deepEqual(await rollcallJson(args), first);
  const key = 'k'.repeat(40);
  const set = await rollcall(args, { env: { ROLLCALL_OPERATOR_KEY: key } });
  assert.equal(set.stdout, `http://127.0.0.1:7070/#key=${key}\n`);
});
