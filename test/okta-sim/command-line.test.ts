import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ProgramEnd, runProgram, startProgram } from '../child-program.ts';
import { startScriptedServer } from './scripted-server.ts';
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

test('the transcript of every command of a state file replays: what was known before begins with its look-up', async () => {
  await using place = await temporaryFolder();
  const file = (name: string): string => path.join(place.folder, name);
  const commands = [
    ['assign', 'ada@acme.example', 'bob@acme.example'],
    ['push-group', 'Engines', '--member', 'ada@acme.example', '--member', 'bob@acme.example'],
    ['push-group', 'Engines', '--remove-member', 'bob@acme.example'],
    ['deactivate', 'ada@acme.example'],
    ['unlink', 'Engines', '--delete'],
  ];
  for (const profile of ['aiw', 'oin']) {
    await using app = await startTinyScimApp();
    const connection = ['--base-url', app.baseUrl, '--token', 't'];
    for (const [number, command] of commands.entries()) {
      const remembered = ['--state', file(`${profile}.json`), '--profile', profile];
      const { code, stderr } = await oktaSim(
        ...[...command, ...connection, ...remembered, '--transcript', file(`${profile}-${number}.http`)],
      );
      assert.equal(code, 0, stderr);
      const text = await readFile(file(`${profile}-${number}.http`), 'utf8');
      assert.doesNotMatch(text, /users-\d|groups-\d/);
    }
    await using other = await startTinyScimApp();
    other.users.set('first', { id: 'first', userName: 'first@acme.example' });
    for (const number of commands.keys()) {
      const transcript = file(`${profile}-${number}.http`);
      const { code, stdout } = await oktaSim('replay', transcript, '--base-url', other.baseUrl, '--token', 't');
      assert.equal(code, 0, stdout);
    }
    assert.equal(other.groups.size, 0);
    const active = Object.fromEntries([...other.users.values()].map(({ userName, active }) => [userName, active]));
    assert.deepEqual(active, { 'first@acme.example': undefined, 'ada@acme.example': false, 'bob@acme.example': true });
  }
});

test('replay sends the header lines of a transcript, and its own transcript has them without the authorization', async () => {
  const seen: string[][] = [];
  await using server = await startScriptedServer(({ rawHeaders }) => {
    seen.push(rawHeaders);
    return { status: rawHeaders.includes('W/"77"') ? 412 : 204 };
  });
  await using place = await temporaryFolder();
  const [given, written] = [path.join(place.folder, 'given.http'), path.join(place.folder, 'written.http')];
  const lines = [
    'PATCH /Users/u1',
    'If-Match: W/"77"',
    'accept: application/json',
    'Authorization: Bearer other',
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[]}',
    'status == 412',
  ];
  await writeFile(given, lines.join('\n'));
  const connection = ['--base-url', server.baseUrl, '--token', 't'];
  const { code, stdout } = await oktaSim('replay', given, ...connection, '--transcript', written);
  assert.equal(code, 0, stdout);
  const sent = (name: string): unknown => seen[0]?.[seen[0].indexOf(name) + 1];
  assert.deepEqual(
    [sent('If-Match'), sent('Accept'), sent('Authorization')],
    ['W/"77"', 'application/json', 'Bearer other'],
  );
  assert.equal(seen.flat().filter((line) => /^accept$/i.test(line)).length, 1);
  const text = await readFile(written, 'utf8');
  assert.match(text, /PATCH \/Users\/u1\nIf-Match: W\/"77"\naccept: application\/json\n\{/);
  assert.doesNotMatch(text, /other/);
});

test('status needs no server and no token, only the state file', async () => {
  await using app = await startTinyScimApp();
  await using place = await temporaryFolder();
  const state = path.join(place.folder, 'state.json');
  await oktaSim('assign', 'ada@acme.example', '--base-url', app.baseUrl, '--token', 't', '--state', state);
  const { code, stdout, stderr } = await oktaSim('status', '--state', state);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /ada@acme\.example {2}assigned {4}PROVISIONED/);
});

test('a number that would never end is refused, and the state file does not keep it', async () => {
  await using app = await startTinyScimApp();
  await using place = await temporaryFolder();
  const state = path.join(place.folder, 'state.json');
  const remembered = ['--base-url', app.baseUrl, '--token', 't', '--state', state, '--profile', 'oin'];
  await oktaSim('assign', 'ada@acme.example', ...remembered);
  const push = ['push-group', 'T', '--member', 'ada@acme.example', ...remembered];
  const refused = await oktaSim(...push, '--app', 'groupPush.batchSize=0');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /groupPush\.batchSize is a whole number from 1 to 1000000, not 0/);
  const pushed = await oktaSim(...push);
  assert.equal(pushed.code, 0, pushed.stderr);
});

test('the help of a command shows no empty list as a default, and a wrong option one line and the way to the help', async () => {
  const help = await oktaSim('push-group', '--help');
  assert.match(help.stdout, /--member <login> .*\(repeatable\)\n/);
  assert.doesNotMatch(help.stdout, /default: \[\]/);
  const wrong = await oktaSim('run', 'S1', '--colour');
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /^error: unknown option '--colour'\n\n?\(okta-sim <command> --help shows what it takes\)\n$/,
  );
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

const connected = ['--base-url', 'http://127.0.0.1:9', '--token', 't'];

const mistakes: [args: string[], sentence: RegExp][] = [
  [
    ['serve', ...connected, '--api-token', 'a', '--port', '99999'],
    /--port is a whole number from 0 to 65535, not 99999/,
  ],
  [['run', 'S1', ...connected, '--app', 'concurrency=0'], /concurrency is a whole number from 1 to 1000, not 0/],
  [['run', ...connected, '--restart', 'S1'], /missing required argument 'scenario'/],
  [['run', 'S1', ...connected, '--restart', 'S2'], /--restart is a whole number from 0 to 2147483647, not S2/],
  [
    ['run', 'S1', '--base-url', 'http://127.0.0.1:9', '--token-file', '/nonexistent/token'],
    /--token-file \/nonexistent\/token cannot be read: there is no such file or folder/,
  ],
  [
    ['run', 'S1', ...connected, '--mapping', '/nonexistent/m.json'],
    /--mapping \/nonexistent\/m\.json cannot be read: there is no such/,
  ],
  [
    ['replay', '/nonexistent/t.http', ...connected],
    /the transcript \/nonexistent\/t\.http cannot be read: there is no such file/,
  ],
  [
    ['assign', 'ada@acme.example', ...connected, '--state', '/nonexistent/s.json'],
    /the state file \/nonexistent\/s\.json\.new cannot be written: there is no such file or folder/,
  ],
  [['status', '--state', '/nonexistent/s.json'], /there is no state file \/nonexistent\/s\.json/],
  [['status', '--state', main], /the state file .*main\.ts is not JSON: /],
  [['company', ...connected, '--smallest', '5', '--largest', '2'], /--smallest 5 is more than --largest 2/],
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
  test(`okta-sim ${args.map((arg) => path.basename(arg)).join(' ')} ends with one sentence`, async () => {
    const { code, stderr } = await oktaSim(...args);
    assert.equal(code, 1);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
  });
}
