import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { createGroup, createUser } from '../http/beside-globex.ts';
import { apiClient, scimClient, type TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

describe('tokens, keys and events in the console', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    globex = await here.rollcall.organization({ slug: 'globex' });
  });

  test('a token is created, shown once, works, and is refused after it was revoked', async () => {
    await using console = await here.open('/organizations/acme');
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
    await using console = await here.open('/organizations/acme/keys');
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
    const api = apiClient(here.rollcall.url, key);
    assert.equal((await api('GET', '/organizations/acme/members')).status, 200);
    assert.equal((await api('GET', '/organizations/acme/teams')).status, 403);
    assert.equal((await api('GET', '/organizations/globex/members')).status, 404);
    assert.deepEqual(complaints, []);
  });

  test('a token has the limits that were chosen; they are shown, and changed with what the server refuses at its field', async () => {
    await using console = await here.open('/organizations/acme/keys');
    const { page, complaints } = console;
    await page.getByRole('row', { name: /^okta all scopes role ceiling member/ }).waitFor();
    await page.getByRole('button', { name: 'Create a token' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create a token' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('limited');
    await dialog.getByRole('textbox', { name: 'Expires after' }).fill('30');
    for (const scope of ['groups:write', 'users:write', 'resources:write']) {
      await dialog.getByRole('checkbox', { name: scope }).uncheck();
    }
    const addresses = dialog.getByRole('textbox', { name: 'Addresses' });
    await addresses.fill('192.0.2.0/24\nnowhere');
    await dialog.getByLabel('Role ceiling').selectOption('viewer');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('"nowhere" is no range of addresses').waitFor();
    assert.equal(await addresses.getAttribute('aria-invalid'), 'true');
    assert.equal(await dialog.getByRole('alert').count(), 0);
    await addresses.fill('192.0.2.0/24, 2001:db8::/32');
    await dialog.getByRole('button', { name: 'Create' }).click();
    const limited = scimClient(acme.scimBaseUrl, (await dialog.getByText(/^rct_/).textContent()) ?? '');
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    const row = page.getByRole('row', { name: /limited/ });
    await row.getByText('users:read, groups:read, resources:read, discovery:read').waitFor();
    await row.getByText('from 192.0.2.0/24, 2001:db8::/32').waitFor();
    await row.getByText('role ceiling viewer').waitFor();
    await row.getByText(/^until /).waitFor();
    assert.equal((await limited('GET', '/Users')).status, 403);

    await row.getByRole('button', { name: 'Change limited' }).click();
    const change = page.getByRole('dialog', { name: 'Change the token limited' });
    await change.getByRole('textbox', { name: 'Addresses' }).fill('127.0.0.1/8');
    await change.getByRole('button', { name: 'Save the token' }).click();
    await change.getByText('the range is 127.0.0.0/8').waitFor();
    await change.getByRole('textbox', { name: 'Addresses' }).fill('127.0.0.0/8');
    await change.getByLabel('Role ceiling').selectOption('admin');
    await change.getByRole('button', { name: 'Save, and show what the ceiling changes' }).click();
    const ceiling = page.getByRole('dialog', { name: 'Role ceiling of limited' });
    await ceiling.getByText('Nobody changes by it now.').waitFor();
    await ceiling.getByRole('button', { name: 'Save the role ceiling' }).click();
    await ceiling.waitFor({ state: 'detached' });
    await row.getByText('from 127.0.0.0/8').waitFor();
    await row.getByText('role ceiling admin').waitFor();
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const limitsIn = async (slug: string) => {
      const { body } = await api('GET', `/organizations/${slug}/tokens`);
      const [newest] = body.items as { name: string; addresses: string[]; roleCeiling: string }[];
      return [newest?.name, newest?.addresses, newest?.roleCeiling];
    };
    assert.deepEqual(await limitsIn('acme'), ['limited', ['127.0.0.0/8'], 'admin']);
    assert.deepEqual(await limitsIn('globex'), ['okta', [], 'member']);
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('another role ceiling of a token is saved only after its plan was seen', async () => {
    const own = await here.rollcall.organization({ slug: 'ceilings' });
    const kim = await createUser(own, 'kim');
    const at = { now: new Date() };
    await mapTeam(here.rollcall.db.app, own, await createGroup(own, 'Admins', [kim]), { role: 'admin' }, at);
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const role = async () => (await api('GET', `/organizations/ceilings/members/${kim}`)).body.role;
    assert.equal(await role(), 'member', 'cut to the ceiling of the token');
    await using console = await here.open('/organizations/ceilings/keys');
    const { page, complaints } = console;
    const ceiling = page.getByRole('dialog', { name: 'Role ceiling of okta' });
    const plan = async () => {
      await page.getByRole('button', { name: 'Change okta' }).click();
      const change = page.getByRole('dialog', { name: 'Change the token okta' });
      await change.getByLabel('Role ceiling').selectOption('admin');
      await change.getByRole('button', { name: 'Save, and show what the ceiling changes' }).click();
      await ceiling.getByRole('row', { name: /kim@acme\.example role .* member admin/ }).waitFor();
    };
    await plan();
    await ceiling.getByRole('button', { name: 'Cancel' }).click();
    await ceiling.waitFor({ state: 'detached' });
    assert.equal(await role(), 'member');
    await plan();
    await ceiling.getByRole('button', { name: 'Save the role ceiling' }).click();
    await ceiling.waitFor({ state: 'detached' });
    assert.equal(await role(), 'admin');
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('ranges of addresses are listed, refused at their field, put in force with a look at who comes from where, and removed', async () => {
    assert.equal((await acme.scim('GET', '/Users')).status, 200);
    await using console = await here.open('/organizations/acme/keys');
    const { page, complaints } = console;
    await page.getByText('no range is allowed or denied').waitFor();
    const add = async (ranges: string, list: string, note: string) => {
      await page.getByRole('button', { name: 'Add ranges' }).click();
      const dialog = page.getByRole('dialog', { name: 'Add ranges of addresses' });
      await dialog.getByRole('textbox', { name: 'Ranges' }).fill(ranges);
      await dialog.getByLabel('List').selectOption(list);
      await dialog.getByRole('textbox', { name: 'Note' }).fill(note);
      await dialog.getByRole('button', { name: 'Add the ranges' }).click();
      return dialog;
    };
    await (await add('10.0.0.0/8\n127.0.0.0/8', 'Allowed', 'the office')).waitFor({ state: 'detached' });
    const refused = await add('10.1.0.0/16, 10.0.0.0/8', 'Denied', '');
    await refused.getByText('10.0.0.0/8 is both allowed and denied').waitFor();
    assert.equal(await refused.getByRole('textbox', { name: 'Ranges' }).getAttribute('aria-invalid'), 'true');
    await refused.getByRole('textbox', { name: 'Ranges' }).fill('10.1.0.0/16');
    await refused.getByRole('button', { name: 'Add the ranges' }).click();
    await refused.waitFor({ state: 'detached' });
    const rows = page.getByRole('table', { name: 'Addresses' }).getByRole('row');
    await rows.filter({ hasText: '10.1.0.0/16' }).getByText('Denied').waitFor();
    await rows.filter({ hasText: '10.0.0.0/8' }).getByText('the office').waitFor();

    await page.getByRole('button', { name: 'Change for whom' }).click();
    const forWhom = page.getByRole('dialog', { name: 'For whom the lists of addresses hold' });
    assert.ok(await forWhom.getByRole('button', { name: 'Save' }).isDisabled());
    await forWhom.getByRole('radio', { name: 'the identity provider', exact: true }).check();
    await forWhom.getByText('The tokens were used last from 127.0.0.1').waitFor();
    await forWhom.getByRole('button', { name: 'Save' }).click();
    await page.getByText('They hold for the identity provider. ').waitFor();
    await page.getByRole('button', { name: 'Remove 10.0.0.0/8' }).click();
    await rows.filter({ hasText: '10.0.0.0/8' }).waitFor({ state: 'detached' });
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    assert.deepEqual((await api('GET', '/organizations/acme/addresses')).body, {
      appliesTo: 'scim',
      allow: [{ range: '127.0.0.0/8', note: 'the office', source: null }],
      deny: [{ range: '10.1.0.0/16', note: null, source: null }],
    });
    assert.deepEqual((await api('GET', '/organizations/globex/addresses')).body.allow, []);
    assert.equal((await acme.scim('GET', '/Users')).status, 200);
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('the ranges that Okta publishes are imported from its file, for one cell, in the place of those before', async () => {
    const [org, other] = [await here.rollcall.organization(), await here.rollcall.organization()];
    await using console = await here.open(`/organizations/${org.slug}/keys`);
    const { page, complaints } = console;
    const file = (content: unknown) => ({
      name: 'ip_ranges.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(content)),
    });
    const importing = async (content: unknown) => {
      await page.getByRole('button', { name: 'Import from Okta' }).click();
      const dialog = page.getByRole('dialog', { name: 'Import the ranges of Okta' });
      await dialog.locator('input[type=file]').setInputFiles(file(content));
      return dialog;
    };
    const cells = (range: string) => ({
      us_cell_1: { ip_ranges: [range] },
      eu_cell_2: { ip_ranges: ['198.51.100.0/24'] },
    });
    const dialog = await importing({ hello: 'world' });
    await dialog.getByText('This is not the file ip_ranges.json').waitFor();
    const submit = dialog.getByRole('button', { name: 'Import', exact: true });
    assert.ok(await submit.isDisabled());
    await dialog.locator('input[type=file]').setInputFiles(file(cells('192.0.2.0/24')));
    const choose = async (cell: string) => {
      await dialog.getByLabel('Cell').selectOption(cell);
      await submit.click();
      await dialog.waitFor({ state: 'detached' });
    };
    await dialog.getByLabel('Cell').waitFor();
    assert.ok(await submit.isDisabled(), 'a cell is to be chosen');
    await choose('us_cell_1');
    const rows = page.getByRole('table', { name: 'Addresses' }).getByRole('row');
    await rows.filter({ hasText: '192.0.2.0/24' }).getByText('published by Okta').waitFor();
    assert.equal(await rows.filter({ hasText: '198.51.100.0/24' }).count(), 0);
    await importing(cells('203.0.113.0/24'));
    await choose('All of them');
    await rows.filter({ hasText: '203.0.113.0/24' }).waitFor();
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const allowed = async ({ slug }: { slug: string }) =>
      ((await api('GET', `/organizations/${slug}/addresses`)).body.allow as { range: string }[]).map(
        ({ range }) => range,
      );
    assert.deepEqual(await allowed(org), ['198.51.100.0/24', '203.0.113.0/24']);
    assert.deepEqual(await allowed(other), []);
    assert.deepEqual(complaints, []);
  });

  test('a refusal is shown in the dialog, in the server’s words', async () => {
    await using console = await here.open('/organizations/acme/keys');
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
    await using console = await here.open('/organizations/acme/events');
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
