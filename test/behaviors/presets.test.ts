/** One organization for each preset, asked the same: each answers as its product does (behaviors.md §1.5). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../src/limits.ts';
import { linesOfOneAnswer, policySettings } from '../../src/organization/policy-settings.ts';
import { type PresetName, presetNames } from '../../src/organization/presets.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { patch } from '../http/beside-globex.ts';
import { apiClient, type Scim, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

type Item = Record<string, unknown>;

describe('the presets', () => {
  let rollcall: TestRollcall;
  const organizations = new Map<PresetName, TestOrganization>();

  before(async () => {
    rollcall = await startRollcall();
    for (const preset of presetNames) {
      organizations.set(preset, await rollcall.organization({ slug: `as-${preset}`, settings: { preset } }));
    }
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const of = (preset: PresetName) => organizations.get(preset) as TestOrganization;
  const create = async (preset: PresetName, name: string, more: Item = {}) =>
    await of(preset).scim('POST', '/Users', { userName: `${name}@acme.example`, active: true, ...more });

  const api = async (preset: PresetName, method: string, path: string, body?: unknown) =>
    await apiClient(rollcall.url, rollcall.operatorKey)(method, `/organizations/as-${preset}${path}`, body);
  const apiOf =
    (org: TestOrganization): Scim =>
    (method, path, ...rest) =>
      apiClient(rollcall.url, rollcall.operatorKey)(method, `/organizations/${org.slug}${path}`, ...rest);
  /** The management API of an organization of its own, for what would be in the way of others. */
  const apart = async (preset: PresetName) => apiOf(await rollcall.organization({ settings: { preset } }));
  /** Somebody whom an admin made. */
  const local = async (preset: PresetName, name: string) => {
    const made = await api(preset, 'POST', '/members', { userName: `${name}@acme.example`, breakGlass: true });
    return await accepted(preset, made.body.id);
  };
  /** Whoever was invited accepts. */
  const accepted = async (preset: PresetName, id: unknown) => {
    await api(preset, 'POST', `/members/${id}/accept`);
    return id as string;
  };
  const setActive = async (preset: PresetName, id: unknown, active: boolean) =>
    await of(preset).scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active } }));
  const giveRole = async (preset: PresetName, id: unknown, role: string) => {
    await api(preset, 'POST', `/members/${id}/unlock`, { hours: 1 });
    await api(preset, 'PUT', `/access/${id}/role`, { role });
  };

  /** What each preset answers to the same question. */
  const asks: [title: string, ask: (preset: PresetName) => Promise<unknown>, answers: Record<PresetName, unknown>][] = [
    [
      'K1 (D24, B27, P19): a person whom an admin made, by the userName',
      async (preset) => {
        await local(preset, 'k1');
        return (await create(preset, 'k1')).status;
      },
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 409 },
    ],
    [
      'K1 (D24, B27, P20): a person whom an admin made, by an e-mail address alone',
      async (preset) => {
        await api(preset, 'POST', '/members', {
          userName: 'k1.b@acme.example',
          email: 'k1.b@acme.example',
          breakGlass: true,
        });
        const emails = [{ value: 'k1.new@acme.example' }, { value: 'k1.b@acme.example' }];
        return (await create(preset, 'k1.new', { emails })).status;
      },
      { rollcall: 409, dagster: 201, dbt: 201, pulumi: 409 },
    ],
    [
      'K3 (D19, P18): another userName',
      async (preset) => {
        const { id } = (await create(preset, 'k3')).body;
        const change = patch({ op: 'replace', value: { userName: 'k3.new@acme.example' } });
        const { status, body } = await of(preset).scim('PATCH', `/Users/${id}`, change);
        return body.scimType ?? status;
      },
      { rollcall: 200, dagster: 200, dbt: 200, pulumi: 'mutability' },
    ],
    [
      'K4 (B28): a person whom an admin made, spelled in other letters',
      async (preset) => {
        const id = await local(preset, 'k4');
        await create(preset, 'K4');
        return (await api(preset, 'GET', `/members/${id}`)).body.origin;
      },
      { rollcall: 'claimed', dagster: 'claimed', dbt: 'local', pulumi: 'local' },
    ],
    [
      'K5 (D20, B33, P25): whoever is deactivated',
      async (preset) => {
        const { id } = (await create(preset, 'k5')).body;
        await setActive(preset, id, false);
        return (await api(preset, 'GET', `/members/${id}`)).body.status;
      },
      { rollcall: 'suspended', dagster: 'removed', dbt: 'removed', pulumi: 'suspended' },
    ],
    [
      'K6 (P25): the deletion of a person',
      async (preset) => (await of(preset).scim('DELETE', `/Users/${(await create(preset, 'k6')).body.id}`)).status,
      { rollcall: 204, dagster: 204, dbt: 204, pulumi: 403 },
    ],
    [
      'K7 (P25): the role and the status of whoever comes back',
      async (preset) => {
        const id = await accepted(preset, (await create(preset, 'k7')).body.id);
        await giveRole(preset, await local(preset, 'k7.keeper'), 'admin');
        await giveRole(preset, id, 'admin');
        for (const active of [false, true]) await setActive(preset, id, active);
        const { role, status } = (await api(preset, 'GET', `/access/${id}`)).body;
        return [role, status];
      },
      {
        rollcall: ['admin', 'active'],
        dagster: ['admin', 'active'],
        dbt: ['admin', 'invited'],
        pulumi: ['admin', 'active'],
      },
    ],
    [
      'K8 (D21, B48): a person beside the provider',
      async (preset) => {
        const { status, body } = await api(preset, 'POST', '/members', { userName: 'k8@acme.example' });
        return body.code ?? status;
      },
      { rollcall: 'locked', dagster: 'locked', dbt: 'locked', pulumi: 201 },
    ],
    [
      'K9 (D22, D27, B48): the name and the role of a managed person',
      async (preset) => {
        const { id } = (await create(preset, 'k9')).body;
        const name = await api(preset, 'PATCH', `/members/${id}`, { displayName: 'K.' });
        const role = await api(preset, 'PUT', `/access/${id}/role`, { role: 'member' });
        return [name.status, role.status];
      },
      { rollcall: [403, 204], dagster: [403, 204], dbt: [403, 403], pulumi: [403, 204] },
    ],
    [
      'K10 (D34, B51, P34): the name of a managed team',
      async (preset) => {
        const { id } = (await of(preset).scim('POST', '/Groups', { displayName: 'K10' })).body;
        return (await api(preset, 'PATCH', `/teams/${id}`, { name: 'K10 by hand' })).status;
      },
      { rollcall: 403, dagster: 200, dbt: 403, pulumi: 403 },
    ],
    [
      'K11 (D35, B39): a group of the name of a local team',
      async (preset) => {
        await api(preset, 'POST', '/teams', { name: 'K11' });
        return (await of(preset).scim('POST', '/Groups', { displayName: 'K11' })).status;
      },
      { rollcall: 409, dagster: 409, dbt: 201, pulumi: 409 },
    ],
    [
      'K11 (D35): the teams that wait for an admin to say whether they are linked',
      async (preset) => {
        await api(preset, 'POST', '/teams', { name: 'K11 asked' });
        await of(preset).scim('POST', '/Groups', { displayName: 'K11 asked' });
        const { items } = (await api(preset, 'GET', '/link-decisions')).body as { items: { team: { name: string } }[] };
        return items.some(({ team }) => team.name === 'K11 asked');
      },
      { rollcall: true, dagster: true, dbt: false, pulumi: false },
    ],
    [
      'K12 (D36, B43, P44): a team of the organization’s own, looked for by its name, and the people in it',
      async (preset) => {
        const { id } = (await api(preset, 'POST', '/teams', { name: 'K12' })).body;
        await api(preset, 'PUT', `/teams/${id}/members/${await local(preset, 'k12')}`);
        const filter = encodeURIComponent('displayName eq "K12"');
        const { Resources = [] } = (await of(preset).scim('GET', `/Groups?filter=${filter}`)).body;
        return Resources.map(({ members = [] }) => (members as { display: string }[]).map(({ display }) => display));
      },
      { rollcall: [[]], dagster: [[]], dbt: [['k12@acme.example']], pulumi: [[]] },
    ],
    [
      'K13 (B40, P41): a team whose group was deleted, brought back by an admin',
      async (preset) => {
        const { id } = (await of(preset).scim('POST', '/Groups', { displayName: 'K13' })).body;
        await of(preset).scim('DELETE', `/Groups/${id}`);
        return (await api(preset, 'POST', `/teams/${id}/restore`)).status;
      },
      { rollcall: 201, dagster: 201, dbt: 404, pulumi: 404 },
    ],
    [
      'K24 (D11, B6, P3): the organization in the base URL',
      async (preset) => {
        const { scimBaseUrl } = (await api(preset, 'GET', '/connection')).body;
        return (scimBaseUrl as string).endsWith(`/as-${preset}`) ? 'by name' : 'by id';
      },
      { rollcall: 'by name', dagster: 'by name', dbt: 'by id', pulumi: 'by name' },
    ],
    [
      'K2 (D13, B24): a userName that is no e-mail address',
      async (preset) => (await of(preset).scim('POST', '/Users', { userName: 'ada' })).status,
      { rollcall: 400, dagster: 400, dbt: 400, pulumi: 201 },
    ],
    [
      'K2 (D17, B25): a userName that is none of the e-mail addresses',
      async (preset) => (await create(preset, 'k2', { emails: [{ value: 'other@acme.example' }] })).status,
      { rollcall: 201, dagster: 400, dbt: 400, pulumi: 201 },
    ],
    [
      'K14 (P37): a group that names somebody whose id nobody knows',
      async (preset) => {
        const members = [{ value: '0190a0b0-0000-7000-8000-00000000dead' }];
        return (await of(preset).scim('POST', '/Groups', { displayName: 'K14 unknown', members })).status;
      },
      { rollcall: 201, dagster: 201, dbt: 400, pulumi: 400 },
    ],
    [
      'K14 (B41, P37): a group that names somebody who is suspended',
      async (preset) => {
        const { id } = (await create(preset, 'k14', { active: false })).body;
        const { status, body } = await of(preset).scim('POST', '/Groups', {
          displayName: 'K14 suspended',
          members: [{ value: id }],
        });
        if (status !== 201) assert.match(body.detail as string, new RegExp(id as string));
        return status;
      },
      { rollcall: 201, dagster: 201, dbt: 400, pulumi: 400 },
    ],
    [
      'K15 (B29, B30): the status of a new person',
      async (preset) => {
        const { id } = (await create(preset, 'k15')).body;
        const { rows } = await rollcall.db.owner.query('select status from members where id = $1', [id]);
        return rows[0].status;
      },
      { rollcall: 'active', dagster: 'active', dbt: 'invited', pulumi: 'active' },
    ],
    [
      'K16 (P16): an attribute that no schema describes',
      async (preset) => {
        const { status, body } = await create(preset, 'k16', { shoeSize: 43 });
        if (status !== 201) assert.match(body.detail as string, /^Unknown path: shoeSize\./);
        return body.scimType ?? status;
      },
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 'invalidPath' },
    ],
    [
      'K17 (P17): the externalId of a user',
      async (preset) => (await create(preset, 'k17', { externalId: '00u17' })).body.externalId,
      { rollcall: '00u17', dagster: '00u17', dbt: '00u17', pulumi: undefined },
    ],
    [
      'K17 (P17): the externalId of a group',
      async (preset) => (await of(preset).scim('POST', '/Groups', { displayName: 'K17', externalId: '00g17' })).status,
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 400 },
    ],
    [
      'K18 (B9, P7): the token before the newest one',
      async (preset) => {
        const org = await rollcall.organization({ settings: { preset } });
        await createToken(rollcall.db.app, org, { name: 'second' }, { now: new Date() });
        return (await org.scim('GET', '/Users')).status;
      },
      { rollcall: 200, dagster: 200, dbt: 200, pulumi: 401 },
    ],
    [
      'K21 (B53): the license of a new person',
      async (preset) => {
        const id = await accepted(preset, (await create(preset, 'k21')).body.id);
        return (await api(preset, 'GET', `/access/${id}`)).body.license;
      },
      { rollcall: null, dagster: null, dbt: 'developer', pulumi: null },
    ],
    [
      'K23 (B45): the teams of a new person',
      async (preset) =>
        (await api(preset, 'GET', `/members/${(await create(preset, 'k23')).body.id}/teams`)).body.items,
      { rollcall: [], dagster: [], dbt: [], pulumi: [] },
    ],
    [
      'K26 (D28): the last admin is deactivated',
      async (preset) => {
        const org = await rollcall.organization({ settings: { preset } });
        const { id } = (await org.scim('POST', '/Users', { userName: 'k26@acme.example', active: true })).body;
        const operator = apiClient(rollcall.url, rollcall.operatorKey);
        await operator('POST', `/organizations/${org.slug}/members/${id}/accept`);
        await operator('POST', `/organizations/${org.slug}/members/${id}/unlock`, { hours: 1 });
        await operator('PUT', `/organizations/${org.slug}/access/${id}/role`, { role: 'admin' });
        return (await org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }))).status;
      },
      { rollcall: 403, dagster: 403, dbt: 403, pulumi: 403 },
    ],
    [
      'K26 (P48): three admins whom an admin wants to set apart as a way in',
      async (preset) => {
        const statuses: number[] = [];
        for (const name of ['k26.one', 'k26.two', 'k26.three']) {
          const id = await local(preset, name);
          await giveRole(preset, id, 'admin');
          statuses.push((await api(preset, 'PUT', `/members/${id}/break-glass`, { breakGlass: true })).status);
        }
        return statuses;
      },
      { rollcall: [200, 200, 409], dagster: [409, 409, 409], dbt: [200, 200, 200], pulumi: [200, 409, 409] },
    ],
    [
      'K27 (D29, B65): a person for whom no seat of the license is free',
      async (preset) => {
        const settings = { preset, licenseSource: 'by-rules', defaultLicense: 'developer', invitation: 'none' };
        const org = await rollcall.organization({ settings });
        await setSeats(rollcall.db.app, org, 'developer', 1, { now: new Date() });
        await org.scim('POST', '/Users', { userName: 'k27.first@acme.example', active: true });
        return (await org.scim('POST', '/Users', { userName: 'k27@acme.example', active: true })).status;
      },
      { rollcall: 201, dagster: 400, dbt: 400, pulumi: 400 },
    ],
    [
      'K29 (B70, P42): whom the audit names for a person who was made and a team that was deleted, and the token behind it',
      async (preset) => {
        const { id } = (await create(preset, 'k29')).body;
        const team = (await of(preset).scim('POST', '/Groups', { displayName: 'K29' })).body.id;
        await of(preset).scim('DELETE', `/Groups/${team}`);
        const named = async (about: string, kind: string) => {
          const { items } = (await api(preset, 'GET', `/audit?about=${about}&kind=${kind}`)).body;
          const [{ by, actor, requestId }] = items as [{ by: string; actor: Item; requestId: string }];
          const { body } = await api(preset, 'GET', `/requests/${requestId}`);
          return [by, actor.type, body.tokenName];
        };
        return [await named(`member:${id}`, 'member.created'), await named(`team:${team}`, 'team.removed')];
      },
      (() => {
        const token = ['SCIM token okta (Okta)', 'token', 'okta'];
        const service = ['SCIM service', 'service', 'okta'];
        return {
          rollcall: [token, token],
          dagster: [token, token],
          dbt: [service, service],
          pulumi: [token, ['nobody is named', 'nobody', 'okta']],
        };
      })(),
    ],
    [
      'K29: whom the event feed names, which is the token whatever the audit shows',
      async (preset) => {
        const { id } = (await create(preset, 'k29.feed')).body;
        const { items } = (await api(preset, 'GET', '/events?limit=1000')).body as { items: Item[] };
        const told = items.find(({ data }) => (data as { member?: Item }).member?.id === id);
        const { id: token, ...actor } = (told?.actor ?? {}) as Item;
        return [actor, token === of(preset).tokenId];
      },
      {
        rollcall: [{ type: 'token', name: 'okta', provider: 'okta' }, true],
        dagster: [{ type: 'token', name: 'okta', provider: 'okta' }, true],
        dbt: [{ type: 'token', name: 'okta', provider: 'okta' }, true],
        pulumi: [{ type: 'token', name: 'okta', provider: 'okta' }, true],
      },
    ],
    [
      'K30 (D1, B3, P1): turning provisioning on without a sign-in provider, with another one, and with a confirmation of it',
      async (preset) => {
        const slug = `k30-${preset}`;
        const operator = apiClient(rollcall.url, rollcall.operatorKey);
        const made = await operator('POST', '/organizations', { slug, name: slug, settings: { preset } });
        const own = apiOf({ slug } as TestOrganization);
        const turn = async (state: string, more: Item = {}) =>
          (await own('PATCH', '/connection', { state, ...more })).status;
        await turn('off');
        const undeclared = await turn('on');
        await turn('off');
        await own('PUT', '/sign-in-provider', { provider: 'entra' });
        return [made.body.scim, undeclared, await turn('on'), await turn('on', { confirm: ['sameSignInProvider'] })];
      },
      {
        rollcall: ['on', 200, 428, 200],
        dagster: ['on', 200, 428, 200],
        dbt: ['off', 409, 409, 409],
        pulumi: ['off', 409, 409, 409],
      },
    ],
    [
      'K31 (D25, B35): people who were there when provisioning was turned on',
      async (preset) => {
        const own = await apart(preset);
        await own('PATCH', '/connection', { state: 'off' });
        const made = await own('POST', '/members', { userName: 'k31@acme.example', breakGlass: true });
        await own('PATCH', '/connection', { state: 'on' });
        return (await own('GET', `/members/${made.body.id}`)).body.origin;
      },
      { rollcall: 'local', dagster: 'local', dbt: 'local', pulumi: 'local' },
    ],
    [
      'K19 (D41, P8): turning off, and on again',
      async (preset) => {
        const org = await rollcall.organization({ settings: { preset } });
        const own = apiOf(org);
        const { id } = (await org.scim('POST', '/Users', { userName: 'k19@acme.example', active: true })).body;
        const { status } = (await own('GET', `/members/${id}`)).body;
        const plan = await own('GET', '/connection/plan?to=off');
        await own('PATCH', '/connection', { state: 'off' }, { 'if-match': plan.headers.get('etag') ?? '' });
        await own('PATCH', '/connection', { state: 'on' });
        const { body } = await own('GET', `/members/${id}`);
        // What a process knows of a token it uses again for a moment.
        await delay(2 * limits.tokenCacheMs);
        const answer = (await org.scim('GET', `/Users/${id}`)).status;
        return [body.status === status ? 'stays' : body.status, body.origin, answer];
      },
      {
        rollcall: ['stays', 'provisioned', 200],
        dagster: ['stays', 'provisioned', 200],
        dbt: ['stays', 'provisioned', 200],
        pulumi: ['stays', 'local', 401],
      },
    ],
    [
      'K22 (D26, P27): the role of a new person',
      async (preset) => {
        const { id } = (await create(preset, 'k22')).body;
        const { rows } = await rollcall.db.owner.query('select role from members where id = $1', [id]);
        return rows[0].role;
      },
      { rollcall: 'viewer', dagster: 'viewer', dbt: 'viewer', pulumi: 'member' },
    ],
    [
      'K25 (P24): a count above the maximum',
      async (preset) => (await of(preset).scim('GET', '/Users?count=100000')).status,
      { rollcall: 200, dagster: 200, dbt: 200, pulumi: 400 },
    ],
    [
      'K27 (P40): the name of a group with 101 characters',
      async (preset) => (await of(preset).scim('POST', '/Groups', { displayName: 'g'.repeat(101) })).status,
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 400 },
    ],
    [
      'K28 (D17, P23): a filter beyond the two names',
      async (preset) => (await of(preset).scim('GET', '/Users?filter=active%20eq%20true')).status,
      { rollcall: 200, dagster: 400, dbt: 200, pulumi: 400 },
    ],
    [
      'K28 (A2): the check whether a person exists',
      async (preset) => {
        const filter = encodeURIComponent('userName eq "nobody@acme.example"');
        return (await of(preset).scim('GET', `/Users?filter=${filter}`)).body.totalResults;
      },
      { rollcall: 0, dagster: 0, dbt: 0, pulumi: 0 },
    ],
  ];
  /** Lines of the table that no request of one moment shows. */
  const elsewhere: Record<string, string> = {
    K20: 'groups of sign-ins: licenses-and-roles.test.ts B47',
    brake: 'provisioning/brake.test.ts: no product has one',
  };

  test('each line of the table of settings is asked, or says where it is shown', () => {
    const asked = asks.map(([title]) => /^K\d+/.exec(title)?.[0]);
    const lines = Array.from({ length: 31 }, (_, index) => `K${index + 1}`);
    assert.deepEqual(
      lines.filter((line) => !asked.includes(line) && elsewhere[line] === undefined),
      [],
    );
    const settings = Object.values(policySettings).map(({ id }) => id);
    assert.deepEqual(
      lines.filter((line) => !settings.some((id) => id === line)),
      Object.keys(linesOfOneAnswer),
      'each line is a setting, or has one answer',
    );
    assert.deepEqual(
      settings.filter((id) => !asked.includes(id) && elsewhere[id] === undefined),
      [],
    );
  });

  for (const [title, ask, answers] of asks) {
    test(title, async () => {
      const answered: Record<string, unknown> = {};
      for (const preset of presetNames) answered[preset] = await ask(preset);
      assert.deepEqual(answered, answers);
    });
  }
});
