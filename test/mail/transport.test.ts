import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMailTransport } from '../../src/mail/transport.ts';
import { type MailServer, startMailServer } from '../mail-server.ts';

const mail = {
  messageId: 'm1@id.example',
  to: 'ada@acme.example',
  subject: 'Grüße von Acme',
  text: 'Hello Ada,\n\nund Grüße.\n',
  html: '<p>Hello Ada</p>',
};

const open = ({ url }: Pick<MailServer, 'url'>, timeouts = { silenceMs: 10_000, deadlineMs: 10_000 }) => {
  const transport = openMailTransport({ url, from: 'Rollcall <rollcall@id.example>', connectionsMax: 2, ...timeouts });
  return Object.assign(transport, { [Symbol.dispose]: () => transport.close() });
};

test('a mail arrives with both texts, its own Message-ID, and a wish for no automatic answer', async () => {
  await using server = await startMailServer();
  using transport = open(server);
  assert.deepEqual(await transport.send(mail), { is: 'sent' });
  const [received] = server.received;
  assert.equal(received?.from, 'rollcall@id.example');
  assert.deepEqual(received?.to, ['ada@acme.example']);
  assert.equal(received?.header('Message-ID'), '<m1@id.example>');
  assert.equal(received?.header('Auto-Submitted'), 'auto-generated');
  assert.equal(received?.header('From'), 'Rollcall <rollcall@id.example>');
  assert.match(received?.text ?? '', /und Grüße/);
  assert.match(received?.html ?? '', /<p>Hello Ada<\/p>/);
});

test('the user and the password of the URL are used, and a wrong one says nothing of the mail', async () => {
  await using server = await startMailServer({ requiresUser: { user: 'rollcall', pass: 'secret' } });
  using good = open(server);
  assert.deepEqual(await good.send(mail), { is: 'sent' });
  using wrong = open({ url: server.url.replace(':secret@', ':guess@') });
  const delivery = await wrong.send(mail);
  assert.equal(delivery.is, 'away');
  assert.doesNotMatch(JSON.stringify(delivery), /guess/);
});

for (const [at, code, is] of [
  ['recipient', 550, 'refused'],
  ['content', 554, 'refused'],
  ['recipient', 450, 'deferred'],
  ['content', 451, 'deferred'],
  ['recipient', 421, 'away'],
] as const) {
  test(`an answer ${code} to the ${at} is a mail that is ${is}`, async () => {
    await using server = await startMailServer();
    using transport = open(server);
    server.refuse({ at, code });
    assert.equal((await transport.send(mail)).is, is);
    assert.deepEqual(server.received, []);
  });
}

test('a server that is not there, or does not speak, is away', async () => {
  const server = await startMailServer();
  await server.stop();
  using transport = open(server);
  assert.equal((await transport.send(mail)).is, 'away');
  await using silent = await startMailServer();
  silent.refuse({ at: 'content', never: true });
  using waiting = open(silent, { silenceMs: 200, deadlineMs: 10_000 });
  assert.equal((await waiting.send(mail)).is, 'away');
  using late = open(silent, { silenceMs: 10_000, deadlineMs: 200 });
  assert.equal((await late.send(mail)).is, 'away');
});

test('a server elsewhere that offers no encryption gets no mail (R46)', async () => {
  await using server = await startMailServer();
  // It is this machine all the same, by an address that does not say so.
  const elsewhere = server.url.replace('127.0.0.1', '0.0.0.0');
  using strict = open({ url: elsewhere });
  const delivery = await strict.send(mail);
  assert.equal(delivery.is, 'away');
  assert.match((delivery as { problem: string }).problem, /TLS/);
  assert.deepEqual(server.received, []);
  using lax = open({ url: `${elsewhere}/?requireTLS=false` });
  assert.deepEqual(await lax.send(mail), { is: 'sent' });
});
