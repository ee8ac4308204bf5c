import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { createGroup, createUser, user } from '../http/beside-globex.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { launchChromium } from './chromium.ts';

const buildConsole = fileURLToPath(new URL('../../console/build.js', import.meta.url));
const run = promisify(execFile);

describe('the page of licenses and roles', () => {
  let rollcall: TestRollcall;
  let browser: Browser;
  let acme: TestOrganization;

  before(async () => {
    await run(process.execPath, [buildConsole, '--if-missing']);
    [rollcall, browser] = await Promise.all([startRollcall(), launchChromium()]);
    const settings = { licenseSource: 'by-rules', defaultLicense: 'developer' };
    acme = await rollcall.organization({ slug: 'acme', settings });
    const globex = await rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'of-globex');
    const at = { now: new Date() };
    await setSeats(rollcall.db.app, acme, 'developer', 2, at);
    const attribute = { 'urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User': { licenseType: 'read_only' } };
    const ada = (await acme.scim('POST', '/Users', user('ada', attribute))).body.id as string;
    for (const name of ['ben', 'cleo']) await createUser(acme, name);
    await giveRole(rollcall.db.app, acme, ada, 'admin', at);
    await mapTeam(rollcall.db.app, acme, await createGroup(acme, 'Analysts', [ada]), { role: 'member' }, at);
  });

  after(async () => {
    await browser.close();
    await rollcall[Symbol.asyncDispose]();
  });

  test('shows seats, who waits, what teams give and who administers, of this organization only', async () => {
    await using context = await browser.newContext({ viewport: { width: 1200, height: 1100 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${rollcall.url}/organizations/acme#key=${rollcall.operatorKey}`);
    await page.getByRole('link', { name: 'Licenses & roles' }).click();
    await page.getByRole('heading', { name: 'Licenses', exact: true }).waitFor();
    const row = (table: string, name: RegExp) => page.getByRole('table', { name: table }).getByRole('row', { name });
    await row('Licenses', /developer 2 of 2 .*1$/).waitFor();
    await row('Licenses', /read_only 0 of any number/).waitFor();
    await row('Waiting for a seat', /cleo@acme\.example developer just now/).waitFor();
    await row('Team mappings', /Analysts member — 1/).waitFor();
    await row('Owners and admins', /ada@acme\.example admin given by hand active/).waitFor();
    assert.equal(await page.getByText('globex').count(), 0);
    assert.deepEqual(complaints, []);
  });

  test('the simulator says who would get what and how many seats are missing, and changes nothing', async () => {
    await using context = await browser.newContext({ viewport: { width: 1200, height: 1100 } });
    const page = await context.newPage();
    await page.goto(`${rollcall.url}/organizations/acme/access#key=${rollcall.operatorKey}`);
    await page.getByLabel('Source').selectOption('by-attribute');
    await page.getByRole('button', { name: 'Simulate' }).click();
    const outcome = page.getByRole('status', { name: 'Outcome of the simulation' });
    await outcome.getByText('1 would get a license, 0 would lose theirs, 1 would have another one').waitFor();
    await outcome.getByRole('row', { name: /ada@acme\.example developer read_only named by/ }).waitFor();
    await page.getByLabel('Without a rule').selectOption('it');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await outcome.getByText('Missing: 1 it').waitFor();
    await page.getByRole('row', { name: /developer 2 of 2/ }).waitFor();
  });
});
