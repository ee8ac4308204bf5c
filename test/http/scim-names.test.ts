/** Attributes that a body names in other ways than by their names, and ids that are nearly right, at a real endpoint. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { assertRefusal, besideGlobex, createGroup, createUser, filtered, memberIdsOf, patch } from './beside-globex.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const nobody = '0190a0b0-0000-7000-8000-00000000dead';

describe('names in bodies', () => {
  const here = besideGlobex();

  test('POST and PUT give an attribute its place, where filters and PATCH find it (7644-3.10-urn)', async () => {
    const body = {
      schemas: [core],
      userName: 'quirky@acme.example',
      [`${core}:title`]: 'c',
      'name.givenName': 'D',
      department: 'R',
    };
    const made = await here.acme.scim('POST', '/Users', body);
    assert.equal(made.status, 201, made.text);
    for (const filter of ['title eq "c"', 'name.givenName eq "D"', `${enterprise}:department eq "R"`]) {
      const found = await here.acme.scim('GET', filtered('/Users', filter));
      assert.deepEqual(
        (found.body.Resources as { id: string }[]).map(({ id }) => id),
        [made.body.id],
        filter,
      );
    }
    for (const path of ['title', 'name.givenName', `${enterprise}:department`]) {
      await here.acme.scim('PATCH', `/Users/${made.body.id}`, patch({ op: 'remove', path }));
    }
    const bare = await here.acme.scim('GET', `/Users/${made.body.id}`);
    const { id: _, meta: __, groups: ___, ...rest } = bare.body;
    assert.deepEqual(rest, { schemas: [core], userName: 'quirky@acme.example', active: true });
    const put = await here.acme.scim('PUT', `/Users/${made.body.id}`, body);
    assert.deepEqual(
      [put.body.title, put.body.name, put.body[enterprise]],
      ['c', { givenName: 'D' }, { department: 'R' }],
    );
  });

  test('a body that names an attribute twice is refused, in a bulk too', async () => {
    const body = { userName: 'one@acme.example', [core]: { userName: 'two@acme.example' } };
    assertRefusal(await here.acme.scim('POST', '/Users', body), 400, 'invalidValue', /more than once/);
    const { body: bulk } = await here.acme.scim('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: body }],
    });
    assert.deepEqual((bulk.Operations as { status: string }[])[0]?.status, '400');
    const id = await createGroup(here.acme, 'Twice');
    const value = { displayName: 'A', [coreGroup]: { displayName: 'B' } };
    assertRefusal(await here.acme.scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', value })), 400, 'invalidValue');
    const lists = { members: [], [`${coreGroup}:members`]: [{ value: nobody }] };
    assertRefusal(
      await here.acme.scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', value: lists })),
      400,
      'invalidValue',
    );
  });

  test('an id in other letters names nobody, wherever it stands (RFC 7643 §3.1)', async () => {
    const ada = await createUser(here.acme, 'exact');
    const team = await createGroup(here.acme, 'Exact', [ada]);
    const upper = ada.toUpperCase();
    assertRefusal(await here.acme.scim('GET', `/Users/${upper}`), 404);
    assertRefusal(await here.acme.scim('GET', `/Groups/${team.toUpperCase()}`), 404);
    assertRefusal(await here.acme.scim('DELETE', `/Users/${upper}`), 404);
    for (const filter of [`id eq "${upper}"`, `groups.value eq "${team.toUpperCase()}"`]) {
      assert.equal((await here.acme.scim('GET', filtered('/Users', filter))).body.totalResults, 0, filter);
    }
    assert.equal(
      (await here.acme.scim('GET', filtered('/Groups', `members[value eq "${upper}"]`))).body.totalResults,
      0,
    );
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${upper}"]` }));
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), [ada]);
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${ada}"]` }));
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: upper }] }));
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), []);
  });
});

describe('members that a request names', () => {
  const here = besideGlobex();
  const strict = besideGlobex({ scimProfile: 'rfc' });

  test('a list of nobody who is here empties no group: nothing is changed', async () => {
    const [ada, ben] = [await createUser(here.acme, 'a'), await createUser(here.acme, 'b')];
    const { rows } = await here.rollcall.db.owner.query('select id from members where org_id <> $1', [here.acme.id]);
    const foreign = rows[0]?.id as string;
    const team = await createGroup(here.acme, 'Kept', [ada]);
    const strangers = [{ value: nobody }, { value: foreign }, { value: 'no-id' }];
    const put = (members: unknown) =>
      here.acme.scim('PUT', `/Groups/${team}`, { schemas: [coreGroup], displayName: 'Renamed', members });
    const replace = (value: unknown) =>
      here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'members', value }));
    for (const answer of [await put(strangers), await replace(strangers), await replace([{ value: nobody }])]) {
      assertRefusal(answer, 400, 'invalidValue', /none is in this organization: .*0190a0b0.*empty list/);
      assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), [ada]);
    }
    assert.equal((await here.acme.scim('GET', `/Groups/${team}`)).body.displayName, 'Kept');
    assert.equal((await replace([...strangers, { value: ben }])).status, 204);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), [ben], 'one who is known is enough');
    assert.equal((await replace([])).status, 204);
    assert.equal((await replace(strangers)).status, 204);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), [], 'of an empty group nobody can be lost');
  });

  test('whoever an admin put into a group is somebody to lose, and whoever leaves it already, which is held, is nobody', async () => {
    const { app } = here.rollcall.db;
    const at = () => ({ now: new Date() });
    const org = await here.rollcall.organization({ settings: { manualUpdates: 'on' } });
    const [ada, ben] = [await createUser(org, 'a'), await createUser(org, 'b')];
    const [byHand, leaving] = [await createGroup(org, 'By hand'), await createGroup(org, 'Leaving', [ben])];
    const replace = (team: string, value: unknown) =>
      org.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'members', value }));
    const putIn = () => changePersonOfTeam(app, org, { teamId: byHand, memberId: ada, isIn: true }, at());
    assert.equal(await putIn(), true);
    assertRefusal(await replace(byHand, [{ value: nobody }]), 400, 'invalidValue', /none is in this organization/);
    assert.equal(await putIn(), false, 'who is in it still');
    await switchConnection(app, org, 'paused', at());
    assertRefusal(await replace(leaving, [{ value: nobody }]), 400, 'invalidValue', /none is in this organization/);
    assert.equal((await replace(leaving, [])).status, 204);
    assert.equal((await replace(leaving, [{ value: nobody }])).status, 204, 'as without the pause');
  });

  test('a list of nothing but empty elements empties no group, and null says nothing of the members (O3)', async () => {
    for (const served of [here, strict]) {
      const { acme, rollcall } = served;
      const [ada, ben] = [await createUser(acme, 'blank-a'), await createUser(acme, 'blank-b')];
      const team = await createGroup(acme, 'Blank', [ada, ben]);
      const bothStay = async (what: string) =>
        assert.deepEqual((await memberIdsOf(rollcall, acme, team)).sort(), [ada, ben].sort(), what);
      const asks: ((members: unknown) => ['PUT' | 'PATCH', unknown])[] = [
        (members) => ['PUT', { schemas: [coreGroup], displayName: 'Renamed', members }],
        (value) => ['PATCH', patch({ op: 'replace', path: 'members', value })],
        (members) => ['PATCH', patch({ op: 'replace', value: { members } })],
      ];
      const lists: unknown[] = [[null], [{ value: '' }], [{ value: '', display: 'Ada' }, null]];
      // The profile rfc refuses these two for their shape.
      if (served === here) lists.push([''], { value: '' });
      for (const members of lists) {
        for (const ask of asks) {
          const [method, body] = ask(members);
          const answer = await acme.scim(method, `/Groups/${team}`, body);
          assertRefusal(answer, 400, 'invalidValue', /all empty\. Nothing was changed.*empty list/);
          await bothStay(`${method} ${JSON.stringify(body)}`);
        }
        const [blank, some] = [{ op: 'replace', path: 'members', value: members }, 'members[type eq "User"]'];
        assertRefusal(
          await acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: some }, blank)),
          400,
          'invalidValue',
          /all empty/,
        );
        await bothStay('after a step that looks at the list');
      }
      for (const members of [null, '']) {
        for (const ask of asks) {
          const [method, body] = ask(members);
          assert.ok((await acme.scim(method, `/Groups/${team}`, body)).status < 300);
          await bothStay(`${method} ${JSON.stringify(body)}`);
        }
      }
      assert.equal((await acme.scim('GET', `/Groups/${team}`)).body.displayName, 'Renamed', 'the rest is taken');
      for (const value of [null, '', []]) {
        const remove = patch({ op: 'remove', path: 'members', value });
        assert.equal((await acme.scim('PATCH', `/Groups/${team}`, remove)).status, 204);
        await bothStay(`remove ${JSON.stringify(value)}`);
      }
      await acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: 'members' }));
      assert.deepEqual(await memberIdsOf(rollcall, acme, team), []);
    }
  });

  test('a remove with a filter and values takes whom both name', async () => {
    const [ada, ben] = [await createUser(here.acme, 'c'), await createUser(here.acme, 'd')];
    const team = await createGroup(here.acme, 'Both', [ada, ben]);
    const remove = (filter: string, ...ids: string[]) =>
      here.acme.scim(
        'PATCH',
        `/Groups/${team}`,
        patch({ op: 'remove', path: `members[${filter}]`, value: ids.map((value) => ({ value })) }),
      );
    assertRefusal(await remove(`value eq "${ada}"`, ben), 400, 'noTarget');
    assert.equal((await remove('display sw "c"', ben)).status, 204);
    assert.deepEqual((await memberIdsOf(here.rollcall, here.acme, team)).sort(), [ada, ben].sort());
    assert.equal((await remove(`value eq "${ada}" or value eq "${ben}"`, ben, nobody)).status, 204);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), [ada]);
    assert.equal((await remove(`value eq "${nobody}"`, nobody)).status, 204, 'a non-member is no error (OK4)');
  });

  test('the id of the group in a value without path changes nothing, in the profile rfc too (okta-wire §10.2)', async () => {
    for (const organization of [here.acme, strict.acme]) {
      const id = await createGroup(organization, 'Named');
      const name = (value: Record<string, unknown>) =>
        organization.scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', value: { displayName: 'Eng', ...value } }));
      assert.equal((await name({ id })).status, 204);
    }
    const id = await createGroup(strict.acme, 'Other');
    const other = patch({ op: 'replace', value: { id: nobody, displayName: 'Eng 2' } });
    assertRefusal(await strict.acme.scim('PATCH', `/Groups/${id}`, other), 400, 'mutability');
  });
});
