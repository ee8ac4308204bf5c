import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import { type DisconnectChoice, disconnectChoices } from '../../src/organization/disconnecting.ts';
import { licenseSaying, type Reach, reaches, reachOf } from '../../src/organization/permissions.ts';
import type { BuiltInRole } from '../../src/organization/roles.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { applyConfiguration, planConfiguration } from '../../src/provisioning/apply-configuration.ts';
import { changePolicy, planPolicyChange } from '../../src/provisioning/change-policy.ts';
import { seatsOf as seatsPlanned, setSeats } from '../../src/provisioning/change-seats.ts';
import {
  compareConfiguration,
  readConfiguration,
  type WantedConfiguration,
} from '../../src/provisioning/configuration.ts';
import { disconnect } from '../../src/provisioning/disconnect.ts';
import { planDisconnect } from '../../src/provisioning/disconnect-plan.ts';
import { addTeam, changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { giveLicense, giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam, teamMapping } from '../../src/provisioning/map-team.ts';
import { planAccess } from '../../src/provisioning/plan-access.ts';
import type { HeldPlan } from '../../src/provisioning/plan-held.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { roleCeiling, setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { OperatorError } from '../../src/store/operator-error.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { heldIn } from '../holding.ts';
import { besideGlobex, createGroup, createUser, patch } from '../http/beside-globex.ts';
import { brakeOff, type TestOrganization } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { assertPlanHappened, factsInForce } from './plan-facts.ts';
import { Provider, step, trustDomain } from './provider.ts';

// Few people are several pieces, each of which frees seats for the next ones and for outsiders.
(limits as { peoplePerSettlingMax: number }).peoplePerSettlingMax = 3;

const all = { from: 0, limit: 10_000 };
const at = () => ({ now: new Date() });
const active = (value: boolean) => patch({ op: 'replace', value: { active: value } });
const members = (op: 'add' | 'remove', ...ids: string[]) =>
  patch({ op, path: 'members', value: ids.map((value) => ({ value })) });

describe('the plan of letting a batch go', () => {
  const here = besideGlobex();
  const settings = {
    ...brakeOff,
    addByHand: 'allowed',
    manualUpdates: 'on',
    deletion: 'remove-after-grace',
    groupDeletion: 'remove-after-grace',
    reactivation: 'restore',
    licenseSource: 'by-rules',
    defaultLicense: 'developer',
    withoutSeat: 'wait',
  };
  const scarce = async (seats: Record<string, number>, more: Record<string, string> = {}) => {
    const org = await here.rollcall.organization({ settings: { ...settings, ...more } });
    for (const [license, count] of Object.entries(seats))
      await setSeats(here.rollcall.db.app, org, license, count, at());
    return org;
  };
  const pause = (org: TestOrganization) => switchConnection(here.rollcall.db.app, org, 'paused', at());
  const byHand = (org: TestOrganization, userName: string) =>
    addMember(here.rollcall.db.app, org, { userName, email: userName }, at());

  /** What each active person may by their role and license, as the items of a plan write it. */
  async function reachesIn(org: TestOrganization): Promise<Map<string, Reach>> {
    const { rows } = await here.rollcall.db.owner.query<{
      id: string;
      role: BuiltInRole;
      license: string | null;
      license_reason: { rule: string } | null;
    }>({
      text: `select id, role, license, license_reason from members where org_id = $1 and status = 'active'`,
      values: [org.id],
    });
    const hasOwner = rows.some(({ role }) => role === 'owner');
    return new Map(
      rows.map(({ id, role, license, license_reason: reason }) => [
        id,
        reachOf(role, licenseSaying(license, reason?.rule), hasOwner),
      ]),
    );
  }

  /** Whose rights reach less far than before. */
  const narrowed = (could: Map<string, Reach>, can: Map<string, Reach>) => {
    const isLess = (id: string, reach: Reach) => reaches.indexOf(can.get(id) ?? reach) > reaches.indexOf(reach);
    return [...could].flatMap(([id, reach]) => (isLess(id, reach) ? [id] : [])).sort();
  };
  const narrowedIn = (items: HeldPlan['items']) =>
    items.flatMap(({ kind, id }) => (kind === 'member.rights_narrowed' ? [id] : [])).sort();

  /** Resumes as the plan said, and holds that nothing else has come of it, here. */
  async function resumesAsPlanned(org: TestOrganization) {
    const { app, owner } = here.rollcall.db;
    const [before, could] = [await factsInForce(owner, org), await reachesIn(org)];
    const { items, version } = await planSwitch(app, org, 'on', all);
    assert.equal((await planSwitch(app, org, 'on', all)).version, version);
    assert.deepEqual(await factsInForce(owner, org), before, 'a plan changes nothing');
    const { settled } = await switchConnection(app, org, 'on', at(), version);
    const refused = [...new Set(items.flatMap(({ id, refusal }) => (refusal === undefined ? [] : [id])))].sort();
    assert.deepEqual(settled ?? { isDone: true, refused: [] }, { isDone: true, refused });
    assertPlanHappened(
      items.filter(({ kind, refusal }) => refusal === undefined && kind !== 'member.rights_narrowed'),
      before,
      await factsInForce(owner, org),
    );
    assert.deepEqual(narrowedIn(items), narrowed(could, await reachesIn(org)));
    if (refused.length === 0) await sound(org);
    return items;
  }
  async function sound(org: TestOrganization) {
    const { app, owner } = here.rollcall.db;
    assert.deepEqual(await heldIn(owner, org), { members: 0, teams: 0, memberships: 0, batches: 0 });
    const found = await reconcile(app, org, false, at());
    assert.deepEqual(found.drift, {}, JSON.stringify(found.items));
    await assertFeedTellsState(app, owner, org);
  }
  const shown = (items: Awaited<ReturnType<typeof resumesAsPlanned>>, kind: string) =>
    items.filter((item) => item.kind === kind).map(({ name, from, to }) => `${name.split('@')[0]}: ${from} > ${to}`);

  test('names who is given the seats that it frees: outsiders who wait, before those of a later piece', async () => {
    const org = await scarce({ developer: 3 });
    const people: string[] = [];
    for (let at = 0; at < 3; at++) people.push(await createUser(org, `holds${at}`));
    const team = await createGroup(org, 'Team');
    const waiting = await createUser(org, 'waits');
    await org.scim('PATCH', `/Groups/${team}`, members('add', waiting));
    await createUser(org, 'waits-too');
    await pause(org);
    await org.scim('PATCH', `/Users/${people[0]}`, active(false));
    await org.scim('DELETE', `/Users/${people[1]}`);
    for (const name of ['new0', 'new1', 'new2']) await createUser(org, name);
    const items = await resumesAsPlanned(org);
    assert.deepEqual(shown(items, 'member.license'), [
      'holds0: developer > null',
      'holds1: developer > null',
      'new0: null > developer',
      'waits: waits for developer > developer',
      'new1: null > waits for developer',
      'new2: null > waits for developer',
    ]);
    assert.deepEqual(shown(items, 'membership'), ['waits: out > in']);
  });

  test('narrows nobody’s rights who was not here before, whatever they come with and lose again', async () => {
    const org = await scarce({ developer: 1, analyst: 1 });
    await createUser(org, 'holds');
    const ben = await createUser(org, 'ben', { active: false });
    const team = await createGroup(org, 'Team', [ben]);
    await mapTeam(here.rollcall.db.app, org, team, { license: 'analyst' }, at());
    await pause(org);
    await org.scim('PATCH', `/Users/${ben}`, active(true));
    await org.scim('DELETE', `/Groups/${team}`);
    const items = await resumesAsPlanned(org);
    assert.deepEqual(shown(items, 'member.license'), ['ben: null > analyst', 'ben: analyst > waits for developer']);
    assert.deepEqual(shown(items, 'member.rights_narrowed'), []);
  });

  test('knows that the seats of one piece are not there for the next', async () => {
    const org = await scarce({ developer: 2 });
    await createUser(org, 'holds');
    await pause(org);
    for (let each = 0; each < 5; each++) await createUser(org, `new${each}`);
    const items = await resumesAsPlanned(org);
    assert.deepEqual(
      shown(items, 'member.license'),
      ['developer', ...Array(4).fill('waits for developer')].map((license, each) => `new${each}: null > ${license}`),
    );
  });

  test('names what a team that goes takes from its people, and who has the seats then', async () => {
    const { app } = here.rollcall.db;
    const org = await scarce({ developer: 10, analyst: 1 });
    const [ada, ben, cleo] = [
      await createUser(org, 'ada'),
      await createUser(org, 'ben'),
      await createUser(org, 'cleo'),
    ];
    const crew = await createGroup(org, 'Crew', [ada, ben]);
    await createGroup(org, 'Others', [cleo]);
    await setSeats(app, org, 'analyst', 2, at());
    await mapTeam(app, org, crew, { license: 'analyst', role: 'admin' }, at());
    await giveLicense(app, org, cleo, 'analyst', at());
    const { id: zoe } = await byHand(org, 'zoe@acme.example');
    await giveRole(app, org, zoe, 'owner', at());
    await pause(org);
    await org.scim('PATCH', `/Users/${ben}`, active(false));
    await org.scim('DELETE', `/Groups/${crew}`);
    const items = await resumesAsPlanned(org);
    assert.deepEqual(shown(items, 'team.removed'), ['Crew: Crew > null']);
    assert.deepEqual(shown(items, 'membership'), ['ben: in > waits', 'cleo: out > in', 'ada: in > out']);
    assert.deepEqual(shown(items, 'member.role'), ['ada: member > viewer', 'ben: member > viewer']);
    assert.deepEqual(shown(items, 'member.license'), [
      'ben: analyst > null',
      'cleo: waits for analyst > analyst',
      'ada: analyst > developer',
    ]);
  });

  test('shows what somebody gets back who comes under a userName that is remembered, or that the batch frees', async () => {
    const { app } = here.rollcall.db;
    const org = await scarce({ developer: 10, analyst: 3 });
    const { id: zoe } = await byHand(org, 'zoe@acme.example');
    await giveRole(app, org, zoe, 'owner', at());
    const { id: own } = await addTeam(app, org, 'Own', at());
    await mapTeam(app, org, own, { license: 'analyst' }, at());
    const pushed = await createGroup(org, 'Pushed');
    for (const name of ['gone', 'going']) {
      const id = await createUser(org, name);
      await giveRole(app, org, id, 'admin', at());
      for (const teamId of [own, pushed])
        await changePersonOfTeam(app, org, { teamId, memberId: id, isIn: true }, at());
    }
    const idOf = async (name: string) =>
      (await org.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "${name}@acme.example"`)}`)).body
        .Resources?.[0]?.id as string;
    await org.scim('DELETE', `/Users/${await idOf('gone')}`);
    await pause(org);
    await org.scim('DELETE', `/Users/${await idOf('going')}`);
    const back = [await createUser(org, 'going'), await createUser(org, 'gone')];
    // What the provider asks too is the provider's, and no conflict.
    await org.scim('PATCH', `/Groups/${pushed}`, members('add', back[1] as string));
    const items = await resumesAsPlanned(org);
    assert.deepEqual(
      shown(
        items.filter(({ id }) => back.includes(id)),
        'member.role',
      ),
      ['going: viewer > admin', 'gone: viewer > admin'],
    );
    assert.deepEqual(
      shown(
        items.filter(({ id }) => back.includes(id)),
        'member.license',
      ),
      ['going: null > analyst', 'gone: null > analyst'],
    );
    assert.equal(
      items.filter(({ kind, id, to }) => kind === 'membership' && back.includes(id) && to === 'in').length,
      4,
    );
  });

  test('says whose rights are narrower: who loses a license, and admins where the first owner comes', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await scarce({ developer: 10 }, { defaultLicense: 'none' });
    const named = async (...names: string[]) => await Promise.all(names.map((name) => createUser(org, name)));
    const [ada, ben, cleo, olga] = (await named('ada', 'ben', 'cleo', 'olga')) as [string, string, string, string];
    const crew = await createGroup(org, 'Crew', [ben, cleo, olga]);
    await mapTeam(app, org, crew, { license: 'developer' }, at());
    await giveLicense(app, org, ada, 'read_only', at());
    await giveLicense(app, org, olga, 'developer', at());
    await giveRole(app, org, ada, 'admin', at());
    const owners = await createGroup(org, 'Owners');
    await mapTeam(app, org, owners, { role: 'owner' }, at());
    const { rows } = await owner.query({ text: 'select id from scim_tokens where org_id = $1', values: [org.id] });
    await setRoleCeiling(app, org, rows[0].id, 'owner', at());
    await pause(org);
    await org.scim('PATCH', `/Groups/${owners}`, members('add', olga));
    await org.scim('DELETE', `/Groups/${crew}`);
    await org.scim('PATCH', `/Users/${cleo}`, active(false));
    const items = await resumesAsPlanned(org);
    assert.deepEqual(shown(items, 'member.rights_narrowed').sort(), [
      'ada: what their roles allow > only read',
      'ben: what their roles allow > only see their own profile',
    ]);
  });

  const seat = fc.integer({ min: 2, max: 6 });
  const story = fc.record({
    begun: fc.array(step, { minLength: 30, maxLength: 30 }),
    held: fc.array(step, { minLength: 10, maxLength: 40 }),
    developer: seat,
    analyst: seat,
    given: fc.uniqueArray(fc.nat(11), { maxLength: 4 }),
    outsiders: fc.nat(4),
    owners: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
    addressChange: fc.constantFrom('trusted', 'confirm', 'apply'),
    reactivation: fc.constantFrom('restore', 'fresh'),
  });

  /** An organization with too few seats, people of whom nothing is held, teams that give, and people whom an admin gave something. */
  async function begins(org: TestOrganization, provider: Provider, { begun, given, outsiders, owners }: Told) {
    const { app, owner } = here.rollcall.db;
    if (owners.length === 0) {
      const { id: boss } = await byHand(org, 'boss@acme.example');
      await giveRole(app, org, boss, 'owner', at());
    }
    const half = begun.length / 2;
    // More people than seats, so that most of what happens frees one or asks for one.
    for (let who = 0; who < 12; who++) await provider.take({ what: 'create', who, active: who % 4 !== 3 });
    for (let team = 0; team < 5; team++) await provider.take({ what: 'push', team, who: [team, team + 5] });
    for (const one of begun.slice(0, half)) await provider.take(one);
    const teams = (
      await owner.query({
        text: `select id from teams where org_id = $1 and deleted_at is null order by id`,
        values: [org.id],
      })
    ).rows;
    const { id: own } = await addTeam(app, org, 'Own', at());
    // Whether there is a seat for everyone in a team or not: those who are in it do not have one before it gives it.
    const quietly = (work: Promise<unknown>) => work.catch((error) => assert.equal(error.code, 'refused', error.stack));
    await quietly(mapTeam(app, org, own, { license: 'analyst' }, at()));
    if (teams[0]) await quietly(mapTeam(app, org, teams[0].id, { license: 'analyst', role: 'member' }, at()));
    if (teams[1]) await quietly(mapTeam(app, org, teams[1].id, { role: 'admin' }, at()));
    for (const who of given) {
      const { rows } = await owner.query({
        text: `select id from members where org_id = $1 and user_name_key = $2 and deleted_at is null`,
        values: [org.id, `p${who}@acme.example`],
      });
      if (rows[0] === undefined) continue;
      const memberId = rows[0].id;
      if (who % 2 === 0) await quietly(giveRole(app, org, memberId, 'member', at()));
      if (who % 3 === 0) await quietly(giveLicense(app, org, memberId, 'read_only', at()));
      await quietly(changePersonOfTeam(app, org, { teamId: own, memberId, isIn: true }, at()));
      if (teams[0]) await quietly(changePersonOfTeam(app, org, { teamId: teams[0].id, memberId, isIn: true }, at()));
    }
    for (const who of owners) {
      const { rows } = await owner.query({
        text: `select id from members where org_id = $1 and user_name_key = $2 and deleted_at is null`,
        values: [org.id, `p${who}@acme.example`],
      });
      if (rows[0] !== undefined) await giveRole(app, org, rows[0].id, 'owner', at());
    }
    for (let each = 0; each < outsiders; each++) await createUser(org, `outsider${each}`);
    for (const one of begun.slice(half)) await provider.take(one);
  }
  const seatsOf = ({ developer, analyst }: Told) => ({ developer, analyst });
  type Told = typeof story extends fc.Arbitrary<infer T> ? T : never;

  /** Whom the provider has deactivated comes back as somebody new, without what an admin had given them. */
  const backAsNew: Told = {
    begun: [
      { what: 'active', who: 1, active: true },
      { what: 'active', who: 0, active: false },
    ],
    held: [{ what: 'active', who: 0, active: true }],
    developer: 2,
    analyst: 2,
    given: [0],
    outsiders: 0,
    owners: [],
    addressChange: 'trusted',
    reactivation: 'fresh',
  };

  test('is what happens, item by item, whatever the provider asked meanwhile and however few seats there are', async () => {
    const run = async (told: Told) => {
      const { addressChange, reactivation } = told;
      const org = await scarce(seatsOf(told), { addressChange, reactivation });
      await trustDomain(here.rollcall.db.owner, org);
      const provider = new Provider(org);
      await begins(org, provider, told);
      await pause(org);
      for (const one of told.held) await provider.take(one);
      await resumesAsPlanned(org);
    };
    await fc.assert(fc.asyncProperty(story, run), { numRuns: scaled(12), endOnFailure: true, examples: [[backAsNew]] });
  });

  type Facts = ReadonlyMap<string, string | null>;

  type Showing = {
    /** What is in force afterwards, without what no plan tells. */
    adjusted?: (before: Facts, after: Facts) => Facts;
    /** Whether it is done in two steps, of which the second may give back what the first takes. */
    inSteps?: boolean;
  };

  /** Plans a change, makes it, and holds that it came to what the plan showed, or was refused as it said. */
  async function comesAsPlanned(
    org: TestOrganization,
    plan: () => Promise<HeldPlan>,
    change: (version: string) => Promise<unknown>,
    { adjusted = (_, after) => after, inSteps = false }: Showing = {},
  ): Promise<HeldPlan> {
    const { owner } = here.rollcall.db;
    const [before, could] = [await factsInForce(owner, org), await reachesIn(org)];
    const shown = await plan();
    assert.deepEqual(await factsInForce(owner, org), before, 'a plan changes nothing');
    let refusal: string | undefined;
    try {
      await change(shown.version);
    } catch (error) {
      if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
      refusal = error.message;
    }
    assert.equal(refusal, shown.refusal);
    const [after, can] = [await factsInForce(owner, org), await reachesIn(org)];
    if (refusal !== undefined) {
      assert.deepEqual(after, before, 'what is refused changes nothing');
      return shown;
    }
    const isShown = ({ kind, refusal }: HeldPlan['items'][number]) =>
      refusal === undefined && !/rights_narrowed|origin|linked|handed_over|discarded/.test(kind);
    assertPlanHappened(shown.items.filter(isShown), before, adjusted(before, after));
    const less = narrowed(could, can);
    const told = narrowedIn(shown.items);
    assert.deepEqual(inSteps ? less.filter((id) => !told.includes(id)) : told, inSteps ? [] : less);
    return shown;
  }

  const orNothing = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const license = fc.constantFrom('developer', 'analyst', 'read_only');
  const mapping = fc.record({
    role: fc.constantFrom(null, 'viewer', 'member', 'admin', 'owner'),
    license: fc.option(license, { nil: null }),
  });
  const seatsWanted = fc.record({ license, seats: fc.option(fc.nat(8), { nil: null }) });
  const wishOf = fc.record(
    {
      licenseSource: fc.constantFrom('none', 'by-hand', 'by-team', 'by-rules', 'by-attribute'),
      defaultLicense: fc.constantFrom('none', 'developer', 'analyst', 'read_only'),
      defaultRole: fc.constantFrom('viewer', 'member'),
      withoutSeat: fc.constantFrom('wait', 'refuse'),
      turnOff: fc.constantFrom('leave', 'discard'),
      addressChange: fc.constantFrom('trusted', 'confirm', 'apply'),
      deletion: fc.constantFrom('remove', 'remove-after-grace'),
    },
    { requiredKeys: [] },
  );
  const change = fc.oneof(
    fc.record({ what: fc.constant('policy' as const), settings: wishOf }),
    fc.record({ what: fc.constant('mapping' as const), team: fc.nat(5), gives: mapping }),
    fc.record({ what: fc.constant('seats' as const), seats: seatsWanted }),
    fc.record({
      what: fc.constant('ceiling' as const),
      ceiling: fc.constantFrom('viewer', 'member', 'admin', 'owner'),
    }),
    fc.record({
      what: fc.constant('configuration' as const),
      policy: wishOf,
      seats: orNothing(seatsWanted),
      mapping: orNothing(fc.record({ team: fc.nat(5), gives: mapping })),
      state: orNothing(fc.constantFrom('on' as const, 'paused' as const)),
      forgets: fc.boolean(),
    }),
  );
  const changes = fc.record({ isHeld: fc.boolean(), those: fc.array(change, { minLength: 6, maxLength: 6 }) });

  test('the plan of a policy, a mapping, seats, a ceiling or a configuration is what happens, or says that it is refused', async () => {
    const { app, owner } = here.rollcall.db;
    const all = { from: 0, limit: 10_000 };
    const run = async (told: Told, { isHeld, those }: typeof changes extends fc.Arbitrary<infer T> ? T : never) => {
      const org = await scarce(seatsOf(told), { addressChange: told.addressChange, sameSignInProvider: 'any' });
      await trustDomain(owner, org);
      const provider = new Provider(org);
      await begins(org, provider, told);
      if (isHeld) await pause(org);
      const teams = async (at: number) => {
        const { rows } = await owner.query<{ id: string; name: string }>({
          text: `select id, coalesce(in_force_name, display_name) as name from teams where org_id = $1 and (deleted_at is null or in_force_name is not null) order by id`,
          values: [org.id],
        });
        return rows[at % rows.length];
      };
      const { rows: tokens } = await owner.query<{ id: string }>({
        text: 'select id from scim_tokens where org_id = $1 and revoked_at is null',
        values: [org.id],
      });
      for (const [place, one] of those.entries()) {
        for (const asked of told.held.slice(place * 6, place * 6 + 6)) await provider.take(asked);
        const acting = at();
        if (one.what === 'policy') {
          const { settings: wish } = one;
          const confirmed = Object.keys(wish);
          await comesAsPlanned(
            org,
            async () => (await planPolicyChange(app, org, { settings: wish }, acting, all)).plan,
            (version) => changePolicy(app, org, { settings: wish, confirmed, version }, acting),
          );
        } else if (one.what === 'mapping') {
          const team = await teams(one.team);
          if (team === undefined) continue;
          const planned = teamMapping(team.id, one.gives, acting);
          await comesAsPlanned(
            org,
            () => planAccess(app, org, planned, acting, all),
            (version) => mapTeam(app, org, team.id, one.gives, acting, version),
          ).catch(isNoLicense);
        } else if (one.what === 'seats') {
          const { license, seats } = one.seats;
          await comesAsPlanned(
            org,
            () => planAccess(app, org, seatsPlanned(license, seats ?? undefined), acting, all),
            (version) => setSeats(app, org, license, seats ?? undefined, acting, version),
          );
        } else if (one.what === 'ceiling') {
          const token = tokens[0]?.id as string;
          await comesAsPlanned(
            org,
            () => planAccess(app, org, roleCeiling(token, one.ceiling as BuiltInRole, acting), acting, all),
            (version) => setRoleCeiling(app, org, token, one.ceiling as BuiltInRole, acting, version),
          );
        } else {
          const { teamMappings, domains } = await readConfiguration(app, org, acting.now);
          const team = one.mapping && (await teams(one.mapping.team));
          const wanted = {
            policy: one.policy,
            ...(one.seats && { seats: { [one.seats.license]: one.seats.seats } }),
            ...(team && { teamMappings: { ...teamMappings, [team.name]: one.mapping?.gives } }),
            ...(one.state && { connection: { state: one.state } }),
            ...(one.forgets && { domains: domains.slice(1) }),
          } as WantedConfiguration;
          const compared = await compareConfiguration(app, org, wanted, acting.now);
          await comesAsPlanned(
            org,
            () => planConfiguration(app, org, compared, acting, all),
            (version) => applyConfiguration(app, org, compared, { confirmed: 'all', version }, acting),
            { inSteps: one.state !== undefined },
          ).catch(isNoLicense);
        }
      }
      const { settled } = await switchConnection(app, org, 'on', at());
      // The feed does not tell who stays held.
      if (settled === undefined || settled.refused.length === 0) await assertFeedTellsState(app, owner, org);
    };
    await fc.assert(fc.asyncProperty(story, changes, run), { numRuns: scaled(6), endOnFailure: true });
  });

  test('the plan of a configuration that also turns on goes by the policy and the domains that it has', async () => {
    const { app, owner } = here.rollcall.db;
    for (const more of [{ domains: [] }, { policy: { addressChange: 'confirm' } }]) {
      const org = await scarce({ developer: 10 });
      await trustDomain(owner, org);
      const provider = new Provider(org);
      await provider.take({ what: 'create', who: 0, active: true });
      await pause(org);
      await provider.take({ what: 'mail', who: 0, to: 1, isTrusted: true });
      const acting = at();
      const wanted: WantedConfiguration = { ...more, connection: { state: 'on' } };
      const compared = await compareConfiguration(app, org, wanted, acting.now);
      const { counts } = await comesAsPlanned(
        org,
        () => planConfiguration(app, org, compared, acting, all),
        (version) => applyConfiguration(app, org, compared, { confirmed: 'all', version }, acting),
      );
      assert.deepEqual(counts, { 'member.waiting_address': 1 }, JSON.stringify(more));
    }
  });

  // An address that waits for somebody who is removed ends with them. Those who never came are dropped, which is nothing in force.
  const isNothing = (key: string, was: string | null) =>
    key.startsWith('member.waiting_address') || (/^member.(status|profile)/.test(key) && was === null);
  const ofWhoStays = (before: Facts, after: Facts) =>
    new Map([...after, ...[...before].filter(([key, was]) => isNothing(key, was))]);

  test('the plan of a configuration that also turns on or off goes by the roles, licenses and seats that it gives', async () => {
    const { app, owner } = here.rollcall.db;
    const wish = fc.record({
      policy: wishOf,
      seats: orNothing(seatsWanted),
      mapping: fc.record({ team: fc.nat(5), gives: mapping }),
      ceiling: fc.constantFrom('member', 'admin', 'owner'),
      state: fc.constantFrom('on' as const, 'off' as const),
    });
    type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;
    const run = async (told: Told, { policy, seats, mapping, ceiling, state }: Wish) => {
      const org = await scarce(seatsOf(told), { addressChange: told.addressChange, sameSignInProvider: 'any' });
      await trustDomain(owner, org);
      const provider = new Provider(org);
      await begins(org, provider, told);
      await pause(org);
      for (const one of told.held) await provider.take(one);
      const { rows: teams } = await owner.query<{ name: string }>({
        text: `select in_force_name as name from teams where org_id = $1 and in_force_name is not null order by id`,
        values: [org.id],
      });
      const acting = at();
      const { teamMappings, tokens } = await readConfiguration(app, org, acting.now);
      const team = teams[mapping.team % teams.length]?.name as string;
      const wanted = {
        policy: { ...policy, turnOff: 'discard' },
        ...(seats && { seats: { [seats.license]: seats.seats } }),
        teamMappings: { ...teamMappings, [team]: mapping.gives },
        tokens: tokens.map(({ name }) => ({ name, roleCeiling: ceiling })),
        connection: { state },
      } as WantedConfiguration;
      const compared = await compareConfiguration(app, org, wanted, acting.now);
      await comesAsPlanned(
        org,
        () => planConfiguration(app, org, compared, acting, all),
        (version) => applyConfiguration(app, org, compared, { confirmed: 'all', version }, acting),
        { inSteps: true, ...(state === 'off' && { adjusted: ofWhoStays }) },
      ).catch(isNoLicense);
    };
    await fc.assert(fc.asyncProperty(story, wish, run), { numRuns: scaled(8), endOnFailure: true });
  });

  /** A license that the organization has no seats of is none that a team can give. */
  const isNoLicense = (error: unknown) => {
    assert.equal((error as OperatorError).code, 'setting_invalid', (error as Error).stack);
  };

  test('the plan of a disconnecting, whatever is chosen, names who is given the seats that it frees, or who would be missing', async () => {
    const { app, owner } = here.rollcall.db;
    const run = async (told: Told, choice: DisconnectChoice, isByTurningOff: boolean) => {
      const turnOff = isByTurningOff ? 'discard' : 'leave';
      const org = await scarce(seatsOf(told), { addressChange: told.addressChange, turnOff });
      await trustDomain(owner, org);
      const provider = new Provider(org);
      await begins(org, provider, told);
      for (const name of ['local0', 'local1']) {
        await byHand(org, `${name}@acme.example`).catch((error) => assert.equal(error.code, 'refused', error.stack));
      }
      await pause(org);
      for (const one of told.held.slice(0, 10)) await provider.take(one);
      const shown = isByTurningOff
        ? await comesAsPlanned(
            org,
            () => planSwitch(app, org, 'off', all),
            (version) => switchConnection(app, org, 'off', at(), version),
            { adjusted: ofWhoStays },
          )
        : await comesAsPlanned(
            org,
            () => planDisconnect(app, org, choice, all),
            (version) => disconnect(app, org, choice, at(), version),
            { adjusted: ofWhoStays },
          );
      const { rows } = await owner.query<{ state: string }>({
        text: 'select state from connections where org_id = $1 order by id',
        values: [org.id],
      });
      const states = shown.refusal === undefined ? ['disconnected', 'off'] : ['paused'];
      assert.deepEqual(
        rows.map(({ state }) => state),
        states,
      );
      if (shown.refusal === undefined) await assertFeedTellsState(app, owner, org);
    };
    const choice = fc.constantFrom(...disconnectChoices);
    await fc.assert(fc.asyncProperty(story, choice, fc.boolean(), run), { numRuns: scaled(8), endOnFailure: true });
  });
});
