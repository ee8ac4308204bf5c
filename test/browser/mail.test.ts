import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { deliverMail } from '../../src/provisioning/deliver-mail.ts';
import { type DnsEntry, startDnsServer, type TestDnsServer } from '../dns-server.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { launchChromium } from './chromium.ts';

/** Costs a hash when console/dist is the build of the present sources. */
const buildConsole = fileURLToPath(new URL('../../console/build.js', import.meta.url));
const run = promisify(execFile);
const secretKey = `rcs_${'test'.repeat(11)}`;

describe('mail and domains in the console', () => {
  let rollcall: TestRollcall;
  let browser: Browser;
  let dns: TestDnsServer;
  let acme: TestOrganization;

  before(async () => {
    await run(process.execPath, [buildConsole, '--if-missing']);
    dns = await startDnsServer();
    [rollcall, browser] = await Promise.all([
      startRollcall({ env: { ROLLCALL_DNS_SERVERS: dns.address } }),
      launchChromium(),
    ]);
    acme = await rollcall.organization({ slug: 'acme', settings: { invitation: 'required' } });
    const globex = await rollcall.organization({ slug: 'globex', settings: { invitation: 'required' } });
    for (const name of ['ada', 'ben']) {
      const emails = [{ value: `${name}@acme.example`, primary: true }];
      await acme.scim('POST', '/Users', { userName: `${name}@acme.example`, emails, active: true });
    }
    await globex.scim('POST', '/Users', { userName: 'eve@globex.example', active: true });
    const { app, jobs } = rollcall.db;
    const now = () => new Date();
    await deliverMail({ app, jobs, baseUrl: rollcall.url, secretKey, transport: undefined, now, log: assert.fail });
  });
  after(async () => {
    await browser.close();
    await rollcall[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
  });

  test('an admin reads a mail that nobody could send, settles invitations, and shows whose a domain is', async () => {
    await using context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${rollcall.url}/organizations/acme#key=${rollcall.operatorKey}`);
    await page.getByRole('link', { name: 'Mail & domains' }).click();

    const outbox = page.getByRole('table', { name: 'Outbox' });
    await outbox.getByText('You are invited to acme').first().waitFor();
    assert.equal(await page.getByText('globex').count(), 0);
    await outbox.getByRole('button', { name: 'Read the mail to ada@acme.example' }).click();
    const dialog = page.getByRole('dialog', { name: 'You are invited to acme' });
    await dialog.getByText(`${rollcall.url}/links/rcl_`).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    const invitations = page.getByRole('table', { name: 'Invitations' });
    await invitations.getByRole('button', { name: 'Invite ada@acme.example again' }).click();
    await invitations.getByRole('alert').getByText('was invited a short while ago').waitFor();
    await invitations.getByRole('button', { name: 'Accept for ada@acme.example' }).click();
    await invitations.getByRole('rowheader', { name: 'ada@acme.example' }).waitFor({ state: 'detached' });
    await invitations.getByRole('button', { name: 'Withdraw the invitation of ben@acme.example' }).click();
    await invitations.getByRole('cell', { name: 'over', exact: true }).waitFor();

    await page.getByRole('textbox', { name: 'Another domain' }).fill('gmail.com');
    await page.getByRole('button', { name: 'Add the domain' }).click();
    await page.getByText('Everybody can have an address in gmail.com').waitFor();
    await page.getByRole('textbox', { name: 'Another domain' }).fill('acme.example');
    await page.getByRole('button', { name: 'Add the domain' }).click();
    const domains = page.getByRole('table', { name: 'Domains' });
    const value = await domains.getByText('rollcall-verification=').textContent();
    const entry: DnsEntry = { txt: [[value ?? '']] };
    dns.entries.set('_rollcall.acme.example', entry);
    await domains.getByRole('button', { name: 'Check acme.example now' }).click();
    await domains.getByText('verified', { exact: false }).first().waitFor();
    await domains.getByRole('button', { name: 'Remove acme.example' }).click();
    await domains.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
  });
});
