import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createGroup, createUser } from '../http/beside-globex.ts';
import type { TestOrganization } from '../rollcall.ts';
import { consoleInBrowser } from './console-in-browser.ts';

const unseen = '\u200b';
const long = `${'The Very Long Company Name '.repeat(8)}GmbH`;

describe('names that come from outside', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    const globex = await here.rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'other');
    await createUser(acme, 'ghost', { displayName: unseen, name: { givenName: unseen, familyName: unseen } });
    const turned = await createUser(acme, 'turned', { displayName: 'Evil\u202egpj.exe' });
    await createGroup(acme, 'Evil\u202egpj', [turned]);
    await here.rollcall.db.owner.query('update organizations set name = $2 where id = $1', [acme.id, long]);
  });

  test('turn nothing that stands beside them, and are seen', async () => {
    await using console = await here.open('/organizations/acme/people');
    const { page } = console;
    const people = page.getByRole('table', { name: 'People' });
    await people.getByRole('button', { name: 'ghost@acme.example' }).waitFor();
    await people.getByRole('button', { name: 'Evil\uFFFDgpj.exe' }).waitFor();
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByText('Created team Evil\uFFFDgpj').waitFor();
    assert.ok(!((await page.locator('main').textContent()) ?? '').includes('\u202e'));
    assert.match(await page.title(), /^Requests – The Very Long/);
  });

  test('make no page wider than a narrow window', async () => {
    await using console = await here.open('/organizations/acme/teams', { viewport: { width: 390, height: 800 } });
    const { page } = console;
    await page.getByRole('heading', { name: long }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  });

  test('a key that the server refuses is said to be refused, and one that somebody leaves with is not', async () => {
    await using console = await here.open('/');
    const { page } = console;
    await page.goto(`${here.rollcall.url}/organizations/acme#key=rco_wrong`);
    await page.getByRole('alert').getByText('This key was refused.').waitFor();
    await page.getByLabel('Operator key').first().fill(here.rollcall.operatorKey);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.getByRole('table', { name: 'Requests' }).waitFor();
    await page.goto(`${here.rollcall.url}/nope`);
    await page.getByText('There is no such page').waitFor();
  });
});
