import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { MailText } from '../mail/texts.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** Seals a value as JSON with AES-256-GCM (security.md R53). */
export function seal(key: Uint8Array, value: unknown): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error if the value was sealed with another key or altered */
export function open(key: Uint8Array, sealed: Buffer): unknown {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const text = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  return JSON.parse(text.toString('utf8'));
}

/** The key for the texts of an organization's mail, from the installation's secret. */
export const mailKey = (secretKey: string, orgId: string) =>
  new Uint8Array(hkdfSync('sha256', secretKey, orgId, 'rollcall mail', 32));

/** The text of a mail. Undefined if it was sealed with another key: it is lost then, and made again where it is still needed. */
export function openedText(key: Uint8Array, sealed: Buffer): MailText | undefined {
  try {
    return open(key, sealed) as MailText;
  } catch {
    return undefined;
  }
}
