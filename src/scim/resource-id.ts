/** Ids of resources: UUIDs (RFC 9562 §4), which are what Rollcall gives and what PostgreSQL reads as one. */

/** Whether a text has the form of an id, in any letter case. What has it may still name nobody. */
export function isId(text: string): boolean {
  if (text.length !== 36) return false;
  for (let index = 0; index < 36; index++) {
    const code = text.charCodeAt(index);
    const isDash = index === 8 || index === 13 || index === 18 || index === 23;
    const isDigit = code >= 0x30 && code <= 0x39;
    const lower = code | 0x20;
    const isLetter = lower >= 0x61 && lower <= 0x66 && code >= 0x41;
    if (isDash ? code !== 0x2d : !isDigit && !isLetter) return false;
  }
  return true;
}
