import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parseAttributePath, printAttributePath } from '../../src/scim/attribute-path.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { readSamples, runSample } from './sample.ts';

/** Examples that do not come out as printed, with the reason. Each must fail, so that the list only holds what is true. */
const expectedToFail = new Map([
  [
    'rfc7644-3.12-mutability',
    'RFC 7644 §3.5.1 has read-only attributes of a PUT ignored, and clients send back the id that they read',
  ],
  [
    'rfc7644-7.5.2-sensitive-filter',
    'every provider finds people by such filters in a URL; the request log keeps no more of it than the operator may see',
  ],
]);

const samples = readSamples();

describe('the examples of RFC 7643, 7644 and 9865', () => {
  let rollcall: TestRollcall;
  let globex: TestOrganization;
  before(async () => {
    rollcall = await startRollcall();
    globex = await rollcall.organization({ slug: 'globex', settings: { usernameFormat: 'any' } });
    for (const userName of ['bjensen', 'jsmith'])
      await globex.scim('POST', '/Users', { userName, externalId: userName });
    await globex.scim('POST', '/Groups', { displayName: 'Tour Guides' });
  });
  after(() => rollcall[Symbol.asyncDispose]());

  for (const sample of samples) {
    const reason = expectedToFail.get(sample.name);
    test(`${sample.section}: ${sample.says}${reason === undefined ? '' : ` (does not hold: ${reason})`}`, async () => {
      const { text } = await globex.scim('GET', '/Users');
      const found = await runSample(sample, await rollcall.organization({ settings: { usernameFormat: 'any' } }));
      if (reason === undefined) assert.deepEqual(found, []);
      else assert.notDeepEqual(found, [], `${sample.name} holds now: take it off the list`);
      assert.equal((await globex.scim('GET', '/Users')).text, text, 'another organization was changed');
    });
  }
});

test('the list of examples that do not hold names examples', () => {
  const names = samples.map(({ name }) => name);
  assert.deepEqual(
    [...expectedToFail.keys()].filter((name) => !names.includes(name)),
    [],
  );
});

test('the paths of RFC 7644 §3.5.2, figure 8, are read and printed back', () => {
  const file = new URL('samples/rfc7644-3.5.2-figure-8-paths.json', import.meta.url);
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: string[] };
  for (const path of paths) {
    const type = path.startsWith('members') ? groupType : userType;
    assert.equal(printAttributePath(parseAttributePath(path, type)), path);
  }
});
