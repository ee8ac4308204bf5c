import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { canonicalValue } from '../../src/scim/attribute-value.ts';
import { attribute } from '../../src/scim/schema.ts';
import { type ScimAnswer, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { requirements } from './requirements.ts';

/** What the transcripts have no words for: shapes of values, what is stored, and requests that are no JSON. */
describe('requirements that need more than a transcript', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  before(async () => {
    rollcall = await startRollcall();
    acme = await rollcall.organization({ slug: 'acme' });
    globex = await rollcall.organization({ slug: 'globex' });
    await globex.scim('POST', '/Users', { userName: 'ada@acme.example', password: 'globex-secret' });
  });
  after(() => rollcall[Symbol.asyncDispose]());

  const create = (body: Record<string, unknown>): Promise<ScimAnswer> => acme.scim('POST', '/Users', body);

  test('an id is a UUID, so it never holds the word bulkId, and no two resources have the same (7643-3.1-unique, 7643-3.1-bulk-id)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => create({ userName: `id-${n}@acme.example` })),
    );
    const ids = answers.map(({ body }) => String(body.id));
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const { body } = await acme.scim('POST', '/Groups', { displayName: 'Ids' });
    const { body: others } = await globex.scim('GET', '/Users');
    const all = [...ids, String(body.id), String(others.Resources?.[0]?.id)];
    assert.equal(new Set(all).size, all.length);
  });

  test('created and lastModified are a date and a time with its zone (7643-2.3.5-format, 7643-3.1-created)', async () => {
    const { body } = await create({ userName: 'times@acme.example' });
    const { created, lastModified } = body.meta as Record<string, string>;
    for (const time of [created, lastModified]) {
      assert.match(String(time), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
      assert.ok(Number.isFinite(Date.parse(String(time))));
    }
  });

  test('an integer has no fraction (7643-2.3.4-integer)', () => {
    const rank = attribute('rank', 'A whole number.', { type: 'integer' });
    assert.equal(canonicalValue(rank, 7, 'rank', new Set()), 7);
    assert.throws(() => canonicalValue(rank, 7.5, 'rank', new Set()), { scimType: 'invalidValue' });
  });

  test('a reference of ours is absolute, and leads to the resource (7643-2.3.7-uri, 7643-2.3.7-http)', async () => {
    const { body: user } = await create({ userName: 'referred@acme.example' });
    const { location } = user.meta as { location: string };
    const { body: group } = await acme.scim('POST', '/Groups', {
      displayName: 'References',
      members: [{ value: user.id }],
    });
    const member = (group.members as { $ref: string }[])[0];
    const read = (url: string) => fetch(url, { headers: { authorization: `Bearer ${acme.token}` } });
    for (const url of [location, String(member?.$ref)]) {
      const answer = await read(url);
      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as { id: string }).id, user.id);
    }
    const { groups } = (await acme.scim('GET', `/Users/${user.id}`)).body as { groups: { $ref: string }[] };
    assert.equal((await read(String(groups[0]?.$ref))).status, 200);
  });

  test('a password is stored nowhere, so it is in no answer, no log and no event (7643-4.1.1-password-stored, 7643-9.2-cleartext, 7644-7.7-storage)', async () => {
    const password = 't1meMa$heen-unstored';
    const { body } = await create({ userName: 'secret@acme.example', password });
    await acme.scim('PUT', `/Users/${body.id}`, { userName: 'secret@acme.example', password });
    await acme.scim('PATCH', `/Users/${body.id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'password', value: password }],
    });
    const { rows: tables } = await rollcall.db.owner.query<{ name: string }>(
      `select c.relname as name from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
    );
    assert.ok(tables.length > 5);
    for (const { name } of tables) {
      const { rows } = await rollcall.db.owner.query<{ found: boolean }>(
        `select exists (select from ${name} t where t::text like '%' || $1 || '%') as found`,
        [password],
      );
      assert.equal(rows[0]?.found, false, `the password is in ${name}`);
    }
  });

  test('a body that is no JSON, or no UTF-8, is invalidSyntax and changes nothing (7644-3.12-unparsable, 7644-3.8-encoding)', async () => {
    const held = await acme.scim('GET', '/Users');
    const bodies: (string | Uint8Array<ArrayBuffer>)[] = [
      '{"userName":',
      'userName=ada',
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ];
    for (const body of bodies) {
      const answer = await fetch(`${acme.scimBaseUrl}/Users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${acme.token}`, 'content-type': 'application/scim+json' },
        body,
      });
      const error = (await answer.json()) as Record<string, unknown>;
      assert.equal(answer.status, 400);
      assert.equal(error.scimType, 'invalidSyntax');
      assert.equal(error.status, '400');
    }
    assert.equal((await acme.scim('GET', '/Users')).text, held.text);
  });

  test('a request without Authorization is told which scheme there is (7644-2-www-authenticate)', async () => {
    const answer = await fetch(`${acme.scimBaseUrl}/Users`);
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
  });

  test('a token has at least 256 random bits, and no two are the same (7644-7.4-entropy)', () => {
    assert.notEqual(acme.token, globex.token);
    // 43 digits of base 62 hold 256 bits; six more are a checksum.
    const secret = /^rct_[0-9a-f]{32}_([0-9A-Za-z]{43})[0-9A-Za-z]{6}$/.exec(acme.token)?.[1] ?? '';
    // Fewer bits would leave the first digits at zero.
    assert.match(secret.slice(0, 8), /[1-9A-Za-z]/);
  });

  test('a version other than v2 is refused (7644-3.13-refused)', async () => {
    for (const version of ['v1', 'v3']) {
      const answer = await fetch(`${rollcall.url}/scim/${version}/acme/Users`, {
        headers: { authorization: `Bearer ${acme.token}` },
      });
      assert.equal(answer.status, 404);
    }
  });

  test('a cursor of another organization opens nothing, and is answered like one that was made up (9865-5.2-confined)', async () => {
    for (const n of [1, 2]) await globex.scim('POST', '/Users', { userName: `page-${n}@globex.example` });
    const page = await globex.scim('GET', '/Users?cursor&count=1');
    const cursor = String(page.body.nextCursor);
    const refusal = async (text: string) => {
      const { status, body } = await acme.scim('GET', `/Users?cursor=${text}&count=1`);
      return [status, body.scimType, String(body.detail).replace(/\(reference .*/, '')];
    };
    assert.equal((await globex.scim('GET', `/Users?cursor=${cursor}&count=1`)).status, 200);
    assert.deepEqual(await refusal(cursor), await refusal('made-up'));
    assert.equal((await refusal(cursor))[1], 'invalidCursor');
  });

  test('what the catalog names as missing is not announced, and what is announced is not missing', async () => {
    const { body } = await acme.scim('GET', '/ServiceProviderConfig');
    const announced = (name: string) => (body[name] as { supported: boolean }).supported;
    const missing = (feature: string) => requirements.some((each) => 'notYet' in each && each.notYet === feature);
    assert.equal(announced('bulk'), !missing('bulk'));
    assert.equal(announced('sort'), !missing('sorting'));
    assert.equal(announced('etag'), !missing('entity tags'));
    assert.equal((body.pagination as { cursor: boolean }).cursor, !missing('pagination by cursor'));
  });

  test('a provider whose connection is off is refused what it asks (7644-3.12-forbidden)', async () => {
    const away = await rollcall.organization({ slug: 'away' });
    await rollcall.db.owner.query(`update connections set state = 'off' where org_id = $1`, [away.id]);
    const answer = await away.scim('GET', '/Users');
    assert.equal(answer.status, 403);
    assert.equal((answer.body as { status?: string }).status, '403');
  });
});
