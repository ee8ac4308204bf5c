import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setBreakGlass } from '../../src/provisioning/set-break-glass.ts';
import { createGroup, createUser, user } from '../http/beside-globex.ts';
import { apiClient, type TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

describe('the page of licenses and roles', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;

  before(async () => {
    const settings = { licenseSource: 'by-rules', defaultLicense: 'developer' };
    acme = await here.rollcall.organization({ slug: 'acme', settings });
    const globex = await here.rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'of-globex');
    const at = { now: new Date() };
    await setSeats(here.rollcall.db.app, acme, 'developer', 2, at);
    const attribute = { 'urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User': { licenseType: 'read_only' } };
    const ada = (await acme.scim('POST', '/Users', user('ada', attribute))).body.id as string;
    for (const name of ['ben', 'cleo']) await createUser(acme, name);
    await giveRole(here.rollcall.db.app, acme, ada, 'admin', at);
    await mapTeam(here.rollcall.db.app, acme, await createGroup(acme, 'Analysts', [ada]), { role: 'member' }, at);
  });

  test('shows seats, who waits, what teams give and who administers, of this organization only', async () => {
    await using console = await here.open('/organizations/acme');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'Licenses & roles' }).click();
    await page.getByRole('heading', { name: 'Licenses', exact: true }).waitFor();
    const row = (table: string, name: RegExp) => page.getByRole('table', { name: table }).getByRole('row', { name });
    await row('Licenses', /developer 2 of 2 .*1 Change seats$/).waitFor();
    await row('Licenses', /read_only 0 of any number/).waitFor();
    await row('Waiting for a seat', /cleo@acme\.example developer just now/).waitFor();
    await row('Team mappings', /Analysts member — 1/).waitFor();
    await row('Owners and admins', /ada@acme\.example admin given by hand active/).waitFor();
    assert.equal(await page.getByText('globex').count(), 0);
    assert.deepEqual(complaints, []);
  });

  test('the simulator says who would get what and how many seats are missing, and changes nothing', async () => {
    await using console = await here.open('/organizations/acme/access');
    const { page } = console;
    await page.getByLabel('Source').selectOption('by-attribute');
    await page.getByRole('button', { name: 'Simulate' }).click();
    const outcome = page.getByRole('status', { name: 'Outcome of the simulation' });
    await outcome
      .getByText('1 would get a license, 0 would lose theirs, 1 would have another one, 0 would wait for one')
      .waitFor();
    await outcome
      .getByText(/\d+ memberships of teams would no longer be in force, and \d+ would come into force/)
      .waitFor();
    await outcome
      .getByRole('row', { name: /ada@acme\.example developer read_only the provider’s attribute names it/ })
      .waitFor();
    await page.getByLabel('Without a rule').selectOption('it');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await outcome.getByText('Missing: 1 it').waitFor();
    await outcome.getByRole('row', { name: /waits for it/ }).waitFor();
    await page.getByRole('row', { name: /developer 2 of 2/ }).waitFor();
  });

  test('seats, what a team gives and what one person has are changed, and a refusal is shown in its words', async () => {
    await using console = await here.open('/organizations/acme/access');
    const { page, complaints } = console;
    const row = (table: string, name: RegExp) => page.getByRole('table', { name: table }).getByRole('row', { name });
    await row('Licenses', /analyst/)
      .getByRole('button', { name: 'Change seats' })
      .click();
    const seats = page.getByRole('dialog', { name: 'Seats of analyst' });
    await seats.getByRole('checkbox', { name: 'Any number' }).uncheck();
    await seats.getByLabel('Seats').fill('3');
    await seats.getByRole('button', { name: 'Show what would change' }).click();
    await seats.getByText('Nobody changes by it now.').waitFor();
    await seats.getByRole('button', { name: 'Save the seats' }).click();
    await row('Licenses', /analyst 0 of 3/).waitFor();

    await row('Team mappings', /Analysts/)
      .getByRole('button', { name: 'Change' })
      .click();
    const mapping = page.getByRole('dialog', { name: 'What Analysts gives' });
    await mapping.getByLabel('License').selectOption('analyst');
    await mapping.getByRole('button', { name: 'Show what would change' }).click();
    // Somebody who waits gets the seat that becomes free.
    await mapping.getByText('2 licenses change').waitFor();
    await mapping.getByRole('row', { name: /cleo@acme\.example license .* waits for developer developer/ }).waitFor();
    await mapping.getByRole('row', { name: /ada@acme\.example license .* developer analyst/ }).waitFor();
    await row('Team mappings', /Analysts member — 1/).waitFor();
    await mapping.getByRole('button', { name: 'Save the mapping' }).click();
    await row('Team mappings', /Analysts member analyst 1/).waitFor();
    await row('Licenses', /analyst 1 of 3/).waitFor();

    await page.getByRole('button', { name: 'Give a role or a license' }).click();
    const person = page.getByRole('dialog', { name: 'Give a role or a license' });
    await person.getByLabel('Member').fill('nobody@acme.example');
    await person.getByLabel('Role by hand').selectOption('owner');
    await person.getByRole('button', { name: 'Save' }).click();
    await person.getByRole('alert').getByText('There is no member nobody@acme.example').waitFor();
    await person.getByLabel('Member').fill('BEN@acme.example');
    await person.getByRole('button', { name: 'Save' }).click();
    await row('Owners and admins', /ben@acme\.example owner given by hand active/).waitFor();
    await row('Owners and admins', /ben@/).getByRole('button', { name: 'Change' }).click();
    const again = page.getByRole('dialog', { name: 'Role and license of ben@acme.example' });
    await again.getByLabel('Role by hand').selectOption('what the rules give');
    await again.getByRole('button', { name: 'Save' }).click();
    await again.getByRole('alert').getByText('without an active owner').waitFor();
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('K26: an admin sets a local owner apart as a way in, sees who is, and ends it; the policy says how many', async () => {
    const settings = { breakGlassAccounts: 'one', addByHand: 'allowed' };
    const [own, other] = [
      await here.rollcall.organization({ slug: 'ways-in', settings }),
      await here.rollcall.organization({ slug: 'others-ways-in', settings }),
    ];
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const at = { now: new Date() };
    for (const [org, names] of [
      [own, ['gil', 'hal']],
      [other, ['ida']],
    ] as const) {
      for (const name of names) {
        const member = { userName: `${name}@acme.example` };
        const { body } = await api('POST', `/organizations/${org.slug}/members`, member);
        await giveRole(here.rollcall.db.app, org, body.id as string, 'owner', at);
        if (org === other) await setBreakGlass(here.rollcall.db.app, org, body.id as string, true, at);
      }
    }
    await giveRole(here.rollcall.db.app, own, await createUser(own, 'jon'), 'admin', at);
    await using console = await here.open('/organizations/ways-in/access');
    const { page, complaints } = console;
    await page.getByText('Nobody is set apart.').waitFor();
    const administering = page.getByRole('table', { name: 'Owners and admins' });
    await administering.getByRole('row', { name: /jon@/ }).waitFor();
    assert.equal(await administering.getByRole('button', { name: /^Set jon@/ }).count(), 0, 'the provider manages jon');
    await administering.getByRole('button', { name: 'Set gil@acme.example apart as a way in' }).click();
    const waysIn = page.getByRole('table', { name: 'Break-glass accounts' });
    await waysIn.getByRole('row', { name: /gil@acme\.example owner active/ }).waitFor();
    await administering
      .getByRole('row', { name: /gil@acme\.example owner given by hand active local, set apart/ })
      .waitFor();
    await administering.getByRole('button', { name: 'Set hal@acme.example apart as a way in' }).click();
    await administering.getByRole('alert').getByText('no more than one (setting breakGlassAccounts)').waitFor();
    assert.equal(await waysIn.getByRole('row').count(), 2, 'the heading and gil');
    await waysIn.getByRole('button', { name: 'Set gil@acme.example apart no longer' }).click();
    await page.getByText('Nobody is set apart.').waitFor();
    const listed = async (slug: string) =>
      ((await api('GET', `/organizations/${slug}/access?which=break-glass`)).body.items as { userName: string }[]).map(
        ({ userName }) => userName,
      );
    assert.deepEqual(await listed('ways-in'), []);
    assert.deepEqual(await listed('others-ways-in'), ['ida@acme.example']);
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('a team that the provider came upon is linked or kept apart with one click', async () => {
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    for (const name of ['Writers', 'Readers']) {
      await api('POST', '/organizations/acme/teams', { name });
      assert.equal((await acme.scim('POST', '/Groups', { displayName: name })).status, 409);
    }
    await using console = await here.open('/organizations/acme');
    const { page } = console;
    const asked = (name: string) => page.getByRole('alert').filter({ hasText: `pushed group ${name}` });
    await asked('Writers').getByRole('button', { name: 'Link it' }).click();
    await page.getByRole('dialog', { name: 'Link Writers' }).getByRole('button', { name: 'Link the team' }).click();
    await asked('Writers').waitFor({ state: 'detached' });
    assert.equal((await acme.scim('POST', '/Groups', { displayName: 'Writers' })).status, 201);
    await asked('Readers').getByRole('button', { name: 'Keep it apart' }).click();
    const apart = page.getByRole('dialog', { name: 'Keep Readers apart' });
    await apart.getByLabel('Another name for the team').fill('Our readers');
    await apart.getByRole('button', { name: 'Rename the team' }).click();
    await asked('Readers').waitFor({ state: 'detached' });
    assert.equal((await acme.scim('POST', '/Groups', { displayName: 'Readers' })).status, 201);
  });
});
