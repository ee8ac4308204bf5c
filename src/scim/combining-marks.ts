/**
 * Accents and other combining marks in a row. A text is brought into one form by putting the marks of each letter in order, whose
 * time grows with the square of their number, in JavaScript as in PostgreSQL: 64,000 of them take seconds.
 */

import { limits } from '../limits.ts';

/** All marks stand behind this code, so that most texts are done without looking any up. */
const firstMark = 0x300;
const mark = /\p{M}/u;

/** Whether a text has more marks in a row than any writing system puts on a letter. */
export function hasTooManyMarks(text: string): boolean {
  if (text.length <= limits.marksInARowMax) return false;
  let row = 0;
  for (const character of text) {
    if ((character.codePointAt(0) as number) < firstMark || !mark.test(character)) row = 0;
    else if (++row > limits.marksInARowMax) return true;
  }
  return false;
}

/** Says so, of the place where they stand. */
export const tooManyMarks = (place: string): string =>
  `${place} has more than ${limits.marksInARowMax} accents or other combining marks in a row`;
