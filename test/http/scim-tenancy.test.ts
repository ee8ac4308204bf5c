/**
 * What belongs to Globex, asked for through the endpoint of Acme (security.md R7, R9, R10, I8, A13): each answer is the one
 * that nonsense gets. Once with both walls, and once with row-level security switched off.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import { readEvents } from '../../src/events/feed.ts';
import { listRequests } from '../../src/store/request-log.ts';
import { tables } from '../../src/store/tables.ts';
import { type ScimAnswer, scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { rowsOf, switchOffRowSecurity } from '../store/twins.ts';
import { assertRefusal, eventually, filtered, memberIdsOf, patch, user } from './beside-globex.ts';

/** What a request names: things of Globex, or of nobody. */
type Things = { user: string; group: string; userName: string; externalId: string; email: string; displayName: string };

/** A word in everything that Globex has and that no request of Acme names. */
const mark = 'ofglobex';

type Case = [
  title: string,
  method: string,
  path: (its: Things) => string,
  body?: (its: Things, own: Things) => unknown,
];

const replaced = (name: string) => patch({ op: 'replace', value: { displayName: name } });
const group = (members: string[]) => ({ displayName: 'Acme Team', members: members.map((value) => ({ value })) });

/** In the order in which they run; `own` are a user and a group of Acme. */
const cases: Case[] = [
  ['a read of a user', 'GET', (its) => `/Users/${its.user}`],
  ['a read of a user by chosen attributes', 'GET', (its) => `/Users/${its.user}?attributes=userName`],
  ['a replacement of a user', 'PUT', (its) => `/Users/${its.user}`, () => user('intruder')],
  ['a change of a user', 'PATCH', (its) => `/Users/${its.user}`, () => replaced('Mine')],
  ['a deactivation', 'PATCH', (its) => `/Users/${its.user}`, () => patch({ op: 'replace', value: { active: false } })],
  ['a deletion of a user', 'DELETE', (its) => `/Users/${its.user}`],
  ['a read of a group', 'GET', (its) => `/Groups/${its.group}`],
  ['a replacement of a group', 'PUT', (its) => `/Groups/${its.group}`, (_its, own) => group([own.user])],
  ['a rename of a group', 'PATCH', (its) => `/Groups/${its.group}`, () => replaced('Mine')],
  [
    'joining a group',
    'PATCH',
    (its) => `/Groups/${its.group}`,
    (_its, own) => patch({ op: 'add', path: 'members', value: [{ value: own.user }] }),
  ],
  [
    'emptying a group',
    'PATCH',
    (its) => `/Groups/${its.group}`,
    () => patch({ op: 'replace', path: 'members', value: [] }),
  ],
  ['a deletion of a group', 'DELETE', (its) => `/Groups/${its.group}`],
  ['a user as if it were a group', 'GET', (its) => `/Groups/${its.user}`],
  ['userName eq', 'GET', (its) => filtered('/Users', `userName eq "${its.userName}"`)],
  ['userName sw', 'GET', (its) => filtered('/Users', `userName sw "${its.userName}"`)],
  ['externalId eq', 'GET', (its) => filtered('/Users', `externalId eq "${its.externalId}"`)],
  ['id eq', 'GET', (its) => filtered('/Users', `id eq "${its.user}"`)],
  ['emails.value eq', 'GET', (its) => filtered('/Users', `emails.value eq "${its.email}"`)],
  ['groups.value eq', 'GET', (its) => filtered('/Users', `groups.value eq "${its.group}"`)],
  ['groups.display eq', 'GET', (its) => filtered('/Users', `groups.display eq "${its.displayName}"`)],
  ['displayName eq', 'GET', (its) => filtered('/Groups', `displayName eq "${its.displayName}"`)],
  ['members.value eq', 'GET', (its) => filtered('/Groups', `members.value eq "${its.user}"`)],
  ['members.display eq', 'GET', (its) => filtered('/Groups', `members.display eq "${its.userName}"`)],
  [
    'a member of another organization added to a group',
    'PATCH',
    (_its) => '/Groups/own',
    (its) => patch({ op: 'add', path: 'members', value: [{ value: its.user }] }),
  ],
  [
    'a member of another organization in a replacement',
    'PUT',
    (_its) => '/Groups/own',
    (its, own) => group([own.user, its.user]),
  ],
  [
    'a member of another organization removed',
    'PATCH',
    (_its) => '/Groups/own',
    (its) => patch({ op: 'remove', path: `members[value eq "${its.user}"]` }),
  ],
  [
    'a member of another organization removed by name',
    'PATCH',
    (_its) => '/Groups/own',
    (its) => patch({ op: 'remove', path: `members[display eq "${its.userName}"]` }),
  ],
  [
    'a new group with a member of another organization',
    'POST',
    () => '/Groups',
    (its) => ({ ...group([its.user]), displayName: its.displayName }),
  ],
  [
    'a new user of the same userName, externalId and e-mail',
    'POST',
    () => '/Users',
    (its) => user('same', { userName: its.userName, externalId: its.externalId, emails: [{ value: its.email }] }),
  ],
];

for (const wall of ['both walls', 'row-level security switched off'] as const) {
  describe(`two organizations over SCIM, with ${wall}`, () => {
    let rollcall: TestRollcall;
    let acme: TestOrganization;
    let globex: TestOrganization;
    let own: Things;
    let foreign: Things;
    let untouched: Awaited<ReturnType<typeof rowsOf>>;

    before(async () => {
      rollcall = await startRollcall();
      if (wall === 'row-level security switched off') await switchOffRowSecurity(rollcall.db.owner);
      acme = await rollcall.organization({ slug: 'acme' });
      globex = await rollcall.organization({ slug: 'globex' });
      foreign = await inhabit(globex, 'grace', mark);
      own = await inhabit(acme, 'ada', 'of acme');
      await eventually(async () => {
        untouched = await rowsOf(rollcall.db.owner, globex.id);
        assert.equal(untouched.scim_requests.length, 3);
        assert.equal(JSON.parse(untouched.scim_tokens[0] ?? '').good_calls, 3, 'each use of the token is noted');
      });
    });
    after(async () => await rollcall[Symbol.asyncDispose]());

    async function unchanged(): Promise<void> {
      const rows = await rowsOf(rollcall.db.owner, globex.id);
      for (const table of tables.organization) {
        // The use of Globex's own token at Acme's endpoint is noted nowhere, and neither is anything else.
        assert.deepEqual(rows[table], untouched[table], `${table} of Globex`);
      }
    }

    for (const [title, method, path, body] of cases) {
      test(`${title}: what Globex has is answered as what nobody has`, async () => {
        const ask = async (its: Things) => {
          const url = path(its).replace('/own', `/${own.group}`);
          const answer = await acme.scim(method, url, body?.(its, own));
          const created = method === 'POST' ? answer.body.id : undefined;
          if (created !== undefined) await acme.scim('DELETE', `${url}/${created}`);
          return answer;
        };
        const nonsense: Things = {
          user: newUuid(),
          group: newUuid(),
          userName: 'nobody@acme.example',
          externalId: '00u-nobody',
          email: 'nobody@home.example',
          displayName: 'Nobody',
        };
        const ofNobody = await ask(nonsense);
        const ofGlobex = await ask(foreign);
        assert.deepEqual(comparable(ofGlobex, foreign), comparable(ofNobody, nonsense));
        assert.ok(!ofGlobex.text.includes(mark) && !ofGlobex.text.includes(globex.id));
        assert.deepEqual(await memberIdsOf(rollcall, acme, own.group), [own.user]);
        await unchanged();
      });
    }

    test('lists and their totals hold what is of the organization and nothing else', async () => {
      for (const [endpoint, id] of [
        ['/Users', own.user],
        ['/Groups', own.group],
      ]) {
        for (const query of ['', '?filter=id%20pr', '?startIndex=2&count=1', '?filter=displayName%20pr&count=0']) {
          const { body, text } = await acme.scim('GET', `${endpoint}${query}`);
          assert.equal(body.totalResults, 1, query);
          assert.ok((body.Resources ?? []).every((each) => each.id === id));
          assert.ok(!text.includes(mark));
        }
      }
    });

    test('the token of Globex at the endpoint of Acme is answered as nonsense, by slug and by id, for every method (A13, R6)', async () => {
      const nonsense = `Bearer ${acme.token.slice(0, -3)}xyz`;
      for (const base of [
        acme.scimBaseUrl,
        acme.scimBaseUrl.replace('acme', acme.id),
        acme.scimBaseUrl.replace('acme', 'nobody'),
      ]) {
        for (const [method, path, body] of [
          ['GET', '/Users', undefined],
          ['GET', `/Users/${own.user}`, undefined],
          ['GET', `/Users/${foreign.user}`, undefined],
          ['POST', '/Users', user('intruder')],
          ['PATCH', `/Users/${own.user}`, replaced('Mine')],
          ['DELETE', `/Groups/${own.group}`, undefined],
          ['GET', '/Nowhere', undefined],
        ] as const) {
          const ask = (authorization: string) => scimClient(base, '')(method, path, body, { authorization });
          const [ofGlobex, ofNobody] = [await ask(`Bearer ${globex.token}`), await ask(nonsense)];
          assertRefusal(ofGlobex, 401, undefined, /not a token of this organization/);
          assert.deepEqual(comparable(ofGlobex, foreign), comparable(ofNobody, foreign));
        }
      }
      await unchanged();
    });

    test('nothing of Globex is in the log or the feed of Acme (I8)', async () => {
      const last = await acme.scim('GET', '/Users?count=0');
      await eventually(async () => {
        const rows = await listRequests(rollcall.db.app, acme, { limit: 1000 });
        assert.ok(rows.some((row) => row.id === last.headers.get('rollcall-request')));
        const text = JSON.stringify([rows, await readEvents(rollcall.db.app, acme, { after: 0, limit: 1000 })]);
        for (const secret of [mark, globex.id, globex.tokenId, globex.connectionId, globex.token.slice(-49)]) {
          assert.ok(!text.includes(secret), secret);
        }
        assert.ok(text.includes(own.user));
      });
      await unchanged();
    });
  });
}

async function inhabit(organization: TestOrganization, name: string, title: string): Promise<Things> {
  const { body } = await organization.scim(
    'POST',
    '/Users',
    user(name, { title, emails: [{ value: `${name}@home.example` }] }),
  );
  const team = { displayName: `Team of ${name}`, externalId: title, members: [{ value: body.id }] };
  const made = await organization.scim('POST', '/Groups', team);
  await organization.scim('GET', '/Users?count=0');
  return {
    user: body.id as string,
    group: made.body.id as string,
    userName: `${name}@acme.example`,
    externalId: `00u-${name}`,
    email: `${name}@home.example`,
    displayName: `Team of ${name}`,
  };
}

/** An answer without what differs between any two requests: references, ids, times and the names that were sent. */
function comparable(answer: ScimAnswer, its: Things) {
  let text = answer.text;
  for (const [name, value] of Object.entries(its)) text = text.replaceAll(value, `{${name}}`);
  text = text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, '{id}')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{at}');
  const headers = [...answer.headers.keys()].filter((name) => !['content-length', 'date'].includes(name));
  return { status: answer.status, headers, etag: answer.headers.get('etag'), text };
}
