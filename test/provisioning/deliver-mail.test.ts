import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { type MailTransport, openMailTransport } from '../../src/mail/transport.ts';
import { deliverMail, type MailRoom } from '../../src/provisioning/deliver-mail.ts';
import { purgeEverywhere } from '../../src/provisioning/maintenance.ts';
import { notifyAdmins } from '../../src/provisioning/notify-admins.ts';
import { readMail } from '../../src/provisioning/outbox.ts';
import { requestMail } from '../../src/provisioning/request-mail.ts';
import { listMails } from '../../src/store/mails.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { createUser } from '../http/beside-globex.ts';
import { type MailServer, startMailServer } from '../mail-server.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const secretKey = `rcs_${'mail'.repeat(11)}`;

/** What delivers the mail of a test, at a time that the test sets. */
function mailRoom({ db }: TestRollcall, transport: MailTransport | undefined) {
  let now = new Date();
  const said: string[] = [];
  const room: MailRoom = {
    app: db.app,
    jobs: db.jobs,
    baseUrl: 'https://id.example/rollcall',
    secretKey,
    transport,
    now: () => now,
    log: (sentence) => said.push(sentence),
  };
  return {
    room,
    said,
    deliver: () => deliverMail(room),
    later(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
    get now() {
      return now;
    },
  };
}

const transportTo = ({ url }: MailServer): MailTransport & Disposable => {
  const transport = openMailTransport({
    url,
    from: 'rollcall@id.example',
    connectionsMax: 2,
    silenceMs: 5_000,
    deadlineMs: 5_000,
  });
  return Object.assign(transport, { [Symbol.dispose]: () => transport.close() });
};

const welcome = (rollcall: TestRollcall, org: TestOrganization, address: string, name = 'Ada') =>
  inOrganization(rollcall.db.app, org.id, async (tx) =>
    requestMail(tx, { kind: 'welcome', facts: { name } }, { address, memberId: undefined }, new Date()),
  );

const states = async ({ db }: TestRollcall, org: TestOrganization) =>
  (await listMails(db.app, org, { limit: 100 })).map(({ recipient, state, attempts }) => [recipient, state, attempts]);

test('mail of two organizations is sent once, each in the name of its own', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization({ slug: 'acme' });
  const globex = await rollcall.organization({ slug: 'globex' });
  await welcome(rollcall, acme, 'ada@acme.example');
  await welcome(rollcall, globex, 'ben@globex.example', 'Ben');
  const { deliver } = mailRoom(rollcall, transport);
  await Promise.all([deliver(), deliver()]);
  await deliver();
  const received = server.received.map(({ to, text }) => [to[0], /acme/.test(text), /globex/.test(text)]).sort();
  assert.deepEqual(received, [
    ['ada@acme.example', true, false],
    ['ben@globex.example', false, true],
  ]);
  assert.deepEqual(await states(rollcall, acme), [['ada@acme.example', 'sent', 1]]);
  assert.deepEqual(await states(rollcall, globex), [['ben@globex.example', 'sent', 1]]);
});

test('a mail whose transaction fails is never sent', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization();
  const failing = inOrganization(rollcall.db.app, acme.id, async (tx) => {
    requestMail(
      tx,
      { kind: 'welcome', facts: { name: 'Ada' } },
      { address: 'a@b.example', memberId: undefined },
      new Date(),
    );
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  await mailRoom(rollcall, transport).deliver();
  assert.deepEqual(server.received, []);
});

test('a mail that the server does not take now is tried again with the same Message-ID, and text', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  await createUser(acme, 'ada');
  const delivery = mailRoom(rollcall, transport);
  server.refuse({ at: 'content', code: 451 });
  await delivery.deliver();
  assert.equal((await states(rollcall, acme))[0]?.[1], 'waiting');
  const [waiting] = await listMails(rollcall.db.app, acme, { limit: 1 });
  assert.match(waiting?.problem ?? '', /451/);
  const id = waiting?.id ?? '';
  const before = await readMail(rollcall.db.app, acme, id, secretKey);
  server.refuse(undefined);
  await delivery.deliver();
  assert.equal(server.received.length, 0, 'it is not due yet');
  delivery.later(limits.mailPausesSeconds[0]);
  await delivery.deliver();
  assert.equal(server.received.length, 1);
  const [received] = server.received;
  assert.equal(received?.header('Message-ID'), `<${id}@id.example>`);
  assert.equal(received?.text.replaceAll('\r\n', '\n').trim(), before?.text?.trim());
  const after = await readMail(rollcall.db.app, acme, id, secretKey);
  assert.equal(after?.state, 'sent');
  assert.equal(after?.text, undefined, 'the text is gone with the mail');
});

test('a mail that the server refuses for good, or that nobody took for two days, has failed and says why', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization();
  await welcome(rollcall, acme, 'gone@acme.example');
  const delivery = mailRoom(rollcall, transport);
  server.refuse({ at: 'recipient', code: 550 });
  await delivery.deliver();
  assert.deepEqual(await states(rollcall, acme), [['gone@acme.example', 'failed', 1]]);
  server.refuse({ at: 'recipient', code: 450 });
  await welcome(rollcall, acme, 'busy@acme.example');
  delivery.later(1);
  for (const pause of [0, ...limits.mailPausesSeconds]) {
    delivery.later(pause);
    await delivery.deliver();
  }
  const attempts = limits.mailPausesSeconds.length + 1;
  assert.deepEqual((await states(rollcall, acme))[0], ['busy@acme.example', 'failed', attempts]);
  assert.deepEqual(server.received, []);
});

test('while the mail server is away everything waits, and all of it goes out when it is back', async () => {
  await using rollcall = await startRollcall();
  const away = await startMailServer();
  await away.stop();
  using nowhere = transportTo(away);
  const acme = await rollcall.organization();
  for (let count = 0; count < limits.mailsPerTurn + 3; count++) await welcome(rollcall, acme, `p${count}@acme.example`);
  const delivery = mailRoom(rollcall, nowhere);
  await delivery.deliver();
  const tried = (await states(rollcall, acme)).filter(([, , attempts]) => attempts === 1);
  assert.equal(tried.length, limits.mailsPerTurn, 'what is behind the first turn is not even tried');
  await using server = await startMailServer();
  using transport = transportTo(server);
  delivery.room.transport = transport;
  delivery.later(limits.mailPausesSeconds[0]);
  await delivery.deliver();
  assert.equal(server.received.length, limits.mailsPerTurn + 3);
  assert.equal(new Set(server.received.map(({ to }) => to[0])).size, limits.mailsPerTurn + 3);
});

test('the mail of a process that died while sending is sent by another one later', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization();
  await welcome(rollcall, acme, 'ada@acme.example');
  const never = Promise.withResolvers<never>();
  const dying = mailRoom(rollcall, { send: () => never.promise, close: () => undefined });
  const died = dying.deliver();
  const delivery = mailRoom(rollcall, transport);
  // The one that dies has the mail now.
  while ((await states(rollcall, acme))[0]?.[2] !== 1);
  await delivery.deliver();
  assert.deepEqual(server.received, []);
  delivery.later(limits.mailTurnSeconds);
  await delivery.deliver();
  assert.equal(server.received.length, 1);
  never.reject(new Error('gone'));
  await died;
});

test('without a mail server mail is kept with its text, which only the organization’s key opens', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  const globex = await rollcall.organization();
  await createUser(acme, 'ada');
  await mailRoom(rollcall, undefined).deliver();
  const [mail] = await listMails(rollcall.db.app, acme, { limit: 10 });
  assert.equal(mail?.state, 'kept');
  const { id } = mail as { id: string };
  const opened = await readMail(rollcall.db.app, acme, id, secretKey);
  const [link = ''] = /rcl_\w+/.exec(opened?.text ?? '') ?? [];
  assert.notEqual(link, '');
  assert.equal(await readMail(rollcall.db.app, globex, id, secretKey), undefined);
  assert.equal((await readMail(rollcall.db.app, acme, id, `${secretKey}x`))?.text, undefined);
  const { rows } = await rollcall.db.owner.query(`select to_jsonb(m)::text as row from mails m
    union all select to_jsonb(l)::text from mail_links l union all select to_jsonb(e)::text from events e
    union all select to_jsonb(r)::text from scim_requests r`);
  assert.ok(rows.length > 3);
  assert.deepEqual(
    rows.filter(({ row }) => row.includes(link)),
    [],
    'the link is nowhere in the database',
  );
});

test('what is no address for mail gets none, and whoever is gone by then neither', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization({ settings: { invitation: 'required', deletion: 'remove' } });
  await welcome(rollcall, acme, 'ada@acme.example, eve@evil.example');
  const id = await createUser(acme, 'ada');
  assert.equal((await acme.scim('DELETE', `/Users/${id}`)).status, 204);
  await mailRoom(rollcall, transport).deliver();
  assert.deepEqual(server.received, []);
  assert.deepEqual(
    (await states(rollcall, acme)).map(([, state]) => state),
    ['withdrawn'],
  );
});

test('mail that has ended is deleted after a while, and what waits is not', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization();
  await welcome(rollcall, acme, 'ada@acme.example');
  const delivery = mailRoom(rollcall, transport);
  await delivery.deliver();
  await welcome(rollcall, acme, 'ben@acme.example');
  await purgeEverywhere(rollcall.db, delivery.now, { log: assert.fail });
  assert.equal((await states(rollcall, acme)).length, 2);
  await purgeEverywhere(rollcall.db, new Date(delivery.now.getTime() + (limits.mailKeptDays + 1) * 86_400_000), {
    log: assert.fail,
  });
  assert.deepEqual(await states(rollcall, acme), [['ben@acme.example', 'waiting', 0]]);
});

test('owners and admins are told at once, and of what follows in one mail a quarter of an hour later', async () => {
  await using rollcall = await startRollcall();
  await using server = await startMailServer();
  using transport = transportTo(server);
  const acme = await rollcall.organization();
  const globex = await rollcall.organization();
  for (const org of [acme, globex]) {
    for (const name of ['ada', 'ben', 'cleo']) await createUser(org, name);
    await rollcall.db.owner.query(
      `update members set role = case user_name when 'ada@acme.example' then 'owner' when 'ben@acme.example' then 'admin' else role end where org_id = $1`,
      [org.id],
    );
  }
  const alert = (says: string, now: Date) =>
    inOrganization(rollcall.db.app, acme.id, async (tx) => notifyAdmins(tx, { kind: 'test', says }, now));
  const delivery = mailRoom(rollcall, transport);
  await alert('the first', delivery.now);
  await delivery.deliver();
  assert.deepEqual(server.received.map(({ to }) => to[0]).sort(), ['ada@acme.example', 'ben@acme.example']);
  for (let count = 0; count < limits.alertsPerMailMax + 2; count++) await alert(`number ${count}`, delivery.now);
  delivery.later(limits.alertPauseSeconds - 1);
  await delivery.deliver();
  assert.equal(server.received.length, 2);
  delivery.later(2);
  await delivery.deliver();
  assert.equal(server.received.length, 4);
  assert.match(server.received[3]?.text ?? '', /number 0[\s\S]*There are 2 more/);
  assert.deepEqual(await states(rollcall, globex), []);
});
