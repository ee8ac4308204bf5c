import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ProgramEnd, runProgram, startProgram } from '../child-program.ts';
import { startTinyScimApp } from './tiny-scim-app.ts';

const main = fileURLToPath(new URL('../../okta-sim/main.ts', import.meta.url));

function oktaSim(...args: string[]): Promise<ProgramEnd> {
  return runProgram(process.execPath, [main, ...args]);
}

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'okta-sim-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('Okta remembers from one command to the next, and its memory holds no token', async () => {
  await using app = await startTinyScimApp();
  await using place = await temporaryFolder();
  const state = path.join(place.folder, 'state.json');
  const remembered = ['--state', state, '--token', 'secret-token'];
  const first = await oktaSim(
    'assign',
    'ada.byron@acme.example',
    '--base-url',
    app.baseUrl,
    '--profile',
    'oin',
    ...remembered,
  );
  assert.equal(first.code, 0, first.stderr);
  await oktaSim('update', 'ada.byron@acme.example', '--set', 'title=Countess', ...remembered);
  await oktaSim('push-group', 'Engines', '--member', 'ada.byron@acme.example', ...remembered);
  await oktaSim('deactivate', 'ada.byron@acme.example', ...remembered);
  const compared = await oktaSim('compare', '--json', ...remembered);
  assert.equal(compared.code, 0, compared.stdout);
  assert.equal(JSON.parse(compared.stdout).equal, true);
  const [account] = app.users.values();
  assert.equal(account?.title, 'Countess');
  assert.equal(account?.active, false);
  assert.ok(!(await readFile(state, 'utf8')).includes('secret-token'));
  assert.equal((await stat(state)).mode & 0o077, 0);
});

test('compare ends with 1 and names the difference', async () => {
  await using app = await startTinyScimApp();
  await using place = await temporaryFolder();
  const remembered = ['--state', path.join(place.folder, 'state.json'), '--token', 't'];
  await oktaSim('assign', 'ada@acme.example', '--base-url', app.baseUrl, ...remembered);
  app.users.get('users-1')!.active = false;
  const { code, stdout } = await oktaSim('compare', ...remembered);
  assert.equal(code, 1);
  assert.match(stdout, /ada@acme\.example is deactivated in the app and active in Okta/);
});

test('run writes a transcript that replay accepts, and --json prints one document', async () => {
  await using place = await temporaryFolder();
  const transcript = path.join(place.folder, 's2.http');
  await using app = await startTinyScimApp();
  const ran = await oktaSim(
    'run',
    's2',
    '--base-url',
    app.baseUrl,
    '--token',
    't',
    '--seed',
    '7',
    '--transcript',
    transcript,
    '--json',
  );
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(JSON.parse(ran.stdout)[0].asExpected, true);
  await using empty = await startTinyScimApp();
  const replayed = await oktaSim('replay', transcript, '--base-url', empty.baseUrl, '--token', 't');
  assert.equal(replayed.code, 0, replayed.stdout);
});

test('test-credentials ends with 1 and says why when the token is refused', async () => {
  await using app = await startTinyScimApp(() => [401, { detail: 'no' }]);
  const { code, stdout } = await oktaSim('test-credentials', '--base-url', app.baseUrl, '--token', 'wrong');
  assert.equal(code, 1);
  assert.match(stdout, /Invalid credentials/);
});

test('serve prints its address and the id of the app, answers, and ends at SIGTERM', async () => {
  await using app = await startTinyScimApp();
  const args = ['serve', '--base-url', app.baseUrl, '--token', 't', '--api-token', 'ssws', '--port', '0', '--json'];
  await using program = startProgram(process.execPath, [main, ...args]);
  const said = await program.says(/\{.*\}/);
  const { oktaOrgUrl, oktaAppId } = JSON.parse(said[0]);
  const answer = await fetch(`${oktaOrgUrl}/api/v1/apps/${oktaAppId}`, { headers: { authorization: 'SSWS ssws' } });
  assert.equal(answer.status, 200);
  program.kill('SIGTERM');
  assert.equal((await program.end()).code, 0);
});

const mistakes: [args: string[], sentence: RegExp][] = [
  [['compare', '--token', 't', '--state', '/nonexistent/state.json'], /--base-url is needed/],
  [['run', 'S1', '--base-url', 'http://127.0.0.1:9'], /--token or --token-file is needed/],
  [['run', 'S99', '--base-url', 'http://127.0.0.1:9', '--token', 't'], /there is no scenario S99/],
  [['run', 'S1', '--base-url', 'nowhere', '--token', 't'], /--base-url is no URL: nowhere/],
  [
    ['run', 'S1', '--base-url', 'http://127.0.0.1:9', '--token', 't', '--app', 'colour=red'],
    /the app has no option colour/,
  ],
  [
    ['run', 'S1', '--base-url', 'http://127.0.0.1:9', '--token', 't', '--app', 'toApp.createUsers=maybe'],
    /is on or off, not maybe/,
  ],
  [['run', 'S1', '--base-url', 'http://127.0.0.1:9', '--token', 't', '--drop-response', 'often'], /expected a share/],
  [['run', 'S1', '--base-url', 'http://127.0.0.1:9', '--token', 't'], /Connection refused/],
];

for (const [args, sentence] of mistakes) {
  test(`okta-sim ${args.join(' ')} ends with one sentence`, async () => {
    const { code, stderr } = await oktaSim(...args);
    assert.equal(code, 1);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
  });
}
