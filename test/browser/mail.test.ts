import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deliverMail } from '../../src/provisioning/deliver-mail.ts';
import { type DnsEntry, startDnsServer, type TestDnsServer } from '../dns-server.ts';
import { apiClient, type TestOrganization } from '../rollcall.ts';
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

  test('K3: an admin sees which addresses wait, writes again after a pause, confirms one and drops one', async () => {
    const settings = { addressChange: 'confirm' };
    const [waiting, other] = [
      await here.rollcall.organization({ slug: 'waiting', settings }),
      await here.rollcall.organization({ slug: 'other', settings }),
    ];
    for (const [org, name] of [
      [waiting, 'ada'],
      [waiting, 'ben'],
      [other, 'eve'],
    ] as const) {
      const emails = (domain: string) => [{ value: `${name}@${domain}`, type: 'work', primary: true }];
      const person = { userName: `${name}@acme.example`, emails: emails('acme.example'), active: true };
      const { body } = await org.scim('POST', '/Users', person);
      await org.scim('PUT', `/Users/${body.id}`, { ...person, emails: emails('new.example') });
    }
    await using console = await here.open('/organizations/waiting/mail');
    const { page, complaints } = console;
    const table = page.getByRole('table', { name: 'Addresses that wait' });
    const row = (name: string) => table.getByRole('row').filter({ hasText: `${name}@new.example` });
    await row('ada').getByText('in force ada@acme.example').waitFor();
    assert.equal(await page.getByText('eve@').count(), 0);
    await row('ada').getByRole('button', { name: 'Write to the new address of ada@acme.example again' }).click();
    await row('ada').getByRole('alert').getByText('was written to a short while ago').waitFor();
    await row('ben').getByRole('button', { name: 'Drop the new address of ben@acme.example' }).click();
    await row('ben').getByRole('cell', { name: 'over', exact: true }).waitFor();
    await row('ben').getByText('withdrawn').waitFor();
    await row('ada').getByRole('button', { name: 'Confirm the address for ada@acme.example' }).click();
    await row('ada').waitFor({ state: 'detached' });
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const found = async (slug: string) =>
      ((await api('GET', `/organizations/${slug}/members`)).body.items as { email: string }[]).map(
        ({ email }) => email,
      );
    assert.deepEqual(await found('waiting'), ['ada@new.example', 'ben@acme.example']);
    assert.deepEqual(await found('other'), ['eve@acme.example']);
    assert.deepEqual(beyondRefusals(complaints), []);
  });

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
