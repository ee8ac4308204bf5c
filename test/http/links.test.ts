import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { deliverMail } from '../../src/provisioning/deliver-mail.ts';
import { inviteAgain, withdrawInvitation } from '../../src/provisioning/invitation.ts';
import { readMail } from '../../src/provisioning/outbox.ts';
import { listMails } from '../../src/store/mails.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { createUser, memberRow } from './beside-globex.ts';

const secretKey = `rcs_${'test'.repeat(11)}`;

/** What the newest mail to a person of an organization links to, as its admin reads it in the outbox. */
async function newestLink(
  { db, url }: TestRollcall,
  org: TestOrganization,
  { name = 'ada', now = new Date() } = {},
): Promise<string> {
  const { app, jobs } = db;
  await deliverMail({ app, jobs, baseUrl: url, secretKey, transport: undefined, now: () => now, log: assert.fail });
  const mail = (await listMails(app, org, { limit: 50 })).find(({ recipient }) => recipient === `${name}@acme.example`);
  const opened = mail && (await readMail(app, org, mail.id, secretKey));
  return /^http\S+\/links\/rcl_\w+$/m.exec(opened?.text ?? '')?.[0] ?? assert.fail('the mail has no link');
}

const required = { settings: { invitation: 'required' } };
const pressed = (link: string) =>
  fetch(link, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });

test('B29, B30, K15: the page of an invitation changes nothing until its button is pressed, and then accepts, once', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(required);
  const globex = await rollcall.organization(required);
  const [ada, other] = [await createUser(acme, 'ada'), await createUser(globex, 'ada')];
  const link = await newestLink(rollcall, acme);
  for (let opened = 0; opened < 2; opened++) {
    const page = await fetch(link);
    assert.equal(page.status, 200);
    const html = await page.text();
    assert.match(html, new RegExp(`Join ${acme.slug}`));
    assert.match(html, /<form method="post"><button>/);
    assert.equal((await memberRow(rollcall, acme, ada)).status, 'invited');
  }
  const done = await pressed(link);
  assert.equal(done.status, 200);
  assert.match(await done.text(), /You are a member/);
  assert.equal((await memberRow(rollcall, acme, ada)).status, 'active');
  assert.equal((await memberRow(rollcall, globex, other)).status, 'invited');
  assert.equal((await pressed(link)).status, 404);
  const { rows } = await rollcall.db.owner.query(
    `select kind, actor from events where org_id = $1 order by seq desc limit 1`,
    [acme.id],
  );
  assert.deepEqual(rows, [
    { kind: 'member.reactivated', actor: { type: 'link', id: ada, userName: 'ada@acme.example' } },
  ]);
});

test('of many who press at once one accepts', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(required);
  await createUser(acme, 'ada');
  const link = await newestLink(rollcall, acme);
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await pressed(link)).status));
  assert.deepEqual(statuses.sort(), [200, ...Array(7).fill(404)]);
});

test('a link that was used, has expired, was replaced or withdrawn, or never was, shows one and the same page', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(required);
  const { app } = rollcall.db;
  const over: string[] = [];
  const link = async (name: string) => {
    const id = await createUser(acme, name);
    return { id, link: await newestLink(rollcall, acme, { name }) };
  };
  const used = await link('used');
  await pressed(used.link);
  over.push(used.link);
  const withdrawn = await link('withdrawn');
  assert.equal(await withdrawInvitation(app, acme, withdrawn.id, { now: new Date() }), true);
  over.push(withdrawn.link);
  const replaced = await link('replaced');
  const later = new Date(Date.now() + limits.invitationPauseSeconds * 1000);
  await inviteAgain(app, acme, replaced.id, { now: later });
  const newer = await newestLink(rollcall, acme, { name: 'replaced', now: later });
  over.push(replaced.link);
  const moved = await link('moved');
  const path = `/Users/${moved.id}`;
  const emails = [{ value: 'elsewhere@acme.example', primary: true }];
  const patch = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', value: { emails } }],
  };
  assert.equal((await acme.scim('PATCH', path, patch)).status, 200);
  over.push(moved.link);
  const suspended = await link('suspended');
  const inactive = { ...patch, Operations: [{ op: 'replace', value: { active: false } }] };
  assert.equal((await acme.scim('PATCH', `/Users/${suspended.id}`, inactive)).status, 200);
  over.push(suspended.link);
  const expired = await link('expired');
  await rollcall.db.owner.query('update mail_links set expires_at = $2 where member_id = $1', [
    expired.id,
    new Date(0),
  ]);
  over.push(expired.link);
  over.push(`${rollcall.url}/links/rcl_${'0'.repeat(32)}_${'0'.repeat(49)}`, `${rollcall.url}/links/none`);
  over.push(newer.slice(0, -1) + (newer.endsWith('a') ? 'b' : 'a'));

  const pages = new Set<string>();
  for (const each of over) {
    for (const answer of [await fetch(each), await pressed(each)]) {
      assert.equal(answer.status, 404, each);
      pages.add(await answer.text());
    }
  }
  assert.equal(pages.size, 1);
  assert.doesNotMatch([...pages][0] ?? '', new RegExp(acme.slug));
  assert.equal((await pressed(newer)).status, 200);
  const statuses = await Promise.all(
    [withdrawn, moved, suspended, expired].map(({ id }) => memberRow(rollcall, acme, id)),
  );
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ['invited', 'invited', 'suspended', 'invited'],
  );
});

test('the page loads nothing, tells nobody where it came from, and is kept by nobody (R26, R45)', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(required);
  await createUser(acme, 'ada');
  const { headers } = await fetch(await newestLink(rollcall, acme));
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.match(
    headers.get('content-security-policy') ?? '',
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
  );
});

test('the name of an organization is text on its page', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(required);
  await rollcall.db.owner.query(`update organizations set name = '<script>alert(1)</script>' where id = $1`, [acme.id]);
  await createUser(acme, 'ada');
  const html = await (await fetch(await newestLink(rollcall, acme))).text();
  assert.doesNotMatch(html, /<script>/);
  assert.match(html, /&lt;script&gt;/);
});

test('a product with a page of its own follows links through the API, without a key', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(required);
  const id = await createUser(acme, 'ada');
  const link = (await newestLink(rollcall, acme)).split('/').at(-1);
  const api = apiClient(rollcall.url, '');
  const done = await api('POST', '/links', { link });
  assert.deepEqual([done.status, done.body], [200, { organization: acme.slug, purpose: 'invitation' }]);
  assert.equal((await memberRow(rollcall, acme, id)).status, 'active');
  const [again, never] = [await api('POST', '/links', { link }), await api('POST', '/links', { link: 'rcl_x' })];
  assert.equal(again.status, 404);
  assert.deepEqual(again.body, never.body);
});

test('guessing links costs an address what guessing tokens does (R27)', async () => {
  await using rollcall = await startRollcall({ env: { ROLLCALL_WRONG_TOKENS_PER_MINUTE: '3' } });
  const acme = await rollcall.organization(required);
  await createUser(acme, 'ada');
  const link = await newestLink(rollcall, acme);
  for (let opened = 0; opened < 6; opened++) assert.equal((await fetch(link)).status, 200);
  const statuses: number[] = [];
  for (let guess = 0; guess < 5; guess++) statuses.push((await fetch(`${rollcall.url}/links/guess`)).status);
  assert.deepEqual(statuses, [404, 404, 404, 429, 429]);
  const refused = await apiClient(rollcall.url, '')('POST', '/links', { link: 'guess' });
  assert.equal(refused.status, 429);
});
