import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { maintainPartitions } from '../../src/store/partitions.ts';
import { organizationColumn, tables } from '../../src/store/tables.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

/**
 * The catalog after the migrations: what holds here lets the same schema run on one
 * PostgreSQL and distributed by organization. Each query must answer no row.
 */
const absences: [title: string, query: string][] = [
  [
    'every unique index of an organization table begins with the organization',
    `select i.indrelid::regclass::text, i.indexrelid::regclass::text
       from pg_index i join pg_class c on c.oid = i.indrelid
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indisunique and c.relnamespace = 'public'::regnamespace and a.attname <> 'org_id'
        and c.relname <> all ('{organizations,${tables.directory.join()}}')`,
  ],
  [
    'every table has a primary key',
    `select c.relname from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
  ],
  [
    'every foreign key begins with the organization on both sides, or goes from it to organizations',
    `select k.conrelid::regclass::text, k.conname from pg_constraint k
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
      where k.contype = 'f' and k.connamespace = 'public'::regnamespace
        and not (a.attname = 'org_id' and f.attname = case k.confrelid when 'organizations'::regclass then 'id' else 'org_id' end)`,
  ],
  [
    'there are no triggers',
    `select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = 'public'::regnamespace`,
  ],
  [
    'there are no rules, exclusion constraints, identity columns or inheritance but of partitions',
    `select c.relname, 'rule' from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = 'public'::regnamespace
      union all select conrelid::regclass::text, conname from pg_constraint where connamespace = 'public'::regnamespace and contype = 'x'
      union all select attrelid::regclass::text, attname from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and a.attidentity <> ''
      union all select c.relname, 'inherits' from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  ],
  [
    'no foreign key sets null or a default, and no name of a constraint has more than 50 characters',
    `select conrelid::regclass::text, conname from pg_constraint
      where connamespace = 'public'::regnamespace and (confdeltype in ('n', 'd') or length(conname) > 50)`,
  ],
  [
    'no name of a table or an index has more than 50 characters',
    `select relname from pg_class where relnamespace = 'public'::regnamespace and length(relname) > 50`,
  ],
  [
    'no column fills itself: the clock and ids are parameters of statements',
    `select a.attrelid::regclass::text, a.attname from pg_attrdef d
       join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
       join pg_class c on c.oid = d.adrelid
      where c.relnamespace = 'public'::regnamespace and pg_get_expr(d.adbin, d.adrelid) ~ '\\('`,
  ],
  [
    'row-level security is on and forced on every organization table (R8)',
    `select c.relname from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> all ('{${tables.directory.join()}}') and not (c.relrowsecurity and c.relforcerowsecurity)`,
  ],
  [
    'the application sees no partition by itself, since row-level security is asked of the named table only (R8)',
    `select c.relname from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relispartition
        and (has_any_column_privilege('rollcall_app', c.oid, 'select, insert, update, references')
          or has_table_privilege('rollcall_app', c.oid, 'delete, truncate'))`,
  ],
  [
    'each policy of the application compares the organization with the entered one, and errs when none was entered',
    `select tablename, policyname from pg_policies
      where schemaname = 'public' and 'rollcall_app' = any (roles)
        and (qual !~ '^\\((org_id|id) = \\(current_setting\\(''rollcall.org''::text\\)\\)::uuid\\)$' or with_check is distinct from qual)`,
  ],
  [
    'the application and the jobs own nothing, and bypass nothing (R8)',
    `select r.rolname, c.relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname like 'rollcall\\_%'
      union all select rolname, 'attribute' from pg_roles
        where rolname like 'rollcall\\_%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin or rolreplication)
      union all select r.rolname, m.roleid::regrole::text from pg_auth_members m join pg_roles r on r.oid = m.member
        where r.rolname like 'rollcall\\_%'`,
  ],
  [
    'the jobs read and never write (0001_organizations.sql)',
    `select c.relname from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and (has_any_column_privilege('rollcall_jobs', c.oid, 'insert, update') or has_table_privilege('rollcall_jobs', c.oid, 'delete, truncate'))`,
  ],
  [
    'the log and the feed are append-only for the application (R52)',
    `select c.relname from pg_class c where c.relname in ('scim_requests', 'events', 'event_subjects')
        and (has_any_column_privilege('rollcall_app', c.oid, 'update') or has_table_privilege('rollcall_app', c.oid, 'delete, truncate'))`,
  ],
  [
    'a function runs with the rights of its caller (R8)',
    `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
  ],
];

describe('the schema', () => {
  let db: TestDatabase;
  before(async () => {
    db = await testDatabase();
    await maintainPartitions(db.owner, new Date('2030-01-10'), { requestLogDays: 90, eventDays: 365 });
  });
  after(async () => await db[Symbol.asyncDispose]());

  for (const [title, query] of absences) {
    test(title, async () => {
      const { rows } = await db.owner.query({ text: query, rowMode: 'array' });
      assert.deepEqual(rows, []);
    });
  }

  test('every table is in the list of kinds, and every listed one exists', async () => {
    const { rows } = await db.owner.query<{ relname: string }>(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
          and not relispartition order by relname`,
    );
    assert.deepEqual(
      rows.map((row) => row.relname),
      [...tables.organization, ...tables.directory].sort(),
    );
  });

  test('the primary key of an organization table begins with the organization', async () => {
    for (const table of tables.organization) {
      const { rows } = await db.owner.query(
        `select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
          where i.indrelid = $1::regclass and i.indisprimary`,
        [table],
      );
      assert.deepEqual(rows, [{ attname: organizationColumn(table) }], table);
    }
  });
});
