import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { presetNames } from '../../src/organization/presets.ts';
import { dropAddress, resendConfirmation } from '../../src/provisioning/confirm-address.ts';
import { deliverMail } from '../../src/provisioning/deliver-mail.ts';
import { readMail } from '../../src/provisioning/outbox.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listMails } from '../../src/store/mails.ts';
import { createUser, memberRow } from '../http/beside-globex.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const secretKey = `rcs_${'test'.repeat(11)}`;
const confirm = { settings: { addressChange: 'confirm' } };

const patchOf = (value: Record<string, unknown>) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', value }],
});

const emails = (address: string) => [{ value: address, type: 'work', primary: true }];

const ask = (org: TestOrganization, id: string, address: string) =>
  org.scim('PATCH', `/Users/${id}`, patchOf({ emails: emails(address) }));

/** Mail of an organization, the oldest first: what it is about, to whom, and what became of it. */
async function outbox({ db, url }: TestRollcall, org: TestOrganization) {
  const { app, jobs } = db;
  await deliverMail({
    app,
    jobs,
    baseUrl: url,
    secretKey,
    transport: undefined,
    now: () => new Date(),
    log: assert.fail,
  });
  const mails = (await listMails(app, org, { limit: 50 })).sort(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime(),
  );
  return await Promise.all(
    mails.map(async ({ id, kind, recipient, state }) => {
      const text = (await readMail(app, org, id, secretKey))?.text ?? '';
      return { kind, recipient, state, link: /^http\S+\/links\/rcl_\w+$/m.exec(text)?.[0] ?? '' };
    }),
  );
}

const linkTo = (mails: Awaited<ReturnType<typeof outbox>>, address: string) =>
  mails.find(({ recipient, link }) => recipient === address && link !== '')?.link ??
  assert.fail(`no link to ${address}`);

const pressed = (link: string) => fetch(link, { method: 'POST' });

test('B32, K3: an address waits for the person, who confirms it by a mail to it; the provider reads what it asked', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(confirm), await rollcall.organization(confirm)];
  const [id, other] = [await createUser(acme, 'ada'), await createUser(globex, 'ada')];
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const answer = await ask(acme, id, 'ada@new.example');
  assert.equal(answer.status, 200);
  const read = (await acme.scim('GET', `/Users/${id}`)).body;
  assert.deepEqual((read.emails as { value: string }[])[0]?.value, 'ada@new.example');
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ada@acme.example');
  const shown = (await api('GET', `/organizations/${acme.slug}/members/${id}`)).body;
  assert.equal(shown.email, 'ada@acme.example');
  assert.equal((shown.waitingEmail as { address: string }).address, 'ada@new.example');
  const mails = await outbox(rollcall, acme);
  assert.deepEqual(mails.map(({ kind, recipient }) => [kind, recipient]).sort(), [
    ['email-asked', 'ada@acme.example'],
    ['email-confirmation', 'ada@new.example'],
  ]);
  const link = linkTo(mails, 'ada@new.example');
  assert.match(await (await fetch(link)).text(), /Confirm the address/);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ada@acme.example');
  assert.equal((await pressed(link)).status, 200);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ada@new.example');
  assert.equal((await pressed(link)).status, 404);
  assert.equal((await api('GET', `/organizations/${acme.slug}/members/${id}`)).body.waitingEmail, null);
  const last = (await outbox(rollcall, acme)).filter(({ kind }) => kind === 'email-changed');
  assert.deepEqual(
    last.map(({ recipient }) => recipient),
    ['ada@acme.example'],
  );
  assert.equal((await memberRow(rollcall, globex, other)).in_force_email, 'ada@acme.example');
  assert.deepEqual(await outbox(rollcall, globex), []);
  const { rows } = await rollcall.db.owner.query(
    `select kind, actor->>'type' as actor, data->'changed'->'emailInForce' as changed from events where org_id = $1 order by seq desc limit 1`,
    [acme.id],
  );
  assert.deepEqual(rows, [
    {
      kind: 'member.updated',
      actor: 'link',
      changed: { before: 'ada@acme.example', after: 'ada@new.example' },
    },
  ]);
});

test('K3: of several addresses one after the other the last one waits, and asking again writes nobody again', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(confirm);
  const id = await createUser(acme, 'ada');
  await ask(acme, id, 'one@new.example');
  const first = linkTo(await outbox(rollcall, acme), 'one@new.example');
  await ask(acme, id, 'two@new.example');
  await ask(acme, id, 'two@new.example');
  await acme.scim('PATCH', `/Users/${id}`, patchOf({ title: 'Engineer' }));
  const mails = await outbox(rollcall, acme);
  assert.deepEqual(
    mails
      .filter(({ kind }) => kind === 'email-confirmation')
      .map(({ recipient, state }) => [recipient, state])
      .sort(),
    [
      ['one@new.example', 'withdrawn'],
      ['two@new.example', 'kept'],
    ],
  );
  assert.equal((await pressed(first)).status, 404);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ada@acme.example');
  assert.equal((await pressed(linkTo(mails, 'two@new.example'))).status, 200);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'two@new.example');
});

test('K3: asking for the address in force again ends the wait, and its link', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(confirm);
  const id = await createUser(acme, 'ada');
  await ask(acme, id, 'ada@new.example');
  const link = linkTo(await outbox(rollcall, acme), 'ada@new.example');
  await ask(acme, id, 'ADA@acme.example');
  assert.equal((await pressed(link)).status, 404);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ADA@acme.example');
});

test('K3: whoever is suspended or removed meanwhile confirms nothing, and a week is over', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(confirm);
  const [ada, ben, cleo] = [
    await createUser(acme, 'ada'),
    await createUser(acme, 'ben'),
    await createUser(acme, 'cleo'),
  ];
  for (const [id, name] of [
    [ada, 'ada'],
    [ben, 'ben'],
    [cleo, 'cleo'],
  ] as const)
    await ask(acme, id, `${name}@new.example`);
  const mails = await outbox(rollcall, acme);
  await acme.scim('PATCH', `/Users/${ada}`, patchOf({ active: false }));
  await acme.scim('DELETE', `/Users/${ben}`);
  const { rows } = await rollcall.db.owner.query('select expires_at from mail_links where member_id = $1', [cleo]);
  const days = (rows[0].expires_at.getTime() - Date.now()) / 86_400_000;
  assert.ok(days > limits.confirmationDays - 1 && days <= limits.confirmationDays);
  await rollcall.db.owner.query('update mail_links set expires_at = $2 where member_id = $1', [cleo, new Date(0)]);
  for (const name of ['ada', 'ben', 'cleo'])
    assert.equal((await pressed(linkTo(mails, `${name}@new.example`))).status, 404);
  assert.equal((await memberRow(rollcall, acme, cleo)).in_force_email, 'cleo@acme.example');
});

test('K3: an admin confirms in the name of the person, of their own organization', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(confirm), await rollcall.organization(confirm)];
  const id = await createUser(acme, 'ada');
  await ask(acme, id, 'ada@new.example');
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  assert.equal((await api('POST', `/organizations/${globex.slug}/members/${id}/confirm-email`)).status, 404);
  const done = await api('POST', `/organizations/${acme.slug}/members/${id}/confirm-email`);
  assert.deepEqual([done.status, done.body.email, done.body.waitingEmail], [200, 'ada@new.example', null]);
});

test('K3: the API lists the addresses that wait, writes to one again and drops it, each in its organization', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(confirm), await rollcall.organization(confirm)];
  const [ada, ben, eve] = [
    await createUser(acme, 'ada'),
    await createUser(acme, 'ben'),
    await createUser(globex, 'eve'),
  ];
  await ask(acme, ada, 'ada@new.example');
  await ask(acme, ben, 'ben@new.example');
  await ask(globex, eve, 'eve@new.example');
  const { db } = rollcall;
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const path = `/organizations/${acme.slug}`;
  type Waiting = { member: { id: string; email: string }; address: string; until: string; mail: { state: string } };
  const listed = async (query = '') => (await api('GET', `${path}/email-confirmations${query}`)).body;
  const [first, ...others] = (await listed()).items as Waiting[];
  assert.deepEqual(
    [first?.member.id, first?.member.email, first?.address, first?.mail.state],
    [ada, 'ada@acme.example', 'ada@new.example', 'waiting'],
  );
  assert.deepEqual(
    others.map(({ address }) => address),
    ['ben@new.example'],
  );
  const page = await listed('?limit=1');
  assert.deepEqual((await listed(`?cursor=${page.nextCursor}`)).items, others);
  const old = linkTo(await outbox(rollcall, acme), 'ada@new.example');

  const again = await api('POST', `${path}/members/${ada}/resend-confirmation`);
  assert.deepEqual([again.status, again.body.code], [429, 'rate_limited']);
  assert.match(again.body.detail as string, /ada@acme\.example was written to a short while ago; write again after/);
  for (const [method, foreign] of [
    ['POST', `${path}/members/${eve}/resend-confirmation`],
    ['DELETE', `${path}/email-confirmations/${eve}`],
  ] as const) {
    assert.equal((await api(method, foreign)).status, 404);
  }
  const later = { now: new Date(Date.now() + (limits.invitationPauseSeconds + 1) * 1000) };
  const until = await resendConfirmation(db.app, acme, ada, later);
  assert.equal(until.getTime(), later.now.getTime() + limits.confirmationDays * 86_400_000);
  const [sent] = (await listed()).items as Waiting[];
  assert.equal(sent?.until, until.toISOString());
  assert.equal((await pressed(old)).status, 404, 'the link of the earlier mail is over');

  assert.equal((await api('DELETE', `${path}/email-confirmations/${ben}`)).status, 204);
  assert.equal((await api('DELETE', `${path}/email-confirmations/${ben}`)).status, 204);
  const none = await api('POST', `${path}/members/${await createUser(acme, 'cleo')}/resend-confirmation`);
  assert.match(none.body.detail as string, /No address of cleo@acme\.example waits/);
  const { rows } = await db.owner.query(
    `select kind, data->>'address' as address from events where org_id = $1 and kind like 'member.address%' order by seq`,
    [acme.id],
  );
  assert.deepEqual(
    rows.map(({ kind, address }) => [kind, address]),
    [
      ['member.address_waits', 'ada@new.example'],
      ['member.address_waits', 'ben@new.example'],
      ['member.address_waits', 'ada@new.example'],
      ['member.address_dropped', 'ben@new.example'],
    ],
  );
  const eves = (await api('GET', `/organizations/${globex.slug}/email-confirmations`)).body.items as Waiting[];
  assert.deepEqual(
    eves.map(({ address }) => address),
    ['eve@new.example'],
  );
});

test('K3: what was dropped is not in force by an old link or the provider asking again, and is by another mail', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization(confirm);
  const { app, owner } = rollcall.db;
  const id = await createUser(acme, 'ada');
  await ask(acme, id, 'ada@new.example');
  const link = linkTo(await outbox(rollcall, acme), 'ada@new.example');
  const { rows: links } = await owner.query('select * from mail_links where member_id = $1', [id]);
  assert.equal(await dropAddress(app, acme, id, { now: new Date() }), true);
  assert.equal((await pressed(link)).status, 404);
  // The link of a mail that was being written while the address was dropped.
  const { org_id, member_id, purpose, digest, address, expires_at } = links[0];
  await owner.query('insert into mail_links values ($1, $2, $3, $4, $5, $6)', [
    org_id,
    member_id,
    purpose,
    digest,
    address,
    expires_at,
  ]);
  assert.equal((await pressed(link)).status, 404);
  await ask(acme, id, 'ada@new.example');
  await acme.scim('PATCH', `/Users/${id}`, patchOf({ title: 'Engineer' }));
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ada@acme.example');
  const states = async () =>
    (await outbox(rollcall, acme)).filter(({ kind }) => kind === 'email-confirmation').map(({ state }) => state);
  assert.deepEqual(await states(), ['withdrawn'], 'nobody is written to again');

  const later = { now: new Date(Date.now() + (limits.invitationPauseSeconds + 1) * 1000) };
  await resendConfirmation(app, acme, id, later);
  await acme.scim('PATCH', `/Users/${id}`, patchOf({ active: false }));
  await assert.rejects(resendConfirmation(app, acme, id, later), /is suspended/);
  await acme.scim('PATCH', `/Users/${id}`, patchOf({ active: true }));
  await ask(acme, id, 'ada@third.example');
  assert.equal((await pressed(linkTo(await outbox(rollcall, acme), 'ada@third.example'))).status, 200);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'ada@third.example');
});

test('K3: a local member whom the provider takes over keeps the address until it is confirmed', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({
    settings: { addressChange: 'confirm', addByHand: 'allowed', accountMatch: 'link' },
  });
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const made = await api('POST', `/organizations/${acme.slug}/members`, {
    userName: 'ada@acme.example',
    email: 'ada@acme.example',
  });
  const created = await acme.scim('POST', '/Users', {
    userName: 'ada@acme.example',
    emails: emails('eve@evil.example'),
    active: true,
  });
  assert.equal(created.body.id, made.body.id);
  assert.equal((await memberRow(rollcall, acme, made.body.id as string)).in_force_email, 'ada@acme.example');
});

test('K3: the presets differ as the products do', async () => {
  await using rollcall = await startRollcall();
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const found: Record<string, unknown> = {};
  for (const preset of presetNames) {
    const acme = await rollcall.organization({
      slug: `as-${preset}`,
      settings: { preset, unknownAttributes: 'keep', usernameFormat: 'email' },
    });
    const id = await createUser(acme, 'ada');
    await api('POST', `/organizations/${acme.slug}/members/${id}/accept`);
    const renamed = await acme.scim(
      'PATCH',
      `/Users/${id}`,
      patchOf({ userName: 'ada@new.example', emails: emails('ada@new.example') }),
    );
    found[preset] = [renamed.body.scimType ?? renamed.status, (await memberRow(rollcall, acme, id)).in_force_email];
  }
  assert.deepEqual(found, {
    rollcall: [200, 'ada@acme.example'],
    dagster: [200, 'ada@new.example'],
    dbt: [200, 'ada@acme.example'],
    pulumi: ['mutability', 'ada@acme.example'],
  });
});

test('K3: an address that is asked while it is paused waits from the resume on, and one that is taken back no longer does', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(confirm), await rollcall.organization(confirm)];
  const { app } = rollcall.db;
  const at = () => ({ now: new Date() });
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const [ada, ben] = [await createUser(acme, 'ada'), await createUser(acme, 'ben')];
  const eve = await createUser(globex, 'eve');
  for (const [org, id] of [
    [acme, ben],
    [globex, eve],
  ] as const) {
    await ask(org, id, 'waits@new.example');
  }
  const link = linkTo(await outbox(rollcall, acme), 'waits@new.example');
  await switchConnection(app, acme, 'paused', at());
  await ask(acme, ada, 'ada@new.example');
  await ask(acme, ben, 'ben@acme.example');
  const waiting = async (org: TestOrganization, id: string) => {
    const { body } = await api('GET', `/organizations/${org.slug}/members/${id}`);
    return [body.email, (body.waitingEmail as { address: string } | null)?.address];
  };
  assert.deepEqual(await waiting(acme, ada), ['ada@acme.example', undefined]);
  assert.deepEqual(await waiting(acme, ben), ['ben@acme.example', 'waits@new.example']);
  const { items, version } = await planSwitch(app, acme, 'on', { from: 0, limit: 10 });
  assert.deepEqual(
    items.map(({ kind, id, from, to, reason }) => [kind, id, from, to, reason.rule]),
    [
      ['member.waiting_address', ada, null, 'ada@new.example', 'asked-profile'],
      ['member.waiting_address', ben, 'waits@new.example', null, 'asked-profile'],
    ],
  );
  await switchConnection(app, acme, 'on', at(), version);
  assert.deepEqual(await waiting(acme, ada), ['ada@acme.example', 'ada@new.example']);
  assert.deepEqual(await waiting(acme, ben), ['ben@acme.example', undefined]);
  assert.equal((await pressed(link)).status, 404);
  assert.equal((await api('POST', `/organizations/${acme.slug}/members/${ben}/confirm-email`)).status, 200);
  assert.deepEqual(await waiting(acme, ben), ['ben@acme.example', undefined]);
  assert.deepEqual((await reconcile(app, acme, false, at())).explained, [
    { of: 'members', rule: 'address-waits', count: 1 },
  ]);
  assert.equal((await pressed(linkTo(await outbox(rollcall, acme), 'ada@new.example'))).status, 200);
  assert.deepEqual(await waiting(acme, ada), ['ada@new.example', undefined]);
  assert.deepEqual(await waiting(globex, eve), ['eve@acme.example', 'waits@new.example']);
});

test('K3: asking for the address in force again is told in the feed', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(confirm), await rollcall.organization(confirm)];
  for (const org of [acme, globex]) await ask(org, await createUser(org, 'ada'), 'ada@new.example');
  const { rows } = await rollcall.db.owner.query('select id from members where org_id = $1', [acme.id]);
  await ask(acme, rows[0].id, 'ada@acme.example');
  const kinds = async (org: TestOrganization) =>
    (
      await rollcall.db.owner.query(
        `select kind from events where org_id = $1 and kind like 'member.address%' order by seq`,
        [org.id],
      )
    ).rows.map(({ kind }) => kind);
  assert.deepEqual(await kinds(acme), ['member.address_waits', 'member.address_dropped']);
  assert.deepEqual(await kinds(globex), ['member.address_waits']);
});
