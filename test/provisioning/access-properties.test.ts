import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { setAccessPolicy } from '../../src/provisioning/change-policy.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { giveLicense } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { besideGlobex, createGroup, createUser, patch, user } from '../http/beside-globex.ts';
import { brakeOff, type TestOrganization } from '../rollcall.ts';
import { assertAccessFollows, seatsOf } from './access-of.ts';

const at = { now: new Date('2030-01-10T12:00:00Z') };
const settings = { ...brakeOff, licenseSource: 'by-rules', defaultLicense: 'developer', withoutSeat: 'wait' };

describe('seats and roles under many changes', () => {
  const here = besideGlobex(settings);
  const app = () => here.rollcall.db.app;

  test('seats are never exceeded by 100 changes at once, and none is free while somebody waits (R15)', async () => {
    await setSeats(app(), here.acme, 'developer', 10, at);
    const created = await Promise.all(
      Array.from({ length: 50 }, (_, each) => here.acme.scim('POST', '/Users', user(`p${each}`))),
    );
    assert.deepEqual([...new Set(created.map(({ status }) => status))], [201]);
    assert.deepEqual(await seatsOf(here.rollcall, here.acme, 'developer'), [10, 10, 40]);
    await assertAccessFollows(here.rollcall, here.acme);
    const team = await createGroup(
      here.acme,
      'Team',
      created.slice(0, 10).map(({ body }) => body.id as string),
    );
    const changes = created.flatMap(({ body }, each) => {
      const id = body.id as string;
      const off = here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: each % 3 === 0 } }));
      const other =
        each % 5 === 0
          ? giveLicense(app(), here.acme, id, each % 2 === 0 ? 'read_only' : 'analyst', at)
          : here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }));
      return [off, other];
    });
    const outcomes = await Promise.all(changes);
    const statuses = outcomes.map((outcome) => (typeof outcome === 'boolean' ? 204 : outcome.status));
    assert.deepEqual(
      statuses.filter((status) => status >= 400),
      [],
    );
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

/** What one step of a story does; `who` and `team` name people and teams by their number. */
type Step =
  | { what: 'join' | 'leave'; who: number; team: number }
  | { what: 'active'; who: number; active: boolean }
  | { what: 'map'; team: number; role: string | null; license: string | null }
  | { what: 'by hand'; who: number; license: string | null };

const who = fc.nat(3);
const team = fc.nat(2);
const license = fc.constantFrom('developer', 'analyst', 'read_only', null);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constantFrom('join', 'leave'), who, team }) as fc.Arbitrary<Step>,
  fc.record({ what: fc.constant('active' as const), who, active: fc.boolean() }),
  fc.record({ what: fc.constant('map' as const), team, role: fc.constantFrom('member', 'admin', null), license }),
  fc.record({ what: fc.constant('by hand' as const), who, license }),
);

describe('what is in force after any story', () => {
  const here = besideGlobex({ ...brakeOff, licenseSource: 'by-rules', defaultLicense: 'none', withoutSeat: 'wait' });
  const app = () => here.rollcall.db.app;
  let stories = 0;

  const begin = async (acme: TestOrganization) => {
    const story = stories++;
    const people: string[] = [];
    const teams: string[] = [];
    for (let each = 0; each < 4; each++) people.push(await createUser(acme, `s${story}-${each}`));
    for (let each = 0; each < 3; each++) teams.push(await createGroup(acme, `Story ${story} ${each}`));
    return { people, teams };
  };

  const play = async (acme: TestOrganization, { people, teams }: Awaited<ReturnType<typeof begin>>, one: Step) => {
    const person = 'who' in one ? (people[one.who] as string) : '';
    const of = 'team' in one ? (teams[one.team] as string) : '';
    if (one.what === 'map') await mapTeam(app(), acme, of, { role: one.role, license: one.license }, at);
    else if (one.what === 'by hand') await giveLicense(app(), acme, person, one.license ?? undefined, at);
    else {
      const [path, operation] =
        one.what === 'active'
          ? [`/Users/${person}`, { op: 'replace', value: { active: one.active } }]
          : one.what === 'join'
            ? [`/Groups/${of}`, { op: 'add', path: 'members', value: [{ value: person }] }]
            : [`/Groups/${of}`, { op: 'remove', path: `members[value eq "${person}"]` }];
      const { status, text } = await acme.scim('PATCH', path, patch(operation));
      assert.ok(status < 300, text);
    }
  };

  const inForce = async (acme: TestOrganization, people: readonly string[], teams: readonly string[]) => {
    const { rows } = await here.rollcall.db.owner.query(
      `select m.status, m.role, m.license, m.role_reason ->> 'rule' as role_rule, m.license_reason ->> 'rule' as license_rule,
          array(select tm.in_force from team_members tm where tm.org_id = $1 and tm.member_id = m.id and tm.team_id = any ($3) order by tm.team_id) as teams
        from members m where m.org_id = $1 and m.id = any ($2) order by m.id`,
      [acme.id, people, teams],
    );
    return rows;
  };

  test('is what the rules make of everything that was said, and settling everyone anew changes nothing', async () => {
    await setRoleCeiling(app(), here.acme, here.acme.tokenId, 'admin', at);
    await mapTeam(
      app(),
      here.acme,
      await createGroup(here.acme, 'Keepers', [await createUser(here.acme, 'keeper')]),
      { role: 'admin' },
      at,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const cast = await begin(here.acme);
        for (const one of steps) await play(here.acme, cast, one);
        await assertAccessFollows(here.rollcall, here.acme);
        const before = await inForce(here.acme, cast.people, cast.teams);
        await setAccessPolicy(app(), here.acme, { licenseSource: 'by-hand' }, at);
        await setAccessPolicy(app(), here.acme, { licenseSource: 'by-rules' }, at);
        assert.deepEqual(await inForce(here.acme, cast.people, cast.teams), before);
      }),
      { numRuns: 12 },
    );
  });

  test('does not depend on the order of requests that are about different things', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(step, { minLength: 2, maxLength: 8, selector: aboutWhat }), async (steps) => {
        const [one, other] = [await begin(here.acme), await begin(here.acme)];
        for (const each of steps) await play(here.acme, one, each);
        for (const each of steps.toReversed()) await play(here.acme, other, each);
        assert.deepEqual(
          await inForce(here.acme, one.people, one.teams),
          await inForce(here.acme, other.people, other.teams),
        );
      }),
      { numRuns: 12 },
    );
  });
});

/** Steps about the same thing depend on their order; a story has one of each. */
const aboutWhat = (one: Step) =>
  'team' in one && 'who' in one ? `${one.who} in ${one.team}` : `${one.what} ${'who' in one ? one.who : one.team}`;
