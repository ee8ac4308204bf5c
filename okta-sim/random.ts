import { createHash } from 'node:crypto';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A number in [0, 1) that depends on nothing but the seed and the key. Decisions are keyed by what they
 * are about and not drawn from one stream, so that they stay the same when requests interleave differently.
 */
export function fraction(seed: string, ...key: (string | number)[]): number {
  return digest(seed, key).readUIntBE(0, 6) / 2 ** 48;
}

/** An integer in [0, below). */
export function integer(below: number, seed: string, ...key: (string | number)[]): number {
  return Math.floor(fraction(seed, ...key) * below);
}

/** One element of a list that is not empty. */
export function pick<T>(list: readonly T[], seed: string, ...key: (string | number)[]): T {
  const chosen = list[integer(list.length, seed, ...key)];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
}

/** Letters and digits, at most 32, as in Okta's ids and its placeholder passwords. */
export function letters(length: number, seed: string, ...key: (string | number)[]): string {
  return [...digest(seed, key).subarray(0, length)].map((byte) => base62[byte % base62.length]).join('');
}

function digest(seed: string, key: (string | number)[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([seed, ...key]))
    .digest();
}
