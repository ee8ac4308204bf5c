/** Characters that turn the direction of what stands around them (UAX #9 §2). */
const directions = /[\u202A-\u202E\u2066-\u2069]/gu;
const seen = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A name from outside as it is shown: what would move the words beside it is a mark in its place. */
export const visibleName = (name: string): string => name.replace(directions, '\uFFFD');

/** Whether there is anything to be seen of a name. */
export const isVisible = (name: string): boolean => seen.test(name);
