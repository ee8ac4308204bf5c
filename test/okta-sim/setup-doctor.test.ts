import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { coreUser } from '../../okta-sim/attribute-mapping.ts';
import { defaultMapping } from '../../okta-sim/default-mapping.ts';
import { createOkta, type Okta } from '../../okta-sim/okta.ts';
import type { AppSettings, Profile } from '../../okta-sim/options.ts';
import { eventually } from '../http/beside-globex.ts';
import { apiClient, type Scim, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { person, provisioned } from './simulated-okta.ts';

type Finding = { id: string; severity: string; says: string; fix: string; count: number | null; requests: string[] };
type Findings = { provider: { name: string; title: string } | null; findings: Finding[] };

/** What the guide tells an Okta admin to set. */
const right: AppSettings = { usernameFormat: 'email', usernameUpdate: 'create-only' };

/** A setup that is wrong in one way, what shows it, and the words of the fix. */
type Misconfiguration = {
  finding: string;
  app?: AppSettings;
  settings?: Record<string, string>;
  env?: Record<string, string>;
  play: (at: { okta: Okta; org: TestOrganization; api: Scim; path: string }) => Promise<unknown>;
  fix: RegExp;
};

const join = async (okta: Okta, groupId: string, ...names: string[]): Promise<void> => {
  for (const name of names) {
    okta.groups.addMembers(groupId, [okta.users.add(person(name)).id]);
    await okta.settle();
  }
};

const misconfigurations: Misconfiguration[] = [
  {
    finding: 'username-not-email',
    app: { usernameFormat: 'okta-username-prefix' },
    play: ({ okta }) => provisioned(okta, 'ada'),
    fix: /\*Application username format\* to Email on the Sign On tab/,
  },
  {
    finding: 'username-changed',
    app: { usernameUpdate: 'create-and-update' },
    play: async ({ okta }) => {
      const [ada] = await provisioned(okta, 'ada');
      okta.users.change(ada?.id ?? '', { login: 'ada.king@acme.example', email: 'ada.king@acme.example' });
      await okta.settle();
    },
    fix: /\*Update application username on\* to \*Create only\*/,
  },
  {
    finding: 'assigned-and-pushed',
    play: async ({ okta }) => {
      const group = okta.groups.add(
        'Everyone at Acme',
        ['ada', 'ben'].map((name) => okta.users.add(person(name)).id),
      );
      okta.app.assignGroup(group.id);
      await okta.settle();
      okta.push.group(group.id);
      await okta.settle();
      await join(okta, group.id, 'cleo', 'dan', 'eve');
    },
    fix: /Assign the app by one group and push others under \*Push Groups\*/,
  },
  {
    finding: 'members-not-assigned',
    app: { unknowns: { unassignedLeaveGroups: false } },
    play: async ({ okta }) => {
      const [ada, ben] = await provisioned(okta, 'ada', 'ben', 'cleo');
      okta.push.group(okta.groups.add('Engineering', [ada?.id ?? '', ben?.id ?? '']).id);
      await okta.settle();
      okta.app.unassign(ben?.id ?? '');
      await okta.settle();
    },
    fix: /Assign them to the app, then \*Push now\* the group/,
  },
  {
    finding: 'wrong-profile',
    settings: { scimProfile: 'entra' },
    play: ({ okta }) => provisioned(okta, 'ada'),
    fix: /SCIM profile of the connection to okta/,
  },
  {
    finding: 'old-token',
    play: async ({ okta, org, api, path }) => {
      await provisioned(okta, 'ada');
      assert.equal((await api('DELETE', `${path}/tokens/${org.tokenId}`)).status, 204);
      await delay(600);
      await okta.app.testCredentials().catch(() => undefined);
    },
    fix: /Provisioning > Integration > Authorization.*Test API Credentials/,
  },
  {
    finding: 'rate-limited',
    app: { concurrency: 10 },
    env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '3' },
    play: ({ okta }) => provisioned(okta, 'ada', 'ben', 'cleo', 'dan', 'eve'),
    fix: /Wait for a large job to end/,
  },
  {
    finding: 'unknown-attributes',
    app: {
      mapping: [
        ...defaultMapping,
        { name: 'shoeSize', externalName: 'shoeSize', externalNamespace: coreUser, from: 'user.firstName' },
      ],
    },
    play: ({ okta }) => provisioned(okta, 'ada'),
    fix: /Remove them under Provisioning > Attribute Mappings/,
  },
  {
    finding: 'profile-incomplete',
    app: { mapping: defaultMapping.filter(({ externalName }) => !externalName.startsWith('name.')) },
    play: ({ okta }) => provisioned(okta, 'ada'),
    fix: /Map name\.givenName, name\.familyName and emails under Provisioning > Attribute Mappings/,
  },
  {
    finding: 'password-sync',
    app: { toApp: { syncPassword: 'okta' } },
    play: async ({ okta }) => {
      const [ada] = await provisioned(okta, 'ada');
      okta.users.setPassword(ada?.id ?? '', 'correct horse');
      await okta.settle();
    },
    fix: /Turn \*Sync Password\* off/,
  },
  {
    finding: 'scope-missing',
    play: async ({ okta, org, api, path }) => {
      const [ada, ben] = await provisioned(okta, 'ada', 'ben');
      await api('PATCH', `${path}/tokens/${org.tokenId}`, { scopes: ['users:read', 'users:write'] });
      await delay(600);
      okta.push.group(okta.groups.add('Engineering', [ada?.id ?? '', ben?.id ?? '']).id);
      await okta.settle();
    },
    fix: /Give the token the scope/,
  },
  {
    finding: 'address-refused',
    play: async ({ okta, api, path }) => {
      await provisioned(okta, 'ada');
      const lists = { appliesTo: 'scim', allow: [{ range: '203.0.113.0/24' }], deny: [] };
      assert.equal((await api('PUT', `${path}/addresses`, lists)).status, 200);
      await delay(600);
      await okta.app.testCredentials().catch(() => undefined);
    },
    fix: /Import the ranges that Okta publishes \(ip_ranges\.json\)/,
  },
  {
    finding: 'provisioning-off',
    play: async ({ okta, api, path }) => {
      await provisioned(okta, 'ada');
      assert.equal((await api('PATCH', `${path}/connection`, { state: 'off' })).status, 200);
      await delay(600);
      await okta.app.testCredentials().catch(() => undefined);
    },
    fix: /Turn provisioning on/,
  },
];

for (const profile of ['aiw', 'oin'] satisfies Profile[]) {
  describe(`the setup doctor looks at the traffic of Okta: ${profile}`, () => {
    let usual: TestRollcall;
    before(async () => {
      usual = await startRollcall();
    });
    after(() => usual[Symbol.asyncDispose]());

    async function set(
      rollcall: TestRollcall,
      app: AppSettings,
      settings: Record<string, string> = {},
    ): Promise<{ okta: Okta & Disposable; org: TestOrganization; api: Scim; path: string }> {
      const org = await rollcall.organization({
        settings: { provider: 'okta', signInProvider: 'okta', scimProfile: 'okta', ...settings },
      });
      const okta = createOkta({
        app: { baseUrl: org.scimBaseUrl, ...right, ...app, profile },
        auth: { mode: 'bearer', token: org.token },
        seed: org.slug,
      });
      const api = apiClient(rollcall.url, rollcall.operatorKey);
      const closing = Object.assign(okta, { [Symbol.dispose]: () => okta.close() });
      return { okta: closing, org, api, path: `/organizations/${org.slug}` };
    }

    /** What is found once the counts of the last request are written, a moment after its answer. */
    async function findings(api: Scim, path: string): Promise<Findings> {
      await delay(700);
      const { status, body, text } = await api('GET', `${path}/connection/findings`);
      assert.equal(status, 200, text);
      return body as unknown as Findings;
    }

    test('a right setup has no finding, over the life of people and groups', async () => {
      const { okta, api, path } = await set(usual, {});
      using _ = okta;
      await okta.app.testCredentials();
      const [ada, ben, cleo, dan] = (await provisioned(okta, 'ada', 'ben', 'cleo', 'dan')).map(({ id }) => id) as [
        string,
        string,
        string,
        string,
      ];
      const group = okta.groups.add('Engineering', [ada, ben, cleo]);
      okta.push.group(group.id);
      await okta.settle();
      okta.users.change(ada, { title: 'Countess' });
      okta.users.change(ben, { login: 'ben.king@acme.example' });
      await okta.settle();
      okta.groups.removeMembers(group.id, [ben]);
      okta.groups.rename(group.id, 'Difference engines');
      await okta.settle();
      okta.app.unassign(cleo);
      await okta.settle();
      okta.app.assign(cleo);
      okta.users.deactivate(dan);
      await okta.settle();
      okta.app.importNow();
      await okta.settle();
      const { provider, findings: found } = await findings(api, path);
      assert.deepEqual([provider, found], [{ name: 'okta', title: 'Okta' }, []]);
    });

    for (const { finding, app = {}, settings, env, play, fix } of misconfigurations) {
      test(`${finding} is found, with its requests and the fix, and nothing else is`, async () => {
        await using own = env === undefined ? undefined : await startRollcall({ env });
        const { okta, org, api, path } = await set(own ?? usual, app, settings);
        using _ = okta;
        await play({ okta, org, api, path });
        // On a busy machine counts and rows of the log are written later, each at a time of its own.
        await eventually(async () => {
          const found = (await findings(api, path)).findings;
          assert.deepEqual(
            found.map(({ id }) => id),
            [finding],
            JSON.stringify(found),
          );
          assert.match(found[0]?.fix ?? '', fix);
          for (const reference of found[0]?.requests ?? []) {
            assert.equal((await api('GET', `${path}/requests/${reference}`)).status, 200);
          }
        });
        const other = await (own ?? usual).organization({ settings: { signInProvider: 'okta' } });
        const nothing = await api('GET', `/organizations/${other.slug}/connection/findings`);
        assert.deepEqual(nothing.body.findings, []);
      });
    }
  });
}
