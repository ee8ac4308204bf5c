import type { CursorQuery } from '../scim/cursors.ts';
import type { ApiOptions } from './management-api.ts';

/** Where a page begins and how long it is, as the query says. */
export type PageRequest = { limit: number; cursor?: string | undefined };

export type Page<Item> = { items: Item[]; nextCursor: string | null };

/** Where a page begins: behind the row with this id, and with this key where the list is not ordered by ids. */
export type From = { id: string; key: string | null };

/** What a cursor of the management API belongs to. */
export const cursorQuery = (owner: string, list: string): CursorQuery => ({
  orgId: owner,
  list: `api ${list}`,
  count: 0,
  stays: 'The path, and all of what is asked but limit and cursor,',
});

/**
 * One page of a list that is ordered by its rows' keys, which are their ids unless `keyOf` says otherwise. `list` names the
 * list with everything that selects its rows, and `owner` the organization whose it is: a cursor continues no other one.
 *
 * @param read one more row than a page has tells whether there is another page, so it is asked for that many
 * @throws ScimError invalidCursor, expiredCursor
 */
export async function pageOf<Row extends { id: string }, Item>(
  { cursors, now }: Pick<ApiOptions, 'cursors' | 'now'>,
  { owner, list, page }: { owner: string; list: string; page: PageRequest },
  read: (part: { limit: number; from: From | undefined }) => Promise<Row[]>,
  show: (row: Row) => Item,
  keyOf: (row: Row) => string | null = () => null,
): Promise<Page<Item>> {
  const { limit, cursor } = page;
  const query = cursorQuery(owner, list);
  const from = cursor === undefined ? undefined : cursors.open(query, cursor, now());
  const rows = await read({ limit: limit + 1, from });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items: shown.map(show),
    nextCursor: hasMore ? cursors.seal(query, { key: keyOf(last), id: last.id }, now()) : null,
  };
}
