import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createUser, eventually, patch, user } from '../http/beside-globex.ts';
import { apiClient, scimClient, type TestOrganization } from '../rollcall.ts';
import { consoleInBrowser } from './console-in-browser.ts';

describe('the health of a connection in the console', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme', settings: { scimProfile: 'entra' } });
    globex = await here.rollcall.organization({ slug: 'globex' });
  });

  test('findings are shown with their fix and lead to the requests, and errors and differences are counted', async () => {
    const okta = { 'user-agent': 'Okta SCIM Client 1.0.0' };
    const id = await createUser(acme, 'ada');
    await acme.scim('POST', '/Users', user('ben', { userName: 'ben' }), okta);
    await acme.scim('POST', '/Groups', { displayName: 'Engineering', members: [{ value: id }] }, okta);
    await acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }), okta);
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    await eventually(async () => {
      const { body } = await api('GET', '/organizations/acme/connection/health');
      assert.equal((body.lastHour as { requests: number }).requests, 4);
    });
    await using console = await here.open('/organizations/acme');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'Connection health' }).click();
    await page.getByText('Connected to Okta, with the SCIM profile entra.').waitFor();
    await page.getByText('Set Application username format to Email on the Sign On tab of the app').waitFor();
    await page.getByText('Set the SCIM profile of the connection to okta.').waitFor();
    await page.getByText('4 requests, 1 refused (25.0 %)').first().waitFor();
    await page.getByRole('row', { name: '1 membership member-suspended' }).waitFor();
    await page.getByRole('link', { name: 'request 1' }).first().click();
    await page.getByText('is not an e-mail address').first().waitFor();
    assert.deepEqual(complaints, []);
  });

  test('an organization without findings says so, and shows nothing of another one', async () => {
    await using console = await here.open('/organizations/globex/health');
    const { page, complaints } = console;
    await page.getByText('Nothing was found that should be changed.').waitFor();
    await page.getByText('Everything that was asked is in force.').waitFor();
    assert.equal(await page.getByText('refused').count(), 0);
    assert.deepEqual(complaints, []);
  });

  test('a token is rotated: the new one is shown once, the old one goes on, and the rotation can be cancelled', async () => {
    await using console = await here.open('/organizations/globex/keys');
    const { page, complaints } = console;
    await page.getByRole('button', { name: 'Rotate okta' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replace the token okta' });
    await dialog.getByRole('button', { name: 'Make the new token' }).click();
    const token = (await dialog.getByText(/^rct_/).textContent()) ?? '';
    assert.equal((await scimClient(globex.scimBaseUrl, token)('GET', '/Users?count=1')).status, 200);
    assert.equal((await globex.scim('GET', '/Users?count=1')).status, 200);
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.ok(!(await page.content()).includes(token));
    await page.getByText('ends when the new one has taken over').waitFor();
    await page.getByRole('button', { name: 'Cancel the rotation of okta' }).click();
    await page.getByText('Revoked').waitFor();
    await eventually(async () => {
      assert.equal((await scimClient(globex.scimBaseUrl, token)('GET', '/Users?count=1')).status, 401);
    });
    assert.equal((await globex.scim('GET', '/Users?count=1')).status, 200);
    assert.deepEqual(complaints, []);
  });
});
