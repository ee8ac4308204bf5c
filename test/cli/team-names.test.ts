import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGroup, patch } from '../http/beside-globex.ts';
import { startRollcall } from '../rollcall.ts';
import { rollcall, rollcallJson } from './rollcall-program.ts';

test('a history is of the team that has the name in force, and names the ids where two have it', async () => {
  await using server = await startRollcall();
  const acme = await server.organization({ slug: 'acme', settings: { editTeamsByHand: 'allowed' } });
  const globex = await server.organization({ slug: 'globex' });
  await createGroup(globex, 'Hand');
  const env = { ROLLCALL_DATABASE_URL: server.db.connectionString };
  const team = await createGroup(acme, 'Engineering');
  await rollcallJson(['team', 'rename', 'acme', team, 'Hand'], { env });
  const of = async (name: string) => await rollcallJson<unknown>(['history', 'acme', name], { env });
  assert.deepEqual(await of('hand'), await of(`team:${team}`));
  assert.deepEqual(await of('Engineering'), await of(`team:${team}`));

  await acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', value: { displayName: 'Engineering' } }));
  await rollcallJson(['connection', 'pause', 'acme'], { env });
  await acme.scim('DELETE', `/Groups/${team}`);
  const next = await createGroup(acme, 'Engineering');
  const refused = await rollcall(['history', 'acme', 'Engineering'], { env });
  assert.equal(refused.code, 1);
  assert.ok(refused.stderr.includes(`several teams named "Engineering": team:${team}, team:${next}.`), refused.stderr);
});
