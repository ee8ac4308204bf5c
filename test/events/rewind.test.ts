import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { momentOf, readPeopleAsOf, TooLongAgo } from '../../src/events/as-of.ts';
import type { PersonThen } from '../../src/events/rewind.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { editMember, removeMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { changePersonOfTeam, removeTeam, renameTeam } from '../../src/provisioning/edit-team.ts';
import { giveLicense, giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { releaseBatch } from '../../src/provisioning/release-batch.ts';
import type { Moment } from '../../src/store/as-of-rows.ts';
import { findPlaceInFeed } from '../../src/store/event-lists.ts';
import { listBatches } from '../../src/store/held-rows.ts';
import { purgeRemoved } from '../../src/store/remembered.ts';
import { besideGlobex, createGroup, createUser, patch, user } from '../http/beside-globex.ts';
import { brakeOff, startRollcall } from '../rollcall.ts';
import { scaled } from '../scale.ts';

const who = fc.nat(2);
const team = fc.nat(1);
const role = fc.constantFrom('admin' as const, 'member' as const, undefined);
const license = fc.constantFrom('developer', 'analyst', undefined);

/** What one step of a story does. People and teams are named by their number; what cannot happen to them is refused. */
type Step =
  | { what: 'create' | 'delete' | 'remove' | 'suspend' | 'rename'; who: number }
  | { what: 'active'; who: number; active: boolean }
  | { what: 'join' | 'leave' | 'put' | 'take'; who: number; team: number }
  | { what: 'team' | 'delete team' | 'rename team'; team: number }
  | { what: 'role'; who: number; role: 'admin' | 'member' | undefined }
  | { what: 'license'; who: number; license: string | undefined }
  | { what: 'map'; team: number; role: string | null; license: string | null };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constantFrom('create', 'delete', 'remove', 'suspend', 'rename'), who }) as fc.Arbitrary<Step>,
  fc.record({ what: fc.constant('active' as const), who, active: fc.boolean() }),
  fc.record({ what: fc.constantFrom('join', 'leave', 'put', 'take'), who, team }) as fc.Arbitrary<Step>,
  fc.record({ what: fc.constantFrom('team', 'delete team', 'rename team'), team }) as fc.Arbitrary<Step>,
  fc.record({ what: fc.constant('role' as const), who, role }),
  fc.record({ what: fc.constant('license' as const), who, license }),
  fc.record({
    what: fc.constant('map' as const),
    team,
    role: fc.constantFrom('admin', null),
    license: fc.constantFrom('developer', null),
  }),
);

/** Stories begin with somebody in a team, so that most steps change something. */
const beginning: Step[] = [
  { what: 'create', who: 0 },
  { what: 'create', who: 1 },
  { what: 'team', team: 0 },
  { what: 'team', team: 1 },
  { what: 'license', who: 0, license: 'developer' },
  { what: 'join', who: 0, team: 0 },
  { what: 'join', who: 1, team: 0 },
];

describe('who was in an organization at a time', () => {
  // What the brake holds is in force and no longer asked, which the rows are not compared for here.
  const here = besideGlobex({
    ...brakeOff,
    licenseSource: 'by-rules',
    defaultLicense: 'none',
    withoutSeat: 'wait',
    manualUpdates: 'on',
  });
  let stories = 0;
  const app = () => here.rollcall.db.app;
  const now = () => ({ now: new Date() });

  /** What is in force now, as the rows have it. */
  const inForce = async (): Promise<unknown[]> => {
    const { rows } = await here.rollcall.db.owner.query(
      `select m.id, m.user_name as "userName", m.in_force_name as name, m.in_force_email as email, m.status, m.role,
          m.license, m.waits_for as "waitsFor",
          coalesce((select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.in_force_name, 'inForce', tm.in_force) order by t.id)
             from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
            where tm.org_id = $1 and tm.member_id = m.id and coalesce(tm.by_hand, tm.asked)), '[]') as teams
        from members m where m.org_id = $1 and m.deleted_at is null and m.status <> 'removed' order by m.id`,
      [here.acme.id],
    );
    return rows;
  };
  const shown = ({ customRoles: _, origin: __, email, license: held, waitsFor, ...person }: PersonThen) => ({
    ...person,
    email: email ?? null,
    license: held ?? null,
    waitsFor: waitsFor ?? null,
  });
  const lastSeq = async () => (await findPlaceInFeed(app(), here.acme, new Date())).last;

  test('is what was stored then, whatever happened since, and also of whom no row is left (a property)', async () => {
    // Somebody always administers, whatever becomes of the others.
    await giveRole(app(), here.acme, await createUser(here.acme, 'keeper'), 'admin', now());
    await setSeats(app(), here.acme, 'developer', 2, now());
    await setSeats(app(), here.acme, 'analyst', 1, now());
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        const story = stories++;
        const people: (string | undefined)[] = [];
        const teams: (string | undefined)[] = [];
        const moments: { seq: number; at: Date; rows: unknown[] }[] = [];
        for (const one of [...beginning, ...steps]) {
          moments.push({ seq: await lastSeq(), at: new Date(), rows: await inForce() });
          await play(one, story, people, teams);
        }
        await purgeRemoved(app(), here.acme.id, new Date('2100-01-01'));
        for (const { rows, ...moment } of moments) {
          const found = [];
          let after: string | undefined;
          for (;;) {
            const page = await readPeopleAsOf(app(), here.acme, moment, {}, { limit: 3, after });
            found.push(...page);
            after = page.at(-1)?.id;
            if (page.length < 3) break;
          }
          assert.deepEqual(found.map(shown), rows);
        }
      }),
      { numRuns: scaled(12) },
    );
  });

  async function play(one: Step, story: number, people: (string | undefined)[], teams: (string | undefined)[]) {
    const { acme } = here;
    const person = 'who' in one ? people[one.who] : undefined;
    const of = 'team' in one ? teams[one.team] : undefined;
    if (one.what === 'create') {
      if (person === undefined) people[one.who] = await createUser(acme, `p${story}-${one.who}-${people.length}`);
      return;
    }
    if (one.what === 'team') {
      if (of === undefined) teams[one.team] = await createGroup(acme, `T${story}-${one.team}-${teams.length}`);
      return;
    }
    if ('who' in one && person === undefined) return;
    if ('team' in one && of === undefined) return;
    const [id, group] = [person as string, of as string];
    const scim = async (...request: Parameters<typeof acme.scim>) => {
      const { status, text } = await acme.scim(...request);
      assert.ok(status < 300, text);
    };
    switch (one.what) {
      case 'delete':
        await scim('DELETE', `/Users/${id}`);
        people[one.who] = undefined;
        break;
      case 'remove':
        await removeMember(app(), acme, id, now());
        people[one.who] = undefined;
        break;
      case 'suspend':
        await suspendMember(app(), acme, id, now());
        break;
      case 'rename':
        await editMember(app(), acme, id, { displayName: `Name ${stories} ${await lastSeq()}` }, now());
        break;
      case 'active':
        await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: one.active } }));
        break;
      case 'join':
        await scim('PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }));
        break;
      case 'leave':
        await scim('PATCH', `/Groups/${group}`, patch({ op: 'remove', path: `members[value eq "${id}"]` }));
        break;
      case 'put':
      case 'take':
        await changePersonOfTeam(app(), acme, { teamId: group, memberId: id, isIn: one.what === 'put' }, now());
        break;
      case 'delete team':
        await removeTeam(app(), acme, group, now());
        teams[one.team] = undefined;
        break;
      case 'rename team':
        await renameTeam(app(), acme, group, `Team ${stories} ${await lastSeq()}`, now());
        break;
      case 'role':
        await giveRole(app(), acme, id, one.role, now());
        break;
      case 'license':
        await giveLicense(app(), acme, id, one.license, now());
        break;
      case 'map':
        await mapTeam(app(), acme, group, { role: one.role, license: one.license }, now());
        break;
    }
  }
});

test('whoever is held and asked into a team was not there before they came', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { brakeLostAdmins: 'strict' } });
  const globex = await rollcall.organization();
  const { app } = rollcall.db;
  const at = { now: new Date() };
  await createUser(globex, 'ben');
  const [ada, ben] = [await createUser(acme, 'ada'), await createUser(acme, 'ben')];
  for (const id of [ada, ben, await createUser(acme, 'cleo')]) await giveRole(app, acme, id, 'admin', at);
  const crew = await createGroup(acme, 'Crew');
  const momentNow = async () => ({ seq: (await findPlaceInFeed(app, acme, new Date())).last, at: new Date() });
  const before = await momentNow();
  await acme.scim('DELETE', `/Users/${ada}`);
  await acme.scim('DELETE', `/Users/${ben}`);
  const [batch] = await listBatches(app, acme, { limit: 1 });
  const again = await createUser(acme, 'ben');
  const joins = await acme.scim(
    'PATCH',
    `/Groups/${crew}`,
    patch({ op: 'add', path: 'members', value: [{ value: again }] }),
  );
  assert.ok(joins.status < 300, joins.text);
  const held = await momentNow();
  await releaseBatch(app, acme, batch?.id ?? '', at);

  const there = async (moment: Moment) =>
    (await readPeopleAsOf(app, acme, moment, {}, { limit: 10, after: undefined }))
      .filter(({ userName }) => userName === 'ben@acme.example')
      .map(({ id, status }) => [id, status]);
  for (const moment of [before, held]) {
    assert.deepEqual(await there(moment), [[ben, 'active']]);
    const alone = await readPeopleAsOf(app, acme, moment, { member: again }, { limit: 10, after: undefined });
    assert.deepEqual(alone, []);
  }
  assert.deepEqual(await there(await momentNow()), [[again, 'active']]);
});

test('a time is found in the feed by its number, and one before the kept events is refused', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const { app, owner } = rollcall.db;
  const ada = await createUser(acme, 'ada');
  await createUser(globex, 'ada');
  const { last } = await findPlaceInFeed(app, acme, new Date());
  // Days instead of moments, as after a year of use.
  await owner.query(`update events set at = '2030-01-01'::timestamptz + seq * interval '1 day' where org_id = $1`, [
    acme.id,
  ]);
  const dayOf = (seq: number) => new Date(Date.UTC(2030, 0, 1 + seq));
  for (let seq = 1; seq <= last; seq++) {
    assert.equal((await findPlaceInFeed(app, acme, dayOf(seq))).seq, seq);
    assert.equal((await findPlaceInFeed(app, acme, new Date(dayOf(seq).getTime() - 1))).seq, seq - 1);
  }
  assert.equal((await findPlaceInFeed(app, acme, new Date('2040-01-01'))).seq, last);
  assert.equal((await momentOf(app, acme, new Date('2029-01-01'))).seq, 0);

  const before = await momentOf(app, acme, new Date('2029-01-01'));
  assert.deepEqual(await readPeopleAsOf(app, acme, before, { member: ada }, { limit: 10, after: undefined }), []);
  await owner.query('delete from events where org_id = $1 and seq = 1', [acme.id]);
  await assert.rejects(momentOf(app, acme, new Date('2029-01-01')), TooLongAgo);
  assert.equal((await momentOf(app, acme, dayOf(2))).seq, 2);
});

test('who was in a team then is found by the changes of the team, page by page, a removed person included', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const { app } = rollcall.db;
  const ids = [];
  for (const name of ['ada', 'ben', 'cleo', 'dan']) ids.push(await createUser(acme, name));
  const [ada, ben, cleo, dan] = ids as [string, string, string, string];
  await createUser(globex, 'ada');
  const crew = await createGroup(acme, 'Crew', [ada, ben, cleo]);
  const moment = { seq: (await findPlaceInFeed(app, acme, new Date())).last, at: new Date() };
  await acme.scim('PUT', `/Groups/${crew}`, { displayName: 'Crew 2', members: [{ value: dan }] });
  await acme.scim('DELETE', `/Users/${ben}`);
  await acme.scim('PUT', `/Users/${ada}`, user('ada', { active: false }));

  const names = async (after: string | undefined, limit: number) =>
    (await readPeopleAsOf(app, acme, moment, { team: crew }, { limit, after })).map(({ userName, status, teams }) => [
      userName,
      status,
      ...teams.map(({ name, inForce }) => (inForce ? name : `waits for ${name}`)),
    ]);
  assert.deepEqual(await names(undefined, 10), [
    ['ada@acme.example', 'active', 'Crew'],
    ['ben@acme.example', 'active', 'Crew'],
    ['cleo@acme.example', 'active', 'Crew'],
  ]);
  assert.deepEqual(await names(undefined, 1), [['ada@acme.example', 'active', 'Crew']]);
  assert.deepEqual(await names(ada, 1), [['ben@acme.example', 'active', 'Crew']]);
  assert.deepEqual(await names(cleo, 10), []);
  assert.deepEqual(await readPeopleAsOf(app, globex, moment, { team: crew }, { limit: 10, after: undefined }), []);
});
