import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { defaultProfile, profileNames } from '../../src/scim/profiles.ts';
import { quirks } from '../../src/scim/quirks.ts';
import { eventually } from '../http/beside-globex.ts';
import {
  assertEveryStepIsChecked,
  type Replaying,
  startReplaying,
  transcriptFiles,
} from '../transcripts/replayed-transcript.ts';
import { elsewhere, otherwise, rows } from './rows.ts';

const files = transcriptFiles(new URL('./', import.meta.url));
const root = new URL('../../', import.meta.url);

/** `entra/E62-remove-with-value-array` is about row E62 of entra. */
function rowOf(name: string): { provider: string; row: string } {
  const [provider = '', rest = ''] = name.split('/');
  return { provider, row: rest.split('-', 1)[0] ?? '' };
}

/** The profile of the provider's name, if there is one, and the one that is for all. */
const profilesFor = (provider: string) => [...profileNames.filter((name) => name === provider), defaultProfile.name];

// Together, because each waits until its requests are in the log.
describe('captures of each provider', { concurrency: 8 }, () => {
  let replaying: Replaying;
  before(async () => {
    replaying = await startReplaying();
  });
  after(() => replaying[Symbol.asyncDispose]());

  for (const file of files) {
    const { provider } = rowOf(file.name);
    const pinned = file.settings.scimProfile;
    for (const scimProfile of pinned === undefined ? profilesFor(provider) : [pinned]) {
      test(`${provider} in the profile ${scimProfile}, ${file.says}`, async () => {
        const { id } = await replaying.replay(file, { settings: { scimProfile }, withSchemas: true });
        const noted = await eventually(async () => {
          const { rows } = await replaying.rollcall.db.owner.query<{ tolerances: string[] }>(
            'select tolerances from scim_requests where org_id = $1',
            [id],
          );
          assert.equal(rows.length, file.steps.length);
          return new Set(rows.flatMap(({ tolerances }) => tolerances));
        });
        assert.deepEqual([...noted].sort(), file.noted);
      });
    }
  }

  test('many membership requests on one group at once lose and double nobody (E68)', async () => {
    const acme = await replaying.rollcall.organization();
    const { body: group } = await acme.scim('POST', '/Groups', { displayName: 'Engineering' });
    const before = await replaying.globex.scim('GET', '/Groups');
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) {
      const { body } = await acme.scim('POST', '/Users', { userName: `person-${n}@acme.example` });
      ids.push(String(body.id));
    }
    const answers = await Promise.all(
      ids.map((value) =>
        acme.scim('PATCH', `/Groups/${group.id}`, {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'Add', path: 'members', value: [{ $ref: null, value }] }],
        }),
      ),
    );
    for (const { status } of answers) assert.equal(status, 204);
    const { body } = await acme.scim('GET', `/Groups/${group.id}`);
    assert.deepEqual((body.members as { value: string }[]).map(({ value }) => value).sort(), ids.sort());
    const after = await replaying.globex.scim('GET', '/Groups');
    assert.equal(after.text, before.text);
  });

  test('the endpoint of SCIM 1.1 does not exist (P6)', async () => {
    const acme = await replaying.rollcall.organization();
    const { status } = await fetch(`${replaying.rollcall.url}/scim/v1/${acme.slug}/Users`, {
      headers: { authorization: `Bearer ${acme.token}` },
    });
    assert.equal(status, 404);
  });

  test('a discovery document holds no null (E8)', async () => {
    const acme = await replaying.rollcall.organization();
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']) {
      assert.doesNotMatch((await acme.scim('GET', path)).text, /\bnull\b/, path);
    }
  });
});

test('every row of every provider has a capture, or says where it is held or why it cannot be', () => {
  const captured = new Set(files.map(({ name }) => rowOf(name).row));
  const known = Object.values(rows).flat();
  const missing = known.filter((row) => !captured.has(row) && elsewhere[row] === undefined);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    Object.keys(elsewhere).filter((row) => captured.has(row) || !known.includes(row)),
    [],
  );
  for (const [row, held] of Object.entries(elsewhere)) {
    if (!('heldBy' in held)) continue;
    assert.match(
      readFileSync(new URL(held.heldBy, root), 'utf8'),
      new RegExp(`\\b${row}\\b`),
      `${held.heldBy}: ${row}`,
    );
  }
});

test('what is not done as a provider expects has a capture, which shows what is done instead', () => {
  const captured = files.map(({ name }) => rowOf(name).row);
  assert.deepEqual(
    Object.keys(otherwise).filter((row) => !captured.includes(row)),
    [],
  );
});

test('a row that a tolerance answers has a capture in which it is noted', () => {
  const known = Object.values(rows).flat();
  const wrong = Object.entries(quirks).flatMap(([name, { sources }]) =>
    sources
      .filter((source) => known.includes(source))
      .filter((row) => !files.some((file) => rowOf(file.name).row === row && file.noted.includes(name)))
      .map((row) => `${name} in ${row}`),
  );
  assert.deepEqual(wrong, []);
});

test('a capture is named after a row of its provider, and its first line says so', () => {
  const wrong = files.filter(({ name, says }) => {
    const { provider, row } = rowOf(name);
    const named = /^\d/.test(row) ? says.startsWith(`Wire §${row}`) : says.startsWith(`${row}: `);
    return !named || !rows[provider]?.includes(row);
  });
  assert.deepEqual(
    wrong.map(({ name }) => name),
    [],
  );
});

test('a capture checks every status, and the stored state after its last change', () => {
  for (const file of files) {
    assertEveryStepIsChecked(file);
    const last = file.steps.at(-1);
    const isRead =
      last?.method === 'GET' || last?.checks.some((check) => check.kind === 'status' && check.statuses[0]! >= 400);
    assert.ok(isRead, `${file.name} ends with a ${last?.method}`);
  }
});
