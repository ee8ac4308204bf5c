import { limits } from '../limits.ts';
import { filterFor } from '../scim/every-type.ts';
import { type Filter, printFilter } from '../scim/filter.ts';
import type { ResourceType } from '../scim/schema.ts';
import { printSort, type Sort } from '../scim/sort.ts';
import type { Database } from './database.ts';
import { type DerivedOptions, type StoredResource, storedResource } from './members.ts';
import { queryOrganization, queryOrganizationBatch } from './organization-transaction.ts';
import type { MarkedStart, PageMarks, PageStart, Position } from './page-marks.ts';
import {
  groupsOfPage,
  type ListedRow,
  listed,
  type Part,
  pageOf,
  placesEvery,
  type TeamOnPage,
  totalOf,
} from './resource-list-statements.ts';
import { isCut } from './statement-batch.ts';
import type { TeamsSeen } from './teams-seen.ts';

export type ListedResource = StoredResource & { type: ResourceType };

export type ResourcePage = {
  totalResults: number;
  resources: ListedResource[];
  /** Of a query by cursor: where the next page begins. Undefined on the last page. */
  next: Position | undefined;
};

export type PageQuery = {
  filter: Filter | undefined;
  /** Undefined for the order of ids, which is that of creation. */
  sort?: Sort | undefined;
  /** Of the definitions that filter and sort go by: their pages do not continue those of others. */
  schemasVersion?: number | undefined;
  /** From 1. Without a meaning for a query by cursor. */
  startIndex: number;
  count: number;
  /** Makes it a query by cursor, which begins after a row of its list, or with the first. */
  cursor?: { after: Position | undefined } | undefined;
  /** Which teams are in the list. */
  teams?: TeamsSeen;
  /** What the addresses of resources begin with, for filters about them. */
  scimBaseUrl: string;
  marks: PageMarks;
  /** Whose pages follow on each other: the credential that reads. */
  reader: string;
  now: Date;
};

/**
 * A page of the organization's resources of one type. `totalResults` is exact and independent of the page. Very large resources
 * make it shorter than `count` (`limits.pageCharactersMax`): the next page begins behind the last one that is on it.
 */
export async function listOneType(
  db: Database,
  orgId: string,
  type: ResourceType,
  query: PageQuery & { derived: DerivedOptions },
): Promise<ResourcePage> {
  const { filter, derived } = query;
  return await listResources(db, orgId, query, [
    { ...listed(type), filter, derived, seen: seenOf(type, query), scimBaseUrl: query.scimBaseUrl },
  ]);
}

/**
 * A page of the organization's resources of all these types in one list (RFC 7644 §3.4.2.1). Filter and sort are those of the
 * types together (every-type.ts): an attribute that a type has not is missing there.
 */
export async function listAllTypes(
  db: Database,
  orgId: string,
  types: readonly ResourceType[],
  query: PageQuery & { derived: (type: ResourceType) => DerivedOptions },
): Promise<ResourcePage> {
  const parts: Part[] = [];
  const { scimBaseUrl } = query;
  for (const type of types) {
    const filter = query.filter === undefined ? true : filterFor(type, query.filter);
    const derived = query.derived(type);
    const seen = seenOf(type, query);
    if (filter === false) continue;
    parts.push({ ...listed(type), filter: filter === true ? undefined : filter, derived, seen, scimBaseUrl });
  }
  return await listResources(db, orgId, query, parts);
}

/** People are seen whatever the provider sees of teams, and their groups are those teams in which it sees them. */
function seenOf({ kind }: ResourceType, { teams = 'all' }: PageQuery): TeamsSeen {
  return kind === 'Group' || (kind === 'User' && teams === 'with-members') ? teams : 'all';
}

async function listResources(
  db: Database,
  orgId: string,
  query: PageQuery,
  parts: readonly Part[],
): Promise<ResourcePage> {
  if (parts.length === 0) return { totalResults: 0, resources: [], next: undefined };
  const { cursor, count, startIndex, marks, now } = query;
  if (cursor !== undefined || count === 0) {
    const page = await readPage(db, orgId, query, parts, { after: cursor?.after, offset: 0 });
    return { ...page, next: page.isLast ? undefined : page.last };
  }
  const { filter, sort, schemasVersion, reader } = query;
  const list = `${orgId} ${parts.map(({ type, seen }) => `${type.name} ${seen}`)} ${filter && printFilter(filter)} ${sort && printSort(sort)} ${schemasVersion}`;
  const find = () => marks.find({ list, reader }, startIndex, now);
  for (const isCounted of [false, false, true]) {
    if (!isCounted && find().offset > limits.pageMarkEvery) {
      await marks.measure(list, () => measure(db, orgId, parts, list, query), now);
    }
    const start: MarkedStart = isCounted
      ? { after: undefined, offset: startIndex - 1, exactAt: 'always', continues: false }
      : find();
    const { counter, isLast, last, ...page } = await readPage(db, orgId, query, parts, start);
    const isExact = start.exactAt === 'always' || start.exactAt === counter;
    if (isExact || start.continues) {
      const nextIndex = startIndex + page.resources.length;
      const { totalResults } = page;
      const read = { startIndex, nextIndex, last: isLast ? undefined : last, totalResults, counter, isExact };
      marks.note({ list, reader }, read, now);
      return { ...page, next: undefined };
    }
    // Something has changed since the mark, which may have another index now.
    marks.forgetBefore(list, counter);
  }
  throw new Error('rows that are counted from the first need no mark');
}

type PageRead = Omit<ResourcePage, 'next'> & {
  /** The organization's event counter in the moment of the page. */
  counter: number;
  last: Position | undefined;
  isLast: boolean;
};

/** The rows from a start, with the total of the same moment. */
async function readPage(
  db: Database,
  orgId: string,
  { sort, count, cursor }: PageQuery,
  parts: readonly Part[],
  start: PageStart,
): Promise<PageRead> {
  // One row more than the page holds tells whether there is another page.
  const limit = cursor === undefined ? count : count + 1;
  const statements = parts.map((part) => totalOf(orgId, part));
  const page = count > 0 ? pageOf(orgId, parts, sort, { ...start, limit }) : undefined;
  if (page !== undefined) statements.push({ ...page.rows, charactersMax: limits.pageCharactersMax });
  if (page?.groups !== undefined) statements.push(page.groups.statement);
  const results = await queryOrganizationBatch(db, orgId, statements, 'one moment');
  const totals = results.slice(0, parts.length) as { total: string; counter: string }[][];
  const rows = (results[parts.length] ?? []) as ListedRow[];
  const groups = page?.groups && groupsOfPage((results[parts.length + 1] ?? []) as TeamOnPage[], page.groups.reference);
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  return {
    totalResults: totals.reduce((sum, [row]) => sum + Number(row?.total ?? 0), 0),
    counter: Number(totals[0]?.[0]?.counter),
    resources: shown.map((row) => {
      const stored = storedResource(row);
      return { ...stored, derived: groups === undefined ? stored.derived : groups(row.id), type: typeOf(row, parts) };
    }),
    last: last && positionOf(last),
    isLast: !isCut(rows) && (cursor === undefined ? rows.length < count : rows.length === shown.length),
  };
}

/**
 * For a reader who jumps: one pass over the ids of a list, and what it is sorted by, notes where every few hundredth row stands,
 * so that this page and those that others jump to have little to skip.
 */
async function measure(
  db: Database,
  orgId: string,
  parts: readonly Part[],
  list: string,
  { sort, marks, now }: PageQuery,
): Promise<void> {
  const [part, ...others] = parts as [Part, ...Part[]];
  if (others.length > 0) return;
  const statement = placesEvery(limits.pageMarkEvery, orgId, part, sort);
  const rows = await queryOrganization<{ id: string; position_key: string | null; place: string; counter: string }>(
    db,
    orgId,
    statement,
  );
  for (const { id, position_key: own, place, counter } of rows) {
    marks.noteRow(list, Number(place) + 1, { key: own, id }, Number(counter), now);
  }
}

const positionOf = (row: ListedRow): Position => ({ key: row.position_key ?? null, id: row.id });

const typeOf = (row: ListedRow, parts: readonly Part[]): ResourceType =>
  (parts.find(({ type }) => type.name === row.type) ?? (parts[0] as Part)).type;
