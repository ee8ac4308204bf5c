import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readConfig, withPort } from '../src/config.ts';
import { OperatorError } from '../src/store/operator-error.ts';

test('without settings Rollcall listens on the loopback address and keeps its data in ./data', () => {
  assert.deepEqual(readConfig({}), {
    dataDir: path.resolve('data'),
    databaseUrl: undefined,
    port: 7070,
    host: '127.0.0.1',
    baseUrl: 'http://127.0.0.1:7070',
    operatorKey: undefined,
    secretKey: undefined,
    smtpUrl: undefined,
    mailFrom: undefined,
    dnsServers: [],
    trustedProxies: [],
    logLevel: 'warn',
    requestLogDays: 30,
    eventDays: 400,
    tokenRequestsPerSecond: 200,
    organizationRequestsPerSecond: 400,
    apiRequestsPerSecond: 100,
    wrongTokensPerMinute: 60,
  });
});

test('a flag wins over the environment, and an empty variable is one that is not set', () => {
  const env = { ROLLCALL_PORT: '8000', ROLLCALL_HOST: '', ROLLCALL_DATA_DIR: '/var/lib/rollcall' };
  const config = readConfig(env, { port: '9000' });
  assert.equal(config.port, 9000);
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.dataDir, '/var/lib/rollcall');
});

test('the base URL follows host and port unless it is given', () => {
  assert.equal(readConfig({ ROLLCALL_HOST: '0.0.0.0', ROLLCALL_PORT: '80' }).baseUrl, 'http://127.0.0.1:80');
  assert.equal(readConfig({ ROLLCALL_HOST: '::1' }).baseUrl, 'http://[::1]:7070');
  assert.equal(
    readConfig({ ROLLCALL_BASE_URL: 'https://id.example/rollcall/' }).baseUrl,
    'https://id.example/rollcall',
  );
  assert.equal(withPort(readConfig({ ROLLCALL_PORT: '0' }), 4321).baseUrl, 'http://127.0.0.1:4321');
  const given = readConfig({ ROLLCALL_PORT: '0', ROLLCALL_BASE_URL: 'https://id.example' });
  assert.equal(withPort(given, 4321).baseUrl, 'https://id.example');
});

test('trusted proxies are addresses and ranges (R47)', () => {
  const config = readConfig({ ROLLCALL_TRUSTED_PROXIES: '10.0.0.0/8, ::1,fd00::/8' });
  assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1', 'fd00::/8']);
});

test('DNS servers are addresses, with a port if need be', () => {
  const { dnsServers } = readConfig({ ROLLCALL_DNS_SERVERS: '192.0.2.1, 192.0.2.1:5353,::1,[::1]:5353' });
  assert.deepEqual(dnsServers, ['192.0.2.1', '192.0.2.1:5353', '::1', '[::1]:5353']);
});

test('a mail server comes with the address that mail comes from', () => {
  const url = 'smtps://rollcall:secret@mail.example';
  for (const from of ['rollcall@id.example', 'Rollcall <rollcall@id.example>']) {
    const { smtpUrl, mailFrom } = readConfig({ ROLLCALL_SMTP_URL: url, ROLLCALL_MAIL_FROM: from });
    assert.deepEqual([smtpUrl, mailFrom], [url, from]);
  }
});

const refused: [Record<string, string>, string][] = [
  [{ ROLLCALL_PORT: '70000' }, 'ROLLCALL_PORT is "70000", and must be a whole number from 0 to 65535.'],
  [{ ROLLCALL_PORT: '0x50' }, 'ROLLCALL_PORT is "0x50", and must be a whole number from 0 to 65535.'],
  [
    { ROLLCALL_DNS_SERVERS: 'dns.example' },
    'ROLLCALL_DNS_SERVERS is "dns.example", and must be IP addresses, with a port if need be, separated by commas, such as 192.0.2.1:5353.',
  ],
  [
    { ROLLCALL_SMTP_URL: 'http://mail.example' },
    'ROLLCALL_SMTP_URL (not shown here) must be a URL that begins with smtp:// or smtps://.',
  ],
  [
    { ROLLCALL_SMTP_URL: 'smtp://mail.example' },
    'ROLLCALL_MAIL_FROM must say whom mail comes from, as ROLLCALL_SMTP_URL is set.',
  ],
  [
    { ROLLCALL_MAIL_FROM: 'Rollcall <a@b.example>, x' },
    'ROLLCALL_MAIL_FROM is "Rollcall <a@b.example>, x", and must be an e-mail address, alone or as Name <address>.',
  ],
  [{ ROLLCALL_HOST: 'a b' }, 'ROLLCALL_HOST is "a b", and must be an IP address or a host name.'],
  [
    { ROLLCALL_BASE_URL: 'id.example' },
    'ROLLCALL_BASE_URL is "id.example", and must be an http:// or https:// URL without query, fragment and password.',
  ],
  [
    { ROLLCALL_TRUSTED_PROXIES: '10.0.0.0/33' },
    'ROLLCALL_TRUSTED_PROXIES is "10.0.0.0/33", and must be IP addresses and CIDR ranges separated by commas, such as 10.0.0.0/8.',
  ],
  [
    { ROLLCALL_LOG_LEVEL: 'loud' },
    'ROLLCALL_LOG_LEVEL is "loud", and must be one of fatal, error, warn, info, debug, trace, silent.',
  ],
  [{ ROLLCALL_EVENT_DAYS: '365' }, 'ROLLCALL_EVENT_DAYS is "365", and must be a whole number from 366 to 3650.'],
  [
    { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '-1' },
    'ROLLCALL_TOKEN_REQUESTS_PER_SECOND is "-1", and must be a whole number from 0 to 1000000.',
  ],
  [
    { ROLLCALL_DATABASE_URL: 'mysql://u:secret@h/d' },
    'ROLLCALL_DATABASE_URL (not shown here) must be a URL that begins with postgresql://.',
  ],
  [
    { ROLLCALL_OPERATOR_KEY: 'secret' },
    'ROLLCALL_OPERATOR_KEY (not shown here) must be 32 to 256 characters of letters, digits, _ and -.',
  ],
  [
    { ROLLCALL_SECRET_KEY: 'secret' },
    'ROLLCALL_SECRET_KEY (not shown here) must be 32 to 256 characters of letters, digits, _ and -.',
  ],
];

for (const [env, sentence] of refused) {
  test(`a wrong ${Object.keys(env)[0]} is refused in one sentence that says what is allowed`, () => {
    assert.throws(
      () => readConfig(env),
      (error) => {
        assert.ok(error instanceof OperatorError);
        assert.equal(error.message, sentence);
        return true;
      },
    );
  });
}
