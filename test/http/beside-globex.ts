import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FeedEvent } from '../../src/events/feed.ts';
import { readEvents } from '../../src/events/feed.ts';
import type { Database } from '../../src/store/database.ts';
import { findRequest, type LoggedRequest } from '../../src/store/request-log.ts';
import { tables } from '../../src/store/tables.ts';
import {
  type RollcallOptions,
  type ScimAnswer,
  startRollcall,
  type TestOrganization,
  type TestRollcall,
} from '../rollcall.ts';
import { rowsOf } from '../store/twins.ts';

/** What the tests of a file use. The members are there while a test runs. */
export type BesideGlobex = { readonly rollcall: TestRollcall; readonly acme: TestOrganization };

/**
 * Rollcall with the organization Acme, which the tests of a `describe` work on, and Globex beside it, which has a person
 * and a team of the names that the tests use. No test may change a row of Globex (R7).
 */
export function besideGlobex(settings: Record<string, string> = {}, options: RollcallOptions = {}): BesideGlobex {
  let rollcall: TestRollcall | undefined;
  let acme: TestOrganization | undefined;
  let globex: TestOrganization;
  let untouched: Awaited<ReturnType<typeof rowsOf>>;
  before(async () => {
    rollcall = await startRollcall(options);
    globex = await rollcall.organization({ slug: 'globex' });
    const { body } = await globex.scim('POST', '/Users', user('ada', { title: 'of Globex' }));
    const last = await globex.scim('POST', '/Groups', { displayName: 'Engineering', members: [{ value: body.id }] });
    // The use of the token is noted a moment after the answer.
    await eventually(async () => {
      const { rows } = await started(rollcall).db.owner.query(
        'select from scim_tokens where org_id = $1 and last_used_at >= $2',
        [globex.id, (last.body.meta as { created: string }).created],
      );
      assert.equal(rows.length, 1);
    });
    untouched = await rowsOf(rollcall.db.owner, globex.id);
    acme = await rollcall.organization({ slug: 'acme', settings });
  });
  afterEach(async () => {
    const rows = await rowsOf(started(rollcall).db.owner, globex.id);
    for (const table of tables.organization) assert.deepEqual(rows[table], untouched[table], `${table} of Globex`);
  });
  after(async () => await rollcall?.[Symbol.asyncDispose]());
  return {
    get rollcall() {
      return started(rollcall);
    },
    get acme() {
      return started(acme);
    },
  };
}

function started<T>(value: T | undefined): T {
  assert.ok(value !== undefined, 'it is started before the tests run');
  return value;
}

/** Tries until it holds. Whoever waits for more than ten seconds waits for something that does not come. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(20);
    }
  }
}

/**
 * Waits until so many sessions of a test's database wait for a lock. `owner` is no session with a transaction open: inside one,
 * PostgreSQL shows only the sessions that there were at the first look, and whoever comes with a new connection is never seen.
 */
export async function untilWaiting(owner: Database, count: number): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await owner.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    assert.equal(rowCount, count);
  });
}

/** A user as Okta creates one (okta-wire.md §4.2). */
export const user = (name: string, changes: Record<string, unknown> = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName: `${name}@acme.example`,
  name: { givenName: name, familyName: 'Byron' },
  emails: [{ primary: true, value: `${name}@acme.example`, type: 'work' }],
  displayName: `${name} Byron`,
  locale: 'en-US',
  externalId: `00u-${name}`,
  groups: [],
  password: '4kT9wQz1',
  active: true,
  ...changes,
});

export const patch = (...operations: Record<string, unknown>[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

/** The path of a list with a filter, as Okta encodes it (okta-wire.md §1.4). */
export const filtered = (endpoint: string, filter: string) =>
  `${endpoint}?filter=${encodeURIComponent(filter)}&startIndex=1&count=100`;

/** Creates a user and returns its id. */
export async function createUser(acme: TestOrganization, name: string, changes?: Record<string, unknown>) {
  const { status, body, text } = await acme.scim('POST', '/Users', user(name, changes));
  assert.equal(status, 201, text);
  return body.id as string;
}

/** Creates a group with these members and returns its id. */
export async function createGroup(acme: TestOrganization, displayName: string, members: readonly string[] = []) {
  const { status, body, text } = await acme.scim('POST', '/Groups', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName,
    members: members.map((value) => ({ value })),
  });
  assert.equal(status, 201, text);
  return body.id as string;
}

export type MemberRow = {
  scim: Record<string, unknown>;
  user_name: string;
  external_id: string | null;
  asked_active: boolean;
  status: string;
  rule: string;
  in_force_name: string;
  in_force_email: string | null;
  version: number;
  emails: string[];
  isDeleted: boolean;
};

/** Both sides of a member as they are stored: a status says nothing about what happened. */
export async function memberRow({ db }: TestRollcall, org: TestOrganization, id: string): Promise<MemberRow> {
  const { rows } = await db.owner.query<MemberRow>(
    `select m.scim, m.user_name, m.external_id, m.asked_active, m.status, m.status_reason->>'rule' as rule, m.in_force_name,
        m.in_force_email, m.version::int, m.deleted_at is not null as "isDeleted",
        array(select e.value_key from member_emails e where e.org_id = m.org_id and e.member_id = m.id order by 1) as emails
      from members m where m.org_id = $1 and m.id = $2`,
    [org.id, id],
  );
  return started(rows[0]);
}

/** The stored memberships of a team: who was asked for, and who is in force by which rule. */
export async function membershipRows({ db }: TestRollcall, org: TestOrganization, teamId: string) {
  const { rows } = await db.owner.query<{ member: string; inForce: boolean; rule: string }>(
    `select member_id as member, in_force as "inForce", reason->>'rule' as rule from team_members
      where org_id = $1 and team_id = $2 and asked order by member_id`,
    [org.id, teamId],
  );
  return rows;
}

/** Ids of the people of a team as stored, in the order of their creation. */
export async function memberIdsOf(rollcall: TestRollcall, org: TestOrganization, teamId: string): Promise<string[]> {
  return (await membershipRows(rollcall, org, teamId)).map((row) => row.member);
}

/** The events of an organization after a number. */
export async function eventsAfter({ db }: TestRollcall, org: { id: string }, after: number): Promise<FeedEvent[]> {
  return await readEvents(db.app, org, { after, limit: 1000 });
}

/** The number of an organization's last event. */
export async function lastEvent({ db }: TestRollcall, org: { id: string }): Promise<number> {
  const { rows } = await db.owner.query('select last_seq::int as seq from event_counters where org_id = $1', [org.id]);
  return rows[0].seq;
}

/** The row of the request log behind an answer. Rows of reads and refusals are written a moment later. */
export async function loggedRequestOf({ db }: TestRollcall, org: { id: string }, answer: ScimAnswer) {
  const reference = answer.headers.get('rollcall-request') ?? '';
  return await eventually(async (): Promise<LoggedRequest> => started(await findRequest(db.app, org, reference)));
}

/** Holds that an answer is a refusal in SCIM JSON whose detail ends with the reference (RFC 7644 §3.12). */
export function assertRefusal(answer: ScimAnswer, status: number, scimType?: string, detail: RegExp = /./): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/scim\+json/);
  const { schemas, detail: said, ...rest } = answer.body;
  assert.deepEqual(schemas, ['urn:ietf:params:scim:api:messages:2.0:Error']);
  assert.deepEqual(rest, { status: String(status), ...(scimType === undefined ? {} : { scimType }) });
  assert.match(said ?? '', detail);
  assert.ok(
    [...(said ?? '')].every((character) => character >= ' '),
    JSON.stringify(said),
  );
  const reference = answer.headers.get('rollcall-request');
  assert.ok(said?.endsWith(` (reference ${reference})`), said);
}
