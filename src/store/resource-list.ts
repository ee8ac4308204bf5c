import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { type Filter, printFilter } from '../scim/filter.ts';
import { groupType, userType } from '../scim/resource-types.ts';
import type { Database } from './database.ts';
import { filterExpression } from './filter-sql.ts';
import {
  type DerivedOptions,
  groupsOfMember,
  memberColumns,
  type ResourceRow,
  type StoredResource,
  storedResource,
} from './members.ts';
import { queryOrganizationBatch, type Statement } from './organization-transaction.ts';
import type { PageMarks, PageStart } from './page-marks.ts';
import { membersOfTeam, teamColumns } from './teams.ts';

export type ResourcePage = { totalResults: number; resources: StoredResource[] };

export type PageQuery = {
  filter: Filter | undefined;
  /** From 1. */
  startIndex: number;
  count: number;
  derived: DerivedOptions;
  marks: PageMarks;
  now: Date;
};

/** A page of the organization's users, in the order of their creation. `totalResults` is exact and independent of the page. */
export async function listUsers(db: Database, orgId: string, query: PageQuery): Promise<ResourcePage> {
  return await listResources(db, orgId, query, users);
}

/** A page of the organization's groups, in the order of their creation. */
export async function listGroups(db: Database, orgId: string, query: PageQuery): Promise<ResourcePage> {
  return await listResources(db, orgId, query, groups);
}

/** What differs between the two lists. `row` is the alias that filters and columns use. */
type Listed = {
  type: typeof userType;
  table: 'members' | 'teams';
  row: 'm' | 't';
  columns: (derived: string) => string;
  derived: (org: string, reference: string) => string;
};

const users: Listed = { type: userType, table: 'members', row: 'm', columns: memberColumns, derived: groupsOfMember };
const groups: Listed = { type: groupType, table: 'teams', row: 't', columns: teamColumns, derived: membersOfTeam };

async function listResources(db: Database, orgId: string, query: PageQuery, listed: Listed): Promise<ResourcePage> {
  const { filter, startIndex, count, marks, now } = query;
  const list = `${orgId} ${listed.table} ${filter === undefined ? '' : printFilter(filter)}`;
  const start = marks.find(list, startIndex, now);
  const condition = filter === undefined ? undefined : compile(filter, listed, orgId);
  const statements = [condition === undefined ? totalOfAll(orgId, listed) : totalOfSome(orgId, listed, condition)];
  if (count > 0) statements.push(page(orgId, listed, query, start, condition));
  const [totals, rows = []] = (await queryOrganizationBatch(db, orgId, statements)) as [
    { total: string }[],
    ResourceRow[]?,
  ];
  const last = rows.at(-1);
  if (last !== undefined && rows.length === count) marks.note(list, startIndex + count, last.id, now);
  return { totalResults: Number(totals[0]?.total ?? 0), resources: rows.map(storedResource) };
}

/** The counter's row knows how many there are: counting them again would cost more with every member. */
function totalOfAll(orgId: string, { table }: Listed): Statement {
  return {
    name: `${table}-total`,
    text: `select c.${table} as total from event_counters c where c.org_id = $1`,
    values: [orgId],
  };
}

function totalOfSome(orgId: string, { table, row }: Listed, { text, values }: Condition): Statement {
  const org = `$${values.length + 1}`;
  return {
    text: `select count(*) as total from ${table} ${row} where ${row}.org_id = ${org} and ${row}.deleted_at is null and ${text}`,
    values: [...values, orgId],
  };
}

/**
 * One statement for the page, named when it has no filter. Parameters of our own follow those of the filter, so that
 * neither has to be numbered anew.
 */
function page(
  orgId: string,
  listed: Listed,
  query: PageQuery,
  start: PageStart,
  condition: Condition | undefined,
): Statement {
  const { table, row } = listed;
  const before = condition?.values.length ?? 0;
  const [org, count, offset] = [before + 1, before + 2, before + 3].map((place) => `$${place}`) as [
    string,
    string,
    string,
  ];
  const values: unknown[] = [...(condition?.values ?? []), orgId, query.count, start.offset];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const derived = query.derived.wanted ? listed.derived(org, parameter(query.derived.reference)) : 'null';
  const after = start.afterId === undefined ? '' : ` and ${row}.id > ${parameter(start.afterId)}`;
  const text = `select ${listed.columns(derived)} from ${table} ${row}
    where ${row}.org_id = ${org} and ${row}.deleted_at is null${condition === undefined ? '' : ` and ${condition.text}`}${after}
    order by ${row}.id limit ${count} offset ${offset}`;
  if (condition !== undefined) return { text, values };
  const name = `${table}-page${after === '' ? '' : '-after'}${query.derived.wanted ? '' : '-alone'}`;
  return { name, text, values };
}

type Condition = { text: string; values: readonly unknown[] };

function compile(filter: Filter, listed: Listed, orgId: string): Condition {
  const { sql, parameters } = filterExpression(filter, listed.type, orgId).compile(compiler);
  return { text: sql, values: parameters };
}

/** Only compiles: connections and transactions are ours. */
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
