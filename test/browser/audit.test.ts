import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
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
});
