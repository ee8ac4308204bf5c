/** A phrase as the beginning of a line: the log's phrases begin with a small verb. */
export function capitalized(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}
