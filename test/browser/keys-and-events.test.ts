import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { apiClient, scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { launchChromium } from './chromium.ts';

/** Costs a hash when console/dist is the build of the present sources. */
const buildConsole = fileURLToPath(new URL('../../console/build.js', import.meta.url));
const run = promisify(execFile);

describe('tokens, keys and events in the console', () => {
  let rollcall: TestRollcall;
  let browser: Browser;
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    await run(process.execPath, [buildConsole, '--if-missing']);
    [rollcall, browser] = await Promise.all([startRollcall(), launchChromium()]);
    acme = await rollcall.organization({ slug: 'acme' });
    globex = await rollcall.organization({ slug: 'globex' });
  });
  after(async () => {
    await browser.close();
    await rollcall[Symbol.asyncDispose]();
  });

  async function openConsole(path: string) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${rollcall.url}${path}#key=${rollcall.operatorKey}`);
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  test('a token is created, shown once, works, and is refused after it was revoked', async () => {
    await using console = await openConsole('/organizations/acme');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'Tokens and keys' }).click();
    await page.getByRole('button', { name: 'Create a token' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create a token' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('okta 2');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('nobody can show it again').waitFor();
    const token = await dialog.getByText(/^rct_/).textContent();
    const scim = scimClient(acme.scimBaseUrl, token ?? '');
    assert.equal((await scim('GET', '/Users')).status, 200);
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.ok(!(await page.content()).includes(token ?? '?'));

    await page.getByRole('button', { name: 'Revoke okta 2' }).click();
    const question = page.getByRole('dialog', { name: 'Revoke the token okta 2?' });
    await question.getByRole('button', { name: 'Revoke' }).click();
    await question.waitFor({ state: 'detached' });
    await page
      .getByRole('row', { name: /okta 2/ })
      .getByText('Revoked')
      .waitFor();
    assert.equal((await acme.scim('GET', '/Users')).status, 200);
    assert.deepEqual(complaints, []);
  });

  test('an API key has the scopes that were chosen, and opens its organization only', async () => {
    await using console = await openConsole('/organizations/acme/keys');
    const { page, complaints } = console;
    await page.getByRole('button', { name: 'Create an API key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create an API key' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('reports');
    assert.ok(await dialog.getByRole('button', { name: 'Create' }).isDisabled());
    await dialog.getByRole('checkbox', { name: 'members:read' }).check();
    await dialog.getByRole('button', { name: 'Create' }).click();
    const key = (await dialog.getByText(/^rck_/).textContent()) ?? '';
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await page
      .getByRole('row', { name: /reports/ })
      .getByText('members:read')
      .waitFor();
    const api = apiClient(rollcall.url, key);
    assert.equal((await api('GET', '/organizations/acme/members')).status, 200);
    assert.equal((await api('GET', '/organizations/acme/teams')).status, 403);
    assert.equal((await api('GET', '/organizations/globex/members')).status, 404);
    assert.deepEqual(complaints, []);
  });

  test('a refusal is shown in the dialog, in the server’s words', async () => {
    await using console = await openConsole('/organizations/acme/keys');
    const { page } = console;
    await page.route('**/tokens', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 409, json: { detail: 'A sentence of the server.' } })
        : route.continue(),
    );
    await page.getByRole('button', { name: 'Create a token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('x');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').getByText('A sentence of the server.').waitFor();
  });

  test('events appear as they happen, the newest first, and only those of the organization', async () => {
    await using console = await openConsole('/organizations/acme/events');
    const { page, complaints } = console;
    await page.getByRole('row', { name: /organization\.created/ }).waitFor();
    await globex.scim('POST', '/Users', { userName: 'eve@globex.example', active: true });
    await acme.scim('POST', '/Users', { userName: 'ada@acme.example', active: true });
    const row = page.getByRole('row', { name: /member\.created/ }).first();
    await row.getByText('ada@acme.example').waitFor();
    await row.getByText('token okta').waitFor();
    assert.equal(await page.getByText('eve@globex.example').count(), 0);
    const kinds = await page.getByRole('row').getByRole('rowheader').allTextContents();
    assert.equal(kinds[0], 'member.created');
    assert.deepEqual(complaints, []);
  });
});
