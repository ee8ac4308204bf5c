import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { createGroup, createUser, patch } from '../http/beside-globex.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { launchChromium } from './chromium.ts';

/** Costs a hash when console/dist is the build of the present sources. */
const buildConsole = fileURLToPath(new URL('../../console/build.js', import.meta.url));
const run = promisify(execFile);

describe('the audit in the console', () => {
  let rollcall: TestRollcall;
  let browser: Browser;
  let acme: TestOrganization;

  before(async () => {
    await run(process.execPath, [buildConsole, '--if-missing']);
    [rollcall, browser] = await Promise.all([startRollcall(), launchChromium()]);
    acme = await rollcall.organization({ slug: 'acme' });
    await createUser(await rollcall.organization({ slug: 'globex' }), 'grace');
    const ada = await createUser(acme, 'ada');
    await createGroup(acme, 'Crew', [ada]);
    await acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
  });
  after(async () => {
    await browser.close();
    await rollcall[Symbol.asyncDispose]();
  });

  test('what happened is searched and exported, and a person is asked why and undone after the plan was seen', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${rollcall.url}/organizations/acme/audit#key=${rollcall.operatorKey}`);

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
    await context.close();
  });
});
