import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../src/limits.ts';
import { settleEverywhere } from '../../src/provisioning/maintenance.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { startProgram } from '../child-program.ts';
import { testFolder } from '../data-directory.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { heldIn, inForceByName, lockPersonAt } from '../holding.ts';
import { patch, user } from '../http/beside-globex.ts';
import { type BulkAnswer, bulk, creation } from '../http/bulk-message.ts';
import { startRollcall, type TestOrganization } from '../rollcall.ts';

const command = new URL('../../bin/rollcall.js', import.meta.url).pathname;
/** Many times what one transaction of a settling puts in force, so that there is a middle. */
const people = 6 * limits.peoplePerSettlingMax;

test('a process that is killed while it settles, twice, leaves nothing half done, and the job puts the rest in force', async () => {
  await using rollcall = await startRollcall({
    env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0', ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0' },
  });
  await using folder = await testFolder();
  const { app, jobs, owner, connectionString } = rollcall.db;
  const [acme, direct] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization()];
  for (const each of [acme, direct]) await begin(each);
  await switchConnection(app, acme, 'paused', { now: new Date() });
  for (const each of [acme, direct]) await goOn(each);
  const heldNow = async () => (await heldIn(owner, acme)).members ?? 0;
  const before = await heldNow();
  assert.ok(before >= people, `${before} are held`);

  for (const [index, round] of ['first', 'second'].entries()) {
    const heldBefore = await heldNow();
    await using middle = await lockPersonAt(owner, acme, (people * (index + 1)) / 3);
    await using resume = startProgram(process.execPath, [command, 'connection', 'resume', 'acme'], {
      env: { ROLLCALL_DATABASE_URL: connectionString, ROLLCALL_DATA_DIR: folder.path },
    });
    while ((await heldNow()) === heldBefore) await delay(2);
    resume.kill('SIGKILL');
    await resume.end();
    await middle.letGo();
    const left = await heldNow();
    assert.ok(left > 0 && left < heldBefore, `the ${round} kill came in the middle: ${left} of ${heldBefore} are left`);
    // A person and their membership are put in force together.
    const { rows } = await owner.query(
      `select count(*)::int as half from members m join team_members tm on tm.org_id = $1 and tm.member_id = m.id
        where m.org_id = $1 and (m.held_by is null) <> (tm.held_by is null)`,
      [acme.id],
    );
    assert.deepEqual(rows, [{ half: 0 }]);
  }

  await settleEverywhere({ app, jobs }, new Date(), { log: assert.fail });
  assert.deepEqual(await heldIn(owner, acme), { members: 0, teams: 0, memberships: 0, batches: 0 });
  assert.deepEqual(await inForceByName(owner, acme), await inForceByName(owner, direct));
  for (const each of [acme, direct]) {
    await assertInForceFollows(owner, each);
    await assertFeedTellsState(app, owner, each);
  }
});

/** Two people who are there before, one of them in a team. */
async function begin({ scim }: TestOrganization): Promise<void> {
  const ada = await scim('POST', '/Users', user('ada'));
  await scim('POST', '/Users', user('ben'));
  await scim('POST', '/Groups', { displayName: 'Crew', members: [{ value: ada.body.id }] });
}

/** What the provider asks meanwhile: one of them goes, one is renamed, and many come, all of whom join the team. */
async function goOn({ scim }: TestOrganization): Promise<void> {
  const idOf = async (path: string) => (await scim('GET', path)).body.Resources?.[0]?.id as string;
  const [ada, ben] = [
    await idOf('/Users?filter=userName%20sw%20%22ada%22'),
    await idOf('/Users?filter=userName%20sw%20%22ben%22'),
  ];
  await scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
  await scim('PATCH', `/Users/${ben}`, patch({ op: 'replace', value: { displayName: 'Benjamin' } }));
  const ids: string[] = [];
  const most = limits.bulkOperationsMax;
  for (let from = 0; from < people; from += most) {
    const names = Array.from({ length: Math.min(most, people - from) }, (_, index) => `p${from + index}`);
    const { body } = await scim('POST', '/Bulk', bulk(names.map((name) => creation(name))));
    const answered = body.Operations as BulkAnswer[];
    ids.push(...answered.map(({ location = '' }) => location.slice(location.lastIndexOf('/') + 1)));
  }
  const crew = await idOf('/Groups?filter=displayName%20eq%20%22Crew%22');
  const joining = patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
  assert.ok((await scim('PATCH', `/Groups/${crew}`, joining)).status < 300);
}
