/**
 * The comparison key of names that are not case-exact: userName, e-mail addresses, displayName (security.md R24).
 *
 * The steps are those of the UsernameCaseMapped profile of RFC 8265 §3.3: map fullwidth and halfwidth forms, map case,
 * normalize to NFC. They differ in two ways, because this is a key and not an admission: no value is refused, and case is folded
 * rather than lowered, so that the two lower-case sigmas and the long s have one key with their capital.
 * Stored values stay as the client wrote them. Texts of many combining marks, which take long to normalize, do not come here
 * (combining-marks.ts).
 */

const dotlessI = '\u0131';

/** The key under which two texts that differ only in case, width or composition are equal. Never fails. */
export function caseKey(text: string): string {
  return isAscii(text) ? text.toLowerCase() : foldAll(text);
}

/** Texts of ASCII are most of them, and cheap. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

function foldAll(text: string): string {
  let folded = '';
  for (const character of text.toWellFormed().normalize('NFC')) folded += foldCharacter(character);
  return folded.normalize('NFC');
}

/** Keys are made for each comparison of a list, so the fold of a character is looked for once. */
const foldedCharacters = new Map<string, string>();

function foldCharacter(character: string): string {
  let folded = foldedCharacters.get(character);
  if (folded !== undefined) return folded;
  folded = foldCase(foldWidth(character));
  // The characters of the basic plane are some 64,000, which bounds what is remembered.
  if (character.length === 1) foldedCharacters.set(character, folded);
  return folded;
}

/** RFC 8265 §3.3.2, width mapping rule: the characters whose compatibility form is marked wide or narrow. */
function foldWidth(character: string): string {
  const codePoint = character.codePointAt(0) as number;
  const widthForm = codePoint === 0x3000 || (codePoint >= 0xff01 && codePoint <= 0xffee);
  return widthForm ? character.normalize('NFKC') : character;
}

/** Simple case folding: up, where that gives one character, then down. Dotless i is a letter of its own. */
function foldCase(text: string): string {
  let folded = '';
  for (const character of text) {
    const upper = character.toUpperCase();
    const oneCharacter = upper.length === ((upper.codePointAt(0) as number) > 0xffff ? 2 : 1);
    folded += character === dotlessI || !oneCharacter ? character.toLowerCase() : upper.toLowerCase();
  }
  return folded;
}
