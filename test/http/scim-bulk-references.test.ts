import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { assertAccessFollows, seatsOf } from '../provisioning/access-of.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  lastEvent,
  memberIdsOf,
  memberRow,
  membershipRows,
  patch,
  user,
} from './beside-globex.ts';
import { assertRefused, type BulkAnswer, creation, groupCreation, idOf, send, statusesOf } from './bulk-message.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const managedBy = (value: string) => ({ [enterprise]: { manager: { value } } });
const put = (...members: string[]) => patch({ op: 'add', path: 'members', value: members.map((value) => ({ value })) });

describe('references of a bulk (RFC 7644 §3.7.1, §3.7.2)', () => {
  const here = besideGlobex();
  const managerOf = async (outcome: BulkAnswer | undefined) => {
    const { scim } = await memberRow(here.rollcall, here.acme, idOf(outcome));
    return (scim[enterprise] as { manager?: { value?: string } } | undefined)?.manager?.value;
  };
  const membersOf = async (outcome: BulkAnswer | undefined) =>
    await memberIdsOf(here.rollcall, here.acme, idOf(outcome));

  test('a member, a manager and an attribute that nobody knows hold the id of what came before (backward, 7644-3.7.2-extensions)', async () => {
    const outcomes = await send(here.acme, [
      creation('back-1'),
      creation('back-2', { ...managedBy('bulkId:back-1'), 'urn:x:extension': { mentor: ['bulkId:back-1'] } }),
      groupCreation('Backward', ['bulkId:back-1', 'bulkId:back-2']),
    ]);
    assert.equal(statusesOf(outcomes), '201 201 201');
    const first = idOf(outcomes[0]);
    assert.equal(await managerOf(outcomes[1]), first);
    const { scim } = await memberRow(here.rollcall, here.acme, idOf(outcomes[1]));
    assert.deepEqual(scim['urn:x:extension'], { mentor: [first] });
    assert.deepEqual(await membersOf(outcomes[2]), [first, idOf(outcomes[1])]);
  });

  test('a name that looks like a reference is a name, and who was created is named where an operation about them is refused', async () => {
    const outcomes = await send(here.acme, [
      creation('text-1', {
        title: 'bulkId:nobody',
        displayName: 'bulkId:text-1 name',
        'urn:x:extension': { note: 'bulkId:nobody' },
      }),
      { method: 'PATCH', path: '/Users/bulkId:text-1', data: patch({ op: 'replace', path: 'title', value: 7 }) },
      { method: 'PATCH', path: '/Users/bulkId:text-1', data: { schemas: [] } },
      { method: 'PATCH', path: '/Users/bulkId:text-1', version: 7, data: patch() },
    ]);
    assert.equal(statusesOf(outcomes), '201 400 400 400');
    const { scim } = await memberRow(here.rollcall, here.acme, idOf(outcomes[0]));
    assert.equal(scim.title, 'bulkId:nobody');
    assert.equal(scim.displayName, 'bulkId:text-1 name');
    assert.deepEqual(scim['urn:x:extension'], { note: 'bulkId:nobody' });
    for (const { location } of outcomes) assert.equal(location, outcomes[0]?.location);
  });

  test('what refers to a later operation waits for it, and is answered in its own place (forward)', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const outcomes = await send(here.acme, [
      groupCreation('Forward', ['bulkId:ahead-1', 'bulkId:ahead-2']),
      creation('ahead-1', managedBy('bulkId:ahead-2')),
      creation('ahead-2'),
    ]);
    assert.deepEqual(
      outcomes.map(({ bulkId, status }) => `${bulkId} ${status}`),
      ['Forward 201', 'ahead-1 201', 'ahead-2 201'],
    );
    const people = [idOf(outcomes[1]), idOf(outcomes[2])];
    assert.deepEqual((await membersOf(outcomes[0])).sort(), people.sort());
    assert.equal(await managerOf(outcomes[1]), idOf(outcomes[2]));
    const events = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['member.created', 'member.created', 'team.created', 'team.members_changed'],
    );
  });

  test('two people who manage each other, and one who manages themselves, are created at once (circular)', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const outcomes = await send(here.acme, [
      creation('round-1', managedBy('bulkId:round-2')),
      creation('round-2', managedBy('bulkId:round-1')),
      creation('own-boss', managedBy('bulkId:own-boss')),
    ]);
    assert.equal(statusesOf(outcomes), '201 201 201');
    assert.equal(await managerOf(outcomes[0]), idOf(outcomes[1]));
    assert.equal(await managerOf(outcomes[1]), idOf(outcomes[0]));
    assert.equal(await managerOf(outcomes[2]), idOf(outcomes[2]));
    const events = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['member.created', 'member.created', 'member.created'],
    );
    assert.equal(new Set(events.map(({ requestId }) => requestId)).size, 3, 'each has its own row in the log');
    for (const outcome of outcomes) assert.equal((await memberRow(here.rollcall, here.acme, idOf(outcome))).version, 1);
  });

  test('a group and a person who name each other are created at once, the person first', async () => {
    const outcomes = await send(here.acme, [
      groupCreation('Named', ['bulkId:namer']),
      creation('namer', { 'urn:x:extension': { home: 'bulkId:Named' } }),
    ]);
    assert.equal(statusesOf(outcomes), '201 201');
    assert.deepEqual(await membersOf(outcomes[0]), [idOf(outcomes[1])]);
    const { scim } = await memberRow(here.rollcall, here.acme, idOf(outcomes[1]));
    assert.deepEqual(scim['urn:x:extension'], { home: idOf(outcomes[0]) });
  });

  test('of a circle of which one cannot be created nothing is, and the others say so (7644-3.7.1-circular)', async () => {
    await createUser(here.acme, 'circle-taken');
    const broken: [operation: ReturnType<typeof creation>, status: number, scimType: string][] = [
      [creation('circle-taken', managedBy('bulkId:good')), 409, 'uniqueness'],
      [{ ...creation('bad'), data: managedBy('bulkId:good') as never }, 400, 'invalidValue'],
    ];
    for (const [operation, status, scimType] of broken) {
      const before = await lastEvent(here.rollcall, here.acme);
      const outcomes = await send(here.acme, [
        creation('good', managedBy(`bulkId:${operation.bulkId}`)),
        operation,
        groupCreation('Led', ['bulkId:good']),
        creation(`beside-${operation.bulkId}`),
      ]);
      assertRefused(outcomes[0], 409, undefined, /Operations\[1\] refer to each other, and that one failed/);
      assertRefused(outcomes[1], status, scimType);
      assertRefused(outcomes[2], 409, undefined, /refers to bulkId:good, whose creation failed/);
      assert.equal(outcomes[3]?.status, '201');
      const events = await eventsAfter(here.rollcall, here.acme, before);
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ['member.created'],
      );
    }
  });

  test('two of one userName in a circle are refused together, the second by its name', async () => {
    const twin = user('circle-twin');
    const outcomes = await send(here.acme, [
      { ...creation('twin-1'), data: { ...twin, externalId: 't1', ...managedBy('bulkId:twin-2') } },
      { ...creation('twin-2'), data: { ...twin, externalId: 't2', ...managedBy('bulkId:twin-1') } },
    ]);
    assertRefused(outcomes[0], 409, undefined, /Operations\[1\]/);
    assertRefused(outcomes[1], 409, 'uniqueness', /circle-twin/);
  });

  test('a path may name what the bulk creates, for every method, and conditions hold there too', async () => {
    const outcomes = await send(here.acme, [
      { method: 'PATCH', path: '/Users/bulkId:way-1', data: patch({ op: 'add', path: 'title', value: 'T' }) },
      creation('way-1'),
      { method: 'PUT', path: '/Users/bulkId%3Away-1', version: 'W/"2"', data: user('way-1', { title: 'U' }) },
      groupCreation('Ways'),
      { method: 'PATCH', path: '/Groups/bulkId:Ways', data: put('bulkId:way-1') },
      creation('way-2'),
      { method: 'DELETE', path: '/Users/bulkId:way-2', version: 'W/"1"' },
      { method: 'DELETE', path: '/Groups/bulkId:way-1' },
    ]);
    assert.equal(statusesOf(outcomes), '200 201 200 201 204 201 204 404');
    const id = idOf(outcomes[1]);
    assert.equal(outcomes[0]?.location, `${here.acme.scimBaseUrl}/Users/${id}`);
    const row = await memberRow(here.rollcall, here.acme, id);
    assert.deepEqual([row.scim.title, row.version], ['U', 3]);
    assert.deepEqual(await membersOf(outcomes[3]), [id]);
    assert.equal((await memberRow(here.rollcall, here.acme, idOf(outcomes[6]))).isDeleted, true);
  });

  test('the values and the paths of a PATCH may, in every shape that members come in', async () => {
    const group = await createGroup(here.acme, 'Shapes');
    const patchGroup = (...operations: Record<string, unknown>[]) => ({
      method: 'PATCH',
      path: `/Groups/${group}`,
      data: patch(...operations),
    });
    const outcomes = await send(here.acme, [
      ...['s1', 's2', 's3', 's4', 's5'].map((name) => creation(name)),
      patchGroup({ op: 'add', path: 'members', value: [{ value: 'bulkId:s1', type: 'User' }, 'bulkId:s2'] }),
      patchGroup({ op: 'add', value: { members: [{ value: 'bulkId:s3' }] } }),
      patchGroup({ op: 'add', path: 'members', value: { value: 'bulkId:s4', $ref: '../Users/bulkId:s4' } }),
      patchGroup({ op: 'remove', path: 'members[value eq "bulkId:s1"]' }),
      patchGroup({ op: 'Remove', path: 'members', value: [{ value: 'bulkId:s2' }] }),
      {
        method: 'PATCH',
        path: '/Users/bulkId:s5',
        data: patch({ op: 'add', path: `${enterprise}:manager.value`, value: 'bulkId:s1' }),
      },
      {
        method: 'PATCH',
        path: '/Users/bulkId:s4',
        data: patch({
          op: 'add',
          path: `${enterprise}:manager`,
          value: { $ref: '/Users/bulkId:s1', value: 'bulkId:s1' },
        }),
      },
    ]);
    assert.equal(statusesOf(outcomes), '201 201 201 201 201 204 204 204 204 204 200 200');
    const ids = outcomes.map((outcome) => idOf(outcome));
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, group), [ids[2], ids[3]]);
    assert.equal(await managerOf(outcomes[4]), ids[0]);
    const { scim } = await memberRow(here.rollcall, here.acme, ids[3] as string);
    assert.deepEqual(scim[enterprise], { manager: { $ref: `/Users/${ids[0]}`, value: ids[0] } });
  });

  test('what is about one resource keeps its order, though the first of it has to wait (7644-3.7-intent)', async () => {
    const held = await createUser(here.acme, 'held');
    const group = await createGroup(here.acme, 'Kept', [held]);
    const path = `/Groups/${group}`;
    const outcomes = await send(here.acme, [
      { method: 'PATCH', path, data: put('bulkId:later') },
      { method: 'PATCH', path, data: patch({ op: 'remove', path: 'members' }) },
      { method: 'PATCH', path, data: put(held) },
      creation('later'),
    ]);
    assert.equal(statusesOf(outcomes), '204 204 204 201');
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, group), [held]);
  });

  test('a reference that nothing creates, or whose creation failed, is never stored', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const outcomes = await send(here.acme, [
      creation('lost-1', managedBy('bulkId:nobody')),
      { ...creation('lost-2'), data: {} },
      groupCreation('Lost', ['bulkId:lost-2']),
      creation('lost-3', managedBy('bulkId:Lost')),
      creation('lost-4'),
      creation('lost-4'),
      { method: 'DELETE', path: '/Users/bulkId:lost-4' },
    ]);
    assertRefused(outcomes[0], 400, 'invalidValue', /bulkId:nobody, and no POST of this bulk/);
    assertRefused(outcomes[1], 400, 'invalidValue', /userName is required/);
    assertRefused(outcomes[2], 409, undefined, /bulkId:lost-2, whose creation failed/);
    assertRefused(outcomes[3], 409, undefined, /bulkId:Lost, whose creation failed/);
    for (const each of outcomes.slice(4, 6)) assertRefused(each, 400, 'invalidValue', /more than one POST/);
    assertRefused(outcomes[6], 409, undefined, /bulkId:lost-4, whose creation failed/);
    assert.equal(outcomes[6]?.location, `${here.acme.scimBaseUrl}/Users/bulkId:lost-4`);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('a bulkId of one bulk means nothing in the next', async () => {
    assert.equal(statusesOf(await send(here.acme, [creation('once')])), '201');
    const [outcome] = await send(here.acme, [groupCreation('Twice', ['bulkId:once'])]);
    assertRefused(outcome, 400, 'invalidValue', /bulkId:once/);
  });

  test('groups in each other are created, and are no members, as by requests of their own (quirk E69)', async () => {
    const outcomes = await send(here.acme, [
      groupCreation('Group A', ['bulkId:Group B']),
      groupCreation('Group B', ['bulkId:Group A']),
    ]);
    assert.equal(statusesOf(outcomes), '201 201');
    for (const outcome of outcomes) assert.deepEqual(await membersOf(outcome), []);
  });

  test('after all this the feed tells the state (I5)', async () => {
    await assertFeedTellsState(here.rollcall.db.app, here.rollcall.db.owner, here.acme);
  });
});

describe('references where unknown members are refused (P37, K14)', () => {
  const here = besideGlobex({ unknownMembers: 'refuse' });

  test('a group waits for its people, and one that names somebody unknown is refused by itself', async () => {
    const nobody = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';
    const outcomes = await send(here.acme, [
      groupCreation('Refusing', ['bulkId:r1', nobody]),
      groupCreation('Waiting', ['bulkId:r1']),
      creation('r1'),
      groupCreation('Nested', ['bulkId:Waiting']),
    ]);
    assert.equal(statusesOf(outcomes), '400 201 201 400');
    assertRefused(outcomes[0], 400, 'invalidValue', new RegExp(`not in this organization: ${nobody}`));
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, idOf(outcomes[1])), [idOf(outcomes[2])]);
  });

  test('a deletion does not overtake a group that names the person', async () => {
    const leaver = await createUser(here.acme, 'leaver');
    const outcomes = await send(here.acme, [
      groupCreation('Leaving', [leaver, 'bulkId:joiner']),
      { method: 'DELETE', path: `/Users/${leaver}` },
      creation('joiner'),
    ]);
    assert.equal(statusesOf(outcomes), '201 204 201');
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, idOf(outcomes[0])), [idOf(outcomes[2])]);
  });
});

describe('a circle where seats are scarce (R15, K27)', () => {
  const here = besideGlobex({ licenseSource: 'by-hand', defaultLicense: 'developer', withoutSeat: 'wait' });

  test('those who are created at once do not take one seat twice', async () => {
    const { app } = here.rollcall.db;
    await setSeats(app, here.acme, 'developer', 1, { now: new Date() });
    const outcomes = await send(here.acme, [
      groupCreation('Seats', ['bulkId:seat-1', 'bulkId:seat-2']),
      creation('seat-1', { ...managedBy('bulkId:seat-2'), 'urn:x:extension': { home: 'bulkId:Seats' } }),
      creation('seat-2', managedBy('bulkId:seat-1')),
    ]);
    assert.equal(statusesOf(outcomes), '201 201 201');
    assert.deepEqual(await seatsOf(here.rollcall, here.acme, 'developer'), [1, 1, 1]);
    await assertAccessFollows(here.rollcall, here.acme);
    const memberships = await membershipRows(here.rollcall, here.acme, idOf(outcomes[0]));
    assert.deepEqual(
      memberships.map(({ inForce, rule }) => `${inForce} ${rule}`),
      ['true asked-member', 'false member-unlicensed'],
    );
    await assertFeedTellsState(app, here.rollcall.db.owner, here.acme);
  });
});
