import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createGroup, createUser, patch } from '../http/beside-globex.ts';
import { apiClient, scimClient, type TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

describe('the page Provisioning in the console', () => {
  const here = consoleInBrowser();
  const operator = () => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const stateOf = async (slug: string) => (await operator()('GET', `/organizations/${slug}/connection`)).body.state;
  const turn = async (slug: string, state: string) => {
    const { status, text } = await operator()('PATCH', `/organizations/${slug}/connection`, { state });
    assert.equal(status, 200, text);
  };
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    globex = await here.rollcall.organization({ slug: 'globex' });
    await createUser(globex, 'grace');
  });

  test('a newcomer gets from a fresh organization to a connected one on this page alone (D4, B5)', async () => {
    const { status } = await operator()('POST', '/organizations', { slug: 'fresh', name: 'Fresh', plan: 'pro' });
    assert.equal(status, 201);
    await turn('fresh', 'off');
    await using console = await here.open('/organizations/fresh');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'Provisioning', exact: true }).click();
    await page.getByText('The identity provider has not called yet.').waitFor();
    const states = page.getByRole('list', { name: 'States' });
    await states.getByText('Requests of the identity provider are refused.').waitFor();
    await states.getByRole('button', { name: 'Turn on' }).click();
    const dialog = page.getByRole('dialog', { name: 'Turn provisioning on' });
    await dialog.getByText('Nothing is held, so nothing changes at once.').waitFor();
    assert.equal(await stateOf('fresh'), 'off', 'a plan switches nothing');
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await stateOf('fresh'), 'on');

    await page.getByRole('button', { name: 'Create a token' }).click();
    const making = page.getByRole('dialog', { name: 'Create a token' });
    await making.getByRole('textbox', { name: 'Name' }).fill('Okta');
    await making.getByRole('button', { name: 'Create' }).click();
    const token = (await making.getByText(/^rct_/).textContent()) ?? '';
    const fields = page.getByRole('table', { name: 'What to fill in at Okta', includeHidden: true });
    const url = (await fields.getByText('/scim/v2/').textContent()) ?? '';
    assert.equal((await scimClient(url, token)('GET', '/Users?startIndex=1&count=2')).status, 200);
    await page.getByText('The identity provider called just now.').waitFor();
    assert.ok(await making.getByText(/^rct_/).isVisible(), 'the first call does not take the token away');
    await making.getByRole('button', { name: 'I have copied it' }).click();
    await making.waitFor({ state: 'detached' });
    await page.getByText('The provider has called.').waitFor();
    await page.reload();
    await page.getByText('The identity provider called').waitFor();
    assert.equal(await page.getByText('Connect Okta').count(), 0);
    assert.deepEqual(complaints, []);
  });

  test('what observing held is shown in pages with its reasons, and what has changed since is looked at again', async () => {
    const ada = await createUser(acme, 'ada');
    const team = await createGroup(acme, 'Crew', [ada]);
    await turn('acme', 'observing');
    for (let n = 10; n < 40; n++) await createUser(acme, `new${n}`);
    await acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } }));
    await using console = await here.open('/organizations/acme/provisioning');
    const { page, complaints } = console;
    await page.getByRole('row', { name: /31 0 0/ }).waitFor();
    assert.equal(await page.getByText('globex').count(), 0);
    await page.getByRole('button', { name: 'Turn on' }).click();
    const dialog = page.getByRole('dialog', { name: 'Turn provisioning on' });
    await dialog.getByText('31 people come, go or change status').waitFor();
    const items = dialog.getByRole('table', { name: 'What would be put in force' });
    const shown = async () => await items.getByRole('rowheader').count();
    assert.equal(await shown(), 25);
    await dialog.getByRole('button', { name: 'Show more' }).click();
    await dialog.getByText(/^50 of/).waitFor();
    await items.getByText('the provider deactivated the person').first().waitFor();

    await acme.scim('DELETE', `/Groups/${team}`);
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByRole('alert').getByText('is no longer what the plan showed').waitFor();
    assert.equal(await stateOf('acme'), 'observing');
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await dialog.getByText('1 team ends').waitFor();
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Nothing is held back.').waitFor();
    assert.equal(await stateOf('acme'), 'on');
    assert.equal(await stateOf('globex'), 'on');
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('it is paused and turned off by keyboard, and what is held then can be discarded', async () => {
    await using console = await here.open('/organizations/acme/provisioning');
    const { page, complaints } = console;
    await page.getByRole('button', { name: 'Pause' }).focus();
    await page.keyboard.press('Enter');
    const pausing = page.getByRole('dialog', { name: 'Pause provisioning' });
    await pausing.getByText('Nothing that is in force changes by it.').waitFor();
    await pausing.getByRole('button', { name: 'Pause' }).press('Enter');
    await pausing.waitFor({ state: 'detached' });
    const id = await createUser(acme, 'late');
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard what is held' });
    await dialog.getByRole('row', { name: /late@acme\.example status .* none active/ }).waitFor();
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Nothing is held back.').waitFor();
    const { body } = await operator()('GET', '/organizations/acme/held?limit=1');
    assert.equal((body.items as { state: string }[])[0]?.state, 'discarded');
    assert.equal((await operator()('GET', `/organizations/acme/members/${id}`)).body.status, 'held');
    assert.equal(await stateOf('globex'), 'on');
    assert.deepEqual(complaints, []);
  });

  test('what the brake holds is an alarm on every page, and is looked at and let go on this one', async () => {
    const braked = await here.rollcall.organization({ slug: 'braked' });
    const ids: string[] = [];
    for (let number = 10; number < 25; number++) ids.push(await createUser(braked, `p${number}`));
    for (const id of ids)
      await braked.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    await using console = await here.open('/organizations/braked');
    const { page, complaints } = console;
    await page.getByRole('alert').getByText('people who are deactivated or deleted').waitFor();
    await page.getByRole('link', { name: 'Look at what is held' }).click();
    await page.getByRole('row', { name: /the brake: people who are deactivated or deleted 5 0 0/ }).waitFor();
    await page.getByRole('button', { name: 'Let go' }).click();
    const dialog = page.getByRole('dialog', { name: 'Let it go' });
    await dialog.getByText('5 people come, go or change status').waitFor();
    const sixteenth = await createUser(braked, 'p25');
    await braked.scim('PATCH', `/Users/${sixteenth}`, patch({ op: 'replace', value: { active: false } }));
    await dialog.getByRole('button', { name: 'Let it go' }).click();
    await dialog.getByRole('alert').getByText('no longer what the plan showed').waitFor();
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await dialog.getByText('6 people come, go or change status').waitFor();
    await dialog.getByRole('button', { name: 'Let it go' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Nothing is held back.').waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
    const { body } = await operator()('GET', '/organizations/braked/members?status=suspended');
    assert.equal((body.items as unknown[]).length, 16);
    // The browser notes the refusal of the plan that had changed.
    assert.deepEqual(
      complaints.filter((each) => !each.includes('412')),
      [],
    );
  });

  test('an organization whose plan has no provisioning is told so, and how it gets one (D2, B1, P14)', async () => {
    await operator()('POST', '/organizations', { slug: 'small', name: 'Small', plan: 'free' });
    await using console = await here.open('/organizations/small/provisioning');
    const { page, complaints } = console;
    await page.getByText('The plan of this organization has no provisioning').waitFor();
    await page.getByText('npx rollcall org change small --plan pro').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Turn on' }).isDisabled());
    await operator()('PATCH', '/organizations/small', { plan: 'pro' });
    await page.getByText('The plan of this organization has no provisioning').waitFor({ state: 'detached' });
    assert.ok(await page.getByRole('button', { name: 'Turn on' }).isEnabled());
    assert.deepEqual(complaints, []);
  });

  test('while it loads it says so, and a failure is told with the way out', async () => {
    await using console = await here.open('/organizations/globex');
    const { page } = console;
    await page.route('**/connection', (route) => route.fulfill({ status: 409, json: { detail: 'Not now.' } }));
    await page.getByRole('link', { name: 'Provisioning', exact: true }).click();
    await page.getByRole('alert').getByText('Not now.').waitFor();
    await page.unroute('**/connection');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('list', { name: 'States' }).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('it foretells what becomes of people and teams that are here already (K31)', async () => {
    const own = await here.rollcall.organization({ slug: 'own' });
    const path = '/organizations/own';
    await turn('own', 'off');
    assert.equal((await operator()('POST', `${path}/members`, { userName: 'ada@acme.example' })).status, 201);
    assert.equal((await operator()('POST', `${path}/teams`, { name: 'Writers' })).status, 201);
    await turn('own', 'on');
    await using console = await here.open(`${path}/provisioning`);
    const { page, complaints } = console;
    const table = page.getByRole('table', { name: 'Here already' });
    await table.getByRole('row', { name: /^ada@acme\.example takes over/ }).waitFor();
    await table.getByRole('row', { name: /^Writers team waits for your word .*groupNameClash/ }).waitFor();
    assert.equal(await table.getByText('globex').count(), 0);
    await createUser(own, 'ada');
    await page.reload();
    await table.getByRole('row', { name: /^Writers/ }).waitFor();
    assert.equal(await table.getByText('ada@').count(), 0, 'whom the provider has taken over is no longer foretold');
    assert.deepEqual(complaints, []);
  });

  test('an admin looks at each choice, and disconnects the provider for good', async () => {
    const slug = 'leaving';
    const org = await here.rollcall.organization({ slug });
    const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    await createGroup(org, 'Crew', [ada, ben]);
    await using console = await here.open(`/organizations/${slug}/provisioning`);
    const { page, complaints } = console;
    await page.getByRole('button', { name: 'Disconnect…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect the identity provider' });
    await dialog.getByText('2 people are edited by hand from now on').waitFor();
    await dialog.getByRole('radio', { name: 'Suspend people' }).check();
    await dialog.getByText('2 people come, go or change status').waitFor();
    const changes = dialog.getByRole('table', { name: 'What would be put in force' });
    assert.equal(await changes.getByText('ada@acme.example').count(), 3, 'status, membership and whose the person is');
    await dialog.getByRole('radio', { name: 'Remove them' }).check();
    await dialog.getByText('1 team ends').waitFor();
    const submit = dialog.getByRole('button', { name: 'Disconnect', exact: true });
    assert.ok(await submit.isDisabled(), 'the name is to be typed first');
    await dialog.getByRole('textbox', { name: `Type ${slug} to remove them` }).fill(slug);
    await createUser(org, 'cleo');
    await submit.click();
    await dialog.getByRole('alert').getByText('is no longer what the plan showed').waitFor();
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await dialog.getByText('3 people come, go or change status').waitFor();
    assert.equal(await stateOf(slug), 'on', 'a plan disconnects nobody');
    await submit.click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('list', { name: 'States' }).locator('[aria-current=true]').getByText('Off').waitFor();
    const { body } = await operator()('GET', `/organizations/${slug}/members`);
    assert.deepEqual(body.items, []);
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('two providers are told of and asked about, when one is declared and when provisioning is turned on (K30)', async () => {
    await here.rollcall.organization({ slug: 'two' });
    await using console = await here.open('/organizations/two/provisioning');
    const { page, complaints } = console;
    const section = page.getByRole('region', { name: 'Providers' }).first();
    await section.getByText('not declared').waitFor();
    await section.getByText('Until it is declared, nobody can tell').waitFor();
    await section.getByRole('button', { name: 'Declare…' }).click();
    const declaring = page.getByRole('dialog', { name: 'Who signs people in' });
    await declaring.getByRole('combobox', { name: 'Provider' }).selectOption('entra');
    await declaring.getByRole('textbox', { name: 'Issuer or entity id' }).fill('urn:acme');
    const save = declaring.getByRole('button', { name: 'Save the provider' });
    assert.ok(await save.isDisabled());
    await declaring.getByRole('checkbox', { name: 'I want that' }).check();
    await save.click();
    await section.getByText('Microsoft Entra ID (urn:acme)').waitFor();
    await section.getByText('These are two: whoever one of them takes out can stay in by the other.').waitFor();

    await turn('two', 'off');
    await page.reload();
    await page.getByRole('list', { name: 'States' }).getByRole('button', { name: 'Turn on' }).click();
    const dialog = page.getByRole('dialog', { name: 'Turn provisioning on' });
    await dialog.getByText('Okta provisions people and Microsoft Entra ID signs them in').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Turn on' }).isDisabled());
    await dialog.getByRole('checkbox', { name: 'I want that' }).check();
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await stateOf('two'), 'on');

    await section.getByRole('button', { name: 'Take back who signs people in' }).click();
    await section.getByText('not declared').waitFor();
    assert.deepEqual(complaints, []);
  });
});
