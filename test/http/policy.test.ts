import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import { settingNames } from '../../src/organization/policy-settings.ts';
import { presets } from '../../src/organization/presets.ts';
import { apiClient, type Scim, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

describe('the policy over the management API', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  let api: Scim;
  let ada: string;
  const path = '/organizations/acme/policy';

  before(async () => {
    rollcall = await startRollcall();
    [acme, globex] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization({ slug: 'globex' })];
    api = apiClient(rollcall.url, rollcall.operatorKey);
    for (const { scim } of [acme, globex]) {
      const { id } = (await scim('POST', '/Users', { userName: 'ada@acme.example', active: true })).body;
      await scim('POST', '/Users', { userName: 'ben@acme.example', active: false });
      if (scim === acme.scim) ada = id as string;
    }
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const lastEvent = async ({ id }: TestOrganization) =>
    (await readEvents(rollcall.db.app, { id }, { after: 0, limit: 100 })).at(-1)?.seq;

  test('shows each setting, and where it deviates from the preset', async () => {
    const { status, body } = await api('GET', path);
    assert.equal(status, 200);
    assert.deepEqual([body.preset, body.settings, body.deviations], ['rollcall', { ...presets.rollcall }, []]);
  });

  test('lists the presets', async () => {
    const { body } = await api('GET', `${path}/presets`);
    const items = body.items as { preset: string; settings: object }[];
    assert.deepEqual(
      items.map(({ preset }) => preset),
      ['rollcall', 'dagster', 'dbt', 'pulumi'],
    );
    for (const { settings } of items) assert.deepEqual(Object.keys(settings), [...settingNames]);
  });

  test('fewer tokens and fewer ways in than there are end none of them, and are warned of by name', async () => {
    await rollcall.organization({ slug: 'beside-counts' });
    const org = await rollcall.organization({ slug: 'counts' });
    const own = async (method: string, what: string, body?: unknown, headers?: Record<string, string>) =>
      await api(method, `/organizations/counts${what}`, body, headers);
    const ids: string[] = [];
    for (const name of ['one', 'two']) {
      const made = await own('POST', '/members', { userName: `${name}@acme.example`, breakGlass: true });
      ids.push(made.body.id as string);
      await own('PUT', `/access/${ids.at(-1)}/role`, { role: 'owner' });
      const set = await own('PUT', `/members/${ids.at(-1)}/break-glass`, { breakGlass: true });
      assert.equal(set.status, 200, set.text);
    }
    const second = await own('POST', '/tokens', { name: 'second' });
    const wish = (settings: object) => ({ preset: 'rollcall', settings });
    const planned = async (settings: object) =>
      (await own('POST', '/policy/plan', wish(settings))).body.warnings as string[];
    assert.deepEqual(await planned({ tokens: 'many', breakGlassAccounts: 'any' }), []);
    assert.deepEqual(await planned({ breakGlassAccounts: 'two' }), [], 'as many as there may be');
    assert.match((await planned({ breakGlassAccounts: 'one' })).join(), /^2 people are .*where one may be/);
    const narrow = { tokens: 'single', breakGlassAccounts: 'none' };
    const warnings = await planned(narrow);
    assert.equal(warnings.length, 2, warnings.join());
    const [tokens = '', people = ''] = warnings;
    assert.match(tokens, /^2 SCIM tokens are in force and stay so.*rollcall token revoke <org> <id>\.$/);
    for (const id of [org.tokenId, second.body.id as string]) assert.ok(tokens.includes(id), tokens);
    assert.match(
      people,
      /^2 people are set apart .*where none may be.*rollcall member break-glass <org> <id> --off\.$/,
    );
    for (const [place, name] of ['one', 'two'].entries()) {
      assert.ok(people.includes(`${name}@acme.example (${ids[place]})`), people);
    }
    const document = await own('POST', '/configuration/plan', { version: 1, policy: narrow });
    assert.deepEqual(document.body.warnings, warnings);
    // Who may not read members learns how many there are.
    const scopes = ['policy:read', 'policy:write'];
    const { key } = (await own('POST', '/api-keys', { name: 'narrow', scopes })).body;
    const asKey = apiClient(rollcall.url, key as string);
    for (const what of ['/policy/plan', '/configuration/plan']) {
      const body = what === '/policy/plan' ? wish(narrow) : { version: 1, policy: narrow };
      const shown = await asKey('POST', `/organizations/counts${what}`, body);
      assert.match((shown.body.warnings as string[])[1] ?? '', /^2 people are/, shown.text);
      assert.ok(!shown.text.includes('one@acme.example') && !shown.text.includes(org.tokenId), shown.text);
    }
    const done = await own('PUT', '/policy', wish(narrow));
    assert.deepEqual([done.status, done.body.warnings], [200, warnings]);
    assert.deepEqual(await planned(narrow), [], 'nothing becomes narrower by it');
    const left = (await own('GET', '/tokens')).body.items as { revokedAt: string | null }[];
    assert.deepEqual(
      left.map(({ revokedAt }) => revokedAt),
      [null, null],
    );
    const other = await api('POST', '/organizations/beside-counts/policy/plan', wish(narrow));
    assert.deepEqual(other.body.warnings, [], 'of another organization nothing is said');
  });

  test('a plan names the people who would change and why, and changes nothing; then it happens as planned', async () => {
    const [before, elsewhere] = [await lastEvent(acme), await lastEvent(globex)];
    const wish = { preset: 'rollcall', settings: { defaultRole: 'member', filters: 'names-only' } };
    const shown = await api('POST', `${path}/plan`, wish);
    const { body: plan } = shown;
    assert.equal(shown.headers.get('etag'), `"${plan.version}"`);
    assert.deepEqual(plan.changed, {
      defaultRole: { before: 'viewer', after: 'member' },
      filters: { before: 'all', after: 'names-only' },
    });
    assert.deepEqual(plan.counts, { 'member.role': 2 });
    const [first] = plan.items as Record<string, unknown>[];
    assert.deepEqual(first, {
      kind: 'member.role',
      id: ada,
      name: 'ada@acme.example',
      from: 'viewer',
      to: 'member',
      reason: { rule: 'role-by-default' },
      because: 'nobody gave the person another role',
    });
    assert.equal(await lastEvent(acme), before);

    assert.equal((await api('PUT', path, wish)).status, 200);
    const events = await readEvents(rollcall.db.app, acme, { after: before ?? 0, limit: 100 });
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['policy.changed', 'member.role_changed'],
    );
    const { version: _, ...again } = (await api('POST', `${path}/plan`, wish)).body;
    const nothing = { counts: {}, items: [], showsItems: true, refusal: null, nextCursor: null };
    assert.deepEqual(again, { changed: {}, confirm: [], warnings: [], ...nothing });
    assert.equal(await lastEvent(globex), elsewhere);
  });

  test('a plan names each person, team and reason, in pages', async () => {
    const paged = await rollcall.organization({ slug: 'paged', settings: { withoutSeat: 'wait' } });
    const at = '/organizations/paged/policy';
    const ids: string[] = [];
    for (const name of ['cay', 'dee', 'eve', 'fay', 'gus']) {
      const { id } = (await paged.scim('POST', '/Users', { userName: `${name}@paged.example`, active: true })).body;
      ids.push(id as string);
    }
    const members = ids.map((value) => ({ value }));
    await paged.scim('POST', '/Groups', { displayName: 'Everybody', members });
    await rollcall.db.owner.query(
      `update license_seats set seats_limit = 2 where org_id = $1 and license = 'developer'`,
      [paged.id],
    );
    const rules = { licenseSource: 'by-rules', withoutSeat: 'wait' };
    const wish = { preset: 'rollcall', settings: { ...rules, defaultLicense: 'developer' } };
    const items: { kind: string; name: string; team?: { name: string }; from: string; to: string; because: string }[] =
      [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null; pages++) {
      assert.ok(pages < 10);
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body, text } = await api('POST', `${at}/plan?limit=3${more}`, wish);
      assert.ok(Array.isArray(body.items) && body.items.length <= 3, text);
      items.push(...(body.items as typeof items));
      cursor = body.nextCursor as string | null;
      const { 'member.rights_narrowed': narrowed, ...counts } = body.counts as Record<string, number>;
      assert.deepEqual([counts, narrowed], [{ 'member.license': 5, membership: 3 }, 3]);
    }
    const facts = items.filter(({ kind }) => kind !== 'member.rights_narrowed');
    assert.equal(items.length, facts.length + 3);
    const told = facts.map(({ kind, name, team, from, to }) => `${kind} ${name} ${team?.name ?? ''} ${from} ${to}`);
    assert.deepEqual(told.toSorted(), [
      'member.license cay@paged.example  null developer',
      'member.license dee@paged.example  null developer',
      'member.license eve@paged.example  null waits for developer',
      'member.license fay@paged.example  null waits for developer',
      'member.license gus@paged.example  null waits for developer',
      'membership eve@paged.example Everybody in waits',
      'membership fay@paged.example Everybody in waits',
      'membership gus@paged.example Everybody in waits',
    ]);
    assert.ok(items.every(({ because }) => /license/.test(because) || /seats are taken/.test(because)));
    // A cursor is of one wish.
    const { nextCursor } = (await api('POST', `${at}/plan?limit=3`, wish)).body;
    const other = { preset: 'rollcall', settings: { ...rules, defaultLicense: 'analyst' } };
    assert.equal((await api('POST', `${at}/plan?limit=3&cursor=${nextCursor}`, other)).status, 400);
  });

  test('with the version of a plan, what is saved is what was shown, for the people it was shown for', async () => {
    const tied = await rollcall.organization({ slug: 'tied' });
    const at = '/organizations/tied/policy';
    const join = async (name: string) =>
      await tied.scim('POST', '/Users', { userName: `${name}@tied.example`, active: true });
    await join('cay');
    const wish = { preset: 'rollcall', settings: { defaultRole: 'member' } };
    const version = async () => (await api('POST', `${at}/plan`, wish)).headers.get('etag') as string;
    const seen = await version();
    const other = { preset: 'rollcall', settings: { defaultRole: 'member', filters: 'names-only' } };
    const { headers } = await api('GET', at);
    const read = { 'if-match': headers.get('etag') as string };
    assert.equal((await api('POST', `${at}/plan`, wish, read)).status, 200);
    assert.equal((await api('POST', `${at}/plan`, wish, { 'if-match': '"other"' })).status, 412);
    const refused = await api('PUT', at, other, { 'if-match': seen });
    assert.deepEqual([refused.status, refused.body.code], [412, 'precondition_failed'], 'another wish');
    await join('dee');
    assert.equal((await api('PUT', at, wish, { 'if-match': seen })).status, 412, 'another person');
    assert.deepEqual((await api('GET', at)).body.deviations, []);
    const now = await version();
    await api('PATCH', '/organizations/tied', { name: 'None of the plan' });
    assert.equal((await api('PUT', at, wish, { 'if-match': now })).status, 200);
    assert.equal((await api('PUT', path, wish, { 'if-match': now })).status, 412, 'of another organization');
  });

  test('a plan that the organization has no seats for is refused as the change would be', async () => {
    const poor = await rollcall.organization({ slug: 'poor' });
    await rollcall.db.owner.query(
      `update license_seats set seats_limit = 1 where org_id = $1 and license = 'developer'`,
      [poor.id],
    );
    for (const name of ['ada', 'ben'])
      await poor.scim('POST', '/Users', { userName: `${name}@poor.example`, active: true });
    const wish = {
      preset: 'rollcall',
      settings: { licenseSource: 'by-rules', defaultLicense: 'developer', withoutSeat: 'refuse' },
    };
    const { status, body } = await api('POST', '/organizations/poor/policy/plan', wish);
    assert.equal(status, 200);
    const refused = await api('PUT', '/organizations/poor/policy', wish);
    assert.deepEqual([refused.status, refused.body.code, refused.body.detail], [409, 'conflict', body.refusal]);
  });

  test('is replaced only as it was read, where the caller says so', async () => {
    const etag = (await api('GET', path)).headers.get('etag') as string;
    const wish = { preset: 'rollcall', settings: { tokens: 'single' } };
    assert.equal((await api('PUT', path, wish, { 'if-match': etag })).status, 200);
    assert.equal((await api('PUT', path, { preset: 'dbt' }, { 'if-match': etag })).status, 412);
    assert.equal((await api('GET', path)).body.preset, 'rollcall');
  });

  test('B49: allows manual updates after a confirmation, which the refusal and the plan ask for', async () => {
    const wish = { preset: 'rollcall', settings: { manualUpdates: 'on' } };
    const { body: plan } = await api('POST', `${path}/plan`, wish);
    const [asked] = plan.confirm as { setting: string; value: string; why: string }[];
    assert.deepEqual([asked?.setting, asked?.value], ['manualUpdates', 'on']);
    const refused = await api('PUT', path, wish);
    assert.deepEqual([refused.status, refused.body.code], [428, 'confirmation_required']);
    assert.match(refused.body.detail ?? '', /"confirm": \["manualUpdates"\]/);
    assert.equal((await api('PUT', path, { ...wish, confirm: ['filters'] })).status, 428);
    const settings = async () => (await api('GET', path)).body.settings as Record<string, string>;
    assert.equal((await settings()).manualUpdates, 'off', 'nothing was changed');
    assert.equal((await api('PUT', path, { ...wish, confirm: ['manualUpdates'] })).status, 200);
    assert.equal((await api('PUT', path, wish)).status, 200, 'what is so already needs no confirmation');
    assert.equal((await api('PUT', path, { preset: 'rollcall' })).status, 200, 'closing the locks needs none');
  });

  test('takes neither a setting nor a value that does not exist', async () => {
    for (const settings of [{ seats: '5' }, { filters: 'none' }]) {
      assert.equal((await api('PUT', path, { preset: 'rollcall', settings })).status, 400);
    }
    assert.equal((await api('PUT', path, { preset: 'airbyte' })).status, 400);
  });
});
