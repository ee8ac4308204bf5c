import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * The text of a SCIM token: `rct_`, the organization's id as 32 hex digits, `_`, 43 characters that hold 256 random
 * bits, and 6 characters of checksum. The prefix and the checksum let secret scanners and Rollcall tell a token from
 * any other text without asking the database; the organization's id, which is no secret, keeps the search for the
 * digest within one organization (security.md R3).
 */
export const printToken = (orgId: string, secret: Buffer): string => printSecret('rct', orgId, secret);

/** The text of an API key: that of a token with the prefix `rck_`, so that neither is ever taken for the other (R6). */
export const printApiKey = (orgId: string, secret: Buffer): string => printSecret('rck', orgId, secret);

/** The text that a link in a mail ends with: that of a token with the prefix `rcl`. */
export const printLink = (orgId: string, secret: Buffer): string => printSecret('rcl', orgId, secret);

function printSecret(prefix: Prefix, orgId: string, secret: Buffer): string {
  const text = `${prefix}_${orgId.replaceAll('-', '')}_${base62(BigInt(`0x${secret.toString('hex')}`), 43)}`;
  return text + checksum(text);
}

type Prefix = 'rct' | 'rck' | 'rcl';

/** Bytes of the random part. */
export const tokenSecretBytes = 32;

/** The organization that a token names, and the digest under which it is stored. */
export type SecretName = { orgId: string; digest: Buffer };

/** Undefined for a text that is no token. */
export const readToken = (text: string): SecretName | undefined => readSecret('rct', text);

/** Undefined for a text that is no API key. */
export const readApiKey = (text: string): SecretName | undefined => readSecret('rck', text);

/** Undefined for a text that is no link of a mail. */
export const readLink = (text: string): SecretName | undefined => readSecret('rcl', text);

function readSecret(prefix: Prefix, text: string): SecretName | undefined {
  if (!text.startsWith(`${prefix}_`) || !/^[a-z]{3}_[0-9a-f]{32}_[0-9A-Za-z]{49}$/.test(text)) return undefined;
  if (checksum(text.slice(0, -6)) !== text.slice(-6)) return undefined;
  const hex = text.slice(4, 36);
  const orgId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { orgId, digest: digestOf(text) };
}

/** The digest of a token's text. SHA-256 is enough for 256 random bits, which no dictionary holds. */
export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const checksum = (text: string) => base62(BigInt(crc32(text)), 6);

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = digits[Number(rest % 62n)] + text;
  return text;
}
