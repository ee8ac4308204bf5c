import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { apiClient, type TestOrganization } from '../rollcall.ts';
import { consoleInBrowser } from './console-in-browser.ts';

describe('the policy in the console', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    await here.rollcall.organization({ slug: 'globex', settings: { preset: 'dbt' } });
    await acme.scim('POST', '/Users', { userName: 'ada@acme.example', active: true });
  });

  const policyOf = async (slug: string) =>
    (await apiClient(here.rollcall.url, here.rollcall.operatorKey)('GET', `/organizations/${slug}/policy`)).body;

  async function openPolicy() {
    const opened = await here.open('/organizations/acme');
    const { page } = opened;
    await page.getByRole('link', { name: 'Policy' }).click();
    await page.getByRole('heading', { name: 'Policy' }).waitFor();
    return opened;
  }

  test('a setting is changed after its plan was shown: which settings, and for whom', async () => {
    await using console = await openPolicy();
    const { page, complaints } = console;
    await page.getByText('Every setting has the value of the preset rollcall.').waitFor();
    const show = page.getByRole('button', { name: 'Show what would change' });
    assert.ok(await show.isDisabled(), 'there is nothing to show');
    await page.getByRole('combobox', { name: 'defaultRole' }).selectOption('member');
    await page.getByText('the preset says viewer').waitFor();
    await show.click();
    const dialog = page.getByRole('dialog', { name: 'What would change' });
    await dialog.getByRole('row', { name: 'defaultRole viewer member' }).waitFor();
    await dialog.getByText('1 role changes').waitFor();
    const people = dialog.getByRole('table', { name: 'Who changes' });
    await people
      .getByRole('row', { name: /@acme\.example role nobody gave the person another role viewer member/ })
      .waitFor();
    assert.deepEqual((await policyOf('acme')).deviations, [], 'a plan saves nothing');

    await dialog.getByRole('button', { name: 'Save the policy' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('1 setting deviates from the preset rollcall.').waitFor();
    await page.reload();
    await page.getByText('1 setting deviates from the preset rollcall.').waitFor();
    assert.deepEqual((await policyOf('acme')).deviations, [
      { setting: 'defaultRole', preset: 'viewer', value: 'member' },
    ]);
    assert.deepEqual((await policyOf('globex')).deviations, []);
    assert.deepEqual(complaints, []);
  });

  test('B49: manual updates are allowed after a confirmation that says what they do', async () => {
    await using console = await openPolicy();
    const { page, complaints } = console;
    await page.getByRole('combobox', { name: 'manualUpdates' }).selectOption('on');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    const dialog = page.getByRole('dialog', { name: 'What would change' });
    await dialog.getByText('Every lock on what the provider manages opens').waitFor();
    const save = dialog.getByRole('button', { name: 'Save the policy' });
    assert.ok(await save.isDisabled());
    await dialog.getByRole('checkbox', { name: 'I want that' }).check();
    await save.click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(((await policyOf('acme')).settings as Record<string, string>).manualUpdates, 'on');
    assert.equal(((await policyOf('globex')).settings as Record<string, string>).manualUpdates, 'off');
    assert.deepEqual(complaints, []);
  });

  test('a policy that somebody else has changed meanwhile is not overwritten', async () => {
    await using console = await openPolicy();
    const { page } = console;
    await page.getByRole('combobox', { name: 'Preset' }).selectOption('pulumi');
    await page.getByText('Every setting has the value of the preset pulumi.').waitFor();
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    assert.equal((await api('PUT', '/organizations/acme/policy', { preset: 'dagster' })).status, 200);
    await page.getByRole('button', { name: 'Show what would change' }).click();
    const dialog = page.getByRole('dialog', { name: 'What would change' });
    await dialog.getByText('It was changed since you read it').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Save the policy' }).isDisabled());
    assert.equal((await policyOf('acme')).preset, 'dagster');
  });

  test('a plan that is for somebody else by now is looked at again before it is saved', async () => {
    const { scim } = await here.rollcall.organization({ slug: 'growing' });
    await scim('POST', '/Users', { userName: 'ada@growing.example', active: true });
    await using console = await here.open('/organizations/growing/policy');
    const { page } = console;
    await page.getByRole('combobox', { name: 'defaultRole' }).selectOption('member');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    const dialog = page.getByRole('dialog', { name: 'What would change' });
    await dialog.getByText('1 role changes').waitFor();
    await scim('POST', '/Users', { userName: 'ben@growing.example', active: true });
    await dialog.getByRole('button', { name: 'Save the policy' }).click();
    await dialog.getByRole('alert').getByText('no longer what the plan showed').waitFor();
    assert.deepEqual((await policyOf('growing')).deviations, []);
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await dialog.getByText('2 roles change').waitFor();
    await dialog.getByRole('row', { name: /ben@growing\.example/ }).waitFor();
    await dialog.getByRole('button', { name: 'Save the policy' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(((await policyOf('growing')).deviations as unknown[]).length, 1);
  });
});
