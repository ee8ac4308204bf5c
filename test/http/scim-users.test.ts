import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brakeOff } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  filtered,
  lastEvent,
  loggedRequestOf,
  type MemberRow,
  memberRow,
  patch,
  user,
} from './beside-globex.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const custom = 'urn:acme:scim:schemas:1.0:Desk';

type WholeUser = {
  id: string;
  schemas: string[];
  userName: string;
  name: { givenName: string; familyName: string };
  emails: { value: string }[];
  active: boolean;
};

describe('users over SCIM', () => {
  // The same person is deleted and created again more often than the brake lets pass.
  const here = besideGlobex(brakeOff);

  test('POST answers 201 with the whole user, its location and its version (RFC 7644 §3.3, okta-wire §17.5)', async () => {
    const answer = await here.acme.scim('POST', '/Users', user('ada'));
    assert.equal(answer.status, 201);
    const { id, meta, ...rest } = answer.body as { id: string; meta: Record<string, string> };
    const location = `${here.acme.scimBaseUrl}/Users/${id}`;
    assert.equal(answer.headers.get('location'), location);
    assert.equal(answer.headers.get('etag'), 'W/"1"');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(meta, {
      resourceType: 'User',
      created: meta.created,
      lastModified: meta.created,
      location,
      version: 'W/"1"',
    });
    const { password: _, ...sent } = user('ada');
    assert.deepEqual(rest, sent);
    const read = await here.acme.scim('GET', `/Users/${id}`);
    assert.deepEqual(read.body, answer.body);
  });

  test('a user always has what Okta insists on, in a list and by itself (okta-wire §17.4)', async () => {
    const id = await createUser(here.acme, 'grace');
    const list = await here.acme.scim('GET', '/Users?startIndex=1&count=100');
    const read = await here.acme.scim('GET', `/Users/${id}`);
    for (const each of [...(list.body.Resources ?? []), read.body] as WholeUser[]) {
      const { id: itsId, schemas, userName, name, emails, active } = each;
      for (const value of [itsId, schemas[0], userName, name.givenName, name.familyName, emails[0]?.value]) {
        assert.ok(value);
      }
      assert.equal(typeof active, 'boolean');
    }
  });

  test('the lookup before a create answers an empty list and not 404 (A2, okta-wire §17.1)', async () => {
    const answer = await here.acme.scim('GET', filtered('/Users', 'userName eq "nobody@acme.example"'));
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/scim\+json/);
    assert.deepEqual(answer.body, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  test('userName is found in any letter case, also of a deactivated user, and comes back as it was written (okta-wire §17.2)', async () => {
    for (const active of [true, false]) {
      const userName = `Lena${active}@Acme.example`;
      const id = await createUser(here.acme, `lena${active}`, { userName, active });
      for (const written of [userName, userName.toUpperCase(), userName.toLowerCase()]) {
        const { body } = await here.acme.scim('GET', filtered('/Users', `userName eq "${written}"`));
        assert.equal(body.totalResults, 1);
        assert.deepEqual(
          body.Resources?.map((each) => [each.id, each.userName, each.active]),
          [[id, userName, active]],
        );
      }
    }
  });

  test('every left side that a unique identifier may have in Okta finds the one user (okta-wire §4.1)', async () => {
    const id = await createUser(here.acme, 'mary', { externalId: '00uMary' });
    const sides = ['userName', 'email', 'emails', 'emails.value', 'emails[type eq "work"].value'];
    const clauses = [
      ...sides.map((side) => `${side} eq "mary@acme.example"`),
      'externalId eq "00uMary"',
      `id eq "${id}"`,
    ];
    for (const clause of clauses) {
      const { body, text } = await here.acme.scim('GET', filtered('/Users', clause));
      assert.deepEqual(
        body.Resources?.map((each) => each.id),
        [id],
        `${clause}: ${text}`,
      );
    }
  });

  test('pages have the size asked for, whole numbers and an exact total, and end without an error (A7, okta-wire §17.10)', async () => {
    const total = (await here.acme.scim('GET', '/Users?count=0')).body.totalResults as number;
    assert.ok(total >= 4);
    for (const [query, startIndex, itemsPerPage] of [
      ['startIndex=1&count=2', 1, 2],
      ['startIndex=1&count=1', 1, 1],
      ['startIndex=1&count=100', 1, total],
      ['startIndex=1&count=0', 1, 0],
      [`startIndex=${total + 1}&count=100`, total + 1, 0],
      [`startIndex=${total}&count=100`, total, 1],
      ['startIndex=0&count=-1', 1, 0],
    ] as const) {
      const { status, body } = await here.acme.scim('GET', `/Users?${query}`);
      assert.equal(status, 200);
      const { Resources, ...numbers } = body;
      assert.deepEqual(numbers, { schemas: body.schemas, totalResults: total, startIndex, itemsPerPage }, query);
      assert.equal(Resources?.length, itemsPerPage);
    }
  });

  test('an import that reads page by page sees every user once, in one order (okta-wire §12)', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) await createUser(here.acme, name);
    const whole = (await here.acme.scim('GET', '/Users?count=1000')).body;
    const seen: unknown[] = [];
    for (let startIndex = 1; startIndex <= (whole.totalResults as number); startIndex += 3) {
      const { body } = await here.acme.scim('GET', `/Users?startIndex=${startIndex}&count=3`);
      seen.push(...(body.Resources ?? []).map((each) => each.id));
    }
    assert.deepEqual(
      seen,
      whole.Resources?.map((each) => each.id),
    );
    assert.equal(new Set(seen).size, whole.totalResults);
  });

  test('secondary e-mails, phones, addresses, the enterprise and unknown extensions survive a round trip', async () => {
    const sent = user('rosa', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise, custom],
      name: {
        givenName: 'Rosa',
        familyName: 'Luz',
        middleName: 'M',
        honorificPrefix: 'Dr.',
        formatted: 'Dr. Rosa Luz',
      },
      nickName: 'R',
      title: 'Lead',
      userType: 'Employee',
      preferredLanguage: 'de',
      timezone: 'Europe/Berlin',
      profileUrl: 'https://acme.example/rosa',
      emails: [
        { primary: true, value: 'Rosa@acme.example', type: 'work' },
        { primary: false, value: 'rosa@home.example', type: 'home' },
      ],
      phoneNumbers: [
        { primary: true, value: '+49 30 1', type: 'work' },
        { value: '+49 170 1', type: 'mobile' },
      ],
      addresses: [{ primary: true, type: 'work', streetAddress: 'Main St 1', locality: 'Berlin', country: 'DE' }],
      roles: [{ primary: true, value: 'admin' }],
      [enterprise]: { employeeNumber: '7', department: 'Engines', manager: { value: '26', displayName: 'Boss' } },
      [custom]: { desk: { floor: 4, tags: ['a', 'b'] }, standing: true },
    });
    const { body } = await here.acme.scim('POST', '/Users', sent);
    const { password: _, ...kept } = sent;
    const once = (await here.acme.scim('GET', `/Users/${body.id}`)).body;
    const { id, meta, ...attributes } = once;
    assert.deepEqual(sortedSchemas(attributes), sortedSchemas(kept));
    assert.deepEqual((await memberRow(here.rollcall, here.acme, body.id as string)).emails, [
      'rosa@acme.example',
      'rosa@home.example',
    ]);

    const before = await lastEvent(here.rollcall, here.acme);
    const echoed = await here.acme.scim('PUT', `/Users/${id}`, once);
    assert.equal(echoed.status, 200);
    assert.deepEqual(echoed.body, once, 'an echo changes nothing, not even the version (A12)');
    assert.ok(meta);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('an echo whose extensions come in another order changes nothing (A12)', async () => {
    const one = 'urn:acme:long-name:1.0:One';
    const two = 'urn:b:2';
    const id = await createUser(here.acme, 'orla', { [one]: { a: 1 }, [two]: { b: 2 } });
    const before = await lastEvent(here.rollcall, here.acme);
    const { body } = await here.acme.scim('GET', `/Users/${id}`);
    for (const order of [
      [one, two],
      [two, one],
    ]) {
      const echo = Object.fromEntries([
        ...Object.entries(body).filter(([key]) => !order.includes(key)),
        ...order.map((key) => [key, body[key]]),
      ]);
      await here.acme.scim('PUT', `/Users/${id}`, echo);
    }
    assert.equal((await memberRow(here.rollcall, here.acme, id)).version, 1);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('a password is accepted, and is nowhere afterwards (A11, R25, OK6)', async () => {
    const secret = 'Horse-battery-9731';
    const { body, text } = await here.acme.scim('POST', '/Users', user('paul', { password: secret }));
    const path = `/Users/${body.id}`;
    const answers = [
      text,
      (await here.acme.scim('PUT', path, user('paul', { password: secret, title: 'New' }))).text,
      (await here.acme.scim('PATCH', path, patch({ op: 'replace', value: { password: secret } }))).text,
      (await here.acme.scim('PATCH', path, patch({ op: 'replace', path: 'password', value: secret }))).text,
      (await here.acme.scim('GET', path)).text,
      (await here.acme.scim('GET', `${path}?attributes=password`)).text,
      (await here.acme.scim('GET', filtered('/Users', `password eq "${secret}"`))).text,
    ];
    for (const answer of answers)
      assert.ok(!answer.toLowerCase().includes('password":') && !answer.includes(secret), answer);
    const last = await here.acme.scim('GET', path);
    assert.equal(last.status, 200);
    await loggedRequestOf(here.rollcall, here.acme, last);
    for (const table of ['members', 'events', 'scim_requests']) {
      const { rows } = await here.rollcall.db.owner.query(
        `select count(*)::int as found from ${table} t where to_jsonb(t)::text like '%' || $1 || '%'`,
        [secret],
      );
      assert.deepEqual(rows, [{ found: 0 }], table);
    }
  });

  test('a profile push with what a GET returned ignores id, meta and groups (okta-wire §5, §17.6)', async () => {
    const id = await createUser(here.acme, 'sven', {
      name: { givenName: 'Sven', familyName: 'Alt', formatted: 'Sven Alt' },
    });
    const team = await createGroup(here.acme, 'Echoed', [id]);
    const { body } = await here.acme.scim('GET', `/Users/${id}`);
    assert.deepEqual(body.groups, [
      { value: team, $ref: `${here.acme.scimBaseUrl}/Groups/${team}`, display: 'Echoed', type: 'direct' },
    ]);
    const pushed = await here.acme.scim('PUT', `/Users/${id}`, {
      ...body,
      id: '0190a0b0-0000-7000-8000-00000000ffff',
      meta: { resourceType: 'Robot', version: 'W/"99"' },
      groups: [{ value: '0190a0b0-0000-7000-8000-00000000eeee' }],
      name: { ...(body.name as object), familyName: 'Neu' },
      displayName: 'Sven Neu',
      externalId: '00u-sven-2',
    });
    assert.equal(pushed.status, 200);
    assert.equal(pushed.body.id, id);
    assert.deepEqual(pushed.body.groups, body.groups);
    assert.deepEqual(pushed.body.name, { givenName: 'Sven', familyName: 'Neu' }, 'formatted described the former name');
    const row = await memberRow(here.rollcall, here.acme, id);
    assert.deepEqual([row.in_force_name, row.external_id, row.version], ['Sven Neu', '00u-sven-2', 2]);
    assert.ok(!('groups' in row.scim) && !('meta' in row.scim) && !('id' in row.scim));
  });

  test('a new userName keeps the id, and the old one finds nobody (okta-wire §5.1)', async () => {
    const id = await createUser(here.acme, 'old-name');
    const put = await here.acme.scim('PUT', `/Users/${id}`, user('new-name', { externalId: '00u-old-name' }));
    assert.equal(put.body.id, id);
    const found = async (name: string) =>
      (await here.acme.scim('GET', filtered('/Users', `userName eq "${name}@acme.example"`))).body.totalResults;
    assert.deepEqual([await found('old-name'), await found('new-name')], [0, 1]);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, put.body)).status, 200, 'okta-wire §17.11');
    await createUser(here.acme, 'old-name', { externalId: '00u-other' });
  });

  test('a person who is deactivated stays readable and findable, and comes back under the same id (okta-wire §6, §7, §17.9)', async () => {
    for (const [name, set] of [
      [
        'put',
        async (id: string, active: boolean) => {
          const { body } = await here.acme.scim('GET', `/Users/${id}`);
          return await here.acme.scim('PUT', `/Users/${id}`, { ...body, active });
        },
      ],
      [
        'patch',
        async (id: string, active: boolean) =>
          await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active } })),
      ],
    ] as const) {
      const id = await createUser(here.acme, `leaver-${name}`);
      const team = await createGroup(here.acme, `Team of ${name}`, [id]);
      for (const active of [false, true]) {
        const before = await lastEvent(here.rollcall, here.acme);
        const answer = await set(id, active);
        assert.equal(answer.status, 200);
        assert.equal(answer.body.active, active);
        assert.equal((await here.acme.scim('GET', `/Users/${id}`)).body.active, active);
        const row = await memberRow(here.rollcall, here.acme, id);
        assert.deepEqual(
          [row.status, row.asked_active, row.rule],
          active ? ['active', true, 'asked-active'] : ['suspended', false, 'asked-inactive'],
        );
        const { rows } = await here.rollcall.db.owner.query(
          `select in_force, reason->>'rule' as rule from team_members where org_id = $1 and team_id = $2`,
          [here.acme.id, team],
        );
        assert.deepEqual(rows, [{ in_force: active, rule: active ? 'asked-member' : 'member-suspended' }]);
        const kinds = (await eventsAfter(here.rollcall, here.acme, before)).map((event) => event.kind);
        assert.deepEqual(kinds, [active ? 'member.reactivated' : 'member.suspended', 'team.members_changed']);
        await set(id, active);
        assert.equal(
          await lastEvent(here.rollcall, here.acme),
          before + 2,
          'a repeated request says nothing new (A12)',
        );
      }
    }
  });

  test('DELETE answers 204, takes the person out of teams, and the name is free for somebody new (okta-wire §6.1, §17.13)', async () => {
    const id = await createUser(here.acme, 'gone');
    const team = await createGroup(here.acme, 'Deleters', [id]);
    const deleted = await here.acme.scim('DELETE', `/Users/${id}`);
    assert.equal(deleted.status, 204);
    assert.equal(deleted.text, '');
    assertRefusal(await here.acme.scim('GET', `/Users/${id}`), 404);
    assertRefusal(await here.acme.scim('DELETE', `/Users/${id}`), 404);
    assertRefusal(
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } })),
      404,
    );
    assert.deepEqual((await here.acme.scim('GET', `/Groups/${team}`)).body.members, []);
    const row = await memberRow(here.rollcall, here.acme, id);
    assert.deepEqual([row.isDeleted, row.status, row.emails], [true, 'removed', []]);
    const again = await createUser(here.acme, 'gone');
    assert.notEqual(again, id);
    const { body } = await here.acme.scim('GET', filtered('/Users', 'userName eq "gone@acme.example"'));
    assert.equal(body.totalResults, 1);
  });

  test('a PUT that does not speak of active leaves it, and drops other attributes that it leaves out (RFC 7644 §3.5.1)', async () => {
    const id = await createUser(here.acme, 'terse', { active: false, title: 'Old' });
    const { body } = await here.acme.scim('PUT', `/Users/${id}`, { userName: 'terse@acme.example' });
    assert.equal(body.active, false);
    assert.equal(body.title, undefined);
    const row = await memberRow(here.rollcall, here.acme, id);
    assert.deepEqual([row.asked_active, row.emails, row.external_id], [false, [], null]);
  });

  test('attributes and excludedAttributes choose what is answered (RFC 7644 §3.9)', async () => {
    const id = await createUser(here.acme, 'slim');
    const some = await here.acme.scim('GET', `/Users/${id}?attributes=userName,name.givenName`);
    assert.deepEqual(Object.keys(some.body).sort(), ['id', 'name', 'schemas', 'userName']);
    assert.deepEqual(some.body.name, { givenName: 'slim' });
    const most = await here.acme.scim('GET', `/Users/${id}?excludedAttributes=emails,groups`);
    assert.ok(!('emails' in most.body) && !('groups' in most.body) && 'displayName' in most.body);
  });

  test('If-Match guards PUT, PATCH and DELETE by the version that was read (RFC 7644 §3.14)', async () => {
    const id = await createUser(here.acme, 'guarded');
    const path = `/Users/${id}`;
    const send = (method: string, version: string, body?: unknown) =>
      here.acme.scim(method, path, body, { 'if-match': version });
    assert.equal((await send('PATCH', 'W/"1"', patch({ op: 'replace', value: { title: 'A' } }))).status, 200);
    const refused = [
      await send('PATCH', 'W/"1"', patch({ op: 'replace', value: { title: 'B' } })),
      await send('PUT', 'W/"1"', user('guarded', { title: 'B' })),
      await send('DELETE', 'W/"1"'),
    ];
    for (const answer of refused) assertRefusal(answer, 412, undefined, /W\/"2"/);
    const row = await memberRow(here.rollcall, here.acme, id);
    assert.deepEqual([row.scim.title, row.version, row.isDeleted], ['A', 2, false]);
    assert.equal((await send('PUT', '*', user('guarded', { title: 'C' }))).status, 200);
    assert.equal((await send('DELETE', 'W/"3"')).status, 204);
  });

  const shapes: [
    title: string,
    operations: Record<string, unknown>[],
    stored: Record<string, unknown>,
    row?: Partial<MemberRow>,
  ][] = [
    [
      'active without a path (okta-wire §6)',
      [{ op: 'replace', value: { active: false } }],
      { active: false },
      { status: 'suspended' },
    ],
    ['active by path', [{ op: 'replace', path: 'active', value: false }], { active: false }, { status: 'suspended' }],
    [
      'active as a string in another case',
      [{ op: 'Replace', path: 'active', value: 'False' }],
      { active: false },
      { status: 'suspended' },
    ],
    [
      'a part of name without a path keeps the rest of it (okta-wire §5.2)',
      [{ op: 'replace', value: { name: { familyName: 'Lovelace' }, title: 'Lead' } }],
      { name: { givenName: 'shape', familyName: 'Lovelace' }, title: 'Lead' },
    ],
    [
      'a sub-attribute by path',
      [{ op: 'replace', path: 'name.familyName', value: 'King' }],
      { name: { givenName: 'shape', familyName: 'King' } },
    ],
    [
      'a value path',
      [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'new@acme.example' }],
      { emails: [{ primary: true, value: 'new@acme.example', type: 'work' }] },
      { emails: ['new@acme.example'], in_force_email: 'shape@acme.example' },
    ],
    [
      'a value path that selects nothing creates the value',
      [{ op: 'add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1' }],
      { phoneNumbers: [{ type: 'mobile', value: '+1' }] },
    ],
    [
      'another e-mail',
      [{ op: 'add', path: 'emails', value: [{ value: 'b@home.example', type: 'home' }] }],
      {
        emails: [
          { primary: true, value: 'shape@acme.example', type: 'work' },
          { value: 'b@home.example', type: 'home' },
        ],
      },
      { emails: ['b@home.example', 'shape@acme.example'] },
    ],
    [
      'removal of one value',
      [{ op: 'remove', path: 'emails[type eq "work"]' }],
      { emails: undefined },
      { emails: [], in_force_email: 'shape@acme.example' },
    ],
    [
      'an attribute of an extension that was not there',
      [{ op: 'replace', path: `${enterprise}:department`, value: 'Engines' }],
      { [enterprise]: { department: 'Engines' } },
    ],
    [
      'displayName, which is the name in force',
      [{ op: 'replace', value: { displayName: 'Countess' } }],
      { displayName: 'Countess' },
      { in_force_name: 'Countess' },
    ],
    [
      'userName',
      [{ op: 'replace', path: 'userName', value: 'renamed@acme.example' }],
      { userName: 'renamed@acme.example' },
      { user_name: 'renamed@acme.example' },
    ],
    ['null, which unsets', [{ op: 'replace', value: { locale: null } }], { locale: undefined }],
    [
      'an id beside other attributes, which is ignored (okta-wire §17.6)',
      [{ op: 'replace', value: { id: 'x', title: 'T' } }],
      { title: 'T' },
    ],
    [
      'several operations as one',
      [
        { op: 'add', value: { title: 'A' } },
        { op: 'replace', path: 'title', value: 'B' },
        { op: 'remove', path: 'locale' },
      ],
      { title: 'B', locale: undefined },
    ],
  ];
  for (const [title, operations, stored, expected = {}] of shapes) {
    test(`PATCH stores ${title}`, async () => {
      const id = await createUser(here.acme, 'shape');
      const answer = await here.acme.scim('PATCH', `/Users/${id}`, patch(...operations));
      assert.equal(answer.status, 200, answer.text);
      const row = await memberRow(here.rollcall, here.acme, id);
      for (const [name, value] of Object.entries(stored)) assert.deepEqual(row.scim[name], value, name);
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(row[name as keyof MemberRow], value, name);
      assert.equal(row.version, 2);
      const untouched = Object.keys(user('shape')).filter(
        (name) => !(name in stored) && !['groups', 'password', 'schemas'].includes(name),
      );
      for (const name of untouched)
        assert.deepEqual(row.scim[name], (user('shape') as Record<string, unknown>)[name], name);
      assert.deepEqual((await here.acme.scim('GET', `/Users/${id}`)).body, answer.body);
      await here.acme.scim('DELETE', `/Users/${id}`);
    });
  }

  test('a PATCH of which one operation fails changes nothing at all (RFC 7644 §3.5.2, I3)', async () => {
    const id = await createUser(here.acme, 'whole');
    const before = await memberRow(here.rollcall, here.acme, id);
    const events = await lastEvent(here.rollcall, here.acme);
    const operations = [
      { op: 'replace', value: { title: 'Half' } },
      { op: 'replace', path: 'active', value: 'perhaps' },
    ];
    assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, patch(...operations)), 400, 'invalidValue', /active/);
    assert.deepEqual(await memberRow(here.rollcall, here.acme, id), before);
    assert.equal(await lastEvent(here.rollcall, here.acme), events);
  });
});

const sortedSchemas = (resource: Record<string, unknown>) => ({
  ...resource,
  schemas: [...(resource.schemas as string[])].sort(),
});
