import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deliverMail } from '../../src/provisioning/deliver-mail.ts';
import { type DnsEntry, startDnsServer, type TestDnsServer } from '../dns-server.ts';
import type { TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

const secretKey = `rcs_${'test'.repeat(11)}`;

describe('mail and domains in the console', () => {
  let dns: TestDnsServer;
  const here = consoleInBrowser(async () => {
    dns = await startDnsServer();
    return { env: { ROLLCALL_DNS_SERVERS: dns.address } };
  });
  let acme: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme', settings: { invitation: 'required' } });
    const globex = await here.rollcall.organization({ slug: 'globex', settings: { invitation: 'required' } });
    for (const name of ['ada', 'ben']) {
      const emails = [{ value: `${name}@acme.example`, primary: true }];
      await acme.scim('POST', '/Users', { userName: `${name}@acme.example`, emails, active: true });
    }
    await globex.scim('POST', '/Users', { userName: 'eve@globex.example', active: true });
    const { app, jobs } = here.rollcall.db;
    const now = () => new Date();
    await deliverMail({
      app,
      jobs,
      baseUrl: here.rollcall.url,
      secretKey,
      transport: undefined,
      now,
      log: assert.fail,
    });
  });
  after(async () => await dns[Symbol.asyncDispose]());

  test('an admin reads a mail that nobody could send, settles invitations, and shows whose a domain is', async () => {
    await using console = await here.open('/organizations/acme');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'Mail & domains' }).click();

    const outbox = page.getByRole('table', { name: 'Outbox' });
    await outbox.getByText('You are invited to acme').first().waitFor();
    assert.equal(await page.getByText('globex').count(), 0);
    await outbox.getByRole('button', { name: 'Read the mail to ada@acme.example' }).click();
    const dialog = page.getByRole('dialog', { name: 'You are invited to acme' });
    await dialog.getByText(`${here.rollcall.url}/links/rcl_`).waitFor();
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
    assert.deepEqual(beyondRefusals(complaints), []);
  });
});
