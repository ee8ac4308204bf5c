import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { createGroup, createUser } from '../http/beside-globex.ts';
import { apiClient, type Scim, type TestOrganization } from '../rollcall.ts';
import { beyondRefusals, consoleInBrowser } from './console-in-browser.ts';

describe('the page of teams', () => {
  const here = consoleInBrowser();
  let acme: TestOrganization;
  let api: Scim;
  let people: string[];
  let crew: string;

  before(async () => {
    acme = await here.rollcall.organization({ slug: 'acme' });
    api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const globex = await here.rollcall.organization({ slug: 'globex' });
    await createGroup(globex, 'Crew of Globex', [await createUser(globex, 'p-globex')]);
    people = [];
    // One more than a page holds.
    for (let number = 0; number < 51; number++) {
      people.push(await createUser(acme, `p${String(number).padStart(2, '0')}`));
    }
    crew = await createGroup(acme, 'Crew', people);
    await createGroup(acme, 'Sales');
  });

  const inTeam = async (team: string, slug = 'acme') =>
    (
      (await api('GET', `/organizations/${slug}/teams/${team}/members?limit=200`)).body.items as {
        userName: string;
        inForce: boolean;
      }[]
    ).flatMap(({ userName, inForce }) => (inForce ? [userName.split('@')[0]] : []));

  test('K10: a team is found, read page by page, unlocked, renamed, and somebody is taken out and put in again', async () => {
    await using console = await here.open('/organizations/acme');
    const { page, complaints } = console;
    await page.getByRole('link', { name: 'Teams', exact: true }).click();
    const list = page.getByRole('table', { name: 'Teams' });
    await list.getByRole('row', { name: /^Sales Synced 0 0 — —/ }).waitFor();
    await page.getByLabel('Search').fill('cre');
    await list.getByRole('row', { name: /^Sales/ }).waitFor({ state: 'detached' });
    await list.getByRole('row', { name: /^Crew Synced 51 51 — —/ }).waitFor();
    assert.ok(!(await page.content()).includes('Globex'), 'what is of another organization');
    await list.getByRole('button', { name: 'Crew' }).click();
    const drawer = page.getByRole('dialog', { name: /^(Crew|Night crew)$/ });
    await drawer.getByText('removing it: not by hand (setting editTeamsByHand)').waitFor();
    assert.ok(await drawer.getByRole('button', { name: 'Rename…' }).isDisabled());

    await drawer.getByRole('tab', { name: 'People' }).click();
    const rows = drawer.getByRole('table', { name: 'People of the team' }).getByRole('row');
    await drawer.getByText('Who is in the team is not changed by hand').waitFor();
    assert.equal(await rows.count(), 51, 'the heading and one page');
    assert.equal(await drawer.getByRole('button', { name: /^Take/ }).count(), 0);
    await drawer.getByRole('button', { name: 'Show more' }).click();
    await rows.filter({ hasText: 'p50@' }).waitFor();

    await drawer.getByRole('tab', { name: 'Team' }).click();
    await drawer.getByRole('button', { name: 'Unlock…' }).click();
    const unlocking = page.getByRole('dialog', { name: 'Unlock Crew' });
    await unlocking.getByRole('button', { name: 'Unlock' }).click();
    await drawer.getByText('It can be edited by hand until').waitFor();
    await drawer.getByRole('button', { name: 'Rename…' }).click();
    const renaming = page.getByRole('dialog', { name: 'Rename Crew' });
    await renaming.getByLabel('Name').fill('Night crew');
    await renaming.getByRole('button', { name: 'Rename the team' }).click();
    await drawer.getByText('The provider’s name for it is Crew').waitFor();

    await drawer.getByRole('tab', { name: 'People' }).click();
    await drawer.getByRole('button', { name: 'Take p03@acme.example out of the team' }).click();
    await rows.filter({ hasText: 'p03@' }).getByText('Taken out by hand').waitFor();
    assert.ok(!(await inTeam(crew)).includes('p03'));
    await drawer.getByLabel('Put somebody in').fill('P03');
    await drawer.getByRole('button', { name: 'Put p03@acme.example into the team' }).click();
    await rows.filter({ hasText: 'p03@' }).getByText('In the team').waitFor();
    assert.ok((await inTeam(crew)).includes('p03'));

    await drawer.getByRole('tab', { name: 'History' }).click();
    await drawer
      .getByRole('listitem')
      .first()
      .getByText(/p03|put/)
      .first()
      .waitFor();
    await page.reload();
    await page.getByRole('dialog', { name: 'Night crew' }).getByText('It can be edited by hand until').waitFor();
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('a team is made, filled, mapped after its plan was seen, linked, and removed; a person in it leads to their own page', async () => {
    await using console = await here.open('/organizations/acme/teams');
    const { page, complaints } = console;
    await page.getByRole('button', { name: 'Make a team' }).click();
    const making = page.getByRole('dialog', { name: 'Make a team' });
    await making.getByLabel('Name').fill('Sales');
    await making.getByRole('button', { name: 'Make the team' }).click();
    await making.getByRole('alert').waitFor();
    await making.getByLabel('Name').fill('Own');
    await making.getByRole('button', { name: 'Make the team' }).click();
    const list = page.getByRole('table', { name: 'Teams' });
    await list.getByRole('button', { name: 'Own' }).click();
    const drawer = page.getByRole('dialog', { name: 'Own', exact: true });
    await drawer.getByRole('tab', { name: 'People' }).click();
    await drawer.getByText('Nobody is in the team.').waitFor();
    await drawer.getByLabel('Put somebody in').fill('p0');
    for (const name of ['p01', 'p02'])
      await drawer.getByRole('button', { name: `Put ${name}@acme.example into` }).click();
    const members = drawer.getByRole('table', { name: 'People of the team' });
    await members.getByRole('row', { name: /p02@acme\.example In the team, put there by hand/ }).waitFor();
    await drawer.getByRole('tab', { name: 'Team' }).click();
    await drawer.getByRole('button', { name: 'What it gives…' }).click();
    const mapping = page.getByRole('dialog', { name: 'What Own gives' });
    await mapping.getByLabel('Role').selectOption('member');
    await mapping.getByRole('button', { name: 'Show what would change' }).click();
    await mapping.getByText('2 roles change').waitFor();
    await mapping.getByRole('button', { name: 'Save the mapping' }).click();
    await drawer.getByRole('row', { name: 'Gives role member' }).waitFor();
    await drawer.getByRole('button', { name: 'Link group…' }).click();
    await page.getByRole('dialog', { name: 'Link Own' }).getByRole('button', { name: 'Let it be linked' }).click();
    await page.getByRole('dialog', { name: 'Link Own' }).waitFor({ state: 'detached' });
    await drawer.getByRole('tab', { name: 'People' }).click();
    await members.getByRole('button', { name: 'p01 Byron' }).click();
    const person = page.getByRole('dialog', { name: 'p01@acme.example' });
    await person.getByRole('row', { name: 'Role member' }).waitFor();
    await person.getByRole('tab', { name: 'Teams' }).click();
    await person.getByRole('button', { name: 'Own' }).click();
    await drawer.getByRole('button', { name: 'Remove…' }).click();
    const removing = page.getByRole('dialog', { name: 'Remove Own' });
    await removing.getByText('What the team gives ends: role member').waitFor();
    await removing.getByRole('button', { name: 'Remove the team' }).click();
    await list.getByRole('button', { name: 'Own' }).waitFor({ state: 'detached' });
    assert.deepEqual(beyondRefusals(complaints), []);
  });

  test('K26: whoever is the last owner by a team is not taken out of it, and the page says why', async () => {
    const own = await here.rollcall.organization({ slug: 'owners', settings: { addByHand: 'allowed' } });
    const at = { now: new Date() };
    const { body: person } = await api('POST', '/organizations/owners/members', { userName: 'gil@acme.example' });
    const { body: team } = await api('POST', '/organizations/owners/teams', { name: 'Owners' });
    const [gil, owners] = [person.id as string, team.id as string];
    await api('PUT', `/organizations/owners/teams/${owners}/members/${gil}`);
    await giveRole(here.rollcall.db.app, own, gil, 'owner', at);
    await mapTeam(here.rollcall.db.app, own, owners, { role: 'owner' }, at);
    await giveRole(here.rollcall.db.app, own, gil, undefined, at);
    await using console = await here.open(`/organizations/owners/teams?team=${owners}`);
    const { page, complaints } = console;
    const drawer = page.getByRole('dialog', { name: 'Owners', exact: true });
    await drawer.getByRole('tab', { name: 'People' }).click();
    await drawer.getByRole('button', { name: 'Take gil@acme.example out of the team' }).click();
    await drawer.getByRole('alert').getByText('without an active owner').waitFor();
    assert.deepEqual(await inTeam(owners, 'owners'), ['gil']);
    await drawer.getByRole('tab', { name: 'Team' }).click();
    await drawer.getByRole('button', { name: 'Remove…' }).click();
    const removing = page.getByRole('dialog', { name: 'Remove Owners' });
    await removing.getByRole('button', { name: 'Remove the team' }).click();
    await removing.getByRole('alert').getByText('without an active owner').waitFor();
    assert.deepEqual(beyondRefusals(complaints), []);
  });
});
