import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { TestOrganization } from '../rollcall.ts';
import { consoleInBrowser } from './console-in-browser.ts';

describe('the console', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    globex = await here.rollcall.organization({ slug: 'globex' });
  });

  async function openConsole(path = '/') {
    return await here.open(path, { permissions: ['clipboard-read', 'clipboard-write'] });
  }

  test('without a key the page says where it is, refuses a wrong one and opens with the right one', async () => {
    await using context = await here.browser.newContext();
    const page = await context.newPage();
    await page.goto(here.rollcall.url);
    await page.getByText('operator.key').waitFor();
    const field = page.getByRole('textbox', { name: 'Operator key' });
    assert.ok(await field.evaluate((element) => element === element.ownerDocument.activeElement));

    await field.fill('rco_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This key was refused').waitFor();

    await field.fill(here.rollcall.operatorKey);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  test('the key leaves the address bar and the history, reaches no server in an address, and stays in this tab (R5)', async () => {
    await using context = await here.browser.newContext();
    const page = await context.newPage();
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${here.rollcall.url}/organizations/acme?status=error#key=${here.rollcall.operatorKey}`);
    await page.getByRole('heading', { name: 'acme' }).waitFor();
    assert.equal(page.url(), `${here.rollcall.url}/organizations/acme?status=error`);
    await page.goto('about:blank');
    await page.goBack();
    assert.ok(!page.url().includes('key='));
    // Playwright shows the fragment of a page's own address, which no request line carries.
    assert.ok(!addresses.some((address) => (address.split('#', 1)[0] ?? '').includes(here.rollcall.operatorKey)));
    assert.equal(await page.evaluate('localStorage.length'), 0);
    assert.equal(await page.evaluate('document.cookie'), '');
    assert.ok(!(await context.cookies()).length);
  });

  test('a link with a key that is pasted into an open tab is taken as well', async () => {
    await using context = await here.browser.newContext();
    const page = await context.newPage();
    await page.goto(here.rollcall.url);
    await page.getByRole('textbox', { name: 'Operator key' }).waitFor();
    await page.goto(`${here.rollcall.url}/#key=${here.rollcall.operatorKey}`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    assert.ok(!page.url().includes('key='));
  });

  test('Forget the key closes the console, also for who goes back or reloads', async () => {
    await using console = await openConsole();
    await console.page.getByRole('button', { name: 'Forget the key' }).click();
    await console.page.getByRole('textbox', { name: 'Operator key' }).waitFor();
    await console.page.reload();
    await console.page.getByRole('textbox', { name: 'Operator key' }).waitFor();
  });

  test('the overview tells what runs and copies the SCIM base URL of an organization', async () => {
    await using console = await openConsole();
    const { page } = console;
    await page.getByText(/^18\.\d+, /).waitFor();
    const row = page.getByRole('row', { name: /acme/ });
    await row.getByRole('button', { name: /Copy the SCIM base URL/ }).click();
    await row.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), acme.scimBaseUrl);
  });

  test('an organization that was never called says what to do in Okta', async () => {
    await using console = await openConsole('/organizations/globex');
    await console.page.getByRole('heading', { name: 'No requests yet' }).waitFor();
    await console.page.getByText('Test API Credentials').waitFor();
  });

  test('a request appears by itself, with what it changed in words', async () => {
    await using console = await openConsole('/organizations/acme');
    await console.page.getByText('New requests appear by themselves').waitFor();
    await createUser(acme, 'ada@acme.example', 'Ada Lovelace');
    const row = requestRow(console.page, 'POST', '201').first();
    await row.getByText('ada@acme.example').waitFor();
  });

  test('a refusal shows what the provider was told, and Errors keeps it alone', async () => {
    await createUser(acme, 'grace@acme.example', 'Grace Hopper');
    await createUser(acme, 'GRACE@acme.example', 'Grace Hopper');
    await using console = await openConsole('/organizations/acme');
    const { page } = console;
    await requestRow(page, 'POST', '201').first().waitFor();
    await page.getByText('Errors', { exact: true }).click();
    await requestRow(page, 'POST', '201').first().waitFor({ state: 'detached' });
    await requestRow(page, 'POST', '409')
      .first()
      .getByText(/Refused: /)
      .waitFor();
    assert.equal(page.url(), `${here.rollcall.url}/organizations/acme?status=error`);
    await page.reload();
    await requestRow(page, 'POST', '409').first().waitFor();
    assert.equal(await requestRow(page, 'POST', '201').count(), 0);
  });

  test('one request opens from the keyboard, shows its bodies without the password, and gives the focus back (R25)', async () => {
    await createUser(acme, 'alan@acme.example', 'Alan Turing', { password: 'Enigma-1940' });
    await using console = await openConsole('/organizations/acme');
    const { page } = console;
    const link = requestRow(page, 'POST', '201').filter({ hasText: 'alan@acme.example' }).getByRole('link');
    await link.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Request' });
    const body = drawer.getByRole('region', { name: 'Request body' });
    await body.getByText('alan@acme.example').first().waitFor();
    assert.ok(!(await drawer.textContent())?.includes('Enigma-1940'));
    assert.match(page.url(), /\/organizations\/acme\/requests\/[0-9a-f-]{36}$/);

    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    assert.equal(page.url(), `${here.rollcall.url}/organizations/acme`);
    assert.ok(await link.evaluate((element) => element === element.ownerDocument.activeElement));
  });

  test('the address of a request opens it, and the address of another organization’s does not (R7)', async () => {
    await createUser(acme, 'edsger@acme.example', 'Edsger Dijkstra');
    await using console = await openConsole('/organizations/acme');
    const { page } = console;
    await requestRow(page, 'POST', '201').filter({ hasText: 'edsger@acme.example' }).getByRole('link').click();
    await page.waitForURL(/\/requests\//);
    const address = new URL(page.url()).pathname;
    await page.reload();
    await page.getByRole('dialog').getByText('edsger@acme.example').first().waitFor();

    await page.goto(`${here.rollcall.url}${address.replace('acme', 'globex')}`);
    await page.getByRole('dialog').getByText('The request log of globex has no request').waitFor();
    assert.ok(!(await page.getByRole('dialog').textContent())?.includes('edsger'));
  });

  test('older requests come on demand, and the list stands still then', async () => {
    const busy = await here.rollcall.organization({ slug: 'initech' });
    for (let place = 0; place < 60; place++) await busy.scim('GET', `/Users?startIndex=${place + 1}&count=1`);
    await using console = await openConsole('/organizations/initech');
    const { page } = console;
    await page.getByRole('button', { name: 'Show older requests' }).click();
    await page.getByRole('link', { name: 'GET' }).nth(59).waitFor();
    await page.getByText('Standing still while you look at older requests').waitFor();
    await page.getByRole('button', { name: 'Back to the newest' }).click();
    await page.getByText('New requests appear by themselves').waitFor();
  });

  test('an organization or page that does not exist says so', async () => {
    await using console = await openConsole('/organizations/nobody');
    await console.page.getByRole('heading', { name: 'There is no organization nobody' }).waitFor();
  });

  test('a server that goes away is said to be away, with the way out, and its return is seen', async () => {
    await using console = await openConsole();
    const { page } = console;
    await page.getByRole('row', { name: /acme/ }).waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('alert').getByText('Rollcall does not answer').first().waitFor();
    await page.getByRole('row', { name: /acme/ }).waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('alert').getByText('Rollcall does not answer').first().waitFor({ state: 'detached' });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the ${colorScheme} console needs nothing that its content security policy forbids (R45)`, async () => {
      await createUser(globex, 'barbara@globex.example', 'Barbara Liskov');
      await using console = await openConsole('/organizations/globex');
      const { page, complaints } = console;
      await page.emulateMedia({ colorScheme });
      await requestRow(page, 'POST', '201').first().getByRole('link').click();
      await page.getByRole('dialog').getByText('barbara@globex.example').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Organizations' }).click();
      await page.getByRole('button', { name: /colors/ }).click();
      await page.getByRole('row', { name: /globex/ }).waitFor();
      assert.deepEqual(complaints, []);
    });
  }
});

function requestRow(page: Page, method: string, status: string) {
  return page
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name: method }) })
    .filter({ has: page.getByText(status, { exact: true }) });
}

async function createUser(organization: TestOrganization, userName: string, displayName: string, more: object = {}) {
  const [givenName, familyName] = displayName.split(' ');
  const user = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    displayName,
    name: { givenName, familyName },
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
    ...more,
  };
  return await organization.scim('POST', '/Users', user, { 'user-agent': 'Okta SCIM Client 1.0.0' });
}
