import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
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

describe('an import by startIndex (7644-3.4.2.4-inconsistent)', () => {
  const here = besideGlobex({ usernameFormat: 'any' });
  const numbered = (count: number) => Array.from({ length: count }, (_, place) => `n${String(place).padStart(2, '0')}`);

  /** People of a new organization, and what reads a page of two of them at a node. */
  async function importing(count: number) {
    const org = await here.rollcall.organization({ settings: { usernameFormat: 'any' } });
    for (const userName of numbered(count)) await create(org, { userName, nickName: 'x' });
    const ids = (await org.scim('GET', '/Users')).body.Resources?.map(({ id }) => id as string) ?? [];
    const remove = async (places: readonly number[]) => {
      for (const place of places) assert.equal((await org.scim('DELETE', `/Users/${ids[place]}`)).status, 204);
    };
    const read = async (startIndex: number, query = '', node = here.rollcall.url) => {
      const answer = await fetch(`${node}/scim/v2/${org.slug}/Users?count=2&startIndex=${startIndex}${query}`, {
        headers: { authorization: `Bearer ${org.token}` },
      });
      const { Resources } = (await answer.json()) as { Resources: { userName: string }[] };
      return Resources.map(({ userName }) => userName);
    };
    return { org, remove, read };
  }

  for (const [name, query] of [
    ['everybody', ''],
    ['a filtered list', '&filter=nickName+eq+"x"'],
    ['a sorted list', '&sortBy=userName'],
  ] as const) {
    test(`what somebody read before decides nothing: each page is on its place, in whatever order they are asked for: ${name}`, async () => {
      const { remove, read } = await importing(8);
      for (const startIndex of [1, 3, 5, 7]) await read(startIndex, query);
      await remove([0, 1]);
      const pages = [await read(5, query), await read(3, query), await read(1, query)];
      assert.deepEqual(pages.reverse().flat(), numbered(8).slice(2));
      await remove([2]);
      const parallel = await Promise.all([1, 3, 5].map((startIndex) => read(startIndex, query)));
      assert.deepEqual(parallel.flat(), numbered(8).slice(3));
    });

    test(`whoever reads page after page is shown everybody, also when others are deleted meanwhile: ${name}`, async () => {
      const { remove, read } = await importing(8);
      const pages = [await read(1, query)];
      await remove([0, 1]);
      for (const startIndex of [3, 5]) pages.push(await read(startIndex, query));
      assert.deepEqual(await read(5, query), pages.at(-1), 'who got no answer asks again');
      await remove([2, 3]);
      pages.push(await read(7, query));
      assert.deepEqual(pages.flat(), numbered(8));
    });
  }

  test('pages that come from several nodes by turns fit together, whatever one of them has read before', async () => {
    await using node = await here.rollcall.startNode();
    const { remove, read } = await importing(12);
    for (const startIndex of [1, 3, 5, 7, 9, 11]) await read(startIndex, '', node.url);
    await remove([0, 1, 2]);
    const seen: string[] = [];
    for (const [turn, startIndex] of [1, 3, 5, 7, 9].entries()) {
      seen.push(...(await read(startIndex, '', turn % 2 === 0 ? here.rollcall.url : node.url)));
    }
    assert.deepEqual(seen, numbered(12).slice(3));
  });

  test('an import that is broken off says nothing about the next one, which begins with the first page', async () => {
    const { remove, read } = await importing(8);
    for (const startIndex of [1, 3]) await read(startIndex);
    await remove([0, 1]);
    const seen: string[] = [];
    for (const startIndex of [1, 3, 5]) seen.push(...(await read(startIndex)));
    assert.deepEqual(seen, numbered(8).slice(2));
  });

  test('the pages that another token reads are not where this one continues', async () => {
    const { org, remove, read } = await importing(8);
    for (const startIndex of [1, 3]) await read(startIndex);
    await remove([0, 1]);
    const { token } = await createToken(here.rollcall.db.app, org, { name: 'second' }, { now: new Date() });
    const second = await fetch(`${org.scimBaseUrl}/Users?count=2&startIndex=5`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { Resources } = (await second.json()) as { Resources: { userName: string }[] };
    assert.deepEqual(
      Resources.map(({ userName }) => userName),
      ['n06', 'n07'],
    );
    assert.deepEqual(await read(5), ['n04', 'n05']);
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
