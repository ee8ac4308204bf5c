/** What the commands say before and after a change that is confirmed by the version of its plan: both are what happens. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/cli/program.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { findOrganizationId } from '../../src/store/organizations.ts';
import { testFolder } from '../data-directory.ts';
import { testDatabase } from '../database.ts';

type Said = (text: string) => void;

test('what is confirmed is what the plan showed, is said as it happened, and else ends with 1 and changes nothing', async () => {
  await using db = await testDatabase();
  await using directory = await testFolder();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  const says = async (code: number, ...args: string[]) => {
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const [out, err] = [stdout, stderr].map((said) => (text: string) => void said.push(text)) as [Said, Said];
    assert.equal(
      await run(args, { env, out, err, isTerminal: false }),
      code,
      `${args.join(' ')}: ${stdout.join('')}${stderr.join('')}`,
    );
    return (code === 0 ? stdout : stderr).join('');
  };
  const json = async <T = Record<string, unknown>>(...args: string[]): Promise<T> =>
    JSON.parse(await says(0, ...args, '--json'));
  for (const slug of ['acme', 'globex']) await json('org', 'create', slug, '--name', slug);
  const untouched = await json('connection', 'state', 'globex');
  // Nobody is added by hand while the connection is on.
  await says(0, 'scim', 'disable', 'acme');
  const orgId = (await findOrganizationId(db.jobs, 'acme')) as string;
  const { id: ada } = await addMember(db.app, { id: orgId }, { userName: 'ada@acme.example' }, { now: new Date() });

  // A policy: what has to be confirmed is said by the plan, and refused without it.
  const set = ['acme', '--set', 'manualUpdates=on'];
  assert.match(await says(0, 'policy', 'plan', ...set), /To be confirmed with --yes: /);
  assert.match(await says(1, 'policy', 'set', ...set), /give --yes to the command/);
  const { version: ofPolicy } = await json<{ version: string }>('policy', 'plan', ...set);
  await json('policy', 'set', 'acme', '--set', 'manualUpdates=off');

  // Turning off: the plan warns where it is for good, and the answer says what became of the connection.
  await json('scim', 'enable', 'acme');
  assert.doesNotMatch(await says(0, 'connection', 'plan', 'acme', 'off'), /for good/);
  assert.match(await says(0, 'connection', 'plan', 'acme', 'off'), /^Nothing that is in force changes by it\.\n/);
  await json('policy', 'set', 'acme', '--set', 'turnOff=discard', '--yes');
  const plan = await says(0, 'connection', 'plan', 'acme', 'off');
  assert.match(
    plan,
    /^Warning: Turning off ends the connection for good \(setting turnOff\): its SCIM tokens are refused/,
  );
  const { version } = await json<{ version: string }>('connection', 'plan', 'acme', 'off');
  const other = version.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')).replace(/^\d+/, '0');
  assert.match(
    await says(1, 'connection', 'off', 'acme', '--plan', other),
    /no longer what the plan showed, and nothing was/,
  );
  assert.deepEqual(await json('connection', 'state', 'acme'), { organization: 'acme', state: 'on' });
  const ended = await says(0, 'connection', 'off', 'acme', '--plan', version);
  assert.match(ended, /^Disconnected the identity provider of acme: people and teams stay as they are/);
  assert.doesNotMatch(ended, /The connection of acme is off/);

  // A configuration that turns off says the same, before and after.
  await json('scim', 'enable', 'acme');
  const file = path.join(directory.path, 'configuration.json');
  await writeFile(file, JSON.stringify({ version: 1, connection: { state: 'off' } }));
  assert.match(
    await says(0, 'configuration', 'plan', 'acme', file),
    /Warning: Turning off ends the connection for good/,
  );
  const unseen = /happens only as its plan showed it/;
  assert.match(await says(1, 'configuration', 'apply', 'acme', file), unseen);
  const { version: ofFile } = await json<{ version: string }>('configuration', 'plan', 'acme', file);
  assert.match(
    await says(0, 'configuration', 'apply', 'acme', file, '--plan', ofFile),
    /Disconnected the identity provider of acme/,
  );
  await json('scim', 'enable', 'acme');
  assert.match(await says(1, 'scim', 'disable', 'acme'), unseen);

  // What is held: neither is done that the plan says is refused.
  await json('connection', 'observe', 'acme');
  const [{ id } = { id: '' }] = await json<{ id: string }[]>('held', 'list', 'acme');
  const held = await says(0, 'held', 'plan', 'acme', id);
  assert.match(held, /It would be refused\. The connection holds this, and lets it go when it is turned on\./);
  assert.match(held, /Discarding it would be refused\. The connection is not off/);
  assert.match(await says(1, 'held', 'release', 'acme', id), /The connection holds this/);
  assert.match(await says(1, 'held', 'discard', 'acme', id), /The connection is not off/);

  // An undo: refusals are shown before, and what is refused stays. One of which nothing is left is refused as a whole.
  await json('role', 'give', 'acme', ada, 'owner');
  const events = await json<{ seq: number; kind: string }[]>('events', 'acme', '--limit', '100');
  const given = events.find(({ kind }) => kind === 'member.given')?.seq;
  const undo = await says(0, 'undo', 'plan', 'acme', '--event', `${given}`);
  assert.match(
    undo,
    /Would not be put back: ada@acme\.example: This would leave the organization without an active owner/,
  );
  const { digest } = await json<{ digest: string }>('undo', 'plan', 'acme', '--event', `${given}`);
  assert.match(
    await says(1, 'undo', 'apply', 'acme', '--event', `${given}`, '--digest', `${digest}x`),
    /something else by now/,
  );
  const nothing = /Nothing is put back, since all of it would be refused\. This would leave the organization without/;
  assert.match(undo, nothing);
  assert.match(await says(1, 'undo', 'apply', 'acme', '--event', `${given}`, '--digest', digest), nothing);

  assert.match(
    await says(1, 'policy', 'set', ...set, '--yes', '--plan', `${ofPolicy}x`),
    /no longer what the plan showed/,
  );
  assert.deepEqual(await json('connection', 'state', 'globex'), untouched);
});
