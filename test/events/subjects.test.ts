import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FeedEventBody } from '../../src/events/feed.ts';
import { withSubjects } from '../../src/events/subjects.ts';
import { editMember } from '../../src/provisioning/edit-member.ts';
import { renameTeam } from '../../src/provisioning/edit-team.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { createGroup, createUser, eventsAfter, lastEvent, patch, user } from '../http/beside-globex.ts';
import { startRollcall } from '../rollcall.ts';
import { scaled } from '../scale.ts';

const now = new Date('2030-01-10T12:00:00Z');

/** What each event of an organization is about, read from the columns and the table beside them. */
const storedSubjects = `select e.kind, e.member_id as member, e.team_id as team, e.subject,
    array(select s.subject from event_subjects s where s.org_id = e.org_id and s.seq = e.seq order by 1) as others
  from events e where e.org_id = $1 and e.seq > $2 order by e.seq`;

test('each event is stored with what it is about, and in its organization only', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const { owner, app } = rollcall.db;
  const subjects = async (org: { id: string }, after: number) =>
    (await owner.query(storedSubjects, [org.id, after])).rows;
  const before = { acme: (await subjects(acme, 0)).length, globex: await subjects(globex, 0) };

  const [ada, ben] = [await createUser(acme, 'ada'), await createUser(acme, 'ben')];
  const team = await createGroup(acme, 'Team', [ada, ben]);
  await acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
  await giveRole(app, acme, ben, 'admin', { now });
  await acme.scim('DELETE', `/Groups/${team}`);

  const people = [ada, ben].map((id) => `member:${id}`).sort();
  const nothing = { member: null, team: null, subject: null, others: [] };
  assert.deepEqual(await subjects(acme, before.acme), [
    { ...nothing, kind: 'member.created', member: ada },
    { ...nothing, kind: 'member.created', member: ben },
    { ...nothing, kind: 'team.created', team },
    { ...nothing, kind: 'team.members_changed', team, others: people },
    { ...nothing, kind: 'member.suspended', member: ada },
    { ...nothing, kind: 'team.members_changed', team, member: ada },
    { ...nothing, kind: 'member.given', member: ben },
    { ...nothing, kind: 'member.role_changed', member: ben, others: ['role:admin', 'role:viewer'] },
    { ...nothing, kind: 'team.members_changed', team, others: people },
    { ...nothing, kind: 'team.removed', team },
  ]);
  assert.deepEqual(await subjects(globex, 0), before.globex);
});

test('what the provider puts back in force after an edit by hand is an event with both sides (I5, B50)', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { manualUpdates: 'on' } });
  const { app } = rollcall.db;
  const [ada, team] = [await createUser(acme, 'ada', { displayName: 'Ada' }), await createGroup(acme, 'Team')];
  await editMember(app, acme, ada, { displayName: 'Countess' }, { now });
  await renameTeam(app, acme, team, 'Crew', { now });
  const before = await lastEvent(rollcall, acme);
  await acme.scim('PUT', `/Users/${ada}`, user('ada', { displayName: 'Ada' }));
  await acme.scim('PUT', `/Groups/${team}`, { displayName: 'Team' });
  const email = 'ada@acme.example';
  assert.deepEqual(
    (await eventsAfter(rollcall, acme, before)).map(({ kind, data }) => {
      const { changed, inForce } = data as { changed?: unknown; inForce?: unknown };
      return { kind, changed, inForce };
    }),
    [
      {
        kind: 'member.updated',
        changed: { nameInForce: { before: 'Countess', after: 'Ada' } },
        inForce: { before: { name: 'Countess', email }, after: { name: 'Ada', email } },
      },
      {
        kind: 'team.updated',
        changed: { nameInForce: { before: 'Crew', after: 'Team' } },
        inForce: { before: 'Crew', after: 'Team' },
      },
    ],
  );
});

test('a token, a role, a license and the policy are subjects of their events', () => {
  const reason = { rule: 'role-by-hand' } as const;
  const cases: [FeedEventBody, string[]][] = [
    [{ kind: 'token.revoked', data: { token: { id: 't' } } }, ['token:t']],
    [{ kind: 'api_key.revoked', data: { key: { id: 'k', name: 'k' } } }, ['key:k']],
    [{ kind: 'role.removed', data: { role: 'auditor' } }, ['role:auditor']],
    [{ kind: 'license.seats_changed', data: { license: 'it', after: 1 } }, ['license:it']],
    [
      { kind: 'license.group_mapped', data: { group: 'g', before: 'it', after: 'analyst' } },
      ['license:it', 'license:analyst'],
    ],
    [{ kind: 'policy.changed', data: { changed: {} } }, ['policy']],
    [
      {
        kind: 'member.role_changed',
        data: {
          changes: [
            {
              member: 'a',
              before: { role: 'viewer', customRoles: ['x', 'kept'] },
              after: { role: 'viewer', customRoles: ['y', 'kept'] },
              reason,
            },
          ],
        },
      },
      ['role:x', 'role:y'],
    ],
    [
      {
        kind: 'member.license_changed',
        data: { changes: [{ member: 'a', before: { waitsFor: 'it' }, after: { license: 'it' }, reason }] },
      },
      ['license:it'],
    ],
  ];
  for (const [event, expected] of cases) {
    const { subject, others = [] } = withSubjects(event);
    assert.deepEqual(subject === undefined ? others : [subject, ...others], expected, event.kind);
  }
});

test('whomever a change of a team names is one of its subjects, once', () => {
  const ids = fc.uniqueArray(fc.uuid(), { maxLength: 6 });
  fc.assert(
    fc.property(ids, ids, ids, (added, removed, waiting) => {
      const data = { team: { id: 't', displayName: 'T' }, added, removed, pending: { 'member-suspended': waiting } };
      const { member, team, others = [] } = withSubjects({ kind: 'team.members_changed', data });
      const expected = [...new Set([...added, ...removed, ...waiting])];
      assert.equal(team, 't');
      assert.deepEqual(
        [...(member === undefined ? [] : [`member:${member}`]), ...others].sort(),
        expected.map((id) => `member:${id}`).sort(),
      );
    }),
    { numRuns: scaled(100) },
  );
});
