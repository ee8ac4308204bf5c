/** The statements that read a list of resources: how many there are, which are on a page, and what these hold. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { limits } from '../limits.ts';
import { targetIn } from '../scim/every-type.ts';
import type { Filter } from '../scim/filter.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { Sort } from '../scim/sort.ts';
import { compileStatement } from './compiled-statement.ts';
import { filterExpression } from './filter-sql.ts';
import { rowName } from './filter-sql-columns.ts';
import { type DerivedOptions, groupsOfMember, groupsText, memberColumns, type ResourceRow } from './members.ts';
import type { Statement } from './organization-transaction.ts';
import type { PageStart, Position } from './page-marks.ts';
import { resourceColumns } from './resources.ts';
import { isBehind, missingKey, orderBy, type SortKey, sortKey } from './sort-sql.ts';
import { membersOfTeam, teamColumns } from './teams.ts';
import { isSeen, isSeenIn, namedBySeen, type TeamsSeen } from './teams-seen.ts';

/** What differs between the types. `row` is the alias that filters and columns use. */
type Listed = {
  type: ResourceType;
  table: 'members' | 'teams' | 'resources';
  row: 'm' | 't' | 'r';
  columns: (derived: string) => string;
  /** None for the types that have no derived attribute. */
  derivedText?: (org: string, reference: string, seen: TeamsSeen) => string;
};

/** Where the resources of a type are, and how they are read. */
export function listed(type: ResourceType): Listed {
  const row = rowName(type);
  switch (type.kind) {
    case 'User':
      return { type, table: 'members', row, columns: memberColumns, derivedText: groupsOfMember };
    case 'Group':
      return { type, table: 'teams', row, columns: teamColumns, derivedText: membersOfTeam };
    case 'Custom':
      return { type, table: 'resources', row, columns: resourceColumns };
  }
}

/** Which rows of the part's table there are, with the name of the type as a literal: such names are letters and digits. */
function liveRows({ type, row, seen }: Part): string {
  const own = type.kind === 'Custom' ? ` and ${row}.resource_type = '${type.name}'` : '';
  return `${row}.org_id = $1${own} and ${row}.deleted_at is null${isSeen(seen)}`;
}

/** The derived attribute as an expression; `parameter` takes the reference. */
function derivedOf({ derived, derivedText, seen }: Part, parameter: (reference: string) => string): string {
  return derived.wanted && derivedText !== undefined ? derivedText('$1', parameter(derived.reference), seen) : 'null';
}

/** The resources of one type in a list. */
export type Part = Listed & {
  filter: Filter | undefined;
  derived: DerivedOptions;
  seen: TeamsSeen;
  scimBaseUrl: string;
};

/** A row of a page. `type` is there in lists of several types, `position_key` where the list is sorted. */
export type ListedRow = ResourceRow & { type?: string; position_key?: string | null };

/** The organization's event counter: whatever changes a list appends an event. */
const counterNow = '(select c.last_seq from event_counters c where c.org_id = $1)';

/** The counter's row knows how many there are: counting them again would cost more with every member. */
export function totalOf(orgId: string, part: Part): Statement {
  const { table, row } = part;
  const condition = conditionOf(orgId, part);
  if (condition === undefined && part.type.kind !== 'Custom' && part.seen !== 'managed') {
    return {
      name: `${table}-total`,
      text: `select c.${table} as total, c.last_seq as counter from event_counters c where c.org_id = $1`,
      values: [orgId],
    };
  }
  return compileStatement(
    [orgId],
    sql`${sql.raw(`select count(*) as total, ${counterNow} as counter from ${table} ${row} where ${liveRows(part)}`)}${condition === undefined ? sql`` : sql` and ${condition}`}`,
  );
}

function conditionOf(orgId: string, { filter, type, ...part }: Part): RawBuilder<SqlBool> | undefined {
  return filter === undefined ? undefined : filterExpression(filter, type, { orgId, ...part });
}

/** Where every so many rows of a list of one type stand. */
export function placesEvery(step: number, orgId: string, part: Part, sort: Sort | undefined): Statement {
  const direction = sort?.order ?? 'ascending';
  const keys = keysOf(orgId, [part], sort);
  return compileStatement(
    [orgId, step],
    sql`select x.id, x.key::text as position_key, x.place, ${sql.raw(counterNow)} as counter
      from (select y.*, row_number() over (order by ${outerOrder(keys, direction)}) as place
        from (${placesIn(orgId, part, keys[0], direction)}) as y) as x
      where x.place % $2 = 0 order by x.place`,
  );
}

type Window = PageStart & { limit: number };

/** What reads a page: its rows, and where they come without their groups, the statement that reads those of all of them. */
type PageStatements = { rows: Statement; groups?: { statement: Statement; reference: string } };

/** What reads the rows of a page: `parts` are the types that are in the list, one at least. */
export function pageOf(orgId: string, parts: readonly Part[], sort: Sort | undefined, window: Window): PageStatements {
  const [only, ...others] = parts as [Part, ...Part[]];
  return others.length === 0 &&
    only.filter === undefined &&
    sort === undefined &&
    only.type.kind !== 'Custom' &&
    only.seen !== 'managed'
    ? pageOfAll(orgId, only, window)
    : { rows: pageOfSome(orgId, parts, sort, window) };
}

/**
 * The page that imports read: prepared statements. Where a page has the usual size and begins at its mark, the statement says
 * so: a plan that is made once has to expect the tenth part of all rows for a limit that it does not know, so that PostgreSQL
 * would plan anew at each execution, which takes longer than reading the page.
 */
function pageOfAll(orgId: string, part: Part, { after, offset, limit }: Window): PageStatements {
  const { table, row, type, seen } = part;
  const values: unknown[] = [orgId];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const isUsual = offset === 0 && (limit === limits.pageSizeDefault || limit === limits.pageSizeDefault + 1);
  const window = isUsual ? `limit ${limit}` : `limit ${parameter(limit)} offset ${parameter(offset)}`;
  const behind = after === undefined ? '' : ` and ${row}.id > ${parameter(after.id)}`;
  const among = (columns: string) => `select ${columns} from ${table} ${row}
    where ${row}.org_id = $1 and ${row}.deleted_at is null${behind} order by ${row}.id ${window}`;
  const name = namedBySeen(`${table}-page${isUsual ? `-of-${limit}` : ''}${after === undefined ? '' : '-after'}`, seen);
  if (type.kind === 'User') {
    const rows = { name: `${name}-alone`, text: among(part.columns('null')), values };
    if (!part.derived.wanted) return { rows };
    const text = `select t.id, t.display_name as "displayName", g.members
      from (select tm.team_id, array_agg(tm.member_id) as members from (${among('m.id')}) m
          join team_members tm on tm.org_id = $1 and tm.member_id = m.id and ${isSeenIn(seen)}
          group by tm.team_id) g
      join teams t on t.org_id = $1 and t.id = g.team_id order by t.id`;
    return { rows, groups: { statement: { name: `${name}-groups`, text, values }, reference: part.derived.reference } };
  }
  const derivedText = derivedOf(part, parameter);
  return {
    rows: {
      name: `${name}${part.derived.wanted ? '' : '-alone'}`,
      // Which rows are on the page comes first: what a row holds would else be put together for those that are skipped too.
      text: `select ${part.columns(derivedText)} from (${among('*')}) ${row} order by ${row}.id`,
      values,
    },
  };
}

/** A team of people on a page, with those of them whom the provider sees in it. */
export type TeamOnPage = { id: string; displayName: string; members: string[] };

/**
 * User.groups of each person on a page. Looking them up person by person takes PostgreSQL twice as long as reading them for
 * the whole page, and a team's name travels once.
 */
export function groupsOfPage(teams: readonly TeamOnPage[], reference: string): (memberId: string) => readonly string[] {
  const teamsOf = new Map<string, TeamOnPage[]>();
  for (const team of teams) {
    for (const member of team.members) {
      const known = teamsOf.get(member);
      if (known === undefined) teamsOf.set(member, [team]);
      else known.push(team);
    }
  }
  return (memberId) => groupsText(teamsOf.get(memberId) ?? [], reference);
}

/**
 * First which resources are on the page, which may have to look at all of them and so looks at no more than it must; then
 * what they hold.
 */
function pageOfSome(orgId: string, parts: readonly Part[], sort: Sort | undefined, window: Window): Statement {
  const parameters: unknown[] = [orgId];
  const order = sort?.order ?? 'ascending';
  const keys = keysOf(orgId, parts, sort);
  const { limit, offset } = window;
  const one = parts.length === 1;
  const places = parts.map((part, index) =>
    placesOf(orgId, part, keys[index], order, { ...window, limit: one ? limit : limit + offset }),
  );
  const page = one
    ? sql`${places[0]} offset ${offset}`
    : sql`select * from (${sql.join(
        places.map((each) => sql`(${each})`),
        sql` union all `,
      )}) as place order by ${outerOrder(keys, order)} limit ${limit} offset ${offset}`;
  const contents = parts.map((part) => {
    const { type, table, row } = part;
    const derivedText = derivedOf(part, (reference) => `$${parameters.push(reference)}`);
    return sql.raw(`select '${type.name}' as type, ${part.columns(derivedText)}, page.key, page.key::text as position_key
      from page join ${table} ${row} on ${row}.id = page.id and ${liveRows(part)} where page.type = '${type.name}'`);
  });
  return compileStatement(
    parameters,
    sql`with page as (${page}) select * from (${sql.join(contents, sql` union all `)}) as resource
      order by ${outerOrder(keys, order)}`,
  );
}

/** The first `limit` places of one type's resources in the list. */
function placesOf(
  orgId: string,
  part: Part,
  key: SortKey | undefined,
  order: Sort['order'],
  { after, limit }: Omit<Window, 'offset'>,
): RawBuilder<unknown> {
  const id = sql.ref(`${part.row}.id`);
  return sql`${placesIn(orgId, part, key, order, after)}
    order by ${orderBy({ key: key?.expression, id }, order)} limit ${limit}`;
}

/** All places of one type's resources in the list, or those behind a position, in no order. */
function placesIn(
  orgId: string,
  part: Part,
  key: SortKey | undefined,
  order: Sort['order'],
  after?: Position,
): RawBuilder<unknown> {
  const { type, table, row } = part;
  const filtered = conditionOf(orgId, part);
  const conditions = [
    sql.raw(liveRows(part)),
    ...(filtered === undefined ? [] : [filtered]),
    ...(after === undefined ? [] : [isBehind({ key, order, id: sql.ref(`${row}.id`) }, after)]),
  ];
  return sql`select ${sql.raw(`'${type.name}' as type, ${row}.id`)}, ${key?.expression ?? sql`null::text`} as key
    from ${sql.raw(`${table} ${row}`)} where ${sql.join(conditions, sql` and `)}`;
}

const outerOrder = (keys: readonly (SortKey | undefined)[], order: Sort['order']) =>
  orderBy({ key: keys[0] === undefined ? undefined : sql.ref('key'), id: sql.ref('id') }, order);

/** A key for each part, all of one type; none for the order of ids. */
function keysOf(orgId: string, parts: readonly Part[], sort: Sort | undefined): (SortKey | undefined)[] {
  if (sort === undefined) return parts.map(() => undefined);
  const keys = parts.map(({ type, seen }) => {
    const target = targetIn(type, sort.target);
    return target === undefined ? undefined : sortKey(target, type, orgId, seen);
  });
  const known = keys.find((key) => key !== undefined)?.type ?? 'text';
  return keys.map((key) => key ?? missingKey(known));
}
