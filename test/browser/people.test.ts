import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { setBreakGlass } from '../../src/provisioning/set-break-glass.ts';
import { createGroup, createUser, patch } from '../http/beside-globex.ts';
import { apiClient, type Scim, type TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

describe('the page of people', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;
  let api: Scim;
  let ids: Record<'ada' | 'ben' | 'cleo', string>;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    await createUser(await here.rollcall.organization({ slug: 'globex' }), 'adamant', { displayName: 'Ada of Globex' });
    const [ada, ben, cleo] = [
      await createUser(acme, 'ada'),
      await createUser(acme, 'ben'),
      await createUser(acme, 'cleo', { displayName: 'Cleo Marsh' }),
    ];
    ids = { ada, ben, cleo };
    await createGroup(acme, 'Crew', [ada, ben]);
    await acme.scim('PATCH', `/Users/${ben}`, patch({ op: 'replace', value: { active: false } }));
  });

  const memberOf = async (id: string, slug = 'acme') => (await api('GET', `/organizations/${slug}/members/${id}`)).body;

  test('somebody is found by a beginning, and seen with what is in force, why, teams, history and what was asked', async () => {
    await using console = await here.open('/organizations/acme');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'People' }).click();
    const people = page.getByRole('table', { name: 'People' });
    await people.getByRole('row', { name: /cleo@acme\.example/ }).waitFor();
    await page.getByLabel('Search').fill('BEN');
    await people.getByRole('row', { name: /cleo@acme\.example/ }).waitFor({ state: 'detached' });
    await people.getByRole('row', { name: /ben Byron .*Suspended The provider viewer/ }).waitFor();
    assert.match(page.url(), /search=BEN/);
    assert.ok(!(await page.content()).includes('Globex'), 'what is of another organization');
    await people.getByRole('button', { name: 'ben Byron' }).click();
    const drawer = page.getByRole('dialog', { name: 'ben@acme.example' });
    await drawer.getByRole('row', { name: 'Login name ben@acme.example' }).waitFor();
    await drawer.getByRole('tab', { name: 'Why' }).click();
    await drawer.getByText('the provider deactivated the person').waitFor();
    await drawer.getByRole('tab', { name: 'Teams' }).click();
    await drawer.getByRole('row', { name: 'Crew Waits: is suspended' }).waitFor();
    await drawer.getByRole('tab', { name: 'History' }).click();
    await drawer.getByText('put into team Crew').waitFor();
    await drawer.getByRole('tab', { name: 'Asked' }).click();
    await drawer.getByText('"externalId": "00u-ben"').waitFor();
    await page.reload();
    await drawer.getByRole('row', { name: 'Login name ben@acme.example' }).waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await page.getByLabel('Search').fill('Marsh');
    await page.getByText('Nobody begins with Marsh').waitFor();
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Status').selectOption('suspended');
    await people.getByRole('row', { name: /ada Byron/ }).waitFor({ state: 'detached' });
    await people.getByRole('row', { name: /ben Byron/ }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('K9: whom the provider manages is locked and says so, is unlocked for some hours, edited and suspended, and undone', async () => {
    await using console = await here.open('/organizations/acme/people');
    const { page, complaints } = console;
    await page.getByRole('button', { name: 'ada Byron' }).click();
    const drawer = page.getByRole('dialog', { name: 'ada@acme.example', exact: true });
    await drawer.getByText('removing the person: not by hand (setting editMembersByHand)').waitFor();
    for (const name of ['Edit…', 'Suspend…', 'Remove…']) {
      assert.ok(await drawer.getByRole('button', { name }).isDisabled(), name);
    }
    await drawer.getByRole('button', { name: 'Unlock…' }).click();
    const unlocking = page.getByRole('dialog', { name: 'Unlock ada@acme.example' });
    await unlocking.getByLabel('Hours').fill('500');
    await unlocking.getByRole('button', { name: 'Unlock' }).click();
    await unlocking.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await unlocking.waitFor({ state: 'detached' });
    await drawer.getByRole('button', { name: 'Unlock…' }).click();
    await unlocking.getByLabel('Hours').fill('2');
    await unlocking.getByRole('button', { name: 'Unlock' }).click();
    await drawer.getByText('It can be edited by hand until').waitFor();

    await drawer.getByRole('button', { name: 'Edit…' }).click();
    const editing = page.getByRole('dialog', { name: 'Edit ada@acme.example' });
    assert.equal(await editing.getByLabel('Login name').count(), 0, 'that is changed in the provider');
    await editing.getByLabel('Display name').fill('Countess of Lovelace');
    await editing.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('The provider’s name for the person is ada Byron').waitFor();
    await drawer.getByRole('button', { name: 'Suspend…' }).click();
    const suspending = page.getByRole('dialog', { name: 'Suspend ada@acme.example' });
    await suspending.getByText('they leave one team, sessions and API keys end at once').waitFor();
    await suspending.getByRole('button', { name: 'Suspend' }).click();
    await drawer.getByText('The provider says active').waitFor();
    const { status, name } = await memberOf(ids.ada);
    assert.deepEqual([status, name], ['suspended', 'Countess of Lovelace']);

    await drawer.getByRole('tab', { name: 'History' }).click();
    const suspended = drawer.getByRole('listitem').filter({ hasText: /^suspended/ });
    await suspended.getByRole('button', { name: /^Undo event/ }).click();
    const undoing = page.getByRole('dialog', { name: /^Undo event/ });
    await undoing.getByRole('row', { name: /ada@acme\.example status suspended active/ }).waitFor();
    await undoing.getByRole('button', { name: 'Put it back' }).click();
    await undoing.waitFor({ state: 'detached' });
    await drawer
      .getByRole('listitem')
      .filter({ hasText: /^reactivated/ })
      .waitFor();
    assert.equal((await memberOf(ids.ada)).status, 'active');
    await drawer.getByRole('tab', { name: 'Person' }).click();
    await drawer.getByRole('button', { name: 'Close the locks on ada@acme.example' }).click();
    await drawer.getByRole('button', { name: 'Unlock…' }).waitFor();
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('K8, K26: somebody is added by hand, the refusal about the last owner is shown in its words, and who is no owner is removed', async () => {
    const settings = { addByHand: 'allowed', breakGlassAccounts: 'one' };
    const own = await here.rollcall.organization({ slug: 'owners', settings });
    const locked = await here.rollcall.organization({ slug: 'locked-beside' });
    await createUser(locked, 'ann');
    await using console = await here.open('/organizations/owners/people');
    const { page, complaints } = console;
    await page.getByText('Nobody is here yet').waitFor();
    const add = async (name: string) => {
      await page.getByRole('button', { name: 'Add a person' }).click();
      const adding = page.getByRole('dialog', { name: 'Add a person' });
      await adding.getByLabel('Login name').fill(`${name}@acme.example`);
      await adding.getByLabel('Display name').fill(name);
      await adding.getByRole('button', { name: 'Add the person' }).click();
      return adding;
    };
    await (await add('gil')).waitFor({ state: 'detached' });
    await (await add('hal')).waitFor({ state: 'detached' });
    const [gil] = (await api('GET', '/organizations/owners/members?search=gil')).body.items as { id: string }[];
    assert.ok(gil);
    await giveRole(here.rollcall.db.app, own, gil.id, 'owner', { now: new Date() });
    await setBreakGlass(here.rollcall.db.app, own, gil.id, true, { now: new Date() });
    await page.getByRole('button', { name: 'gil', exact: true }).click();
    let drawer = page.getByRole('dialog', { name: 'gil@acme.example', exact: true });
    await drawer.getByText('Set apart as a way in').waitFor();
    for (const [act, title] of [
      ['Suspend…', 'Suspend'],
      ['Remove…', 'Remove'],
    ] as const) {
      await drawer.getByRole('button', { name: act }).click();
      const dialog = page.getByRole('dialog', { name: `${title} gil@acme.example` });
      await dialog.getByRole('button', { name: title }).click();
      await dialog.getByRole('alert').getByText('without an active owner').waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
    }
    assert.equal((await memberOf(gil.id, 'owners')).status, 'active');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'hal', exact: true }).click();
    drawer = page.getByRole('dialog', { name: 'hal@acme.example', exact: true });
    await drawer.getByRole('button', { name: 'Role and license…' }).click();
    const giving = page.getByRole('dialog', { name: 'Role and license of hal@acme.example' });
    await giving.getByLabel('Role by hand').selectOption('admin');
    await giving.getByRole('button', { name: 'Save' }).click();
    await drawer.getByRole('row', { name: 'Role admin' }).waitFor();
    await drawer.getByRole('button', { name: 'Remove…' }).click();
    const removing = page.getByRole('dialog', { name: 'Remove hal@acme.example' });
    await removing.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('table', { name: 'People' }).getByRole('row', { name: /hal@/ }).waitFor({ state: 'detached' });

    await page.goto(`${here.rollcall.url}/organizations/locked-beside/people`);
    await page.getByRole('button', { name: 'ann Byron' }).waitFor();
    const refused = await add('zoe');
    await refused.getByRole('alert').getByText('Assign the person to the app in the identity provider').waitFor();
    await refused.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('a person is parted from the provider and given back to it', async () => {
    await using console = await here.open(`/organizations/acme/people?person=${ids.cleo}`);
    const { page, complaints } = console;
    const drawer = page.getByRole('dialog', { name: 'cleo@acme.example', exact: true });
    await drawer.getByRole('button', { name: 'Part from the provider…' }).click();
    const parting = page.getByRole('dialog', { name: 'Part cleo@acme.example from the provider' });
    await parting.getByRole('button', { name: 'Part them' }).click();
    await drawer.getByRole('row', { name: 'From Made here' }).waitFor();
    await drawer.getByRole('button', { name: 'Let the provider take over…' }).click();
    const giving = page.getByRole('dialog', { name: 'Let the provider take over cleo@acme.example' });
    await giving.getByRole('button', { name: 'Let it' }).click();
    await giving.waitFor({ state: 'detached' });
    await drawer.getByRole('tab', { name: 'History' }).click();
    await drawer
      .getByRole('listitem')
      .first()
      .getByText(/link|take/)
      .first()
      .waitFor();
    await acme.scim('PATCH', `/Users/${ids.cleo}`, patch({ op: 'replace', value: { displayName: 'Cleo M.' } }));
    assert.equal((await memberOf(ids.cleo)).origin, 'claimed');
    assert.deepEqual(beyondRefusals(complaints), []);
  });
});
