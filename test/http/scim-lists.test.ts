import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import type { ScimAnswer, TestOrganization } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createGroup, loggedRequestOf } from './beside-globex.ts';

const names = (answer: ScimAnswer) => answer.body.Resources?.map((each) => each.userName ?? each.displayName);

async function create(
  acme: TestOrganization,
  person: { userName: string; [attribute: string]: unknown },
): Promise<void> {
  const { status, text } = await acme.scim('POST', '/Users', person);
  assert.equal(status, 201, text);
}

describe('sorted lists over SCIM (RFC 7644 §3.4.2.3)', () => {
  const here = besideGlobex({ usernameFormat: 'any' });
  const sorted = async (query: string) => await here.acme.scim('GET', `/Users?${query}`);

  test('users come in the order of an attribute, the missing ones last, and from the other end when it descends', async () => {
    const people: [name: string, rest: object][] = [
      ['cy', { title: 'b', name: { familyName: 'Zed' } }],
      ['Al', { title: 'A', emails: [{ value: 'z@acme.example' }, { value: 'a@acme.example', primary: true }] }],
      ['bo', { emails: [{ value: 'B@acme.example', type: 'work' }] }],
    ];
    for (const [userName, rest] of people) await create(here.acme, { userName, ...rest });
    assert.deepEqual(names(await sorted('sortBy=userName')), ['Al', 'bo', 'cy']);
    assert.deepEqual(names(await sorted('sortBy=USERNAME&sortOrder=descending')), ['cy', 'bo', 'Al']);
    assert.deepEqual(names(await sorted('sortBy=title')), ['Al', 'cy', 'bo']);
    assert.deepEqual(names(await sorted('sortBy=title&sortOrder=descending')), ['bo', 'cy', 'Al']);
    assert.deepEqual(names(await sorted('sortBy=emails')), ['Al', 'bo', 'cy']);
    assert.deepEqual(names(await sorted('sortBy=name.familyName')), ['cy', 'Al', 'bo']);
    assert.deepEqual(names(await sorted('sortBy=meta.created&sortOrder=descending')), ['bo', 'Al', 'cy']);
  });

  test('a sorted list is filtered, paged and cut to attributes like any other', async () => {
    const page = await sorted('sortBy=userName&filter=userName+ne+"al"&startIndex=2&count=1&attributes=userName');
    assert.equal(page.body.totalResults, 2);
    assert.deepEqual(
      page.body.Resources?.map((each) => [each.userName, Object.keys(each).sort()]),
      [['cy', ['id', 'schemas', 'userName']]],
    );
  });

  test('a change moves a person to the end of the order of changes', async () => {
    const first = await sorted('sortBy=meta.lastModified&count=1');
    const id = first.body.Resources?.[0]?.id as string;
    const replace = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value: { nickName: 'x' } }],
    };
    assert.equal((await here.acme.scim('PATCH', `/Users/${id}`, replace)).status, 200);
    const last = await sorted('sortBy=meta.lastModified&sortOrder=descending&count=1');
    assert.equal(last.body.Resources?.[0]?.id, id);
  });

  test('a page of very large users is shorter than asked for, and by index and by cursor nobody is left out', async () => {
    const large = await here.rollcall.organization({ settings: { usernameFormat: 'any' } });
    for (let number = 0; number < 7; number++) {
      await create(large, { userName: `n${number}`, title: 'x'.repeat(number === 3 ? 50_000 : 20_000) });
    }
    const { pageCharactersMax } = limits;
    Object.assign(limits, { pageCharactersMax: 60_000 });
    try {
      for (const how of ['', '&sortBy=userName', '&filter=userName+sw+"n"']) {
        const byIndex: unknown[][] = [];
        for (let startIndex = 1; startIndex <= 7; startIndex += byIndex.at(-1)?.length ?? assert.fail()) {
          const page = await large.scim('GET', `/Users?startIndex=${startIndex}&count=5${how}`);
          assert.deepEqual(
            [page.body.totalResults, page.body.itemsPerPage],
            [7, page.body.Resources?.length],
            page.text.slice(0, 300),
          );
          byIndex.push(names(page) ?? []);
        }
        assert.deepEqual(
          byIndex,
          [
            ['n0', 'n1', 'n2'],
            ['n3', 'n4'],
            ['n5', 'n6'],
          ],
          how,
        );
        const byCursor: unknown[][] = [];
        let cursor: unknown = '';
        while (cursor !== undefined) {
          const page = await large.scim('GET', `/Users?cursor=${cursor}&count=5${how}`);
          byCursor.push(names(page) ?? []);
          cursor = page.body.nextCursor;
        }
        assert.deepEqual(byCursor, byIndex, how);
      }
    } finally {
      Object.assign(limits, { pageCharactersMax });
    }
  });

  test('groups are sorted by their name', async () => {
    for (const displayName of ['ops', 'Eng', 'data']) await createGroup(here.acme, displayName);
    const list = await here.acme.scim('GET', '/Groups?sortBy=displayName&excludedAttributes=members');
    assert.deepEqual(names(list), ['data', 'Eng', 'ops']);
    assert.equal(
      list.body.Resources?.some((each) => 'members' in each),
      false,
    );
  });

  test('what cannot be sorted by is refused with the way out', async () => {
    assertRefusal(await sorted('sortBy=name'), 400, 'invalidPath', /such as name\.formatted/);
    assertRefusal(await sorted('sortBy=shoeSize'), 400, 'invalidPath', /not an attribute of User/);
    assertRefusal(await sorted('sortBy=userName&sortOrder=up'), 400, 'invalidValue', /ascending or descending/);
    assertRefusal(await sorted('sortBy=password'), 403, 'sensitive');
    assertRefusal(await sorted('sortBy=userName&sortBy=id'), 400, 'invalidValue', /more than once/);
  });

  test('a count of nothing gives the total, one above the bound the bound, one below nothing nothing (§3.4.2.4)', async () => {
    for (const count of ['0', '-1']) {
      const { body } = await sorted(`count=${count}&sortBy=userName`);
      assert.deepEqual([body.totalResults, body.itemsPerPage, body.Resources], [3, 0, []]);
    }
    const { body } = await sorted(`count=${limits.pageSizeMax + 1}&startIndex=-5`);
    assert.deepEqual([body.totalResults, body.itemsPerPage, body.startIndex], [3, 3, 1]);
  });

  test('a page behind the end is empty and knows the total', async () => {
    const { body } = await sorted('sortBy=userName&startIndex=99');
    assert.deepEqual([body.totalResults, body.itemsPerPage, body.startIndex], [3, 0, 99]);
  });
});

describe('pages of everybody', () => {
  const here = besideGlobex({ usernameFormat: 'any' });

  test('a person on a page is what a read of the person says, tag and groups included', async () => {
    for (const userName of ['a', 'b', 'c', 'd']) await create(here.acme, { userName });
    const all = await here.acme.scim('GET', '/Users');
    const ids = all.body.Resources?.map((each) => each.id as string) ?? [];
    const [a, b, c] = ids as [string, string, string];
    await createGroup(here.acme, 'Both "ends"', [a, c]);
    await createGroup(here.acme, 'Alone', [a]);
    for (const query of [
      '',
      '?startIndex=2&count=2',
      '?startIndex=3',
      '?excludedAttributes=groups',
      '?cursor=&count=3',
    ]) {
      const { body } = await here.acme.scim('GET', `/Users${query}`);
      for (const listed of body.Resources ?? []) {
        const alone = query.includes('excluded') ? '?excludedAttributes=groups' : '';
        assert.deepEqual(listed, (await here.acme.scim('GET', `/Users/${listed.id}${alone}`)).body, query);
      }
    }
    const { body } = await here.acme.scim('GET', '/Users?startIndex=1');
    const groupNames = (id: string) =>
      (body.Resources ?? [])
        .filter((each) => each.id === id)
        .flatMap(({ groups }) => (groups as { display: string }[]).map(({ display }) => display));
    assert.deepEqual([groupNames(a), groupNames(b), groupNames(c)], [['Both "ends"', 'Alone'], [], ['Both "ends"']]);
  });
});

describe('lists by cursor (RFC 9865)', () => {
  const here = besideGlobex({ usernameFormat: 'any' });
  const list = async (query: string, path = '/Users') => await here.acme.scim('GET', `${path}?${query}`);

  test('following nextCursor reads every user once, in any order, and ends without one (§2)', async () => {
    for (const name of ['e', 'b', 'd', 'a', 'c'])
      await create(here.acme, { userName: name, title: name < 'c' ? 'x' : undefined });
    for (const [query, expected] of [
      ['count=2', ['e', 'b', 'd', 'a', 'c']],
      ['count=2&sortBy=userName', ['a', 'b', 'c', 'd', 'e']],
      ['count=2&sortBy=title', ['b', 'a', 'e', 'd', 'c']],
      ['count=2&sortBy=title&sortOrder=descending', ['c', 'd', 'e', 'a', 'b']],
      ['count=1&filter=title+pr', ['b', 'a']],
      ['count=5', ['e', 'b', 'd', 'a', 'c']],
      ['count=100', ['e', 'b', 'd', 'a', 'c']],
      ['filter=userName+eq+"a"&count=1', ['a']],
    ] as const) {
      const seen: unknown[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined) {
        const { body } = await list(`${query}&cursor=${cursor}`);
        assert.equal('startIndex' in body, false);
        assert.equal(body.totalResults, expected.length);
        assert.equal(body.itemsPerPage, body.Resources?.length);
        seen.push(...(body.Resources ?? []).map((each) => each.userName));
        cursor = body.nextCursor as string | undefined;
        // RFC 3986 §2.3, unreserved characters.
        if (cursor !== undefined) assert.match(cursor, /^[A-Za-z0-9._~-]+$/);
      }
      assert.deepEqual(seen, expected, query);
    }
  });

  test('without a cursor pages go by index (§2.4)', async () => {
    const { body } = await list('count=2');
    assert.equal(body.startIndex, 1);
    assert.equal('nextCursor' in body, false);
  });

  test('who is created or deleted between two pages neither hides nor repeats the others', async () => {
    const first = await list('count=2&sortBy=userName&cursor=');
    const [a] = first.body.Resources ?? [];
    await here.acme.scim('DELETE', `/Users/${a?.id}`);
    await create(here.acme, { userName: 'aa' });
    const next = await list(`count=2&sortBy=userName&cursor=${first.body.nextCursor}`);
    assert.deepEqual(names(next), ['c', 'd']);
  });

  test('a cursor is of no use for another query, another count, another endpoint or after a change of a letter (§2.1)', async () => {
    const cursor = String((await list('count=2&filter=userName+pr&cursor=')).body.nextCursor);
    assert.equal((await list(`count=2&filter=userName+pr&cursor=${cursor}`)).status, 200);
    const others = ['count=2', 'count=2&filter=id+pr', 'count=2&filter=userName+pr&sortBy=userName'];
    for (const query of others)
      assertRefusal(await list(`${query}&cursor=${cursor}`), 400, 'invalidCursor', /another query/);
    assertRefusal(await list(`count=2&filter=displayName+pr&cursor=${cursor}`, '/Groups'), 400, 'invalidCursor');
    assertRefusal(await list(`count=3&filter=userName+pr&cursor=${cursor}`), 400, 'invalidCount', /which is 2/);
    assertRefusal(await list('count=two&cursor='), 400, 'invalidCount');
    const swapped = cursor[20] === 'A' ? 'B' : 'A';
    for (const altered of [
      'VZUTiyhEQJ94IR',
      `${cursor.slice(0, 20)}${swapped}${cursor.slice(21)}`,
      `${cursor}A`,
      cursor.slice(1),
    ]) {
      assertRefusal(
        await list(`count=2&filter=userName+pr&cursor=${altered}`),
        400,
        'invalidCursor',
        /none that this endpoint gave out/,
      );
    }
    assertRefusal(await list('cursor=&startIndex=1'), 400, 'invalidValue', /one of them/);
  });

  test('a cursor of one organization opens nothing in another, and says no more than a made-up one (§5.2)', async () => {
    const other = await here.rollcall.organization({ slug: 'initech' });
    const cursor = (await list('count=2&cursor=')).body.nextCursor;
    const [foreign, madeUp] = [
      await other.scim('GET', `/Users?count=2&cursor=${cursor}`),
      await other.scim('GET', '/Users?count=2&cursor=VZUTiyhEQJ94IR'),
    ];
    const said = (answer: ScimAnswer) => [
      answer.status,
      answer.body.scimType,
      answer.body.detail?.split(' (reference')[0],
    ];
    assert.deepEqual(said(foreign), said(madeUp));
    assertRefusal(foreign, 400, 'invalidCursor');
  });

  test('another node with the same secret key continues the list', async () => {
    await using node = await here.rollcall.startNode();
    const cursor = (await list('count=2&cursor=')).body.nextCursor;
    const answer = await fetch(`${node.url}/scim/v2/acme/Users?count=2&cursor=${cursor}`, {
      headers: { authorization: `Bearer ${here.acme.token}` },
    });
    assert.equal(answer.status, 200);
  });

  test('a count of nothing gives the total and no cursor', async () => {
    const { body } = await list('count=0&cursor=');
    assert.deepEqual([body.itemsPerPage, 'nextCursor' in body], [0, false]);
    assert.equal(typeof body.totalResults, 'number');
  });

  test('what the log keeps of a page is how much of how many', async () => {
    const answer = await list('count=1&cursor=');
    const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.match(logged.detail ?? '', /^answered 1 of \d+$/);
  });
});
