/**
 * Letter case of names. Attribute names, schema URNs and operators are ASCII and compared without case (RFC 7643 §2.1);
 * `toLowerCase` alone would let U+212A (Kelvin) pass as the letter k.
 */

/** The text with A–Z in lower case and every other character as it is. */
export function asciiLower(text: string): string {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return lowerOnlyAscii(text);
  }
  return text.toLowerCase();
}

/** Whether two names are equal when the letter case of ASCII does not count, as that of attribute names and URNs does not. */
export function equalIgnoringCase(left: string, right: string): boolean {
  return left.length === right.length && asciiLower(left) === asciiLower(right);
}

function lowerOnlyAscii(text: string): string {
  let lowered = '';
  for (const character of text) lowered += character.charCodeAt(0) <= 0x7f ? character.toLowerCase() : character;
  return lowered;
}
