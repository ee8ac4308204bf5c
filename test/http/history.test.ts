import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { apiClient, type Scim, type TestOrganization } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, patch } from './beside-globex.ts';

type Item = {
  id?: string;
  seq: number;
  at: string;
  kind: string;
  says: string;
  by: string;
  address: string | null;
  actor: unknown;
  requestId: string | null;
};
type Fact = Record<string, unknown> & {
  fact: string;
  value: string;
  because: string;
  by: string | null;
  at: string | null;
  event: number | null;
  team: { id: string; name: string } | null;
  reason: { rule: string } | null;
  request: { id: string; kept: { method: string; path: string; status: number } | null } | null;
};

describe('why, history and audit over the management API', () => {
  const here = besideGlobex({ licenseSource: 'by-rules', defaultLicense: 'developer' });
  let api: Scim;
  let ada: string;
  let ben: string;
  let crew: string;
  before(async () => {
    const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    api = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
    ada = await createUser(here.acme, 'ada');
    ben = await createUser(here.acme, 'ben');
    crew = await createGroup(here.acme, 'Crew', [ada, ben]);
    const mapped = await api('PATCH', `/team-mappings/${crew}`, { role: 'member' });
    assert.ok(mapped.status < 300, mapped.text);
    await here.acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
  });
  const whyOf = async (path: string) => {
    const { status, body, text } = await api('GET', `${path}/why`);
    assert.equal(status, 200, text);
    return (body as { facts: Fact[] }).facts;
  };
  /** An export is text and no JSON document. */
  const exported = async (path: string) => {
    const url = `${here.rollcall.url}/api/v1/organizations/acme${path}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${here.rollcall.operatorKey}` } });
    assert.equal(answer.status, 200);
    return await answer.text();
  };
  const itemsOf = async (path: string) => {
    const { status, body, text } = await api('GET', path);
    assert.equal(status, 200, text);
    return body as unknown as { items: Item[]; nextCursor: string | null };
  };

  test('each fact of a person has its rule in words, who made it so, when, and the request', async () => {
    const facts = await whyOf(`/members/${ada}`);
    const status = facts.find(({ fact }) => fact === 'status');
    assert.deepEqual(
      [status?.value, status?.because, status?.by, status?.reason?.rule],
      ['suspended', 'the provider deactivated the person', 'SCIM token okta (Okta)', 'asked-inactive'],
    );
    const { method, path } = status?.request?.kept ?? {};
    assert.deepEqual([method, path], ['PATCH', `/scim/v2/acme/Users/${ada}`]);
    const { body: request } = await api('GET', `/requests/${status?.request?.id}`);
    assert.deepEqual([request.status, request.tokenName], [200, 'okta']);

    const role = facts.find(({ fact }) => fact === 'role');
    assert.deepEqual(
      [role?.value, role?.because, role?.by, role?.team],
      ['member', 'a team that an admin mapped to the role gives it', 'the operator', { id: crew, name: 'Crew' }],
    );
    const team = facts.find(({ fact }) => fact === 'team');
    assert.deepEqual(
      [team?.team, team?.value, team?.because, team?.event, team?.at],
      [
        { id: crew, name: 'Crew' },
        'waits for the team',
        'the person is to be in the team and is suspended',
        (status?.event ?? 0) + 1,
        status?.at,
      ],
    );
    assert.equal(facts.find(({ fact }) => fact === 'license')?.because, 'whoever is not active has no seat');
  });

  test('a team, a role and a license say who made them what they are', async () => {
    const gives = (await whyOf(`/teams/${crew}`)).find(({ fact }) => fact === 'gives');
    assert.deepEqual([gives?.value, gives?.by], ['role member', 'the operator']);
    assert.equal((await api('PUT', '/roles/auditor', { name: 'Auditor', permissions: ['events:read'] })).status, 204);
    const [definition] = await whyOf('/roles/auditor');
    assert.deepEqual([definition?.value, definition?.by], ['Auditor: events:read', 'the operator']);
    assert.ok((await api('PUT', '/licenses/analyst', { seats: 7 })).status < 300);
    const [seats] = await whyOf('/licenses/analyst');
    assert.deepEqual([seats?.fact, seats?.value, seats?.by], ['seats', '7', 'the operator']);
    assert.equal((await api('GET', '/roles/none/why')).status, 404);
    assert.equal((await api('GET', '/licenses/none/why')).status, 404);
  });

  test('a built-in role, a license that nobody has had and a team that is gone have reasons and a history too', async () => {
    const [definition, ...teams] = await whyOf('/roles/member');
    assert.deepEqual([definition?.fact, definition?.because], ['definition', 'it is built in']);
    assert.deepEqual(
      teams.map(({ team }) => team?.name),
      ['Crew'],
    );
    for (const path of ['/roles/admin', '/licenses/it']) {
      assert.ok((await whyOf(path)).length > 0);
      assert.deepEqual((await itemsOf(`${path}/history`)).items, []);
    }
    for (const path of ['/roles/none', '/licenses/none', `/teams/${ada}`]) {
      assert.equal((await api('GET', `${path}/why`)).status, 404);
      assert.equal((await api('GET', `${path}/history`)).status, 404);
    }
    const brief = await createGroup(here.acme, 'Brief');
    assert.equal((await here.acme.scim('DELETE', `/Groups/${brief}`)).status, 204);
    const [status] = await whyOf(`/teams/${brief}`);
    assert.deepEqual([status?.fact, status?.value, status?.because], ['status', 'removed', 'removed team Brief']);
    assert.match(status?.by ?? '', /^SCIM token/);
    const { rows } = await here.rollcall.db.owner.query('select id from teams where org_id <> $1 limit 1', [
      here.acme.id,
    ]);
    assert.equal((await api('GET', `/teams/${rows[0].id}/why`)).status, 404);
  });

  test('who has a role or a license is listed with the reason, a page at a time', async () => {
    const of = async (query: string) => {
      const { status, body, text } = await api('GET', `/access?${query}`);
      assert.equal(status, 200, text);
      return body as {
        items: { id: string; roleReason: { rule: string }; license: string }[];
        nextCursor: string | null;
      };
    };
    const members = await of('role=member');
    assert.deepEqual(
      members.items.map(({ id, roleReason }) => [id, roleReason.rule]),
      [ada, ben].map((id) => [id, 'role-by-team']),
    );
    const first = await of('role=member&limit=1');
    const second = await of(`role=member&limit=1&cursor=${encodeURIComponent(first.nextCursor ?? '')}`);
    assert.deepEqual(
      [...first.items, ...second.items].map(({ id }) => id),
      [ada, ben],
    );
    assert.deepEqual((await of('role=owner')).items, []);
    const licensed = (await of('license=developer')).items;
    assert.ok(licensed.some(({ id }) => id === ben) && licensed.every(({ license }) => license === 'developer'));
  });

  test('a history is read from the newest to the oldest, page by page, in the words of the person’s side', async () => {
    const says = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: Item[]; nextCursor: string | null } = await itemsOf(
        `/members/${ada}/history?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      says.push(...page.items.map((item) => item.says));
      cursor = page.nextCursor;
    }
    assert.deepEqual(says, [
      'license developer became none: whoever is not active has no seat',
      'out of force in team Crew: the person is to be in the team and is suspended',
      'suspended ada@acme.example',
      'role viewer became member: a team that an admin mapped to the role gives it',
      'put into team Crew',
      'created member ada@acme.example',
    ]);
    const { items } = await itemsOf(`/teams/${crew}/history`);
    assert.deepEqual(
      items.map((item) => [item.says, item.by]),
      [
        ['took 1 person out of and noted 1 person to wait for team Crew', 'SCIM token okta (Okta)'],
        ['changed what team Crew gives: role from none to member', 'the operator'],
        ['put 2 people into team Crew', 'SCIM token okta (Okta)'],
        ['created team Crew', 'SCIM token okta (Okta)'],
      ],
    );
    const token = await itemsOf(`/tokens/${here.acme.tokenId}/history`);
    assert.deepEqual(
      token.items.map((item) => item.says),
      ['created SCIM token okta'],
    );
    assert.equal((await itemsOf('/roles/member/history')).items[0]?.kind, 'member.role_changed');
  });

  test('whoever is removed keeps a history; what is another organization’s has none (R7)', async () => {
    const gone = await createUser(here.acme, 'gone');
    await here.acme.scim('DELETE', `/Users/${gone}`);
    assert.equal((await itemsOf(`/members/${gone}/history`)).items.at(-2)?.kind, 'member.removed');
    const globex = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    for (const path of [`members/${ada}`, `teams/${crew}`, `tokens/${here.acme.tokenId}`]) {
      const answer = await globex('GET', `/organizations/globex/${path}/history`);
      assert.equal(answer.status, 404, path);
    }
    for (const path of [`members/${ada}`, `teams/${crew}`, 'roles/auditor']) {
      assert.equal((await globex('GET', `/organizations/globex/${path}/why`)).status, 404, path);
    }
  });

  test('the audit is read by time, kind, actor and subject, with the address of the caller (R52, B71, P53)', async () => {
    const all = (await itemsOf('/audit?limit=200')).items;
    assert.deepEqual(
      all.map(({ seq }) => seq),
      all.map((_, index) => (all[0]?.seq ?? 0) - index),
    );
    const suspended = all.find(({ kind }) => kind === 'member.suspended') as Item;
    const queries: [query: string, isMeant: (item: Item) => boolean][] = [
      ['kind=member.created,team.created', ({ kind }) => kind === 'member.created' || kind === 'team.created'],
      ['actor=token', ({ by }) => by === 'SCIM token okta (Okta)'],
      [`actorId=${here.acme.tokenId}`, ({ by }) => by === 'SCIM token okta (Okta)'],
      ['actor=operator', ({ by }) => by === 'the operator'],
      ['actor=member', () => false],
      [`from=${suspended.at}`, ({ at }) => at >= suspended.at],
      [`to=${suspended.at}`, ({ at }) => at <= suspended.at],
      ['about=role:auditor', ({ says }) => says.includes('role auditor')],
      [`about=member:${ben}&kind=member.created`, ({ says }) => says === 'created member ben@acme.example'],
    ];
    for (const [query, isMeant] of queries) {
      const { items } = await itemsOf(`/audit?limit=200&${query}`);
      assert.deepEqual(
        items.map(({ seq }) => seq),
        all.filter(isMeant).map(({ seq }) => seq),
        query,
      );
    }
    assert.equal(suspended.address, '127.0.0.1');
    assert.equal((await api('GET', '/audit?about=member:me')).status, 400);
  });

  test('the policy says whom the audit, its exports, histories and reasons name for the provider; the feed keeps the token (K29)', async () => {
    const gone = await createGroup(here.acme, 'Gone');
    await here.acme.scim('DELETE', `/Groups/${gone}`);
    const says = async (auditActor: string) => {
      const set = await api('PUT', '/policy', { preset: 'rollcall', settings: { ...settings, auditActor } });
      assert.equal(set.status, 200, set.text);
      const about = `kind=team.created,team.removed&about=team:${gone}`;
      const { items } = await itemsOf(`/audit?${about}`);
      const history = (await itemsOf(`/teams/${gone}/history`)).items;
      const table = await exported(`/audit/export?format=csv&${about}`);
      const json = await exported(`/audit/export?format=jsonl&${about}`);
      const removed = (await itemsOf('/removed')).items.find(({ id }) => id === gone);
      const why = (await whyOf(`/members/${ada}`)).find(({ fact }) => fact === 'status');
      for (const { requestId } of items) {
        assert.equal((await api('GET', `/requests/${requestId}`)).body.tokenName, 'okta');
      }
      assert.deepEqual(
        history.map(({ by }) => by),
        items.map(({ by }) => by),
      );
      assert.deepEqual(
        json
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).by),
        items.map(({ by }) => by).reverse(),
      );
      const cells = table
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(',').slice(4, 8).join(' ').trim());
      return { by: items.map(({ by }) => by), cells, removed: removed?.by, why: why?.by };
    };
    const { settings } = (await api('GET', '/policy')).body as { settings: Record<string, string> };
    const [token, cell] = ['SCIM token okta (Okta)', `token ${here.acme.tokenId} okta okta`];
    assert.deepEqual(await says('service'), {
      by: ['SCIM service', 'SCIM service'],
      cells: ['service  SCIM service', 'service  SCIM service'],
      removed: 'SCIM service',
      why: 'SCIM service',
    });
    assert.deepEqual(await says('nobody-for-removed-teams'), {
      by: ['nobody is named', token],
      cells: [cell, 'nobody'],
      removed: 'nobody is named',
      why: token,
    });
    const feed = ((await itemsOf('/events?limit=1000')).items as (Item & { data: { team?: { id: string } } })[]).filter(
      ({ kind, data }) => kind === 'team.removed' && data.team?.id === gone,
    );
    assert.deepEqual(
      feed.map(({ actor }) => actor),
      [{ type: 'token', id: here.acme.tokenId, name: 'okta', provider: 'okta' }],
    );
    assert.deepEqual(await says('token'), { by: [token, token], cells: [cell, cell], removed: token, why: token });
  });

  test('the audit and addresses are for those who may audit; a history is for those who may read events', async () => {
    const keyOf = async (org: TestOrganization, scope: 'events:read' | 'audit:read') => {
      const { key } = await createApiKey(
        here.rollcall.db.app,
        org,
        { name: scope, scopes: [scope] },
        { now: new Date() },
      );
      return apiClient(here.rollcall.url, key);
    };
    const reader = await keyOf(here.acme, 'events:read');
    const auditor = await keyOf(here.acme, 'audit:read');
    const { body } = await reader('GET', `/organizations/acme/members/${ada}/history`);
    assert.deepEqual([...new Set((body as unknown as { items: Item[] }).items.map(({ address }) => address))], [null]);
    assert.equal((await reader('GET', '/organizations/acme/audit')).body.scope, 'audit:read');
    assert.equal((await reader('GET', '/organizations/acme/audit/export?format=csv')).body.scope, 'audit:read');
    assert.equal((await auditor('GET', '/organizations/acme/audit')).status, 200);
    assert.equal((await auditor('GET', '/organizations/globex/audit')).status, 404);
  });

  test('an export is a file of the audit that was asked for', async () => {
    const response = await fetch(
      `${here.rollcall.url}/api/v1/organizations/acme/audit/export?format=csv&about=team:${crew}`,
      {
        headers: { authorization: `Bearer ${here.rollcall.operatorKey}` },
      },
    );
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.equal(response.headers.get('content-disposition'), 'attachment; filename="rollcall-audit-acme.csv"');
    const lines = (await response.text()).trimEnd().split('\r\n');
    assert.deepEqual(
      lines.slice(1).map((line) => line.split(',')[2]),
      ['team.created', 'team.members_changed', 'team.mapped', 'team.members_changed'],
    );
  });

  test('who could enter at a time is answered for that time', async () => {
    const { items } = await itemsOf(`/members/${ada}/history`);
    const suspended = items.find(({ kind }) => kind === 'member.suspended') as Item;
    const before = new Date(Date.parse(suspended.at) - 1).toISOString();
    const enter = async (at: string) => {
      const { status, body, text } = await api('GET', `/as-of?at=${at}&member=${ada}`);
      assert.equal(status, 200, text);
      const [person] = (
        body as { items: { couldEnter: boolean; license: string | null; teams: { inForce: boolean }[] }[] }
      ).items;
      return [person?.couldEnter, person?.license, person?.teams[0]?.inForce];
    };
    assert.deepEqual(await enter(before), [true, 'developer', true]);
    assert.deepEqual(await enter(suspended.at), [false, null, false]);
    assert.equal((await api('GET', '/as-of?at=2100-01-01T00:00:00Z')).status, 400);
  });

  test('while an organization was suspended nobody could enter, whatever it and other organizations are since', async () => {
    const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const set = async (slug: string, change: Record<string, unknown>) => {
      const { status, text } = await admin('PATCH', `/organizations/${slug}`, change);
      assert.equal(status, 200, text);
      // A moment of its own for each change.
      await new Promise((resolve) => setTimeout(resolve, 5));
    };

    const changedAt = async () => (await itemsOf('/audit?kind=organization.updated&limit=1')).items[0]?.at as string;
    const asOf = async (at: string, slug = 'acme') => {
      const { body, text } = await admin('GET', `/organizations/${slug}/as-of?at=${at}&limit=200`);
      const { organizationStatus, items } = body as unknown as {
        organizationStatus: string;
        items: { id: string; status: string; couldEnter: boolean }[];
      };
      const active = items.filter(({ status }) => status === 'active');
      assert.ok(active.length > 0, text);
      return [organizationStatus, ...new Set(active.map((person) => person.couldEnter))];
    };
    await set('acme', { name: 'Acme before' });
    const before = await changedAt();
    await set('acme', { status: 'suspended' });
    const during = await changedAt();
    assert.deepEqual(await asOf(during), ['suspended', false]);
    assert.deepEqual(await asOf(before), ['active', true]);
    assert.deepEqual(await asOf(new Date().toISOString(), 'globex'), ['active', true]);
    await set('acme', { status: 'active' });
    await set('acme', { name: 'Acme' });
    assert.deepEqual(await asOf(during), ['suspended', false]);
    assert.deepEqual(await asOf(before), ['active', true]);
    assert.deepEqual(await asOf(await changedAt()), ['active', true]);
  });

  test('another name in force is said as the name, and not as an attribute of ours', async () => {
    const team = await createGroup(here.acme, 'Pushed', []);
    assert.equal((await api('POST', `/teams/${team}/unlock`, { hours: 1 })).status, 200);
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'By hand' })).status, 200);
    const name = (await whyOf(`/teams/${team}`)).find(({ fact }) => fact === 'name');
    assert.deepEqual([name?.value, name?.because], ['By hand', 'changed the name of team By hand']);
  });

  test('the role and the license that a team gives have the event each that made it so', async () => {
    const team = await createGroup(here.acme, 'Both', []);
    const map = async (gives: Record<string, unknown>) =>
      assert.ok((await api('PATCH', `/team-mappings/${team}`, gives)).status < 300);
    const gives = async () =>
      (await whyOf(`/teams/${team}`))
        .filter(({ fact }) => fact === 'gives')
        .map(({ value, because, event }) => [value, because, event]);
    assert.deepEqual(await gives(), [['nothing', 'it was so when the events that are kept began', null]]);
    await map({ role: 'admin', license: 'developer' });
    const [[, , both] = []] = await gives();
    const says = 'changed what team Both gives: role from none to admin, license from none to developer';
    assert.deepEqual(await gives(), [
      ['role admin', says, both],
      ['license developer', says, both],
    ]);
    await map({ role: null });
    const later = await gives();
    assert.deepEqual(
      later.map(([value, because]) => [value, because]),
      [
        ['no role', 'changed what team Both gives: role from admin to none'],
        ['license developer', says],
      ],
    );
    assert.equal(later[1]?.[2], both);
    const ofLicense = (await whyOf('/licenses/developer')).find((fact) => fact.team?.id === team);
    assert.equal(ofLicense?.event, both);
    await map({ license: null });
    assert.deepEqual(
      (await gives()).map(([value]) => value),
      ['no role', 'no license'],
    );
  });
});
