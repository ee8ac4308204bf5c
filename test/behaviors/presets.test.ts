/** One organization for each preset, asked the same: each answers as its product does (behaviors.md §1.5). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type PresetName, presetNames } from '../../src/organization/presets.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

type Item = Record<string, unknown>;

describe('the presets', () => {
  let rollcall: TestRollcall;
  const organizations = new Map<PresetName, TestOrganization>();

  before(async () => {
    rollcall = await startRollcall();
    for (const preset of presetNames) {
      organizations.set(preset, await rollcall.organization({ slug: `as-${preset}`, settings: { preset } }));
    }
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const of = (preset: PresetName) => organizations.get(preset) as TestOrganization;
  const create = async (preset: PresetName, name: string, more: Item = {}) =>
    await of(preset).scim('POST', '/Users', { userName: `${name}@acme.example`, active: true, ...more });

  /** What each preset answers to the same question. */
  const asks: [title: string, ask: (preset: PresetName) => Promise<unknown>, answers: Record<PresetName, unknown>][] = [
    [
      'K2 (D13, B24): a userName that is no e-mail address',
      async (preset) => (await of(preset).scim('POST', '/Users', { userName: 'ada' })).status,
      { rollcall: 400, dagster: 400, dbt: 400, pulumi: 201 },
    ],
    [
      'K2 (D17, B25): a userName that is none of the e-mail addresses',
      async (preset) => (await create(preset, 'k2', { emails: [{ value: 'other@acme.example' }] })).status,
      { rollcall: 201, dagster: 400, dbt: 400, pulumi: 201 },
    ],
    [
      'K14 (P37): a group that names somebody whose id nobody knows',
      async (preset) => {
        const members = [{ value: '0190a0b0-0000-7000-8000-00000000dead' }];
        return (await of(preset).scim('POST', '/Groups', { displayName: 'K14 unknown', members })).status;
      },
      { rollcall: 201, dagster: 201, dbt: 400, pulumi: 400 },
    ],
    [
      'K14 (B41, P37): a group that names somebody who is suspended',
      async (preset) => {
        const { id } = (await create(preset, 'k14', { active: false })).body;
        const { status, body } = await of(preset).scim('POST', '/Groups', {
          displayName: 'K14 suspended',
          members: [{ value: id }],
        });
        if (status !== 201) assert.match(body.detail as string, new RegExp(id as string));
        return status;
      },
      { rollcall: 201, dagster: 201, dbt: 400, pulumi: 400 },
    ],
    [
      'K15 (B29, B30): the status of a new person',
      async (preset) => {
        const { id } = (await create(preset, 'k15')).body;
        const { rows } = await rollcall.db.owner.query('select status from members where id = $1', [id]);
        return rows[0].status;
      },
      { rollcall: 'active', dagster: 'active', dbt: 'invited', pulumi: 'active' },
    ],
    [
      'K16 (P16): an attribute that no schema describes',
      async (preset) => {
        const { status, body } = await create(preset, 'k16', { shoeSize: 43 });
        return body.scimType ?? status;
      },
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 'invalidPath' },
    ],
    [
      'K17 (P17): the externalId of a user',
      async (preset) => (await create(preset, 'k17', { externalId: '00u17' })).body.externalId,
      { rollcall: '00u17', dagster: '00u17', dbt: '00u17', pulumi: undefined },
    ],
    [
      'K17 (P17): the externalId of a group',
      async (preset) => (await of(preset).scim('POST', '/Groups', { displayName: 'K17', externalId: '00g17' })).status,
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 400 },
    ],
    [
      'K18 (B9, P7): the token before the newest one',
      async (preset) => {
        const org = await rollcall.organization({ settings: { preset } });
        await createToken(rollcall.db.app, org, { name: 'second' }, { now: new Date() });
        return (await org.scim('GET', '/Users')).status;
      },
      { rollcall: 200, dagster: 200, dbt: 200, pulumi: 401 },
    ],
    [
      'K22 (D26, P27): the role of a new person',
      async (preset) => {
        const { id } = (await create(preset, 'k22')).body;
        const { rows } = await rollcall.db.owner.query('select role from members where id = $1', [id]);
        return rows[0].role;
      },
      { rollcall: 'viewer', dagster: 'viewer', dbt: 'viewer', pulumi: 'member' },
    ],
    [
      'K25 (P24): a count above the maximum',
      async (preset) => (await of(preset).scim('GET', '/Users?count=100000')).status,
      { rollcall: 200, dagster: 200, dbt: 200, pulumi: 400 },
    ],
    [
      'K27 (P40): the name of a group with 101 characters',
      async (preset) => (await of(preset).scim('POST', '/Groups', { displayName: 'g'.repeat(101) })).status,
      { rollcall: 201, dagster: 201, dbt: 201, pulumi: 400 },
    ],
    [
      'K28 (D17, P23): a filter beyond the two names',
      async (preset) => (await of(preset).scim('GET', '/Users?filter=active%20eq%20true')).status,
      { rollcall: 200, dagster: 400, dbt: 200, pulumi: 400 },
    ],
    [
      'K28 (A2): the check whether a person exists',
      async (preset) => {
        const filter = encodeURIComponent('userName eq "nobody@acme.example"');
        return (await of(preset).scim('GET', `/Users?filter=${filter}`)).body.totalResults;
      },
      { rollcall: 0, dagster: 0, dbt: 0, pulumi: 0 },
    ],
  ];
  for (const [title, ask, answers] of asks) {
    test(title, async () => {
      const answered: Record<string, unknown> = {};
      for (const preset of presetNames) answered[preset] = await ask(preset);
      assert.deepEqual(answered, answers);
    });
  }
});
