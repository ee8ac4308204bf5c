import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import type { DisconnectChoice } from '../../src/organization/disconnecting.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { defineResourceType, defineSchema } from '../../src/provisioning/change-definitions.ts';
import { changePolicy } from '../../src/provisioning/change-policy.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { disconnect, goOnDisconnecting } from '../../src/provisioning/disconnect.ts';
import { planDisconnect } from '../../src/provisioning/disconnect-plan.ts';
import { suspendMember } from '../../src/provisioning/edit-member.ts';
import { addTeam, changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { settleEverywhere } from '../../src/provisioning/maintenance.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { applyUndo, planUndo } from '../../src/provisioning/undo.ts';
import { listConnections, readConnection } from '../../src/store/connections.ts';
import { beginEnding } from '../../src/store/disconnect-writing.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { insertConnection } from '../../src/store/organization-writing.ts';
import { openEventStream } from '../event-stream-client.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { heldIn, inForceByName } from '../holding.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  lastEvent,
  memberRow,
  patch,
  user,
} from '../http/beside-globex.ts';
import { apiClient, scimClient, startRollcall, type TestOrganization } from '../rollcall.ts';

const at = () => ({ now: new Date() });
const all = { from: 0, limit: 10_000 };

/** What events of resources that are neither people nor teams say. */
type ResourceData = { resource: { id: string; externalId?: string }; before?: string; changed?: object };

describe('a connection that ends', () => {
  const here = besideGlobex();
  const rows = async (text: string, org: { id: string }, ...values: unknown[]) =>
    (await here.rollcall.db.owner.query({ text, values: [org.id, ...values] })).rows;

  /**
   * Ada administers and is local, ben and cleo are provisioned, dan is suspended by hand, eve suspended by the provider. The
   * group Crew gives the role member to ben and eve, whom the provider put there, and to ada and zoe, who is local too. Local
   * is a team of an admin's with ben in it.
   */
  async function story(): Promise<
    TestOrganization & Record<'ada' | 'ben' | 'cleo' | 'dan' | 'eve' | 'crew' | 'local', string>
  > {
    const org = await here.rollcall.organization({ settings: { addByHand: 'allowed', manualUpdates: 'on' } });
    const { app } = here.rollcall.db;
    const { id: ada } = await addMember(app, org, { userName: 'ada@acme.example', email: 'ada@acme.example' }, at());
    await giveRole(app, org, ada, 'owner', at());
    const [ben, cleo, dan, eve] = [
      await createUser(org, 'ben'),
      await createUser(org, 'cleo'),
      await createUser(org, 'dan'),
      await createUser(org, 'eve'),
    ];
    await suspendMember(app, org, dan, at());
    await org.scim('PATCH', `/Users/${eve}`, patch({ op: 'replace', value: { active: false } }));
    const crew = await createGroup(org, 'Crew', [ben, eve]);
    await mapTeam(app, org, crew, { role: 'member' }, at());
    const { id: zoe } = await addMember(app, org, { userName: 'zoe@acme.example' }, at());
    for (const memberId of [ada, zoe]) {
      await changePersonOfTeam(app, org, { teamId: crew, memberId, isIn: true }, at());
    }
    const { id: local } = await addTeam(app, org, 'Local', at());
    await changePersonOfTeam(app, org, { teamId: local, memberId: ben, isIn: true }, at());
    return { ...org, ada, ben, cleo, dan, eve, crew, local };
  }

  const sound = async (org: { id: string }) => {
    const { app, owner } = here.rollcall.db;
    const found = await reconcile(app, org, false, at());
    assert.deepEqual(found.drift, {}, JSON.stringify(found.items));
    assert.deepEqual(await heldIn(owner, org), { members: 0, teams: 0, memberships: 0, batches: 0 });
    await assertFeedTellsState(app, owner, org);
  };
  const origins = async (org: { id: string }) => ({
    people: Object.fromEntries(
      (
        await rows(
          `select split_part(user_name, '@', 1) as name, origin || ' ' || status as is from members where org_id = $1`,
          org,
        )
      ).map((row) => [row.name, row.is]),
    ),
    teams: Object.fromEntries(
      (await rows('select display_name, origin from teams where org_id = $1 and in_force_name is not null', org)).map(
        (row) => [row.display_name, row.origin],
      ),
    ),
    inTeams: (
      await rows(
        `select t.display_name || ' ' || split_part(m.user_name, '@', 1) as is from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
          join members m on m.org_id = $1 and m.id = tm.member_id where tm.org_id = $1 and tm.in_force order by 1`,
        org,
      )
    ).map((row) => row.is),
  });

  test('keep: people and teams stay as they are, and are an admin’s from now on', async () => {
    const { app } = here.rollcall.db;
    const org = await story();
    const before = await origins(org);
    const { isDone, kept } = await disconnect(app, org, 'keep', at());
    assert.deepEqual({ isDone, kept }, { isDone: true, kept: [] });
    assert.deepEqual(await origins(org), {
      people: {
        ada: 'local active',
        ben: 'local active',
        cleo: 'local active',
        dan: 'local suspended',
        eve: 'local suspended',
        zoe: 'local active',
      },
      teams: { Crew: 'local', Local: 'local' },
      inTeams: before.inTeams,
    });
    assert.deepEqual(before.inTeams, ['Crew ada', 'Crew ben', 'Crew zoe', 'Local ben']);
    const ben = await memberRow(here.rollcall, org, org.ben);
    assert.deepEqual([ben.rule, ben.external_id, ben.scim.externalId], ['disconnect-kept', null, undefined]);
    assert.equal(
      (await memberRow(here.rollcall, org, org.eve)).rule,
      'asked-inactive',
      'why somebody is suspended stays',
    );
    assert.deepEqual(await rows('select role from members where org_id = $1 and id = $2', org, org.ben), [
      { role: 'member' },
    ]);
    await suspendMember(app, org, org.ben, at());
    await sound(org);
  });

  test('suspend: people are suspended and lose keys, seats and teams; local people do not change', async () => {
    const { app } = here.rollcall.db;
    const org = await story();
    const [ada, ben] = [org.ada, org.ben].map((memberId) =>
      createApiKey(app, org, { name: 'own', scopes: ['members:read'], memberId }, at()),
    );
    const [ofAda, ofBen] = [await ada, await ben];
    const list = async (key: string | undefined) =>
      (await apiClient(here.rollcall.url, key ?? '')('GET', `/organizations/${org.slug}/members`)).status;
    assert.deepEqual([await list(ofAda?.key), await list(ofBen?.key)], [200, 200]);
    await disconnect(app, org, 'suspend', at());
    await eventually(async () => assert.equal(await list(ofBen?.key), 401));
    assert.equal(await list(ofAda?.key), 200);
    assert.deepEqual(await origins(org), {
      people: {
        ada: 'local active',
        ben: 'local suspended',
        cleo: 'local suspended',
        dan: 'local suspended',
        eve: 'local suspended',
        zoe: 'local active',
      },
      teams: { Crew: 'local', Local: 'local' },
      inTeams: ['Crew ada', 'Crew zoe'],
    });
    assert.deepEqual(
      await rows(`select count(*)::int as n from members where org_id = $1 and license is not null`, org),
      [
        {
          n: (
            await rows(
              `select count(*)::int as n from members where org_id = $1 and license is not null and status = 'active'`,
              org,
            )
          )[0].n,
        },
      ],
    );
    assert.equal((await memberRow(here.rollcall, org, org.ben)).rule, 'disconnect-suspended');
    await sound(org);
  });

  test('remove: people and the provider’s teams go with a memory, what is local stays', async () => {
    const { app } = here.rollcall.db;
    const org = await story();
    await disconnect(app, org, 'remove', at());
    const { people, teams, inTeams } = await origins(org);
    assert.deepEqual(
      [people, teams, inTeams],
      [
        {
          ada: 'local active',
          ben: 'provisioned removed',
          cleo: 'provisioned removed',
          dan: 'provisioned removed',
          eve: 'provisioned removed',
          zoe: 'local active',
        },
        { Local: 'local' },
        [],
      ],
    );
    const [ben] = await rows(
      'select retained_until > now() as kept, left_teams, deleted_at is not null as gone from members where org_id = $1 and id = $2',
      org,
      org.ben,
    );
    assert.deepEqual(ben, { kept: true, left_teams: [org.local], gone: true });
    assert.deepEqual(
      await rows('select retained_until > now() as kept from teams where org_id = $1 and id = $2', org, org.crew),
      [{ kept: true }],
    );
    await sound(org);
  });

  test('hand-over: the next provider finds and takes over everybody by their names, and nobody changes in force', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await story();
    const before = await inForceByName(owner, org);
    await disconnect(app, org, 'hand-over', at());
    assert.deepEqual(await inForceByName(owner, org), before);
    await eventually(async () =>
      assert.equal((await org.scim('GET', '/Users')).status, 401, 'the old token is refused'),
    );
    const { token } = await createToken(app, org, { name: 'next' }, at());
    const next = scimClient(org.scimBaseUrl, token);
    const refused = await next('POST', '/Users', user('ben', { externalId: 'next-ben' }));
    assert.equal(refused.status, 403, 'the new connection is off');
    await switchConnection(app, org, 'on', at());

    const byName = `/Users?filter=${encodeURIComponent('userName eq "ben@acme.example"')}`;
    const found = await eventually(async () => {
      const answer = await next('GET', byName);
      assert.equal(answer.body.Resources?.[0]?.id, org.ben, answer.text);
      return answer;
    });
    assert.equal(found.body.Resources?.[0]?.externalId, undefined, 'the external id of the old provider is gone');
    const old = await next('GET', `/Users?filter=${encodeURIComponent('externalId eq "00u-ben"')}`);
    assert.deepEqual(old.body.Resources, []);
    const ben = await next('POST', '/Users', user('ben', { externalId: 'next-ben' }));
    assert.deepEqual([ben.status, ben.body.id, ben.body.externalId], [201, org.ben, 'next-ben'], ben.text);
    const again = await next('POST', '/Users', user('ben', { externalId: 'next-ben' }));
    assert.equal(again.status, 409, 'whoever was taken over is there once');
    const cleo = await next('PUT', `/Users/${org.cleo}`, user('cleo', { externalId: '00u-ben' }));
    assert.deepEqual([cleo.status, cleo.body.externalId], [200, '00u-ben'], cleo.text);
    const crew = await next('POST', '/Groups', { displayName: 'Crew' });
    assert.deepEqual([crew.status, crew.body.id], [201, org.crew], crew.text);
    assert.equal((await next('POST', '/Groups', { displayName: 'Crew' })).status, 409);
    assert.deepEqual(await inForceByName(owner, org), before);
    const linked = (await eventsAfter(here.rollcall, org, 0)).filter(
      ({ kind }) => kind === 'member.linked' || kind === 'team.linked',
    );
    assert.deepEqual(
      linked.map(({ data }) => data),
      [
        { member: { id: org.ben, userName: 'ben@acme.example' }, before: 'provisioned', after: 'provisioned' },
        { member: { id: org.cleo, userName: 'cleo@acme.example' }, before: 'provisioned', after: 'provisioned' },
        { team: { id: org.crew, displayName: 'Crew' }, before: 'synced', after: 'synced' },
      ],
    );
    const with_ = await next('PUT', `/Groups/${org.crew}`, { displayName: 'Crew', members: [{ value: org.cleo }] });
    assert.equal(with_.status, 200);
    await sound(org);
    // Those whom the next provider has not spoken of end with its connection.
    await disconnect(app, org, 'remove', at());
    assert.deepEqual((await origins(org)).people.dan, 'provisioned removed');
    await sound(org);
  });

  for (const choice of ['keep', 'suspend', 'remove', 'hand-over'] as const) {
    test(`${choice}: the plan is what happens, item by item, and each is an event`, async () => {
      const { app } = here.rollcall.db;
      const org = await story();
      await switchConnection(app, org, 'paused', at());
      await createUser(org, 'never');
      await org.scim('DELETE', `/Users/${org.cleo}`);
      await createGroup(org, 'Never', [org.ben]);
      await org.scim(
        'PATCH',
        `/Groups/${org.crew}`,
        patch({ op: 'add', path: 'members', value: [{ value: org.dan }] }),
      );
      const plan = await planDisconnect(app, org, choice, all);
      assert.equal(plan.refusal, undefined);
      const before = await facts(org);
      const told = plan.items.filter(({ kind }) => kind === 'held.discarded');
      assert.deepEqual(
        told.map(({ name, team, from, to }) => `${name}${team ? ` in ${team.name}` : ''}: ${from} > ${to}`).sort(),
        [
          'Never: null > Never',
          'ben@acme.example in Never: out > in',
          'cleo@acme.example: active > removed',
          'dan@acme.example in Crew: out > waits',
          'never@acme.example: null > active',
          'never@acme.example: null > never Byron <never@acme.example>',
        ].sort(),
      );
      assert.match(told[0]?.because ?? '', /; this is held, and is discarded with the connection$/);
      const seq = await lastEvent(here.rollcall, org);
      await disconnect(app, org, choice, at(), plan.version);
      const after = await facts(org, before);
      const differs = [...before.keys()]
        .filter((key) => before.get(key) !== after.get(key))
        .map((key) => `${key}: ${before.get(key)} > ${after.get(key)}`);
      const planned = plan.items
        .filter(({ kind }) => !kind.endsWith('handed_over') && kind !== 'held.discarded')
        .map(
          ({ kind, id, team, from, to }) => `${kind} ${id} ${team?.id ?? ''}: ${from} > ${to === 'waits' ? 'out' : to}`,
        );
      assert.deepEqual(planned.sort(), differs.sort());
      assert.deepEqual(
        plan.items.filter(({ kind }) => kind.endsWith('handed_over')).map(({ name, from }) => `${name} ${from}`),
        choice === 'hand-over'
          ? ['Crew null', ...['ben', 'cleo', 'dan', 'eve'].map((name) => `${name}@acme.example 00u-${name}`)]
          : [],
      );
      const events = await eventsAfter(here.rollcall, org, seq);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, place) => seq + 1 + place),
      );
      const about = (kind: string) => events.filter((event) => event.kind === kind);
      assert.deepEqual(
        [
          about('connection.state_changed').map(({ data }) => data),
          about('token.revoked').length,
          about('hold.discarded').length,
        ],
        [
          [
            { connection: org.connectionId, before: 'paused', after: 'disconnecting', choice },
            { connection: org.connectionId, before: 'disconnecting', after: 'disconnected', choice },
          ],
          1,
          1,
        ],
      );
      assert.equal(events[0]?.kind, 'connection.state_changed');
      assert.equal(events.at(-1)?.kind, 'connection.created');
      const counted = {
        'member.unlinked': 'member.origin',
        'member.handed_over': 'member.handed_over',
        'team.removed': 'team.removed',
        'team.unlinked': 'team.origin',
        'team.handed_over': 'team.handed_over',
      };
      for (const [event, item] of Object.entries(counted)) {
        assert.equal(about(event).length, plan.items.filter(({ kind }) => kind === item).length, event);
      }
      const ofTeams = plan.items.filter(({ kind }) => kind.startsWith('team.'));
      for (const { kind, because } of ofTeams) assert.match(because, /the teams? /, kind);
      for (const { kind, data } of events) {
        if ('reason' in data) assert.deepEqual(data.reason?.by, { type: 'operator' }, kind);
      }
      await sound(org);
    });
  }

  /** What is in force of an organization, by the keys that items of a plan have. Who is not in a team is out, for whatever reason. */
  async function facts(org: { id: string }, known?: ReadonlyMap<string, string | null>) {
    const found = new Map<string, string | null>();
    const people = await rows('select id, status, origin, role, license from members where org_id = $1', org);
    for (const { id, status, origin, role, license } of people) {
      const key = `member.status ${id} `;
      if (known === undefined ? status === 'held' || status === 'removed' : !known.has(key)) continue;
      found.set(key, status);
      found.set(`member.role ${id} `, role);
      found.set(`member.license ${id} `, license);
      // Whose somebody is who is gone says nothing.
      found.set(`member.origin ${id} `, status === 'removed' ? (known?.get(`member.origin ${id} `) ?? null) : origin);
    }
    for (const { id, in_force_name: name, origin } of await rows(
      'select id, in_force_name, origin from teams where org_id = $1',
      org,
    )) {
      found.set(`team.removed ${id} `, name);
      if (name !== null) found.set(`team.origin ${id} `, origin);
      else if (known?.has(`team.origin ${id} `))
        found.set(`team.origin ${id} `, known.get(`team.origin ${id} `) ?? null);
    }
    for (const key of known?.keys() ?? []) if (key.startsWith('membership ')) found.set(key, 'out');
    for (const { team_id: team, member_id: member, in_force: isIn } of await rows(
      'select team_id, member_id, in_force from team_members where org_id = $1',
      org,
    )) {
      found.set(`membership ${member} ${team}`, isIn ? 'in' : 'out');
    }
    return found;
  }

  test('a team whose deletion is held and whose name another one is to have ends, and the plan says who leaves it', async () => {
    const { app } = here.rollcall.db;
    for (const choice of ['keep', 'hand-over'] as const) {
      const org = await story();
      const other = await createGroup(org, 'Other');
      await switchConnection(app, org, 'paused', at());
      assert.equal((await org.scim('DELETE', `/Groups/${org.crew}`)).status, 204);
      const rename = patch({ op: 'replace', path: 'displayName', value: 'Crew' });
      assert.equal((await org.scim('PATCH', `/Groups/${other}`, rename)).status, 204);
      const plan = await planDisconnect(app, org, choice, all);
      const leaves = plan.items.filter(({ kind, team }) => kind === 'membership' && team?.id === org.crew);
      const inForce = `select member_id as id from team_members where org_id = $1 and team_id = $2 and in_force`;
      const before = (await rows(inForce, org, org.crew)).map(({ id }) => id);
      assert.ok(before.length >= 2);
      assert.deepEqual(
        leaves
          .filter(({ from }) => from === 'in')
          .map(({ id }) => id)
          .sort(),
        before.sort(),
        choice,
      );
      await disconnect(app, org, choice, at(), plan.version);
      assert.deepEqual(await rows(inForce, org, org.crew), []);
    }
  });

  test('a plan that is not what there is any more is refused, and events beside it do not matter', async () => {
    const { app } = here.rollcall.db;
    const org = await story();
    const plan = await planDisconnect(app, org, 'suspend', { from: 0, limit: 1 });
    assert.deepEqual([plan.items.length, plan.next], [1, 1]);
    await createToken(app, org, { name: 'beside' }, at());
    await createUser(org, 'fay');
    await assert.rejects(disconnect(app, org, 'suspend', at(), plan.version), { code: 'changed' });
    const again = await planDisconnect(app, org, 'suspend', all);
    await createToken(app, org, { name: 'beside' }, at());
    assert.equal((await disconnect(app, org, 'suspend', at(), again.version)).isDone, true);
  });

  test('what would take the last owner is refused with the names, and nothing is changed', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await here.rollcall.organization();
    const [ben, cleo] = [await createUser(org, 'ben'), await createUser(org, 'cleo')];
    await giveRole(app, org, ben, 'owner', at());
    await giveRole(app, org, cleo, 'owner', at());
    const [before, seq] = [await inForceByName(owner, org), await lastEvent(here.rollcall, org)];
    for (const choice of ['suspend', 'remove'] as const) {
      const { refusal } = await planDisconnect(app, org, choice, all);
      assert.match(refusal ?? '', /without an active owner.*ben@acme\.example, cleo@acme\.example/);
      await assert.rejects(disconnect(app, org, choice, at()), { code: 'refused', message: refusal });
    }
    assert.deepEqual([await inForceByName(owner, org), await lastEvent(here.rollcall, org)], [before, seq]);
    assert.equal((await org.scim('GET', '/Users')).status, 200);
    for (const choice of ['keep', 'hand-over'] as const) {
      assert.equal((await planDisconnect(app, org, choice, all)).refusal, undefined);
    }
  });

  test('only the tokens and people of this connection are touched', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await story();
    const other = 'ffffffff-0000-7000-8000-000000000001';
    await inOrganization(app, org.id, async (tx) =>
      insertConnection(tx, { id: other, provider: 'okta', scimProfile: 'okta', state: 'on', now: new Date() }),
    );
    const { id: otherToken } = await createToken(app, org, { name: 'other' }, at());
    await owner.query('update scim_tokens set connection_id = $2 where org_id = $1 and id = $3', [
      org.id,
      other,
      otherToken,
    ]);
    await owner.query('update members set connection_id = $2 where org_id = $1 and id = $3', [org.id, other, org.cleo]);
    await disconnect(app, org, 'remove', at());
    assert.equal((await origins(org)).people.cleo, 'provisioned active');
    assert.deepEqual(
      await rows('select id, revoked_at is null as works from scim_tokens where org_id = $1 order by 1', org),
      [
        { id: org.tokenId, works: false },
        { id: otherToken, works: true },
      ].toSorted((one, two) => (one.id < two.id ? -1 : 1)),
    );
    assert.deepEqual(
      (await listConnections(app, org, { limit: 10 })).map(({ id, state }) => (id === other ? 'other' : state)),
      ['other', 'off', 'disconnected'],
    );
    assert.equal((await readConnection(app, org)).state, 'off');
  });

  test('what began and did not finish is gone on with by the job, and a new connection is there to be set up', async () => {
    const { app, jobs, owner } = here.rollcall.db;
    const org = await story();
    await inOrganization(app, org.id, async (tx) => {
      beginEnding(tx, org.connectionId, { choice: 'suspend', by: { type: 'operator' }, now: new Date() });
    });
    const refused = { code: 'refused', message: /is being disconnected/ };
    await assert.rejects(disconnect(app, org, 'keep', at()), refused);
    await assert.rejects(switchConnection(app, org, 'on', at()), refused);
    await assert.rejects(createToken(app, org, { name: 'early' }, at()), refused);
    await eventually(async () => assert.equal((await org.scim('DELETE', `/Users/${org.id}`)).status, 403));
    await settleEverywhere({ app, jobs }, new Date(), { log: assert.fail });
    assert.equal((await origins(org)).people.ben, 'local suspended');
    const [current, ended] = await listConnections(app, org, { limit: 10 });
    assert.deepEqual([current?.state, ended?.state, ended?.choice], ['off', 'disconnected', 'suspend']);
    assert.ok(ended?.endedAt !== undefined);
    assert.equal(ended.id, org.connectionId);
    const seq = await lastEvent(here.rollcall, org);
    await settleEverywhere({ app, jobs }, new Date(), { log: assert.fail });
    assert.equal(await lastEvent(here.rollcall, org), seq, 'once is enough');

    const { token } = await createToken(app, org, { name: 'next' }, at());
    await switchConnection(app, org, 'on', at());
    const next = scimClient(org.scimBaseUrl, token);
    assert.deepEqual(
      (await listConnections(app, org, { limit: 10 })).map(({ state }) => state),
      ['on', 'disconnected'],
    );
    const ben = await next('POST', '/Users', user('ben'));
    assert.deepEqual([ben.status, ben.body.id], [201, org.ben], 'a local person is linked as the policy says');
    assert.equal((await next('POST', '/Users', user('gil'))).status, 201);
    assert.equal((await origins(org)).people.ben, 'claimed active');
    const { rows: log } = await owner.query(
      'select count(*)::int as n from scim_requests where org_id = $1 and token_id = $2',
      [org.id, org.tokenId],
    );
    assert.ok(log[0].n > 0, 'the log of the old connection can be read');
    await sound(org);
  });

  test('whoever would be the last owner by now stays as an admin’s, and everybody else goes', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await story();
    await giveRole(app, org, org.ben, 'owner', at());
    await inOrganization(app, org.id, async (tx) =>
      beginEnding(tx, org.connectionId, { choice: 'remove', by: { type: 'operator' }, now: new Date() }),
    );
    await suspendMember(app, org, org.ada, at());
    const { isDone, kept } = await goOnDisconnecting(app, org, org.connectionId, at);
    assert.deepEqual({ isDone, kept }, { isDone: true, kept: [org.ben] });
    const { people } = await origins(org);
    assert.deepEqual([people.ben, people.cleo], ['local active', 'provisioned removed']);
    const { rows: counts } = await owner.query('select owners, members from event_counters where org_id = $1', [
      org.id,
    ]);
    assert.deepEqual(counts, [{ owners: '1', members: '3' }]);
    await sound(org);
  });

  for (const choice of ['suspend', 'remove'] as const) {
    test(`${choice}: keys and event streams of whoever goes end on every process within a second (R16, I7)`, async () => {
      const { app } = here.rollcall.db;
      await using second = await here.rollcall.startNode();
      const org = await story();
      const input = { name: 'own', scopes: ['members:read', 'events:read'] };
      const [ofBen, ofAda] = await Promise.all(
        [org.ben, org.ada].map((memberId) => createApiKey(app, org, { ...input, memberId }, at())),
      );
      await using streams = new AsyncDisposableStack();
      const urls = [here.rollcall.url, second.url];
      const open = [];
      for (const url of urls) open.push(streams.use(await openEventStream(url, org.slug, ofBen?.key ?? '')));
      await disconnect(app, org, choice, at());
      for (const stream of open) while ((await stream.next()) !== undefined);
      for (const url of urls) {
        const list = async (key = '') =>
          (await apiClient(url, key)('GET', `/organizations/${org.slug}/members`)).status;
        await eventually(async () => assert.equal(await list(ofBen?.key), 401));
        assert.equal(await list(ofAda?.key), 200);
      }
    });
  }

  test('undoing brings back whom it suspended and removed, and says of the connection that it cannot', async () => {
    const { app } = here.rollcall.db;
    for (const choice of ['suspend', 'remove'] as const) {
      const org = await story();
      const seq = await lastEvent(here.rollcall, org);
      await disconnect(app, org, choice, at());
      const events = await eventsAfter(here.rollcall, org, seq);
      const gone = events.find(
        (event) =>
          (event.kind === 'member.suspended' || event.kind === 'member.removed') && event.data.member.id === org.cleo,
      );
      const undone = { event: gone?.seq ?? 0 };
      const { digest, items } = await planUndo(app, org, undone);
      assert.deepEqual(
        items.map(({ fact, to }) => [fact, to]),
        [['status', 'active']],
      );
      await applyUndo(app, org, undone, digest, at());
      assert.deepEqual(
        await rows(
          `select origin, status from members where org_id = $1 and user_name = 'cleo@acme.example' and deleted_at is null`,
          org,
        ),
        [{ origin: 'local', status: 'active' }],
      );
      const { impossible, items: none } = await planUndo(app, org, { event: events[0]?.seq ?? 0 });
      assert.deepEqual([none, impossible.map(({ event }) => event)], [[], [events[0]?.seq]]);
      await sound(org);
    }
  });

  test('K19, turnOff discard: turning off is disconnecting with keep, with the plan of that', async () => {
    const { app } = here.rollcall.db;
    const org = await story();
    await changePolicy(app, org, { settings: { turnOff: 'discard' } }, at());
    const plan = await planSwitch(app, org, 'off', all);
    assert.deepEqual(plan.counts, { 'member.origin': 4, 'team.origin': 1 });
    assert.match(plan.warnings.join(), /ends the connection for good/);
    const paused = await planSwitch(app, org, 'paused', all);
    assert.deepEqual([paused.counts, paused.warnings], [{}, []]);
    await assert.rejects(switchConnection(app, org, 'off', at()), { code: 'unplanned' });
    await assert.rejects(switchConnection(app, org, 'off', at(), paused.version), { code: 'changed' });
    await createUser(org, 'fay');
    await assert.rejects(switchConnection(app, org, 'off', at(), plan.version), { code: 'changed' });
    const again = await planSwitch(app, org, 'off', all);
    assert.deepEqual(await switchConnection(app, org, 'off', at(), again.version), {
      changed: true,
      settled: undefined,
      ended: true,
      warnings: [],
    });
    assert.equal((await origins(org)).people.fay, 'local active');
    assert.deepEqual(
      (await listConnections(app, org, { limit: 10 })).map(({ state, choice }) => [state, choice]),
      [
        ['off', undefined],
        ['disconnected', 'keep'],
      ],
    );
    assert.deepEqual((await switchConnection(app, org, 'off', at())).changed, false, 'what is off is not ended again');
    await sound(org);
  });

  test('K19, turnOff discard: over the API and as a configuration, the connection ends only as its plan showed', async () => {
    const { app } = here.rollcall.db;
    const org = await here.rollcall.organization({ settings: { turnOff: 'discard', brakeTeamRemovals: 'strict' } });
    const other = await here.rollcall.organization({ settings: { turnOff: 'discard' } });
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = `/organizations/${org.slug}`;
    const ada = await createUser(org, 'ada');
    await switchConnection(app, org, 'paused', at());
    await org.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
    await createUser(org, 'never');
    const states = async () =>
      await Promise.all([org, other].map(async (each) => (await readConnection(app, each)).state));
    const off = { state: 'off' };
    const etag = (await api('GET', `${path}/connection`)).headers.get('etag') ?? '';
    for (const headers of [{}, { 'if-match': '*' }, { 'if-match': etag }]) {
      const refused = await api('PATCH', `${path}/connection`, off, headers as Record<string, string>);
      assert.deepEqual([refused.status, refused.body.code], [428, 'precondition_required'], refused.text);
      assert.match(refused.body.detail ?? '', /ends this connection for good.*plan\?to=off.*If-Match/);
    }
    const wanted = { ...((await api('GET', `${path}/configuration`)).body as object), connection: off };
    const configured = await api('PUT', `${path}/configuration`, wanted, { 'if-match': '*' });
    assert.deepEqual([configured.status, configured.body.code], [428, 'precondition_required'], configured.text);
    assert.deepEqual(await states(), ['paused', 'on']);

    const plan = await api('GET', `${path}/connection/plan?to=off`);
    const told = (plan.body.items as { kind: string; name: string; from: string; to: string }[])
      .filter(({ kind }) => kind === 'held.discarded')
      .map(({ name, from, to }) => `${name} ${from} ${to}`);
    assert.ok(told.includes('ada@acme.example active suspended'), plan.text);
    assert.ok(told.includes('never@acme.example null active'), plan.text);
    assert.match((plan.body.warnings as string[]).join(), /ends the connection for good/);
    const planned = await api('POST', `${path}/configuration/plan`, wanted);
    assert.equal((planned.body.counts as Record<string, number>)['held.discarded'], told.length, planned.text);
    const applied = await api('PUT', `${path}/configuration`, wanted, { 'if-match': `"${planned.body.version}"` });
    assert.equal(applied.status, 200, applied.text);
    assert.deepEqual(await states(), ['off', 'on']);
    assert.equal((await memberRow(here.rollcall, org, ada)).status, 'active');
    const shown = await api('GET', `/organizations/${other.slug}/connection/plan?to=off`);
    const ended = await api('PATCH', `/organizations/${other.slug}/connection`, off, {
      'if-match': `"${shown.body.version}"`,
    });
    assert.equal(ended.status, 200, ended.text);
    assert.deepEqual(await states(), ['off', 'off']);
  });

  test('what is neither a person nor a team stays without the name that the provider gave it, or goes with the rest', async () => {
    const { app, owner } = here.rollcall.db;
    for (const choice of ['keep', 'remove'] as const) {
      const org = await story();
      const id = '01900000-0000-7000-8000-00000000000d';
      await owner.query(
        `insert into resources (org_id, resource_type, id, connection_id, scim, external_id, version, created_at, updated_at, origin)
          values ($1, 'Device', $2, $3, '{"displayName": "Laptop", "externalId": "d1"}', 'd1', 1, now(), now(), 'provisioned')`,
        [org.id, id, org.connectionId],
      );
      const seq = await lastEvent(here.rollcall, org);
      await disconnect(app, org, choice, at());
      const isRemoved = choice === 'remove';
      assert.deepEqual(
        await rows(
          'select external_id, scim, version::int, deleted_at is not null as gone from resources where org_id = $1',
          org,
        ),
        [
          isRemoved
            ? { external_id: 'd1', scim: { displayName: 'Laptop', externalId: 'd1' }, version: 2, gone: true }
            : { external_id: null, scim: { displayName: 'Laptop' }, version: 2, gone: false },
        ],
      );
      const kinds = (await eventsAfter(here.rollcall, org, seq)).map(({ kind }) => kind);
      assert.equal(kinds.filter((kind) => kind === (isRemoved ? 'resource.removed' : 'resource.updated')).length, 1);
    }
  });

  test('hand-over: the next provider takes over resources of every other type by what must be unique of them', async () => {
    const { app } = here.rollcall.db;
    const urn = 'urn:acme:scim:schemas:1.0:Card';
    const attributes = [
      { name: 'number', uniqueness: 'global' },
      { name: 'color' },
      { name: 'serial', mutability: 'immutable' },
    ];
    const settings = { addByHand: 'allowed' };
    const [org, other] = [
      await here.rollcall.organization({ settings }),
      await here.rollcall.organization({ settings }),
    ];
    for (const each of [org, other]) {
      await defineSchema(app, each, { document: { id: urn, attributes }, extends: [] }, 'new', at());
      await defineResourceType(app, each, { name: 'Card', endpoint: '/Cards', schema: urn }, 'new', at());
    }
    const role = (rest: object = {}) => ({ displayName: 'Editor', ...rest });
    const card = (rest: object = {}) => ({ schemas: [urn], number: '17', ...rest });
    const made = {
      role: await org.scim('POST', '/Roles', role({ externalId: 'old-role', description: 'May edit' })),
      entitlement: await org.scim('POST', '/Entitlements', { displayName: 'Seat' }),
      card: await org.scim('POST', '/Cards', card({ color: 'red', serial: 's1' })),
      plain: await org.scim('POST', '/Cards', { schemas: [urn], color: 'blue' }),
      put: await org.scim('POST', '/Cards', card({ number: '18' })),
    };
    const elsewhere = await other.scim('POST', '/Roles', role());
    const ids = Object.fromEntries(
      Object.entries(made).map(([name, { status, body, text }]) => {
        assert.equal(status, 201, text);
        return [name, body.id as string];
      }),
    );
    const seq = await lastEvent(here.rollcall, org);
    await disconnect(app, org, 'hand-over', at());
    const resourceEventsAfter = async (from: number) =>
      (await eventsAfter(here.rollcall, org, from))
        .filter(({ kind }) => kind.startsWith('resource.'))
        .map(({ kind, data }) => ({ kind, ...(data as ResourceData) }));
    const told = await resourceEventsAfter(seq);
    assert.deepEqual(
      told.map(({ kind, resource }) => [kind, resource.id]),
      Object.values(ids).map((id) => ['resource.handed_over', id]),
    );
    assert.equal(told[0]?.resource.externalId, 'old-role');
    const connect = async () => {
      const { token } = await createToken(app, org, { name: 'next' }, at());
      await switchConnection(app, org, 'on', at());
      const scim = scimClient(org.scimBaseUrl, token);
      await eventually(async () => assert.equal((await scim('GET', '/Roles')).status, 200));
      return scim;
    };
    const next = await connect();
    const begun = await lastEvent(here.rollcall, org);

    const taken = await next('POST', '/Roles', role({ displayName: 'EDITOR', externalId: 'new-role' }));
    assert.deepEqual([taken.status, taken.body.id, taken.body.externalId], [201, ids.role, 'new-role'], taken.text);
    assert.deepEqual([taken.body.displayName, taken.body.description], ['EDITOR', undefined], 'it is as it was pushed');
    const seat = await next('POST', '/Entitlements', { displayName: 'Seat' });
    assert.deepEqual([seat.status, seat.body.id], [201, ids.entitlement], seat.text);
    const red = await next('POST', '/Cards', card({ color: 'green' }));
    assert.deepEqual(
      [red.status, red.body.id, red.body.color, red.body.serial],
      [201, ids.card, 'green', 's1'],
      red.text,
    );
    const put = await next('PUT', `/Cards/${ids.put}`, card({ number: '18' }));
    assert.equal(put.status, 200, put.text);
    const another = await next('POST', '/Cards', { schemas: [urn], color: 'blue' });
    assert.equal(another.status, 201);
    assert.notEqual(another.body.id, ids.plain, 'what has nothing unique is not known by anything');
    for (const [path, body] of [
      ['/Roles', role()],
      ['/Entitlements', { displayName: 'Seat' }],
      ['/Cards', card()],
      ['/Cards', card({ number: '18' })],
    ] as const) {
      const again = await next('POST', path, body);
      assert.deepEqual([again.status, again.body.scimType], [409, 'uniqueness'], 'what was taken over is there once');
    }
    const after = (await resourceEventsAfter(begun)).map(({ kind, resource, before, changed = {} }) => [
      kind,
      resource.id,
      before ?? Object.keys(changed).sort(),
    ]);
    assert.deepEqual(after, [
      ['resource.linked', ids.role, 'provisioned'],
      ['resource.updated', ids.role, ['description', 'displayName', 'externalId']],
      ['resource.linked', ids.entitlement, 'provisioned'],
      ['resource.linked', ids.card, 'provisioned'],
      ['resource.updated', ids.card, ['color']],
      ['resource.linked', ids.put, 'provisioned'],
      ['resource.created', another.body.id, []],
    ]);

    await disconnect(app, org, 'hand-over', at());
    const handed = (await resourceEventsAfter(begun)).filter(({ kind }) => kind === 'resource.handed_over');
    assert.deepEqual(
      handed.map(({ resource }) => resource.id).toSorted(),
      [ids.role, ids.entitlement, ids.card, ids.put, another.body.id as string].toSorted(),
      'what no provider spoke of was handed over before',
    );
    await connect();
    await disconnect(app, org, 'keep', at());
    const last = await connect();
    const kept = await last('POST', '/Roles', role());
    assert.deepEqual([kept.status, kept.body.scimType], [409, 'uniqueness'], 'what was kept is the organization’s own');
    assert.equal((await last('PATCH', `/Roles/${ids.role}`, patch({ op: 'replace', value: {} }))).status, 200);
    const owners = await rows('select id, origin from resources where org_id = $1 and deleted_at is null', org);
    assert.deepEqual(
      owners.filter(({ origin }) => origin === 'provisioned').map(({ id }) => id),
      [ids.role],
    );
    const there = await other.scim('GET', `/Roles/${elsewhere.body.id}`);
    assert.deepEqual([there.status, there.body.displayName], [200, 'Editor']);
    const untouched = await rows('select origin, connection_id from resources where org_id = $1', other);
    assert.deepEqual(untouched, [{ origin: 'provisioned', connection_id: other.connectionId }]);
  });

  test('hand-over: whoever goes on after a stop hands nobody and nothing over twice', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await story();
    assert.equal((await org.scim('POST', '/Roles', { displayName: 'Editor' })).status, 201);
    await disconnect(app, org, 'hand-over', at());
    const handedOver = async () =>
      (await eventsAfter(here.rollcall, org, 0)).map(({ kind }) => kind).filter((kind) => kind.endsWith('handed_over'));
    const before = await handedOver();
    assert.deepEqual(
      [...new Set(before)].map((kind) => [kind, before.filter((each) => each === kind).length]),
      [
        ['team.handed_over', 1],
        ['member.handed_over', 4],
        ['resource.handed_over', 1],
      ],
    );
    // As it is when a process is killed before the last piece.
    await owner.query('delete from connections where org_id = $1 and id <> $2', [org.id, org.connectionId]);
    await owner.query(`update connections set state = 'disconnecting', ended_at = null where org_id = $1`, [org.id]);
    assert.equal((await goOnDisconnecting(app, org, org.connectionId, at)).isDone, true);
    assert.deepEqual(await handedOver(), before);
    assert.equal((await readConnection(app, org)).state, 'off');
  });

  test('over the API: the plan in pages, If-Match, and what there is then', async () => {
    const org = await story();
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = `/organizations/${org.slug}`;
    const page = await api('GET', `${path}/connection/disconnect/plan?choice=suspend&limit=2`);
    assert.deepEqual(
      [page.status, (page.body.items as unknown[]).length, page.body.refusal],
      [200, 2, null],
      page.text,
    );
    const next = await api(
      'GET',
      `${path}/connection/disconnect/plan?choice=suspend&limit=2&cursor=${page.body.nextCursor}`,
    );
    assert.equal(next.body.version, page.body.version);
    const keep = await api('GET', `${path}/connection/disconnect/plan?choice=keep`);
    const suspend = (headers = {}) =>
      api('POST', `${path}/connection/disconnect`, { choice: 'suspend' }, headers as Record<string, string>);
    const connection = await api('GET', `${path}/connection`);
    const before = await lastEvent(here.rollcall, org);
    for (const [headers, status, code] of [
      [{}, 428, 'precondition_required'],
      [{ 'if-match': '*' }, 428, 'precondition_required'],
      // As it was read is not what becomes of it.
      [{ 'if-match': connection.headers.get('etag') }, 428, 'precondition_required'],
      [{ 'if-match': '"0123456789012345678901"' }, 412, 'precondition_failed'],
      [{ 'if-match': `"${keep.body.version}"` }, 412, 'precondition_failed'],
    ] as const) {
      const refused = await suspend(headers);
      assert.deepEqual([refused.status, refused.body.code], [status, code], JSON.stringify(headers));
      if (status === 428) assert.match(refused.body.detail ?? '', /disconnect\/plan.*If-Match/);
    }
    assert.equal(await lastEvent(here.rollcall, org), before, 'nothing of it has happened');
    const done = await suspend({ 'if-match': `"${page.body.version}"` });
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(
      [
        (done.body.disconnected as Record<string, unknown>).isDone,
        (done.body.connection as Record<string, unknown>).state,
      ],
      [true, 'off'],
    );
    const list = await api('GET', `${path}/connections`);
    assert.deepEqual(
      (list.body.items as Record<string, unknown>[]).map(({ state, choice }) => [state, choice]),
      [
        ['off', null],
        ['disconnected', 'suspend'],
      ],
    );
    assert.equal((await api('POST', `${path}/connection/disconnect`, { choice: 'burn' })).status, 400);
  });
});

test('10 pieces of people end in pieces of a bounded size, whoever is in one team of all', async () => {
  await using rollcall = await startRollcall();
  const org = await rollcall.organization();
  const { app, owner } = rollcall.db;
  const count = 10 * limits.peoplePerSettlingMax;
  await owner.query(
    `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, asked_active, status, status_reason, in_force_name, origin, version, created_at, updated_at)
      select $1, gen_random_uuid(), $2, jsonb_build_object('userName', 'p' || n, 'active', true), 'p' || n, 'p' || n, true, 'active',
        '{"rule": "asked-active"}', 'p' || n, 'provisioned', 1, now(), now() from generate_series(1, $3::int) n`,
    [org.id, org.connectionId, count],
  );
  await owner.query('update event_counters set members = $2 where org_id = $1', [org.id, count]);
  for (const choice of ['hand-over', 'suspend'] as const satisfies DisconnectChoice[]) {
    const { counts } = await planDisconnect(app, org, choice, { from: 0, limit: 0 });
    assert.deepEqual(
      counts,
      choice === 'suspend' ? { 'member.status': count, 'member.origin': count } : { 'member.handed_over': count },
    );
    assert.equal((await disconnect(app, org, choice, { now: new Date() })).isDone, true);
  }
  const { rows } = await owner.query(
    `select status, origin, count(*)::int as n from members where org_id = $1 group by 1, 2`,
    [org.id],
  );
  assert.deepEqual(rows, [{ status: 'suspended', origin: 'local', n: count }]);
});
