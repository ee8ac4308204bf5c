/**
 * Ids of resources: UUIDs (RFC 9562 §4) in lower case, as Rollcall gives them. An id is case-exact (RFC 7643 §3.1), so the same in
 * other letters names nobody, wherever it stands.
 */

/** Whether a text has the form of an id. What has it may still name nobody. */
export function isId(text: string): boolean {
  if (text.length !== 36) return false;
  for (let index = 0; index < 36; index++) {
    const code = text.charCodeAt(index);
    const isDash = index === 8 || index === 13 || index === 18 || index === 23;
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = code >= 0x61 && code <= 0x66;
    if (isDash ? code !== 0x2d : !isDigit && !isLetter) return false;
  }
  return true;
}
