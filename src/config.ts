import { isIP, isIPv6 } from 'node:net';
import path from 'node:path';
import { isMailAddress } from './mail/address.ts';
import { OperatorError } from './store/operator-error.ts';

/** Every setting of Rollcall. A flag of the command wins over the environment, and that over the default. */
export type Config = {
  /**
   * Where Rollcall keeps what is not in PostgreSQL: the built-in database, its log and the two keys.
   * `ROLLCALL_DATA_DIR`, `--data-dir`. A path; a relative one begins at the working directory. Default: ./data.
   */
  dataDir: string;

  /**
   * The PostgreSQL (15 or newer) to use instead of the built-in one, as a role that may create tables and roles.
   * `ROLLCALL_DATABASE_URL`, `--database-url`. A postgresql:// URL. Optional.
   */
  databaseUrl: string | undefined;

  /**
   * The TCP port that `serve` listens on; 0 takes any free one.
   * `ROLLCALL_PORT`, `--port`. 0 to 65535. Default: 7070.
   */
  port: number;

  /**
   * The address that `serve` listens on; 0.0.0.0 and :: stand for all of the machine's.
   * `ROLLCALL_HOST`, `--host`. An IP address or host name. Default: 127.0.0.1.
   */
  host: string;

  /**
   * The address under which identity providers and browsers reach Rollcall, with the path if a proxy adds one.
   * `ROLLCALL_BASE_URL`, `--base-url`. An http:// or https:// URL, no slash at its end. Default: http://127.0.0.1:<port>.
   */
  baseUrl: string;

  /**
   * The key that opens the console and the API for the operator of this Rollcall. All nodes need the same one.
   * `ROLLCALL_OPERATOR_KEY`. 32 to 256 characters of letters, digits, `_` and `-`. Default: made at the first start and
   * kept in the data directory, in operator.key.
   */
  operatorKey: string | undefined;

  /**
   * The key that seals what clients only carry, such as the cursors of lists, and the texts of mail. All nodes need the same one.
   * `ROLLCALL_SECRET_KEY`. 32 to 256 characters of letters, digits, `_` and `-`. Default: made at the first start and kept
   * in the data directory, in secret.key.
   */
  secretKey: string | undefined;

  /**
   * The mail server. Without one, mail is kept in the outbox, where admins read it.
   * `ROLLCALL_SMTP_URL`. An smtp:// or smtps:// URL, with the user and the password. Optional.
   */
  smtpUrl: string | undefined;

  /**
   * Whom mail comes from.
   * `ROLLCALL_MAIL_FROM`. An e-mail address, alone or as `Name <address>`. Needed with a mail server.
   */
  mailFrom: string | undefined;

  /**
   * The DNS servers that are asked for the records of domains.
   * `ROLLCALL_DNS_SERVERS`. IP addresses, with a port if it is not 53 (`192.0.2.1:5353`, `[::1]:5353`), separated by commas.
   * Default: those of the machine.
   */
  dnsServers: string[];

  /**
   * The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
   * `ROLLCALL_TRUSTED_PROXIES`. IP addresses and CIDR ranges, separated by commas. Default: none.
   */
  trustedProxies: string[];

  /**
   * How much Rollcall reports about its work on standard error.
   * `ROLLCALL_LOG_LEVEL`. fatal, error, warn, info, debug, trace or silent. Default: warn.
   */
  logLevel: LogLevel;

  /**
   * How long a request stays in the request log.
   * `ROLLCALL_REQUEST_LOG_DAYS`. Days, 1 to 3650. Default: 30.
   */
  requestLogDays: number;

  /**
   * How long an event stays in the feed, which is the audit too and so covers a year.
   * `ROLLCALL_EVENT_DAYS`. Days, 366 to 3650. Default: 400.
   */
  eventDays: number;

  /**
   * SCIM requests that one token may send in the long run; twice as many at once. Providers ask for at least 25.
   * `ROLLCALL_TOKEN_REQUESTS_PER_SECOND`. Requests per second, 0 to 1000000; 0 sets no limit. Default: 200.
   */
  tokenRequestsPerSecond: number;

  /**
   * SCIM requests that all tokens of one organization together may send in the long run; twice as many at once.
   * `ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND`. Requests per second, 0 to 1000000; 0 sets no limit. Default: 400.
   */
  organizationRequestsPerSecond: number;

  /**
   * Requests to the management API that one API key may send in the long run, and twice as many at once; all keys of an
   * organization together may send twice that. They do not count against what its SCIM tokens may send.
   * `ROLLCALL_API_REQUESTS_PER_SECOND`. Requests per second, 0 to 1000000; 0 sets no limit. Default: 100.
   */
  apiRequestsPerSecond: number;

  /**
   * Requests with a wrong token or key that one address may send in the long run, and at once. It slows down guessing, and
   * those who have a good token on the same address are not held up by it.
   * `ROLLCALL_WRONG_TOKENS_PER_MINUTE`. Requests per minute, 0 to 1000000; 0 sets no limit. Default: 60.
   */
  wrongTokensPerMinute: number;
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The settings that commands take as flags, as they were written. */
export type ConfigFlags = {
  dataDir?: string;
  databaseUrl?: string;
  port?: string;
  host?: string;
  baseUrl?: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks all settings.
 *
 * @throws OperatorError naming the setting, the value (unless it is a secret) and what is allowed
 */
export function readConfig(env: Environment, flags: ConfigFlags = {}): Config {
  const read = <T>(
    name: string,
    flag: keyof ConfigFlags | undefined,
    fallback: T,
    parse: (setting: Setting) => T,
  ): T => {
    const flagged = flag === undefined ? undefined : flags[flag];
    if (flagged !== undefined)
      return parse({ name: `--${flag?.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, value: flagged });
    const value = env[name];
    // an empty variable is how compose files and unit files say that it is not set
    return value === undefined || value === '' ? fallback : parse({ name, value });
  };
  const port = read('ROLLCALL_PORT', 'port', 7070, (setting) => parseInteger(setting, 0, 65_535));
  const host = read('ROLLCALL_HOST', 'host', '127.0.0.1', parseHost);
  const smtpUrl = read<string | undefined>('ROLLCALL_SMTP_URL', undefined, undefined, parseSmtpUrl);
  const mailFrom = read<string | undefined>('ROLLCALL_MAIL_FROM', undefined, undefined, parseMailFrom);
  if (smtpUrl !== undefined && mailFrom === undefined) {
    throw new OperatorError(
      'setting_invalid',
      'ROLLCALL_MAIL_FROM must say whom mail comes from, as ROLLCALL_SMTP_URL is set.',
    );
  }
  return {
    dataDir: path.resolve(read('ROLLCALL_DATA_DIR', 'dataDir', 'data', parsePath)),
    databaseUrl: read<string | undefined>('ROLLCALL_DATABASE_URL', 'databaseUrl', undefined, parseDatabaseUrl),
    port,
    host,
    baseUrl: read('ROLLCALL_BASE_URL', 'baseUrl', defaultBaseUrl(host, port), parseBaseUrl),
    operatorKey: read<string | undefined>('ROLLCALL_OPERATOR_KEY', undefined, undefined, parseKey),
    secretKey: read<string | undefined>('ROLLCALL_SECRET_KEY', undefined, undefined, parseKey),
    smtpUrl,
    mailFrom,
    dnsServers: read('ROLLCALL_DNS_SERVERS', undefined, [], parseDnsServers),
    trustedProxies: read('ROLLCALL_TRUSTED_PROXIES', undefined, [], parseProxies),
    logLevel: read('ROLLCALL_LOG_LEVEL', undefined, 'warn', parseLogLevel),
    requestLogDays: read('ROLLCALL_REQUEST_LOG_DAYS', undefined, 30, (setting) => parseInteger(setting, 1, 3_650)),
    eventDays: read('ROLLCALL_EVENT_DAYS', undefined, 400, (setting) => parseInteger(setting, 366, 3_650)),
    tokenRequestsPerSecond: read('ROLLCALL_TOKEN_REQUESTS_PER_SECOND', undefined, 200, parseRate),
    organizationRequestsPerSecond: read('ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND', undefined, 400, parseRate),
    apiRequestsPerSecond: read('ROLLCALL_API_REQUESTS_PER_SECOND', undefined, 100, parseRate),
    wrongTokensPerMinute: read('ROLLCALL_WRONG_TOKENS_PER_MINUTE', undefined, 60, parseRate),
  };
}

/** The configuration with the port that was taken for 0. A base URL that was given stays. */
export function withPort(config: Config, port: number): Config {
  const isDefault = config.baseUrl === defaultBaseUrl(config.host, config.port);
  return { ...config, port, baseUrl: isDefault ? defaultBaseUrl(config.host, port) : config.baseUrl };
}

/** All addresses of the machine include the loopback one, which is the one that certainly works on it. */
function defaultBaseUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

type Setting = { name: string; value: string };

function invalid({ name, value }: Setting, allowed: string): OperatorError {
  return new OperatorError('setting_invalid', `${name} is ${JSON.stringify(value)}, and must be ${allowed}.`);
}

function invalidSecret({ name }: Setting, allowed: string): OperatorError {
  return new OperatorError('setting_invalid', `${name} (not shown here) must be ${allowed}.`);
}

function parseInteger(setting: Setting, min: number, max: number): number {
  const number = Number(setting.value);
  if (/^\d+$/.test(setting.value) && number >= min && number <= max) return number;
  throw invalid(setting, `a whole number from ${min} to ${max}`);
}

const parseRate = (setting: Setting): number => parseInteger(setting, 0, 1_000_000);

function parsePath(setting: Setting): string {
  if (setting.value !== '' && !setting.value.includes('\0')) return setting.value;
  throw invalid(setting, 'the path of a directory');
}

function parseHost(setting: Setting): string {
  if (isIP(setting.value) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(setting.value)) return setting.value;
  throw invalid(setting, 'an IP address or a host name');
}

function parseDatabaseUrl(setting: Setting): string {
  if (/^postgres(ql)?:\/\//.test(setting.value)) return setting.value;
  throw invalidSecret(setting, 'a URL that begins with postgresql://');
}

function parseBaseUrl(setting: Setting): string {
  const url = URL.canParse(setting.value) ? new URL(setting.value) : undefined;
  const isPlain = url !== undefined && !url.search && !url.hash && !url.username && !url.password;
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  throw invalid(setting, 'an http:// or https:// URL without query, fragment and password');
}

function parseSmtpUrl(setting: Setting): string {
  const url = URL.canParse(setting.value) ? new URL(setting.value) : undefined;
  if (url !== undefined && /^smtps?:$/.test(url.protocol) && url.hostname !== '') return setting.value;
  throw invalidSecret(setting, 'a URL that begins with smtp:// or smtps://');
}

function parseMailFrom(setting: Setting): string {
  const [, named, alone] = /^(?:[^<>"\p{Cc}]*<([^<>]+)>|([^<>]+))$/u.exec(setting.value) ?? [];
  if (isMailAddress(named ?? alone ?? '')) return setting.value;
  throw invalid(setting, 'an e-mail address, alone or as Name <address>');
}

function parseKey(setting: Setting): string {
  if (/^[A-Za-z0-9_-]{32,256}$/.test(setting.value)) return setting.value;
  throw invalidSecret(setting, '32 to 256 characters of letters, digits, _ and -');
}

function parseDnsServers(setting: Setting): string[] {
  const servers = setting.value.split(',').map((server) => server.trim());
  const addressOf = (server: string) =>
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(server)?.[1] ?? server.replace(/^([^:]+):\d{1,5}$/, '$1');
  if (servers.every((server) => isIP(addressOf(server)) !== 0)) return servers;
  throw invalid(setting, 'IP addresses, with a port if need be, separated by commas, such as 192.0.2.1:5353');
}

function parseProxies(setting: Setting): string[] {
  const ranges = setting.value.split(',').map((range) => range.trim());
  if (ranges.every(isRange)) return ranges;
  throw invalid(setting, 'IP addresses and CIDR ranges separated by commas, such as 10.0.0.0/8');
}

function isRange(range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function parseLogLevel(setting: Setting): LogLevel {
  const level = logLevels.find((candidate) => candidate === setting.value);
  if (level !== undefined) return level;
  throw invalid(setting, `one of ${logLevels.join(', ')}`);
}
