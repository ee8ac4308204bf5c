import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { limits } from '../../limits.ts';
import { expiredCursor, invalidCount, invalidCursor } from '../../scim/errors.ts';
import type { Position } from '../../store/page-marks.ts';

/** What a cursor belongs to: it is of no use for anything else. */
export type CursorQuery = {
  orgId: string;
  /** Type, filter and order of the list, and the definitions that these go by, as one text. */
  list: string;
  count: number;
  /** What of a query has to stay as it was for the first page, in words. */
  stays: string;
};

/** Cursors of lists (RFC 9865). They hold all there is to know, so that any node continues the list of any other. */
export type Cursors = {
  seal(query: CursorQuery, next: Position, now: Date): string;
  /** @throws ScimError invalidCursor, expiredCursor, or invalidCount if the count is not that of the first page */
  open(query: CursorQuery, cursor: string, now: Date): Position;
};

const nonceBytes = 12;
const tagBytes = 16;

type Content = [expiresAtMs: number, count: number, list: string, key: string | null, id: string];

/**
 * Makes cursors from the installation's secret key. A cursor is sealed with AES-256-GCM under a key of the organization, so
 * that a client can neither read nor make one, and one of another organization opens nothing.
 */
export function createCursors(secretKey: string): Cursors {
  const keyOf = (orgId: string) => new Uint8Array(hkdfSync('sha256', secretKey, orgId, 'rollcall list cursor', 32));

  return {
    seal({ orgId, list, count }, next, now) {
      const expiresAtMs = now.getTime() + limits.cursorSeconds * 1000;
      const content: Content = [expiresAtMs, count, digestOf(list), next.key, next.id];
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyOf(orgId), nonce);
      const sealed = Buffer.concat([
        nonce,
        cipher.update(JSON.stringify(content)),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return sealed.toString('base64url');
    },
    open({ orgId, list, count, stays }, cursor, now) {
      const [expiresAtMs, firstCount, digest, key, id] = contentOf(cursor, keyOf(orgId));
      if (digest !== digestOf(list)) {
        throw invalidCursor(`The cursor belongs to another query. ${stays} must stay as they were for the first page`);
      }
      if (expiresAtMs <= now.getTime()) {
        throw expiredCursor(
          `The cursor has expired: the next page is to be asked for within ${limits.cursorSeconds} seconds. Begin again with an empty cursor`,
        );
      }
      if (firstCount !== count) {
        throw invalidCount(`count must stay as it was for the first page, which is ${firstCount}, and not ${count}`);
      }
      return { key, id };
    },
  };
}

function contentOf(cursor: string, key: Uint8Array): Content {
  const sealed = Buffer.from(cursor, 'base64url');
  // Decoding skips what is not base64url: only the one text that was given is the cursor.
  if (sealed.length <= nonceBytes + tagBytes || sealed.toString('base64url') !== cursor) throw unknown();
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const content = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return JSON.parse(content.toString('utf8')) as Content;
  } catch {
    throw unknown();
  }
}

/** Says the same of a cursor that was altered, made up, or given to another organization (RFC 9865 §5.2). */
const unknown = () => invalidCursor('The cursor is none that this endpoint gave out. Begin again with an empty cursor');

const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22);
