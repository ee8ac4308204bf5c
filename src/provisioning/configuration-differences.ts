import { isDeepStrictEqual } from 'node:util';
import { own } from '../scim/attribute-value.ts';

/** One difference: `after` is undefined for what is to be removed, `before` for what is new. */
export type ConfigurationChange = { path: string; before?: unknown; after?: unknown };

/** The changes of one part, each with what comes behind the part in its path. */
export const partOf = (changes: readonly ConfigurationChange[], part: string): ConfigurationChange[] =>
  changes
    .filter(({ path }) => path.startsWith(`${part}/`))
    .map((change) => ({ ...change, path: change.path.slice(part.length + 1) }));

/** Items by their keys. */
export const keyed = <Item>(items: readonly Item[], key: (item: Item) => string): Record<string, Item> =>
  Object.fromEntries(items.map((item) => [key(item), item]));

/** The differences of a part that is given whole: what is not among it is removed. */
export function all(
  part: string,
  before: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>> | undefined,
): ConfigurationChange[] {
  if (wanted === undefined) return [];
  const removed = Object.entries(before).filter(([key]) => own(wanted, key) === undefined);
  return [
    ...differences(`${part}/`, before, wanted),
    ...removed.map(([key, value]) => ({ path: `${part}/${key}`, before: value })),
  ];
}

/** Of what is wanted, what differs. */
export function differences(
  prefix: string,
  before: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): ConfigurationChange[] {
  return Object.entries(wanted)
    .map(([key, after]) => ({ path: `${prefix}${key}`, before: own(before, key), after }))
    .filter(({ before, after }) => after !== undefined && !isDeepStrictEqual(before, after))
    .map(({ before, ...change }) => (before === undefined ? change : { ...change, before }));
}
