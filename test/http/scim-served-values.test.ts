/** What an answer says of a resource finds it again (RFC 7644 §3.4.2.2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Scim } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createGroup, createUser, filtered } from './beside-globex.ts';

describe('a value that was answered finds its resource', () => {
  const here = besideGlobex();
  const find = async (at: Scim, endpoint: string, filter: string) => {
    const { status, body, text } = await at('GET', filtered(endpoint, filter));
    assert.equal(status, 200, `${filter}: ${text}`);
    return (body.Resources ?? []).map(({ id }) => id);
  };
  type Served = {
    id: string;
    meta: { location: string; version: string };
    groups?: { $ref: string }[];
    members?: { $ref: string }[];
  };
  const read = async (at: Scim, path: string) => (await at('GET', path)).body as unknown as Served;

  test('its address, its version and the addresses of its groups and members', async () => {
    const ids: string[] = [];
    for (const name of ['served-1', 'served-2']) ids.push(await createUser(here.acme, name));
    const groupId = await createGroup(here.acme, 'Served', [ids[0] as string]);
    const { scim } = here.acme;
    const person = await read(scim, `/Users/${ids[0]}`);
    const group = await read(scim, `/Groups/${groupId}`);
    assert.match(person.meta.version, /^W\/"\d+-[0-9a-f]+"$/);
    const $ref = person.groups?.[0]?.$ref;
    const both = 'userName sw "served-" and ';
    const cases: [endpoint: string, filter: string, found: string[]][] = [
      ['/Users', `meta.location eq "${person.meta.location}"`, [person.id]],
      ['/Groups', `meta.location eq "${group.meta.location}"`, [group.id]],
      ['/Users', `meta.location eq "${group.meta.location}"`, []],
      ['/Users', `${both}meta.location pr`, ids],
      ['/Users', `${both}meta.location ew "${ids[1]}"`, [ids[1] as string]],
      ['/Users', `groups.$ref eq "${$ref}"`, [person.id]],
      ['/Users', `${both}groups.$ref pr`, [person.id]],
      ['/Users', `${both}not (groups[$ref eq "${$ref}"])`, [ids[1] as string]],
      ['/Groups', `members.$ref eq "${person.meta.location}"`, [group.id]],
      ['/Groups', 'displayName eq "Served" and members.$ref pr', [group.id]],
      ['/Users', `${both}meta.version eq ${JSON.stringify(person.meta.version)}`, ids],
      ['/Users', `${both}meta.version eq "W/\\"1\\""`, ids],
      ['/Users', `${both}meta.version ne ${JSON.stringify(person.meta.version)}`, []],
      ['/Groups', `displayName eq "Served" and meta.version eq ${JSON.stringify(group.meta.version)}`, [group.id]],
    ];
    for (const [endpoint, filter, found] of cases) assert.deepEqual(await find(scim, endpoint, filter), found, filter);
    // An id of Globex under an address of Acme is nobody's.
    const { rows } = await here.rollcall.db.owner.query<{ id: string }>('select id from members where org_id <> $1', [
      here.acme.id,
    ]);
    assert.ok(rows.length > 0);
    for (const { id } of rows) {
      const location = person.meta.location.replace(person.id, id);
      assert.deepEqual(await find(scim, '/Users', `meta.location eq "${location}"`), []);
      assert.deepEqual(await find(scim, '/Groups', `members.$ref eq "${location}"`), []);
    }
  });

  test('a filter that asks too much of each resource is refused and names the limit (R21)', async () => {
    const filter = Array.from({ length: 99 }, (_, n) => `addresses.country ne "${n}"`).join(' and ');
    assertRefusal(await here.acme.scim('GET', filtered('/Users', filter)), 400, 'invalidFilter', /may cost 100/);
  });
});
