/**
 * Nobody gives what they do not have, by whatever route (security.md R4, R13). The keys of these tests may everything but one thing,
 * which the roles have that they try to give.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Permission, permissions } from '../../src/organization/permissions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { apiClient, brakeOff, type Scim, scimClient } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, eventsAfter, lastEvent, patch, user } from './beside-globex.ts';
import { writingOperations } from './writing-operations.ts';

const every = (Object.keys(permissions) as Permission[]).filter((each) => !each.startsWith('me:'));
const without = (lacking: Permission) => every.filter((each) => each !== lacking);

type Case = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];

describe('nobody gives what they do not have', () => {
  const here = besideGlobex({ manualUpdates: 'on', turnOff: 'discard', defaultRole: 'viewer', ...brakeOff });
  let operator: Scim;
  let covering: Scim;
  const limited: Record<string, Scim> = {};
  let unlicensing: Scim;
  const ids: Record<string, string> = {};
  const clientOf = (key: string): Scim => {
    const client = apiClient(here.rollcall.url, key);
    return (method, path, ...rest) => client(method, `/organizations/acme${path}`, ...rest);
  };
  const keyOf = async (scopes: readonly Permission[], memberId?: string): Promise<Scim> => {
    const input = { name: 'test', scopes, ...(memberId === undefined ? {} : { memberId }) };
    return clientOf((await createApiKey(here.rollcall.db.app, here.acme, input, { now: new Date() })).key);
  };
  const done = async (...[method, path, body]: Case) => {
    const answer = await operator(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const person = async (name: string, role?: string) => {
    const address = `${name}@acme.example`;
    const id = (await done('POST', '/members', { userName: address, email: address })).id as string;
    if (role !== undefined) await done('PUT', `/access/${id}/role`, { role });
    return id;
  };
  const team = async (name: string, gives: { role?: string; license?: string }) => {
    const id = (await done('POST', '/teams', { name })).id as string;
    await done('PATCH', `/team-mappings/${id}`, gives);
    return id;
  };

  before(async () => {
    operator = clientOf(here.rollcall.operatorKey);
    await person('olga', 'owner');
    ids.ada = await person('ada', 'admin');
    ids.ben = await person('ben');
    ids.sue = await person('sue', 'admin');
    await done('POST', `/members/${ids.sue}/suspend`);
    ids.gone = await person('gone', 'admin');
    await done('DELETE', `/members/${ids.gone}`);
    ids.pia = await createUser(here.acme, 'pia');
    await done('PUT', `/access/${ids.pia}/role`, { role: 'admin' });
    await done('PUT', '/roles/auditor', { name: 'Auditor', permissions: ['mail:read'] });
    await done('PUT', '/roles/almost', { name: 'Almost an admin', permissions: without('mail:read') });
    ids.admins = await team('Admins', { role: 'admin' });
    ids.auditors = await team('Auditors', { role: 'auditor' });
    ids.almost = await team('Almost', { role: 'almost' });
    ids.developers = await team('Developers', { license: 'developer' });
    ids.ann = await person('ann');
    await done('PUT', `/teams/${ids.auditors}/members/${ids.ann}`);
    ids.pushed = await createGroup(here.acme, 'Pushed', [ids.pia]);
    await done('PATCH', `/team-mappings/${ids.pushed}`, { role: 'admin' });
    for (const [name, gives] of [
      ['board', { role: 'admin' }],
      ['bench', { license: 'developer' }],
    ] as const) {
      ids[name] = await team(name, gives);
      await done('DELETE', `/teams/${ids[name]}`);
    }
    ids.plain = (await done('POST', '/teams', { name: 'Plain' })).id as string;
    ids.strong = (await done('POST', '/tokens', { name: 'strong', roleCeiling: 'admin' })).id as string;
    ids.weak = (await done('POST', '/tokens', { name: 'weak' })).id as string;
    ids.ed = await person('ed');
    await done('PUT', `/teams/${ids.almost}/members/${ids.ed}`);
    limited['a key that is nobody’s'] = await keyOf(without('mail:read'));
    limited['a person with a role that may less'] = await keyOf(every, ids.ed);
    limited['an admin with a key that may less'] = await keyOf(without('mail:read'), ids.ada);
    unlicensing = await keyOf(without('licenses:write'));
    covering = await keyOf(every);
  });

  const people = () => [ids.ada, ids.sue, ids.pia, ids.ann];
  const ofPeople = (method: string, act: string, body?: unknown) => (): Case[] =>
    people().map((id) => [method, `/members/${id}${act}`, body]);
  const teams = () => [ids.admins, ids.auditors, ids.pushed];
  const ofTeams = (method: string, act: string, body?: unknown) => (): Case[] =>
    teams().map((id) => [method, `/teams/${id}${act}`, body]);
  const documents = [
    { version: 1, teamMappings: { Plain: { role: 'admin', license: null } } },
    { version: 1, roles: [{ key: 'auditor', name: 'Who audits', permissions: ['mail:read', 'events:read'] }] },
    { version: 1, tokens: [{ name: 'weak', roleCeiling: 'admin' }] },
    { version: 1, tokens: [{ name: 'strong', expiresAt: null, addresses: ['192.0.2.0/24'] }] },
  ];
  const mappings: unknown[] = [{ role: 'admin' }, { role: 'auditor' }];

  /** By operation, what gives a role in a way of its own. */
  const gives: Record<string, () => Case[]> = {
    giveRole: () => [['PUT', `/access/${ids.ben}/role`, { role: 'admin' }]],
    mapTeam: () => mappings.map((body) => ['PATCH', `/team-mappings/${ids.plain}`, body]),
    planTeamMapping: () => mappings.map((body) => ['POST', `/team-mappings/${ids.plain}/plan`, body]),
    writeRole: () => [
      ['PUT', '/roles/mine', { name: 'Mine', permissions: ['mail:read'] }],
      ['PUT', '/roles/almost', { name: 'Almost', permissions: every }],
    ],
    editMember: ofPeople('PATCH', '', { displayName: 'Me', email: 'me@x.example' }),
    restoreMember: ofPeople('POST', '/restore'),
    acceptInvitation: ofPeople('POST', '/accept'),
    inviteAgain: ofPeople('POST', '/invite'),
    confirmEmail: ofPeople('POST', '/confirm-email'),
    resendConfirmation: ofPeople('POST', '/resend-confirmation'),
    linkMember: ofPeople('POST', '/link', { confirm: 'ada@acme.example' }),
    unlinkMember: ofPeople('POST', '/unlink'),
    unlockMember: ofPeople('POST', '/unlock', { hours: 1 }),
    setBreakGlass: ofPeople('PUT', '/break-glass', { breakGlass: true }),
    returnMember: () => [['POST', `/members/${ids.gone}/return`]],
    putIntoTeam: () => teams().map((id) => ['PUT', `/teams/${id}/members/${ids.ben}`]),
    renameTeam: ofTeams('PATCH', '', { name: 'Everybody' }),
    linkTeam: ofTeams('POST', '/link'),
    unlinkTeam: ofTeams('POST', '/unlink'),
    decideTeamLink: ofTeams('POST', '/link-decision', { decision: 'link' }),
    unlockTeam: ofTeams('POST', '/unlock', { hours: 1 }),
    restoreTeam: () => [['POST', `/teams/${ids.board}/restore`]],
    setRoleCeiling: () => [['PATCH', `/tokens/${ids.weak}/role-ceiling`, { roleCeiling: 'admin' }]],
    planRoleCeiling: () => [['POST', `/tokens/${ids.weak}/role-ceiling/plan`, { roleCeiling: 'admin' }]],
    createToken: () => [['POST', '/tokens', { name: 'x', roleCeiling: 'admin' }]],
    rotateToken: () => [['POST', `/tokens/${ids.strong}/rotation`, {}]],
    changeToken: () => [
      ['PATCH', `/tokens/${ids.strong}`, { addresses: ['192.0.2.0/24'] }],
      ['PATCH', `/tokens/${ids.strong}`, { expiresAt: '2999-01-01T00:00:00Z' }],
    ],
    createApiKey: () => [['POST', '/api-keys', { name: 'x', scopes: ['mail:read'] }]],
    applyConfiguration: () => documents.map((body) => ['PUT', '/configuration', body, { 'if-match': '*' }]),
    planConfiguration: () => documents.map((body) => ['POST', '/configuration/plan', body]),
  };

  /** What gives a license in a way of its own, to a key that may not give licenses. */
  const givesLicenses: Record<string, () => Case[]> = {
    mapTeam: () => [['PATCH', `/team-mappings/${ids.plain}`, { license: 'developer' }]],
    planTeamMapping: () => [['POST', `/team-mappings/${ids.plain}/plan`, { license: 'developer' }]],
    putIntoTeam: () => [['PUT', `/teams/${ids.developers}/members/${ids.ben}`]],
    renameTeam: () => [['PATCH', `/teams/${ids.developers}`, { name: 'Everybody' }]],
    linkTeam: () => [['POST', `/teams/${ids.developers}/link`]],
    restoreTeam: () => [['POST', `/teams/${ids.bench}/restore`]],
    setLicenseRules: () => [['PATCH', '/licenses', { licenseSource: 'by-team' }]],
    replacePolicy: () => [['PUT', '/policy', { preset: 'rollcall', settings: { defaultLicense: 'developer' } }]],
    planPolicy: () => [['POST', '/policy/plan', { preset: 'rollcall', settings: { defaultLicense: 'developer' } }]],
  };

  /** What the keys of these tests lack no scope for, and gives nothing to anybody, and why. */
  const givesNothing: Record<string, string> = {
    createOrganization: 'is the operator’s',
    setSeats: 'is the operator’s',
    planSeats: 'is the operator’s',
    changeOrganization: 'is about its name and plan',
    addTeam: 'makes a team that gives nothing',
    addMember: 'makes somebody new with the default role, which everybody has',
    followLink: 'is the person’s own act',
    giveLicense: 'needs licenses:write itself',
    mapSignInGroup: 'needs licenses:write itself',
    ...Object.fromEntries(
      ['suspendMember', 'removeMember', 'withdrawInvitation', 'dropEmailConfirmation'].map((each) => [
        each,
        'takes from a person: the next test',
      ]),
    ),
    ...Object.fromEntries(
      ['removeTeam', 'takeOutOfTeam', 'removeRole', 'revokeToken', 'cancelTokenRotation', 'revokeApiKey'].map(
        (each) => [each, 'takes away'],
      ),
    ),
    renameApiKey: 'changes a name',
    ...Object.fromEntries(
      [
        'addDomain',
        'checkDomain',
        'removeDomain',
        'setAddresses',
        'importOktaRanges',
        'setScimProfile',
        'setConnectionProvider',
        'declareSignInProvider',
        'removeSignInProvider',
      ].map((each) => [each, 'is about the organization']),
    ),
    ...Object.fromEntries(
      ['changeConnection', 'releaseHeld', 'discardHeld', 'disconnect'].map((each) => [
        each,
        'is no gift of its caller (docs/decisions/letting-go-gives-nothing.md): the tests of letting go below',
      ]),
    ),
    reconcile: 'puts right what follows from what others said, as Rollcall does by itself each night',
    applyUndo: 'is refused item by item: a test below',
    planUndo: 'changes nothing',
    simulateLicenses: 'changes nothing',
    ...Object.fromEntries(
      ['Schema', 'ResourceType'].flatMap((what) =>
        ['define', 'change', 'remove'].map((act) => [`${act}${what}`, 'is about what is stored']),
      ),
    ),
  };

  test('every operation that writes is in one of the tables', () => {
    const known = [...Object.keys(gives), ...Object.keys(givesLicenses), ...Object.keys(givesNothing)];
    assert.deepEqual(writingOperations(), [...new Set(known)].sort());
  });

  const tried = async (by: Scim, who: string, cases: readonly Case[], lacking: Permission) => {
    for (const [method, path, body, headers] of cases) {
      const before = await lastEvent(here.rollcall, here.acme);
      const answer = await by(method, path, body, headers);
      const what = `${who}: ${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`;
      assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'], what);
      assert.match(
        answer.body.detail ?? '',
        new RegExp(`his key cannot give what it does not have: ${lacking}\\.`),
        what,
      );
      assert.equal(await lastEvent(here.rollcall, here.acme), before, what);
    }
  };

  for (const [operation, cases] of Object.entries(gives)) {
    test(`${operation} gives no role that may more than the caller`, async () => {
      for (const [who, by] of Object.entries(limited)) {
        await tried(by, who, cases(), 'mail:read');
      }
    });
  }

  for (const [operation, cases] of Object.entries(givesLicenses)) {
    test(`${operation} gives no license for a key that may not give one`, async () => {
      await tried(unlicensing, 'without licenses:write', cases(), 'licenses:write');
    });
  }

  test('undoing gives back nothing that its caller may not give, and says why', async () => {
    await done('PUT', `/access/${ids.ann}/role`, { role: 'admin' });
    await done('PUT', `/access/${ids.ann}/role`, { role: null });
    const given = (await eventsAfter(here.rollcall, here.acme, 0)).findLast(({ kind }) => kind === 'member.given');
    assert.ok(given !== undefined);
    const undone = { event: given.seq };
    for (const by of Object.values(limited)) {
      const { body: plan } = await by('POST', '/undo/plan', undone);
      const { status, body, text } = await by('POST', '/undo', undone, { 'if-match': `"${plan.digest}"` });
      assert.deepEqual([status, body.code, body.detail], [409, 'conflict', plan.refusal], text);
      const refusals = (plan.items as { refusal?: string }[]).map(({ refusal }) => refusal);
      assert.match(refusals.join(), /^This key cannot give what it does not have: mail:read/);
      assert.equal(plan.refusal, `Nothing is put back, since all of it would be refused. ${refusals.join(' ')}`);
    }
  });

  test('a key with the one scope takes away, and gives what everybody has and what is below the ordinary ceiling', async () => {
    const by = await keyOf(['members:write', 'teams:write', 'tokens:write', 'roles:write']);
    const may = async (...[method, path, body]: Case) => {
      const answer = await by(method, path, body);
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    };
    await may('POST', `/members/${ids.ben}/suspend`);
    await may('POST', `/members/${ids.ben}/restore`);
    await may('PUT', `/teams/${ids.plain}/members/${ids.ben}`);
    await may('PATCH', `/team-mappings/${ids.plain}`, { role: 'viewer' });
    await may('POST', `/tokens/${ids.weak}/rotation`, {});
    await may('PATCH', `/tokens/${ids.strong}`, { name: 'stronger' });
    await may('PATCH', `/tokens/${ids.strong}/role-ceiling`, { roleCeiling: 'member' });
    await may('DELETE', `/teams/${ids.auditors}/members/${ids.ann}`);
    await may('POST', `/members/${ids.ada}/suspend`);
    await may('DELETE', `/members/${ids.ada}`);
    await may('DELETE', `/teams/${ids.admins}`);
    await done('PATCH', `/tokens/${ids.strong}/role-ceiling`, { roleCeiling: 'admin' });
  });

  test('a document that would give too much applies nothing, its definitions included', async () => {
    const id = 'urn:example:params:scim:schemas:extension:pets:2.0:User';
    const definition = { id, name: 'Pets', attributes: [{ name: 'pet', type: 'string', multiValued: false }] };
    const document = {
      version: 1,
      schemas: [{ definition, extends: [{ resourceType: 'User', required: false }] }],
      teamMappings: { Plain: { role: 'admin', license: null } },
    };
    const by = limited['a key that is nobody’s'] as Scim;
    await tried(by, 'a document', [['PUT', '/configuration', document, { 'if-match': '*' }]], 'mail:read');
    assert.equal((await operator('GET', `/schemas/${encodeURIComponent(id)}`)).status, 404);
  });

  test('permissions of the product are given by whoever may give roles', async () => {
    await done('PUT', '/roles/logs', { name: 'Logs', permissions: ['product:logs'] });
    const id = await team('Logs', { role: 'logs' });
    const by = await keyOf(['teams:write']);
    await tried(by, 'teams:write alone', [['PUT', `/teams/${id}/members/${ids.ben}`]], 'roles:write');
    const both = await keyOf(['teams:write', 'roles:write']);
    assert.equal((await both('PUT', `/teams/${id}/members/${ids.ben}`)).status, 204);
  });

  test('a default role is set by whoever has what it gives', async () => {
    const narrow = await keyOf(['policy:read', 'policy:write']);
    const wish = { preset: 'rollcall', settings: { defaultRole: 'member' } };
    for (const [method, path] of [
      ['POST', '/policy/plan'],
      ['PUT', '/policy'],
    ] as const) {
      const { status, body, text } = await narrow(method, path, wish);
      assert.equal(status, 403, text);
      assert.match(body.detail ?? '', /cannot give what it does not have: .*connection:read/);
    }
  });

  test('a token whose ceiling is below keeps its people below, whoever else is in the team', async () => {
    const [zoe, zed] = [await createUser(here.acme, 'zoe'), await person('zed')];
    const id = await createGroup(here.acme, 'Later', [zoe]);
    await done('PATCH', `/team-mappings/${id}`, { role: 'admin' });
    await done('PUT', `/teams/${id}/members/${zed}`);
    assert.equal((await operator('GET', `/access/${zed}`)).body.role, 'admin');
    const { body } = await operator('GET', `/access/${zoe}`);
    assert.deepEqual([body.role, (body.roleReason as { rule: string }).rule], ['member', 'role-below-ceiling']);
  });

  test('whoever has it gives it', async () => {
    for (const cases of [...Object.values(gives), ...Object.values(givesLicenses)]) {
      for (const [method, path, body, headers] of cases()) {
        const answer = await covering(method, path, body, headers);
        assert.notEqual(answer.status, 403, `${method} ${path} ${JSON.stringify(body)}: ${answer.text}`);
      }
    }
  });
});

describe('letting go what the provider asked takes connection:write alone, and gives what mappings and ceilings give', () => {
  const here = besideGlobex();
  const at = () => ({ now: new Date() });

  /** An organization with a team that gives the role admin, two tokens that fill it, and a key that may nothing but let go. */
  async function begun() {
    const { app } = here.rollcall.db;
    const org = await here.rollcall.organization({
      settings: { ...brakeOff, addByHand: 'allowed', manualUpdates: 'on' },
    });
    const clientOf = (key: string): Scim => {
      const client = apiClient(here.rollcall.url, key);
      return (method, path, ...rest) => client(method, `/organizations/${org.slug}${path}`, ...rest);
    };
    const operator = clientOf(here.rollcall.operatorKey);
    const scopes = ['connection:read', 'connection:write'] as const;
    const narrow = clientOf((await createApiKey(app, org, { name: 'night', scopes }, at())).key);
    const may = async (by: Scim, ...[method, path, body, headers]: Case) => {
      const answer = await by(method, path, body, headers);
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
      return answer.body;
    };
    const added = async (userName: string) => (await may(operator, 'POST', '/members', { userName })).id as string;
    const olga = await added('olga@acme.example');
    await may(operator, 'PUT', `/access/${olga}/role`, { role: 'owner' });
    const { token } = await may(operator, 'POST', '/tokens', { name: 'strong', roleCeiling: 'admin' });
    const strong = scimClient(org.scimBaseUrl, token as string);
    const admins = await createGroup(org, 'Admins');
    await may(operator, 'PATCH', `/team-mappings/${admins}`, { role: 'admin' });
    const join = async (by: Scim, ...ids: string[]) => {
      const value = ids.map((id) => ({ value: id }));
      const { status, text } = await by('PATCH', `/Groups/${admins}`, patch({ op: 'add', path: 'members', value }));
      assert.ok(status < 300, text);
    };
    const rolesOf = async (...ids: string[]) =>
      await Promise.all(ids.map(async (id) => (await may(operator, 'GET', `/access/${id}`)).role));
    return { org, operator, narrow, may, added, strong, join, rolesOf };
  }

  test('resuming and releasing make admins of those whom a token with that ceiling put into the team, and of nobody else', async () => {
    const { org, operator, narrow, may, added, strong, join, rolesOf } = await begun();
    const sam = await added('sam@acme.example');
    const [kim, rita] = [await createUser(org, 'kim'), await createUser(org, 'rita')];
    await may(operator, 'POST', `/members/${sam}/link`, { confirm: 'sam@acme.example' });
    await may(narrow, 'PATCH', '/connection', { state: 'paused' });
    assert.equal((await strong('POST', '/Users', user('sam'))).status, 201);
    await join(org.scim, kim);
    await join(strong, rita, sam);
    assert.deepEqual(await rolesOf(kim, rita, sam), ['viewer', 'viewer', 'viewer']);
    // Whom an admin has set apart meanwhile stays held.
    await may(operator, 'PUT', `/access/${sam}/role`, { role: 'admin' });
    await may(operator, 'PUT', `/members/${sam}/break-glass`, { breakGlass: true });
    const { settling } = await may(narrow, 'PATCH', '/connection', { state: 'on' });
    assert.deepEqual((settling as { refused: string[] }).refused, [sam]);
    await may(operator, 'PUT', `/members/${sam}/break-glass`, { breakGlass: false });
    await may(operator, 'PUT', `/access/${sam}/role`, { role: null });
    assert.deepEqual(await rolesOf(kim, rita, sam), ['member', 'admin', 'viewer']);
    await may(operator, 'POST', `/members/${sam}/link`, { confirm: 'sam@acme.example' });
    const { items } = (await may(narrow, 'GET', '/held')) as { items: { id: string; state: string }[] };
    const batch = items.find(({ state }) => state === 'open')?.id;
    await may(narrow, 'POST', `/held/${batch}/release`);
    assert.deepEqual(await rolesOf(kim, rita, sam), ['member', 'admin', 'admin']);
  });

  for (const choice of ['keep', 'hand-over', 'suspend', 'remove', 'off'] as const) {
    test(`the end of a connection gives nobody more than they have: ${choice}`, async () => {
      const { org, operator, narrow, may, join, strong, rolesOf } = await begun();
      const [kim, rita, held] = [
        await createUser(org, 'kim'),
        await createUser(org, 'rita'),
        await createUser(org, 'held'),
      ];
      await join(org.scim, kim);
      await join(strong, rita);
      const before = await rolesOf(kim, rita, held);
      assert.deepEqual(before, ['member', 'admin', 'viewer']);
      await may(narrow, 'PATCH', '/connection', { state: 'paused' });
      await join(strong, held);
      const shown = async (plan: string) => ({ 'if-match': (await operator('GET', plan)).headers.get('etag') ?? '' });
      if (choice === 'off') {
        await may(operator, 'PUT', '/policy', { preset: 'rollcall', settings: { turnOff: 'discard' } });
        await may(narrow, 'PATCH', '/connection', { state: 'off' }, await shown('/connection/plan?to=off'));
      } else {
        const plan = await shown(`/connection/disconnect/plan?choice=${choice}`);
        await may(narrow, 'POST', '/connection/disconnect', { choice }, plan);
      }
      if (choice === 'remove') {
        for (const id of [kim, rita, held]) assert.equal((await operator('GET', `/access/${id}`)).status, 404);
        return;
      }
      assert.deepEqual(await rolesOf(kim, rita, held), before, 'also under the ceiling of a token that is gone');
    });
  }
});
