import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createPageMarks } from '../../src/store/page-marks.ts';
import { listOneType } from '../../src/store/resource-list.ts';
import { startRollcall } from '../rollcall.ts';

test('the pages of an import are planned once, not at each execution', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization();
  const globex = await rollcall.organization({ slug: 'globex' });
  const people = 150;
  for (const { id, connectionId } of [acme, globex]) {
    await rollcall.db.owner.query(
      `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, asked_active, status, status_reason,
         in_force_name, origin, version, created_at, updated_at)
       select $1, ('0190a0b0-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, $2, '{}', 'u' || i, 'u' || i, true, 'active',
         '{}', '', 'provisioned', 1, now(), now() from generate_series(1, $3::int) i`,
      [id, connectionId, people],
    );
  }
  await rollcall.db.owner.query('analyze members');
  // One connection, since each plans for itself.
  const db = openDatabase({
    connectionString: rollcall.db.connectionString,
    role: 'rollcall_app',
    max: 1,
    applicationName: 'plans',
  });
  try {
    const read = async (type: ResourceType, cursor: boolean) => {
      const marks = createPageMarks();
      const now = new Date();
      let after: { key: null; id: string } | undefined;
      const sizes: number[] = [];
      for (const startIndex of [1, 1 + limits.pageSizeDefault]) {
        const { resources } = await listOneType(db, acme.id, type, {
          filter: undefined,
          startIndex,
          count: limits.pageSizeDefault,
          cursor: cursor ? { after } : undefined,
          derived: { wanted: true, reference: 'https://x/' },
          scimBaseUrl: acme.scimBaseUrl,
          marks,
          reader: 'okta',
          now,
        });
        sizes.push(resources.length);
        const last = resources.at(-1);
        if (last !== undefined) after = { key: null, id: last.id };
      }
      return sizes;
    };
    for (let round = 0; round < 20; round++) {
      for (const cursor of [false, true]) {
        assert.deepEqual(await read(userType, cursor), [limits.pageSizeDefault, people - limits.pageSizeDefault]);
        await read(groupType, cursor);
      }
    }
    const { rows } = await db.query<{ name: string; custom: string; generic: string }>(
      `select name, custom_plans as custom, generic_plans as generic from pg_prepared_statements where name like '%-page-of-%'`,
    );
    assert.equal(rows.length, 10, 'people and their groups, and teams; by index and by cursor; first pages and others');
    for (const { name, custom, generic } of rows) {
      // PostgreSQL tries five plans before it keeps one.
      assert.ok(Number(custom) <= 5 && Number(generic) >= 10, `${name}: ${custom} plans made for one execution`);
    }
  } finally {
    await db.end();
  }
});
