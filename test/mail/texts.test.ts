import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMailAddress } from '../../src/mail/address.ts';
import { type MailBody, mailText } from '../../src/mail/texts.ts';

const until = '2030-01-24T12:00:00.000Z';
const about = { organization: 'Acme', link: 'https://id.example/links/rcl_1' };

test('each kind of mail names the organization, in its text and in its HTML', () => {
  const bodies: MailBody[] = [
    { kind: 'invitation', facts: { name: 'Ada', until } },
    { kind: 'welcome', facts: { name: 'Ada' } },
    { kind: 'email-confirmation', facts: { name: 'Ada', until } },
    { kind: 'email-asked', facts: { name: 'Ada' } },
    { kind: 'email-changed', facts: { name: 'Ada' } },
    { kind: 'alert', facts: { says: ['the brake is on'], more: 0 } },
  ];
  for (const body of bodies) {
    const { subject, text, html } = mailText(body, about);
    for (const part of [subject, text, html]) assert.match(part, /Acme/);
  }
});

test('an invitation has the link alone on a line, and says until when it works', () => {
  const { text, html } = mailText({ kind: 'invitation', facts: { name: 'Ada', until } }, about);
  assert.match(text, /^https:\/\/id\.example\/links\/rcl_1$/m);
  assert.match(text, /until 2030-01-24 12:00 UTC/);
  assert.match(html, /<a href="https:\/\/id\.example\/links\/rcl_1">/);
});

test('what people and providers call themselves is neither markup nor a header nor a line of its own', () => {
  const name = 'Ada\r\nBcc: eve@evil.example\r\n\r\nhttps://evil.example <b>"&\' \u202eevil';
  const organization = 'Acme\nBcc: eve@evil.example <script>';
  const { subject, text, html } = mailText({ kind: 'invitation', facts: { name, until } }, { ...about, organization });
  assert.equal(subject, 'You are invited to Acme Bcc: eve@evil.example <script>');
  assert.doesNotMatch(text, /^(Bcc|https:\/\/evil)/m);
  assert.doesNotMatch(html, /<b>|<script>/);
  assert.match(html, /&lt;b&gt;&quot;&amp;&#39;/);
  assert.doesNotMatch(text + html, /\u202e/);
});

test('an alert lists what there is, and counts what does not fit', () => {
  const { subject, text, html } = mailText({ kind: 'alert', facts: { says: ['one <1>', 'two'], more: 7 } }, about);
  assert.equal(subject, 'Acme: 9 things need your attention');
  assert.match(text, /- one <1>\n- two\n\nThere are 7 more/);
  assert.match(html, /<li>one &lt;1&gt;<\/li><li>two<\/li>/);
});

test('mail goes to one plain address, and to nothing that could be more', () => {
  const good = ['ada@acme.example', "o'hara+x@a-b.acme.example", 'ada@localhost', `${'a'.repeat(64)}@acme.example`];
  const bad = [
    '',
    'ada',
    '@acme.example',
    'ada@',
    'ada@acme.example, eve@evil.example',
    'ada@acme.example;eve@evil.example',
    'ada@acme.example\r\nRCPT TO:<eve@evil.example>',
    'Ada <ada@acme.example>',
    '<ada@acme.example>',
    '"a b"@acme.example',
    'ada@[127.0.0.1]',
    'ada@-acme.example',
    'ada@acme..example',
    'ädä@acme.example',
    'ada@äcme.example',
    `${'a'.repeat(65)}@acme.example`,
    `ada@${'a.'.repeat(130)}example`,
  ];
  assert.deepEqual(
    good.filter((each) => !isMailAddress(each)),
    [],
  );
  assert.deepEqual(bad.filter(isMailAddress), []);
});
