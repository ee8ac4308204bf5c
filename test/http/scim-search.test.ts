import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { searchRequestSchema } from '../../src/scim/list-query.ts';
import type { ScimAnswer, TestOrganization } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createGroup, loggedRequestOf } from './beside-globex.ts';

const search = (parameters: object) => ({ schemas: [searchRequestSchema], ...parameters });
const names = (answer: ScimAnswer) => answer.body.Resources?.map((each) => each.displayName ?? each.userName);

async function create(
  acme: TestOrganization,
  person: { userName: string; [attribute: string]: unknown },
): Promise<void> {
  const { status, text } = await acme.scim('POST', '/Users', person);
  assert.equal(status, 201, text);
}

describe('search by POST (RFC 7644 §3.4.3)', () => {
  const here = besideGlobex({ usernameFormat: 'any' });
  const post = async (path: string, body: unknown) => await here.acme.scim('POST', path, body);

  test('a search of an endpoint answers what the same parameters in the address do', async () => {
    for (const userName of ['smith', 'jones', 'smithers'])
      await create(here.acme, { userName, displayName: `Dr ${userName}` });
    const byBody = await post(
      '/Users/.search',
      search({
        filter: 'userName sw "smith"',
        sortBy: 'userName',
        sortOrder: 'descending',
        attributes: ['userName'],
        startIndex: 1,
        count: 10,
      }),
    );
    const byAddress = await here.acme.scim(
      'GET',
      '/Users?filter=userName+sw+"smith"&sortBy=userName&sortOrder=descending&attributes=userName&startIndex=1&count=10',
    );
    assert.equal(byBody.status, 200);
    assert.deepEqual(byBody.body, byAddress.body);
    assert.deepEqual(names(byBody), ['smithers', 'smith']);
  });

  test('a search continues by cursor, which is the one of the address too (RFC 9865 §3)', async () => {
    const first = await post('/Users/.search', search({ cursor: '', count: 2 }));
    const { nextCursor } = first.body;
    const next = await post('/Users/.search', search({ cursor: nextCursor, count: 2 }));
    assert.deepEqual([names(first), names(next)], [['Dr smith', 'Dr jones'], ['Dr smithers']]);
    const byAddress = await here.acme.scim('GET', `/Users?cursor=${nextCursor}&count=2`);
    assert.deepEqual(names(byAddress), ['Dr smithers']);
    assertRefusal(await post('/.search', search({ cursor: nextCursor, count: 2 })), 400, 'invalidCursor');
  });

  test('groups are searched at their endpoint', async () => {
    await createGroup(here.acme, 'Smith Family', [
      String((await here.acme.scim('GET', '/Users?count=1')).body.Resources?.[0]?.id),
    ]);
    const { body } = await post(
      '/Groups/.search',
      search({ filter: 'displayName co "FAMILY"', excludedAttributes: ['members'] }),
    );
    assert.equal(body.totalResults, 1);
    assert.equal('members' in (body.Resources?.[0] ?? {}), false);
  });

  test('a search at the root finds users and groups in one list with one total (RFC 7644 §3.4.2.1, figure 5)', async () => {
    const found = await post(
      '/.search',
      search({ filter: 'displayName co "smith"', sortBy: 'displayName', attributes: ['displayName', 'userName'] }),
    );
    assert.equal(found.body.totalResults, 3);
    assert.deepEqual(names(found), ['Dr smith', 'Dr smithers', 'Smith Family']);
    assert.deepEqual(
      found.body.Resources?.map((each) => each.userName),
      ['smith', 'smithers', undefined],
    );
    for (const each of found.body.Resources ?? []) assert.equal('meta' in each, false);
  });

  test('each resource at the root is what its own endpoint shows', async () => {
    const { body } = await post('/.search', search({}));
    assert.equal(body.totalResults, 4);
    for (const each of body.Resources ?? []) {
      const { location } = each.meta as { location: string };
      const own = await here.acme.scim('GET', location.slice(here.acme.scimBaseUrl.length));
      assert.deepEqual(each, own.body);
    }
  });

  test('pages at the root follow each other by index and by cursor', async () => {
    const whole = names(await post('/.search', search({ sortBy: 'displayName', sortOrder: 'descending' })));
    const byIndex = [1, 3].map((startIndex) =>
      post('/.search', search({ sortBy: 'displayName', sortOrder: 'descending', startIndex, count: 2 })),
    );
    assert.deepEqual((await Promise.all(byIndex)).flatMap(names), whole);
    const first = await post(
      '/.search',
      search({ sortBy: 'displayName', sortOrder: 'descending', cursor: '', count: 3 }),
    );
    const last = await post(
      '/.search',
      search({ sortBy: 'displayName', sortOrder: 'descending', cursor: first.body.nextCursor, count: 3 }),
    );
    assert.deepEqual([first, last].flatMap(names), whole);
    assert.equal('nextCursor' in last.body, false);
  });

  test('an attribute of one type has no value in the other (RFC 7644 §3.4.2.1)', async () => {
    const total = async (filter: string) => (await post('/.search', search({ filter, count: 0 }))).body.totalResults;
    assert.equal(await total('userName pr'), 3);
    assert.equal(await total('not (userName pr)'), 1);
    assert.equal(await total('members pr and userName pr'), 0);
    assert.equal(await total('meta.resourceType eq "Group" or userName eq "jones"'), 2);
    assertRefusal(
      await post('/.search', search({ filter: 'shoeSize eq 7' })),
      400,
      'invalidFilter',
      /any resource type/,
    );
  });

  test('GET of the root is the same query (RFC 7644 §3.4.2)', async () => {
    const answer = await here.acme.scim('GET', '/?filter=displayName+sw+"Smith"&count=1');
    assert.deepEqual([answer.status, answer.body.totalResults, names(answer)], [200, 1, ['Smith Family']]);
    assert.equal((await here.acme.scim('GET', '?count=0')).body.totalResults, 4);
  });

  test('nothing of another organization is found at the root', async () => {
    const other = await here.rollcall.organization({ slug: 'initech' });
    const { body } = await other.scim('POST', '/.search', search({}));
    assert.deepEqual([body.totalResults, body.Resources], [0, []]);
  });

  test('a body that is no search request is refused, and other methods too', async () => {
    assertRefusal(await post('/Users/.search', { filter: 'userName pr' }), 400, 'invalidSyntax', /SearchRequest/);
    assertRefusal(await post('/.search', '[]'), 400, 'invalidSyntax');
    assertRefusal(await post('/.search', search({ count: 'many' })), 400, 'invalidValue');
    const wrong = await here.acme.scim('GET', '/Users/.search');
    assert.ok(wrong.status === 404 || wrong.status === 405);
  });

  test('a search for a password is refused and not kept', async () => {
    const answer = await post('/Users/.search', search({ filter: 'password eq "hunter2"' }));
    assertRefusal(answer, 403, 'sensitive');
    const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.doesNotMatch(JSON.stringify(logged), /hunter2/);
  });
});
