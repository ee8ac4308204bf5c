import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { createGroup, createUser, patch } from '../http/beside-globex.ts';
import type { TestOrganization } from '../rollcall.ts';
import { consoleInBrowser } from './console-in-browser.ts';

describe('the audit in the console', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    await createUser(await here.rollcall.organization({ slug: 'globex' }), 'grace');
    const ada = await createUser(acme, 'ada');
    await createGroup(acme, 'Crew', [ada]);
    await acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
  });

  test('what happened is searched and exported, and a person is asked why and undone after the plan was seen', async () => {
    await using console = await here.open('/organizations/acme/audit');
    const { page, complaints } = console;

    const row = page.getByRole('row', { name: /suspended ada@acme\.example/ });
    await row.getByText('SCIM token okta').waitFor();
    assert.ok(!(await page.content()).includes('grace'), 'what is of another organization');
    await row.getByRole('button', { name: 'ada@acme.example' }).click();
    const drawer = page.getByRole('dialog', { name: 'ada@acme.example' });
    await drawer.getByText('the provider deactivated the person').waitFor();
    await drawer.getByText('the person is to be in the team and is suspended').waitFor();
    await drawer.getByRole('tab', { name: 'History' }).click();
    await drawer.getByText('put into team Crew').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'rollcall-audit-acme.csv');
    assert.match(await readFile(await download.path(), 'utf8'), /^seq,at,kind,.*member\.suspended/s);

    await row.getByRole('button', { name: /^Undo event/ }).click();
    const dialog = page.getByRole('dialog', { name: /^Undo event/ });
    await dialog.getByRole('row', { name: /ada@acme\.example status suspended active/ }).waitFor();
    await dialog.getByRole('button', { name: 'Put it back' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /reactivated ada@acme\.example/ }).waitFor();

    await page.getByRole('combobox', { name: 'What' }).click();
    await page.getByRole('option', { name: 'People suspended or removed' }).click();
    await page.getByRole('row', { name: /reactivated ada/ }).waitFor({ state: 'detached' });
    await row.waitFor();
    assert.deepEqual(complaints, []);
  });

  test('what only follows from another change leads to that one, which is undone in its place', async () => {
    const own = await here.rollcall.organization({ slug: 'following' });
    const lou = await createUser(own, 'lou');
    await giveRole(here.rollcall.db.app, own, lou, 'member', { now: new Date() });
    await using console = await here.open(`/organizations/following/people?person=${lou}`);
    const { page, complaints } = console;
    const drawer = page.getByRole('dialog', { name: 'lou@acme.example', exact: true });
    await drawer.getByRole('tab', { name: 'History' }).click();
    const changed = drawer.getByRole('listitem').filter({ hasText: 'role viewer became member' });
    assert.equal(await changed.getByRole('button', { name: /^Undo/ }).count(), 0);
    await changed.getByRole('button', { name: /^Follows from event/ }).click();
    const dialog = page.getByRole('dialog', { name: /^Undo event/ });
    await dialog.getByText('is not undone by itself: it follows from event').waitFor();
    await dialog.getByRole('row', { name: /lou@acme\.example role member none/ }).waitFor();
    await dialog.getByRole('button', { name: 'Put it back' }).click();
    await drawer.getByRole('listitem').filter({ hasText: 'role member became viewer' }).waitFor();
    await page.goto(`${here.rollcall.url}/organizations/following/audit`);
    await page
      .getByRole('button', { name: /^Follows from event/ })
      .first()
      .waitFor();
    assert.deepEqual(complaints, []);
  });

  test('an undo of which all would be refused says why and cannot be asked for', async () => {
    const own = await here.rollcall.organization({ slug: 'last' });
    const lou = await createUser(own, 'lou');
    await giveRole(here.rollcall.db.app, own, lou, 'owner', { now: new Date() });
    await using console = await here.open('/organizations/last/audit');
    const { page, complaints } = console;
    const row = page
      .getByRole('row', { name: /gave lou@acme\.example the role owner/ })
      .filter({ has: page.getByRole('button', { name: /^Undo event/ }) });
    await row.getByRole('button', { name: /^Undo event/ }).click();
    const dialog = page.getByRole('dialog', { name: /^Undo event/ });
    await dialog
      .getByText(/^Nothing is put back, since all of it would be refused\. .* without an active owner/)
      .waitFor();
    await dialog.getByRole('row', { name: /lou@acme\.example role .*Not put back.* owner owner$/ }).waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Put it back' }).isDisabled());
    assert.deepEqual(complaints, []);
  });

  test('who was removed is listed with by whom and until when, and comes back after the plan was seen', async () => {
    const org = await here.rollcall.organization({ slug: 'leaving' });
    const [dan, eve] = [await createUser(org, 'dan'), await createUser(org, 'eve')];
    const team = await createGroup(org, 'Night shift', [dan, eve]);
    await using console = await here.open('/organizations/leaving/audit');
    const { page, complaints } = console;
    const section = page.getByRole('region', { name: 'Removed' }).first();
    await section.getByText('Nobody and no team was removed lately.').waitFor();
    await org.scim('DELETE', `/Users/${dan}`);
    await org.scim('DELETE', `/Groups/${team}`);
    await page.reload();
    await section.getByRole('row', { name: /^Night shift team .* SCIM token okta/ }).waitFor();
    await section.getByRole('button', { name: 'Bring dan@acme.example back' }).click();
    const dialog = page.getByRole('dialog', { name: 'Bring dan@acme.example back' });
    await dialog.getByRole('row', { name: /dan@acme\.example status removed active/ }).waitFor();
    await dialog.getByRole('button', { name: 'Put it back' }).click();
    await section.getByRole('button', { name: 'Bring dan@acme.example back' }).waitFor({ state: 'detached' });
    await dialog.waitFor({ state: 'detached' });

    await section.getByRole('button', { name: 'Bring Night shift back' }).click();
    const other = page.getByRole('dialog', { name: 'Bring Night shift back' });
    await other.getByRole('row', { name: /eve@acme\.example in Night shift membership .* in$/ }).waitFor();
    await other.getByRole('button', { name: 'Put it back' }).click();
    await section.getByText('Nobody and no team was removed lately.').waitFor();
    const { rows } = await here.rollcall.db.owner.query(
      `select m.user_name from team_members tm join members m on m.org_id = tm.org_id and m.id = tm.member_id
        join teams t on t.org_id = tm.org_id and t.id = tm.team_id
       where tm.org_id = $1 and tm.in_force and t.in_force_name = 'Night shift' order by m.user_name`,
      [org.id],
    );
    assert.ok(rows.some(({ user_name }) => user_name === 'eve@acme.example'));
    assert.deepEqual(complaints, []);
  });
});
