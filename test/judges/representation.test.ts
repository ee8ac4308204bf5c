import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import SCIMMY from 'scimmy';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

/**
 * scimmy reads resources by schemas of its own and refuses what does not fit them: a witness for what the server answers.
 * It is none for filters (it refuses legal ones) nor for PATCH.
 */
const userDefinition = SCIMMY.Schemas.User.definition;
const groupDefinition = SCIMMY.Schemas.Group.definition;
userDefinition.extend(SCIMMY.Schemas.EnterpriseUser.definition);

const sample = new URL('../rfc/samples/rfc7643-8.3-enterprise-user.json', import.meta.url);

describe('what another implementation makes of the answers', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  before(async () => {
    rollcall = await startRollcall();
    acme = await rollcall.organization();
    globex = await rollcall.organization();
  });
  after(() => rollcall[Symbol.asyncDispose]());

  test('it reads the full user of RFC 7643 §8.3, the group they are in, and the lists of both', async () => {
    const { answer } = JSON.parse(readFileSync(sample, 'utf8')) as { answer: Record<string, unknown> };
    await globex.scim('POST', '/Users', answer);
    const { body: user } = await acme.scim('POST', '/Users', answer);
    await acme.scim('POST', '/Groups', { displayName: 'Tour Guides', members: [{ value: user.id }] });
    const [users, groups] = [await acme.scim('GET', '/Users'), await acme.scim('GET', '/Groups')];
    assert.equal(users.body.Resources?.length, 1);
    for (const each of users.body.Resources ?? []) {
      const read = userDefinition.coerce(each as never, 'out') as unknown as Record<string, unknown>;
      assert.equal(read.userName, answer.userName);
      assert.deepEqual(
        Object.keys(answer).filter((name) => name !== 'password' && read[name] === undefined),
        [],
      );
    }
    for (const each of groups.body.Resources ?? []) {
      const read = groupDefinition.coerce(each as never, 'out') as unknown as Record<string, unknown>;
      assert.equal(read.displayName, 'Tour Guides');
    }
    assert.equal(new SCIMMY.Messages.ListResponse(users.body as never).totalResults, 1);
  });

  test('it would have noticed a wrong type', () => {
    const wrong = { schemas: [userDefinition.id], id: '1', userName: 'a', active: 'yes' };
    assert.throws(() => userDefinition.coerce(wrong as never, 'out'), /active/);
  });
});
