import assert from 'node:assert/strict';
import { accessRules, planAccess } from '../../src/organization/access.ts';
import { listLicenses } from '../../src/store/access-lists.ts';
import { readScope } from '../../src/store/access-rows.ts';
import { holdGoverned } from '../../src/store/governing.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import type { TestRollcall } from '../rollcall.ts';

export type AccessRow = {
  status: string;
  role: string;
  customRoles: string[];
  roleRule: string;
  license: string | null;
  waitsFor: string | null;
  licenseRule: string;
};

/** What is in force for a person, as it is stored. */
export async function accessOf({ db }: TestRollcall, org: { id: string }, memberId: string): Promise<AccessRow> {
  const { rows } = await db.owner.query<AccessRow>(
    `select status, role, custom_roles as "customRoles", role_reason ->> 'rule' as "roleRule", license, waits_for as "waitsFor",
        license_reason ->> 'rule' as "licenseRule"
      from members where org_id = $1 and id = $2`,
    [org.id, memberId],
  );
  assert.ok(rows[0] !== undefined, 'the member is stored');
  return rows[0];
}

/** The seats of one license: those there are, those taken, and the people who wait. */
export async function seatsOf({ db }: TestRollcall, org: { id: string }, license: string) {
  const found = (await listLicenses(db.app, org)).find((each) => each.license === license);
  assert.ok(found !== undefined, `there is a license ${license}`);
  const { seats, used, waiting } = found;
  return [seats, used, waiting];
}

/**
 * Holds that what is stored is what the rules make of everything that is said (I10), that the counts are those of the rows, and
 * that seats are neither exceeded nor left free while somebody waits (R15).
 */
export async function assertAccessFollows({ db }: TestRollcall, org: { id: string }): Promise<void> {
  await inOrganization(db.app, org.id, async (tx) => {
    const { policy, licenses } = await holdGoverned(tx);
    for (const person of await readScope(tx, { of: 'everyone' }, { after: undefined, limit: 10_000 })) {
      const changes = planAccess(person, person.memberStatus === 'active', accessRules(policy, licenses));
      assert.deepEqual(changes, [], `what is in force for ${person.memberId}`);
    }
  });
  const counts = await db.owner.query(
    `select c.owners - (select count(*) from members where org_id = $1 and status = 'active' and role = 'owner') as owners,
        c.admins - (select count(*) from members where org_id = $1 and status = 'active' and role in ('owner', 'admin')) as admins
       from event_counters c where c.org_id = $1`,
    [org.id],
  );
  assert.deepEqual(counts.rows, [{ owners: '0', admins: '0' }]);
  const seats = await db.owner.query(
    `select s.license, s.seats_used - (select count(*) from members m where m.org_id = $1 and m.license = s.license) as used,
        s.waiting - (select count(*) from members m where m.org_id = $1 and m.waits_for = s.license) as waiting,
        coalesce(s.seats_used > s.seats_limit, false) as exceeded, s.waiting > 0 and s.seats_used < s.seats_limit as idle
       from license_seats s where s.org_id = $1`,
    [org.id],
  );
  for (const { license, ...row } of seats.rows) {
    assert.deepEqual(row, { used: '0', waiting: '0', exceeded: false, idle: false }, license);
  }
  const { rows } = await db.owner.query(
    `select tm.member_id from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
      where tm.org_id = $1 and tm.in_force and m.license is null and m.license_reason ->> 'rule' <> 'licenses-unused'`,
    [org.id],
  );
  assert.deepEqual(rows, [], 'nobody without a license is in a team');
}
