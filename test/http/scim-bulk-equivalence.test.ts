/**
 * A bulk comes to what its operations come to when they are sent one after the other (RFC 7644 §3.7): the same statuses,
 * the same refusals, the same versions, rows and events. Two organizations get the same operations, one as a bulk and one as
 * requests, in which the client puts the ids that it has learned in the place of references.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { patch } from './beside-globex.ts';
import { bulk, outcomesOf } from './bulk-message.ts';

const noRates = { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0', ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0' };
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

type Operation = { method: string; path: string; bulkId?: string; version?: string; data?: Record<string, unknown> };

/** What became of an operation, without what differs between two organizations. */
type Outcome = {
  status: string;
  scimType: string | undefined;
  detail: string | undefined;
  version: string | undefined;
};

describe('a bulk and the same operations one after the other', () => {
  let rollcall: TestRollcall;
  before(async () => {
    rollcall = await startRollcall({ env: noRates });
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  test('come to the same outcomes, rows and events (property)', async () => {
    await fc.assert(
      fc.asyncProperty(operations(), async (sent) => {
        const settings = { usernameFormat: 'any' };
        const [together, apart] = [
          await rollcall.organization({ settings }),
          await rollcall.organization({ settings }),
        ];
        const bulked = await sendTogether(together, sent);
        const single = await sendApart(apart, sent);
        assert.deepEqual(bulked.outcomes, single.outcomes);
        assert.deepEqual(await stateOf(together, bulked.names), await stateOf(apart, single.names));
        const { app, owner } = rollcall.db;
        const kinds = async (org: TestOrganization) =>
          (await assertFeedTellsState(app, owner, org))
            .map((event) => event.kind)
            .filter((kind) => !kind.startsWith('token'));
        assert.deepEqual(await kinds(together), await kinds(apart));
        await assertInForceFollows(owner, together);
      }),
      { numRuns: scaled(12) },
    );
  });
});

/** References lead back, since requests by themselves can only name what is there already. */
function operations(): fc.Arbitrary<Operation[]> {
  const name = fc.constantFrom('ada', 'ben', 'cleo');
  const team = fc.constantFrom('Engines', 'Looms');
  const step = fc.record({
    kind: fc.constantFrom(
      'user',
      'user',
      'group',
      'put',
      'rename',
      'suspend',
      'join',
      'leave',
      'manager',
      'delete',
      'wrong',
    ),
    name,
    team,
    /** Which of the creations before it a step is about, and whom it names. */
    about: fc.nat(),
    whom: fc.nat(),
    version: fc.option(fc.constantFrom('W/"1"', 'W/"2"'), { nil: undefined }),
  });
  return fc.array(step, { minLength: 3, maxLength: 14 }).map((steps) => {
    const made = { Users: [] as string[], Groups: [] as string[] };
    const reference = (type: 'Users' | 'Groups', choice: number) =>
      made[type].length === 0 ? 'nobody' : `bulkId:${made[type][choice % made[type].length]}`;
    return steps.map(({ kind, name, team, about, whom, version }, index): Operation => {
      const bulkId = `b${index}`;
      const condition = version === undefined ? {} : { version };
      const user = `/Users/${reference('Users', about)}`;
      const group = `/Groups/${reference('Groups', about)}`;
      const person = reference('Users', whom);
      const change = (path: string, ...all: Record<string, unknown>[]) => ({
        method: 'PATCH',
        path,
        ...condition,
        data: patch(...all),
      });
      switch (kind) {
        case 'user':
          made.Users.push(bulkId);
          return { method: 'POST', path: '/Users', bulkId, data: { userName: name, active: about % 4 !== 0 } };
        case 'group':
          made.Groups.push(bulkId);
          return { method: 'POST', path: '/Groups', bulkId, data: { displayName: team, members: [{ value: person }] } };
        case 'put':
          return {
            method: 'PUT',
            path: user,
            ...condition,
            data: { userName: name, [enterprise]: { manager: { value: person } } },
          };
        case 'rename':
          return change(group, { op: 'replace', path: 'displayName', value: team });
        case 'suspend':
          return change(user, { op: 'replace', value: { active: about % 2 === 0 } });
        case 'join':
          return change(group, { op: 'add', path: 'members', value: [{ value: person }] });
        case 'leave':
          return change(group, { op: 'remove', path: `members[value eq "${person}"]` });
        case 'manager':
          return change(user, { op: 'add', path: `${enterprise}:manager.value`, value: person });
        case 'delete':
          return { method: 'DELETE', path: about % 2 === 0 ? user : group, ...condition };
        default:
          return change(user, { op: 'replace', path: 'id', value: 'x' });
      }
    });
  });
}

async function sendTogether({ scim }: TestOrganization, sent: readonly Operation[]) {
  const answers = outcomesOf(await scim('POST', '/Bulk', bulk(sent)));
  const names = new Map<string, string>();
  for (const { bulkId, location, status } of answers) {
    if (status === '201') names.set(location?.split('/').at(-1) ?? '', `<${bulkId}>`);
  }
  const outcomes = answers.map(
    ({ status, version, response }): Outcome => ({
      status,
      scimType: response?.scimType,
      detail: withoutIds(response?.detail, names),
      version: tagOf(version),
    }),
  );
  return { outcomes, names };
}

async function sendApart({ scim }: TestOrganization, sent: readonly Operation[]) {
  const names = new Map<string, string>();
  const ids = new Map<string, string>();
  const outcomes: Outcome[] = [];
  for (const { method, path, bulkId, version, data } of sent) {
    const text = JSON.stringify({ path, data });
    const missing = [...text.matchAll(/bulkId:(b\d+)/g)].find(([, name]) => !ids.has(name ?? ''))?.[1];
    if (missing !== undefined) {
      // Nobody could send this one: there is no id to put into it.
      const detail = `The operation refers to bulkId:${missing}, whose creation failed, so it was not carried out. Correct the creation and send both again`;
      outcomes.push({ status: '409', scimType: undefined, detail, version: undefined });
      continue;
    }
    const own = JSON.parse(text.replaceAll(/bulkId:(b\d+)/g, (_, name) => ids.get(name) ?? ''));
    const answer = await scim(method, own.path, own.data, version === undefined ? {} : { 'if-match': version });
    if (answer.status === 201) {
      ids.set(bulkId ?? '', answer.body.id ?? '');
      names.set(answer.body.id ?? '', `<${bulkId}>`);
    }
    const isRefused = answer.status >= 400;
    const tag =
      answer.headers.get('etag') ??
      (answer.status === 204 && method === 'PATCH' ? await tagBy(scim, own.path) : undefined);
    outcomes.push({
      status: String(answer.status),
      scimType: answer.body.scimType as string | undefined,
      detail: isRefused ? withoutIds(answer.body.detail, names) : undefined,
      version: tagOf(tag),
    });
  }
  return { outcomes, names };
}

/** A PATCH of a group is answered without its tag. */
const tagBy = async (scim: TestOrganization['scim'], path: string) =>
  (await scim('GET', `${path}?excludedAttributes=members`)).headers.get('etag') ?? undefined;

/** The version in a tag: the rest is computed from ids, which differ. */
const tagOf = (tag: string | undefined) => tag?.split('-', 1)[0]?.replaceAll('"', '');

function withoutIds(text: string | undefined, names: ReadonlyMap<string, string>): string | undefined {
  let plain = text?.replace(/ \(reference [^)]*\)$/, '');
  for (const [id, name] of names) plain = plain?.replaceAll(id, name);
  return plain;
}

/** All resources of an organization as it shows them, by the names of the creations in the place of their ids. */
async function stateOf({ scim, scimBaseUrl }: TestOrganization, names: ReadonlyMap<string, string>): Promise<unknown> {
  const users = (await scim('GET', '/Users')).body.Resources ?? [];
  const groups = (await scim('GET', '/Groups')).body.Resources ?? [];
  const shown = [...users, ...groups].map((resource) => {
    const { version } = resource.meta as { version: string };
    return JSON.stringify({ ...resource, meta: tagOf(version) });
  });
  return shown.map((text) => withoutIds(text.replaceAll(scimBaseUrl, '<base>'), names)).sort();
}
