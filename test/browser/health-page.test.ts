import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { disconnect } from '../../src/provisioning/disconnect.ts';
import { createGroup, createUser, eventually, patch, user } from '../http/beside-globex.ts';
import { apiClient, scimClient, type TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

describe('the health of a connection in the console', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme', settings: { scimProfile: 'entra' } });
    globex = await here.rollcall.organization({ slug: 'globex', settings: { signInProvider: 'okta' } });
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
    await page.getByRole('row', { name: '1 membership the person is to be in the team and is suspended' }).waitFor();
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

  test('a connection that was disconnected is listed with how it did until then', async () => {
    const org = await here.rollcall.organization({ slug: 'parted' });
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    await createUser(org, 'ada');
    await eventually(async () => {
      const { body } = await api('GET', '/organizations/parted/connection/health');
      assert.equal((body.lastHour as { requests: number }).requests, 1);
    });
    await using console = await here.open('/organizations/parted/health');
    const { page, complaints } = console;
    await page.getByText('1 request, 0 refused').first().waitFor();
    assert.equal(await page.getByText('Ended connections').count(), 0);
    await disconnect(here.rollcall.db.app, org, 'keep', { now: new Date() });
    await page.reload();
    const row = page
      .getByRole('table', { name: 'Ended connections' })
      .getByRole('row', { name: /Keep them as they are/ });
    await row.getByRole('button', { name: 'How it did' }).click();
    const dialog = page.getByRole('dialog', { name: 'How the connection did' });
    await dialog.getByText('1 request, 0 refused (0.0 %)').first().waitFor();
    assert.equal(await dialog.getByText('Rhythm').count(), 0);
    assert.deepEqual(complaints, []);
  });

  test('what is in force is compared with what was asked, and repaired after the plan was seen', async () => {
    const org = await here.rollcall.organization({ slug: 'compared' });
    const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    const team = await createGroup(org, 'Engineering', [ada, ben]);
    const query = (text: string, ...values: unknown[]) => here.rollcall.db.owner.query(text, [org.id, ...values]);
    await using console = await here.open('/organizations/compared/health');
    const { page, complaints } = console;
    const section = page.getByRole('region', { name: 'Asked and in force compared' }).first();
    await section.getByText('It was not compared yet.').waitFor();
    await section.getByRole('button', { name: 'Compare now' }).click();
    await section.getByText('nothing differs. All that was asked is in force').waitFor();
    assert.equal(await section.getByRole('button', { name: 'Repair…' }).count(), 0);

    await query(`update members set status = 'suspended' where org_id = $1 and id = $2`, ada);
    await org.scim('PATCH', `/Users/${ben}`, patch({ op: 'replace', value: { active: false } }));
    await section.getByRole('button', { name: 'Compare now' }).click();
    await section.getByText('1 thing does not follow from what was asked and is not repaired').first().waitFor();
    await section.getByRole('row', { name: /^ada@acme\.example status .* suspended active$/ }).waitFor();
    await section
      .getByRole('row', { name: /^1 membership the person is to be in the team and is suspended no$/ })
      .waitFor();

    await section.getByRole('button', { name: 'Repair…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Repair what does not follow' });
    await dialog.getByRole('row', { name: /^ada@acme\.example status/ }).waitFor();
    await query(
      `update team_members set in_force = true where org_id = $1 and member_id = $2 and team_id = $3`,
      ben,
      team,
    );
    await dialog.getByRole('button', { name: 'Repair' }).click();
    await dialog.getByText('What does not follow is no longer what the report says').waitFor();
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await dialog.getByRole('row', { name: /^ben@acme\.example in team Engineering .* in waits$/ }).waitFor();
    await dialog.getByRole('button', { name: 'Repair' }).click();
    await dialog.waitFor({ state: 'detached' });
    await section.getByRole('heading', { name: 'Repaired' }).waitFor();
    const { rows } = await query('select status from members where org_id = $1 order by id');
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['active', 'suspended'],
    );

    const runs = section.getByRole('table', { name: 'Comparisons' });
    await runs.getByRole('row', { name: /the operator repair .* were repaired/ }).waitFor();
    await section.getByRole('button', { name: 'Show older comparisons' }).click();
    await runs
      .getByRole('row', { name: /the operator look nothing to repair/ })
      .getByRole('button')
      .click();
    const drawer = page.getByRole('dialog', { name: 'Report of a comparison' });
    await drawer.getByText('nothing differs. All that was asked is in force').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });

    await query(
      `insert into reconciliations (org_id, id, at, actor, repairs, progress, seen_at)
        values ($1, 'f1890000-0000-7000-8000-000000000001', now(), '{"type":"rollcall"}', true, '{"compared":1200,"of":4000,"repaired":0,"toRepair":0}', now())`,
    );
    await page.reload();
    await section.getByText('Comparing: person 1,200 of 4,000').waitFor();
    await query(
      `update reconciliations set progress = '{"compared":4000,"of":4000,"repaired":200,"toRepair":700}' where org_id = $1`,
    );
    await section.getByText('Repairing: person 200 of 700').waitFor();
    assert.deepEqual(beyondRefusals(complaints), []);
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
