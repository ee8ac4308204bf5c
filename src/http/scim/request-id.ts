import { randomFillSync } from 'node:crypto';
import { v7 as newUuid } from 'uuid';

const bytesOfId = 16;

/** Random bytes of the next ids: drawing them for one id takes longer than everything else that makes it. */
const drawn = Buffer.alloc(256 * bytesOfId);
let used = drawn.length;

/** The id of a request: a UUIDv7 of the moment at which it came (RFC 9562 §5.7). */
export function newRequestId(at: Date): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const random = drawn.subarray(used, used + bytesOfId);
  used += bytesOfId;
  return newUuid({ msecs: at.getTime(), random });
}
