import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Permission, permissions } from '../../src/organization/permissions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { apiClient, brakeOff, type Scim } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, eventually, lastEvent, patch } from './beside-globex.ts';
import { writingOperations } from './writing-operations.ts';

const extension = 'urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User';
const every = Object.keys(permissions) as Permission[];

describe('a license never leaves an organization without somebody who administers (R14, I13)', () => {
  const here = besideGlobex();
  let api: Scim;
  before(() => {
    const operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    api = (method, path, ...rest) => operator(method, `/organizations/acme${path}`, ...rest);
  });
  const keyOf = async (memberId: string): Promise<Scim> => {
    const input = { name: 'test', scopes: every, memberId };
    const { key } = await createApiKey(here.rollcall.db.app, here.acme, input, { now: new Date() });
    const client = apiClient(here.rollcall.url, key);
    return (method, path, ...rest) => client(method, `/organizations/acme${path}`, ...rest);
  };
  const person = async (name: string, role: string) => {
    const id = await createUser(here.acme, name, { [extension]: { licenseType: 'developer' } });
    assert.equal((await api('PUT', `/access/${id}/role`, { role })).status, 204);
    return { id, api: await keyOf(id) };
  };
  const policy = async (licenseSource: string, by: Scim = api) =>
    await by('PUT', '/policy', { preset: 'rollcall', settings: { licenseSource } });
  /** What a key may: a process knows of a change within half a second. */
  const statuses = async (by: Scim, expected: readonly number[]) =>
    await eventually(async () => {
      const got = [(await by('GET', '/policy')).status, (await policy('by-attribute', by)).status];
      assert.deepEqual(got, expected);
    });
  const change = async (id: string, operation: Record<string, unknown>) => {
    const answer = await here.acme.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ path: `${extension}:licenseType`, ...operation }),
    );
    assert.equal(answer.status, 200, answer.text);
  };

  test('an admin administers whatever the license is while there is no owner, and an owner always', async () => {
    const admin = await person('adam', 'admin');
    assert.equal((await policy('by-attribute')).status, 200);
    await change(admin.id, { op: 'replace', value: 'read_only' });
    await statuses(admin.api, [200, 200]);
    await change(admin.id, { op: 'remove' });
    await statuses(admin.api, [200, 200]);

    const owner = await person('olga', 'owner');
    await statuses(admin.api, [403, 403]);
    await change(admin.id, { op: 'add', value: 'read_only' });
    await statuses(admin.api, [200, 403]);
    await change(owner.id, { op: 'replace', value: 'read_only' });
    await statuses(owner.api, [200, 200]);
    await change(owner.id, { op: 'remove' });
    await statuses(owner.api, [200, 200]);
    const { body } = await owner.api('GET', `/access/${owner.id}`);
    assert.deepEqual([body.license, (body.licenseReason as { rule: string }).rule], [null, 'license-by-default']);
  });

  test('a plan says whose rights a license would narrow, and a change of the source by an owner locks out no owner', async () => {
    assert.equal((await policy('none')).status, 200);
    const owner = await person('otto', 'owner');
    const admin = await person('anna', 'admin');
    const viewer = await createUser(here.acme, 'vera');
    const wish = { preset: 'rollcall', settings: { licenseSource: 'by-hand' } };
    const { body } = await owner.api('POST', '/policy/plan', wish);
    const { counts, items } = body as {
      counts: Record<string, number>;
      items: { kind: string; id: string; name: string; from: string; to: string; reason: { rule: string } }[];
    };
    const narrowed = items.filter(({ kind }) => kind === 'member.rights_narrowed');
    assert.equal(counts['member.rights_narrowed'], narrowed.length);
    const of = (id: string) => narrowed.find((item) => item.id === id);
    assert.equal(of(owner.id), undefined);
    const says = ['what their roles allow', 'only see their own profile'];
    for (const id of [admin.id, viewer]) {
      assert.deepEqual([of(id)?.from, of(id)?.to, of(id)?.reason.rule], [...says, 'license-by-default']);
    }
    assert.equal(of(viewer)?.name, 'vera@acme.example');
    assert.equal((await owner.api('PUT', '/policy', wish)).status, 200);
    await eventually(async () => assert.equal((await admin.api('GET', '/policy')).status, 403));
    assert.equal((await owner.api('PUT', '/policy', { preset: 'rollcall' })).status, 200);
    await eventually(async () => assert.equal((await admin.api('GET', '/policy')).status, 200));
  });
});

type Case = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];

describe('an admin neither makes, unmakes nor takes over an owner', () => {
  const here = besideGlobex({ manualUpdates: 'on', turnOff: 'discard', ...brakeOff });
  let operator: Scim;
  const admins: Record<string, Scim> = {};
  const ids: Record<string, string> = {};
  const clientOf = (key: string): Scim => {
    const client = apiClient(here.rollcall.url, key);
    return (method, path, ...rest) => client(method, `/organizations/acme${path}`, ...rest);
  };
  const done = async (...[method, path, body]: Case) => {
    const answer = await operator(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const local = async (name: string, role: string) => {
    const { id } = await done('POST', '/members', { userName: `${name}@acme.example`, email: `${name}@acme.example` });
    await done('PUT', `/access/${id}/role`, { role });
    return id as string;
  };

  before(async () => {
    operator = clientOf(here.rollcall.operatorKey);
    const app = here.rollcall.db.app;
    ids.boss = await local('boss', 'owner');
    ids.provisioned = await createUser(here.acme, 'pia');
    await done('PUT', `/access/${ids.provisioned}/role`, { role: 'owner' });
    ids.gone = await local('gone', 'owner');
    await done('DELETE', `/members/${ids.gone}`);
    ids.adam = await local('adam', 'admin');
    ids.ben = await local('ben', 'member');
    ids.founders = (await done('POST', '/teams', { name: 'Founders' })).id as string;
    await done('PATCH', `/team-mappings/${ids.founders}`, { role: 'owner' });
    ids.pushed = await createGroup(here.acme, 'Pushed', [ids.provisioned]);
    await done('PATCH', `/team-mappings/${ids.pushed}`, { role: 'owner' });
    ids.board = (await done('POST', '/teams', { name: 'Board' })).id as string;
    await done('PATCH', `/team-mappings/${ids.board}`, { role: 'owner' });
    await done('DELETE', `/teams/${ids.board}`);
    ids.plain = (await done('POST', '/teams', { name: 'Plain' })).id as string;
    ids.strong = (await done('POST', '/tokens', { name: 'strong', roleCeiling: 'owner' })).id as string;
    ids.opal = await local('opal', 'owner');
    await done('POST', `/members/${ids.opal}/suspend`);
    for (const [name, memberId] of [
      ['a person', ids.adam],
      ['a key that is nobody’s', undefined],
    ] as const) {
      const scopes = memberId === undefined ? every.filter((each) => !each.startsWith('me:')) : every;
      const { key } = await createApiKey(
        app,
        here.acme,
        { name: 'admin', scopes, ...(memberId === undefined ? {} : { memberId }) },
        { now: new Date() },
      );
      admins[name] = clientOf(key);
    }
  });

  /** By operation, what an admin tries on an owner. The paths are made when the people and teams are there. */
  const refused: Record<string, () => Case[]> = {
    editMember: () => [
      ['PATCH', `/members/${ids.boss}`, { userName: 'evil@x.example', email: 'evil@x.example' }],
      ['PATCH', `/members/${ids.provisioned}`, { displayName: 'Evil' }],
    ],
    removeMember: () => both('DELETE', ''),
    suspendMember: () => both('POST', '/suspend'),
    restoreMember: () => both('POST', '/restore'),
    acceptInvitation: () => both('POST', '/accept'),
    confirmEmail: () => both('POST', '/confirm-email'),
    resendConfirmation: () => both('POST', '/resend-confirmation'),
    inviteAgain: () => both('POST', '/invite'),
    returnMember: () => [['POST', `/members/${ids.gone}/return`]],
    linkMember: () => [['POST', `/members/${ids.boss}/link`, { confirm: 'boss@acme.example' }]],
    unlinkMember: () => both('POST', '/unlink'),
    unlockMember: () => both('POST', '/unlock', { hours: 1 }),
    setBreakGlass: () => [['PUT', `/members/${ids.boss}/break-glass`, { breakGlass: true }]],
    withdrawInvitation: () => [['DELETE', `/invitations/${ids.boss}`]],
    dropEmailConfirmation: () => [['DELETE', `/email-confirmations/${ids.boss}`]],
    giveRole: () => [
      ['PUT', `/access/${ids.boss}/role`, { role: null }],
      ['PUT', `/access/${ids.boss}/role`, { role: 'viewer' }],
      ['PUT', `/access/${ids.adam}/role`, { role: 'owner' }],
    ],
    renameTeam: () => [['PATCH', `/teams/${ids.founders}`, { name: 'Losers' }]],
    removeTeam: () => teams('DELETE', ''),
    linkTeam: () => teams('POST', '/link'),
    unlinkTeam: () => teams('POST', '/unlink'),
    decideTeamLink: () => teams('POST', '/link-decision', { decision: 'link' }),
    unlockTeam: () => teams('POST', '/unlock', { hours: 1 }),
    restoreTeam: () => [['POST', `/teams/${ids.board}/restore`]],
    putIntoTeam: () => teams('PUT', `/members/${ids.adam}`),
    takeOutOfTeam: () => teams('DELETE', `/members/${ids.provisioned}`),
    mapTeam: () => [
      ['PATCH', `/team-mappings/${ids.plain}`, { role: 'owner' }],
      ['PATCH', `/team-mappings/${ids.founders}`, { role: null }],
    ],
    setRoleCeiling: () => [
      ['PATCH', `/tokens/${here.acme.tokenId}/role-ceiling`, { roleCeiling: 'owner' }],
      ['PATCH', `/tokens/${ids.strong}/role-ceiling`, { roleCeiling: 'member' }],
    ],
    createToken: () => [['POST', '/tokens', { name: 'x', roleCeiling: 'owner' }]],
    rotateToken: () => [['POST', `/tokens/${ids.strong}/rotation`, {}]],
    changeToken: () => [['PATCH', `/tokens/${ids.strong}`, { scopes: ['users:write', 'groups:write'] }]],
    createApiKey: () => [['POST', '/api-keys', { name: 'x', scopes: ['members:read'], member: ids.boss }]],
    applyConfiguration: () => [
      [
        'PUT',
        '/configuration',
        { version: 1, teamMappings: { Plain: { role: 'owner', license: null } } },
        { 'if-match': '*' },
      ],
    ],
    disconnect: () =>
      ['keep', 'suspend', 'remove', 'hand-over'].map((choice) => ['POST', '/connection/disconnect', { choice }]),
    changeConnection: () => [['PATCH', '/connection', { state: 'off' }]],
  };
  const both = (method: string, act: string, body?: unknown): Case[] =>
    [ids.boss, ids.provisioned].map((id) => [method, `/members/${id}${act}`, body]);
  const teams = (method: string, act: string, body?: unknown): Case[] =>
    [ids.founders, ids.pushed].map((id) => [method, `/teams/${id}${act}`, body]);

  /** Operations that change nothing of who an owner is and whether they are in force, and why. */
  const untouched: Record<string, string> = {
    createOrganization: 'is the operator’s',
    changeOrganization: 'is about its name and plan',
    addTeam: 'makes a team that gives nothing',
    addMember: 'makes somebody new with the default role',
    followLink: 'is the person’s own act',
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
    releaseHeld: 'puts in force what the provider asked',
    discardHeld: 'leaves what is in force',
    reconcile: 'brings in line with what was asked and said',
    revokeToken: 'ends a way in of the provider',
    cancelTokenRotation: 'ends a way in of the provider',
    renameApiKey: 'changes a name',
    revokeApiKey: 'ends a way in, which the person makes anew',
    writeRole: 'adds permissions, and an owner has all',
    removeRole: 'takes permissions that a role added, and an owner has all',
    giveLicense: 'is about the use of the product',
    setLicenseRules: 'is about the use of the product',
    setSeats: 'is about the use of the product',
    mapSignInGroup: 'is about the use of the product',
    replacePolicy: 'decides about what comes, and gives nobody the role of an owner',
    applyUndo: 'is refused item by item: the next test',
    ...Object.fromEntries(
      [
        'simulateLicenses',
        'planUndo',
        'planConfiguration',
        'planPolicy',
        'planTeamMapping',
        'planRoleCeiling',
        'planSeats',
      ].map((each) => [each, 'changes nothing']),
    ),
    ...Object.fromEntries(
      ['Schema', 'ResourceType'].flatMap((what) =>
        ['define', 'change', 'remove'].map((act) => [`${act}${what}`, 'is about what is stored']),
      ),
    ),
  };

  test('every operation that writes is in one of the two tables', () => {
    const known = [...Object.keys(refused), ...Object.keys(untouched)];
    assert.deepEqual(writingOperations(), known.toSorted());
  });

  for (const [operation, cases] of Object.entries(refused)) {
    test(`${operation} of an owner is refused to an admin`, async () => {
      for (const [who, admin] of Object.entries(admins)) {
        for (const [method, path, body, headers] of cases()) {
          const before = await lastEvent(here.rollcall, here.acme);
          const answer = await admin(method, path, body, headers);
          const what = `${who}: ${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`;
          assert.ok([403, 409].includes(answer.status), what);
          assert.match(answer.body.detail ?? '', /owner|creates keys for that person only/, what);
          assert.equal(await lastEvent(here.rollcall, here.acme), before, what);
        }
      }
    });
  }

  test('undoing puts back nothing of an owner for an admin, and says why', async () => {
    for (const admin of Object.values(admins)) {
      const undone = { member: ids.opal, since: new Date(0).toISOString() };
      const { body: plan } = await admin('POST', '/undo/plan', undone);
      const { status, body, text } = await admin('POST', '/undo', undone, { 'if-match': `"${plan.digest}"` });
      assert.deepEqual([status, body.code, body.detail], [409, 'conflict', plan.refusal], text);
      const refusals = (plan.items as { refusal?: string }[]).map(({ refusal }) => refusal ?? '');
      assert.ok(refusals.length > 0, text);
      for (const because of refusals) assert.match(because, /[oO]nly an owner or the operator/);
    }
  });

  test('the plan of a disconnecting names the owners, and is refused to an admin alone', async () => {
    const path = '/connection/disconnect/plan?choice=hand-over';
    const owners = [{ id: ids.provisioned, userName: 'pia@acme.example' }];
    const seen = (await admins['a person']?.('GET', path))?.body;
    assert.deepEqual(seen?.owners, owners);
    assert.match(seen?.refusal as string, /only an owner or the operator changes whose they are: pia@acme.example/);
    const { body } = await operator('GET', path);
    assert.deepEqual([body.owners, body.refusal], [owners, null]);
  });

  test('an owner does it, and so does an admin of those who are no owners', async () => {
    const { key } = await createApiKey(
      here.rollcall.db.app,
      here.acme,
      { name: 'boss', scopes: every, memberId: ids.boss as string },
      { now: new Date() },
    );
    const boss = clientOf(key);
    const admin = admins['a person'] as Scim;
    for (const [by, id] of [
      [admin, ids.ben],
      [boss, ids.provisioned],
    ] as const) {
      const edited = await by('PATCH', `/members/${id}`, { displayName: 'Renamed' });
      assert.equal(edited.status, 200, edited.text);
      for (const act of ['suspend', 'restore']) assert.equal((await by('POST', `/members/${id}/${act}`)).status, 200);
    }
    assert.equal((await boss('POST', `/members/${ids.provisioned}/unlink`)).status, 200);
    assert.equal((await boss('POST', `/members/${ids.gone}/return`)).status, 201);
    assert.equal((await admin('PUT', `/teams/${ids.plain}/members/${ids.ben}`)).status, 204);
    const plan = await admin('GET', '/connection/disconnect/plan?choice=keep');
    const shown = { 'if-match': plan.headers.get('etag') ?? '' };
    assert.equal((await admin('POST', '/connection/disconnect', { choice: 'keep' }, shown)).status, 200);
  });
});
