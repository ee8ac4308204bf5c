import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/cli/program.ts';
import { startRollcall, type TestOrganization } from '../rollcall.ts';

test('licenses that take everybody out of their teams: the simulator, the plan and what the switch prints say so', async () => {
  await using rollcall = await startRollcall();
  const teamsOf = async ({ id }: TestOrganization): Promise<number> => {
    const { rows } = await rollcall.db.owner.query(
      'select count(*)::int as n from team_members where org_id = $1 and in_force',
      [id],
    );
    return rows[0].n;
  };
  const companies = ['acme', 'globex'].map(async (slug) => {
    const org = await rollcall.organization({ slug });
    const members: { value: string }[] = [];
    for (const name of ['ada', 'bob', 'cyd']) {
      const { body } = await org.scim('POST', '/Users', { userName: `${name}@${slug}.example`, active: true });
      members.push({ value: body.id as string });
    }
    for (const displayName of ['Data', 'Sales']) await org.scim('POST', '/Groups', { displayName, members });
    return org;
  });
  const [acme, globex] = (await Promise.all(companies)) as [TestOrganization, TestOrganization];
  const say = async (...args: string[]): Promise<string> => {
    let said = '';
    const out = (text: string): void => {
      said += text;
    };
    const env = { ROLLCALL_DATABASE_URL: rollcall.db.connectionString };
    assert.equal(await run(args, { env, out, err: out, isTerminal: false }), 0, said);
    return said;
  };
  const rule = ['--set', 'licenseSource=by-attribute'];
  const warning =
    /Warning: Whoever has no license is in no team: 3 people are taken out of their teams, 6 memberships in all, until they have one\.\n/;

  const simulated = await say('license', 'simulate', 'acme', '--source', 'by-attribute');
  assert.match(simulated, /\n6 memberships of teams would no longer be in force, 0 would come into force\.\n/);
  assert.match(simulated, /\nada@acme\.example .* out of 2 +.*\n/);

  const plan = await say('license', 'rules', 'acme', ...rule, '--plan');
  assert.match(plan, warning);
  assert.match(plan, /\nmembership +ada@acme\.example +Data +in +waits /);
  assert.match(await say('policy', 'plan', 'acme', ...rule), warning);
  assert.equal(await teamsOf(acme), 6, 'a plan changes nothing');
  const version = /^Plan (\S+)$/m.exec(plan)?.[1] ?? '';

  const switched = await say('license', 'rules', 'acme', ...rule, '--plan', version);
  assert.match(switched, /\nIt changed for people: 6 memberships of teams, 3 who may do less than before\.\n/);
  assert.match(switched, warning);
  assert.equal(await teamsOf(acme), 0);
  const back = await say('policy', 'set', 'acme', '--set', 'licenseSource=none');
  assert.match(
    back,
    /^Changed licenseSource from by-attribute to none\.\nIt changed for people: 6 memberships of teams\.\n$/,
  );
  assert.equal(await teamsOf(acme), 6);
  assert.equal(await teamsOf(globex), 6);
});
