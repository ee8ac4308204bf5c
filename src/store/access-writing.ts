import type { Reason } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** What is in force for a person, to be stored. What a plan does not change is left out. */
export type AccessWritten = {
  memberId: string;
  roles?: { role: BuiltInRole; customRoles: readonly string[]; reason: Reason };
  license?: { license: string | undefined; waitsFor: string | undefined; reason: Reason };
};

/** By how much a transaction changes the counts of those who administer, and of seats that are taken and waited for. */
export type AccessCounts = {
  owners: number;
  admins: number;
  seats: readonly SeatsChange[];
};

/** With a `limit`, the number of seats is set as well; null is any number. */
export type SeatsChange = { license: string; used: number; waiting: number; limit?: number | null };

export const noAccessCounts: AccessCounts = { owners: 0, admins: 0, seats: [] };

/** How many active people own and administer an organization, and whether the database keeps the last one of each. */
export type AdministratorCounts = { owners: number; admins: number; keepsOwner: boolean; keepsAdmin: boolean };

export async function readAdministratorCounts(tx: OrgTransaction): Promise<AdministratorCounts> {
  if (tx.trial !== undefined) return tx.trial.administrators;
  const { rows } = await tx.query<{ owners: string; admins: string; keeps_owner: boolean; keeps_admin: boolean }>({
    text: 'select c.owners, c.admins, c.keeps_owner, c.keeps_admin from event_counters c where c.org_id = $1',
    values: [tx.orgId],
  });
  const [row] = rows;
  return {
    owners: Number(row?.owners),
    admins: Number(row?.admins),
    keepsOwner: row?.keeps_owner === true,
    keepsAdmin: row?.keeps_admin === true,
  };
}

/** Stores the roles and licenses of people whom the transaction has locked. One statement, whatever their number. */
export function updateAccess(tx: OrgTransaction, people: readonly AccessWritten[], now: Date): void {
  if (people.length === 0) return;
  const rows = people.map(({ memberId, roles, license }) => ({
    id: memberId,
    has_roles: roles !== undefined,
    role: roles?.role,
    custom_roles: roles?.customRoles,
    role_reason: roles?.reason,
    has_license: license !== undefined,
    license: license?.license,
    waits_for: license?.waitsFor,
    license_reason: license?.reason,
  }));
  // Whoever waits keeps their place in the line for the same license, and begins at its end for another one.
  tx.send({
    name: 'access-update',
    text: `update members m set
        role = case when x.has_roles then x.role else m.role end,
        custom_roles = case when x.has_roles then x.custom_roles else m.custom_roles end,
        role_reason = case when x.has_roles then x.role_reason else m.role_reason end,
        license = case when x.has_license then x.license else m.license end,
        license_reason = case when x.has_license then x.license_reason else m.license_reason end,
        waits_since = case when not x.has_license or x.waits_for = m.waits_for then m.waits_since when x.waits_for is not null then $3::timestamptz end,
        waits_for = case when x.has_license then x.waits_for else m.waits_for end
      from jsonb_to_recordset($2::jsonb) as x (id uuid, has_roles boolean, role text, custom_roles text[], role_reason jsonb,
        has_license boolean, license text, waits_for text, license_reason jsonb)
     where m.org_id = $1 and m.id = x.id`,
    values: [tx.orgId, JSON.stringify(rows), now],
  });
}

/** The seats of one license type. */
export type Seats = { license: string; limit: number | undefined; used: number; waiting: number };

/**
 * Reads the seats under the lock of the organization's counter, behind which seats are always written: nobody takes or
 * frees one until the transaction ends. Whatever else the transaction locks, it has locked before.
 */
export async function lockSeats(tx: OrgTransaction): Promise<Seats[]> {
  if (tx.trial !== undefined) return await readSeats(tx);
  tx.send({
    name: 'event-counter-lock',
    text: 'select last_seq from event_counters where org_id = $1 for no key update',
    values: [tx.orgId],
  });
  return await readSeats(tx);
}

/** The seats of all types in the order of their precedence, those included that the organization has no seats of. */
export async function readSeats(tx: OrgTransaction): Promise<Seats[]> {
  if (tx.trial !== undefined) return [...tx.trial.seats];
  const { rows } = await tx.query<SeatRow>({ name: 'seats', text: selectSeats, values: [tx.orgId] });
  return rows.map(seats);
}

type SeatRow = { license: string; seats_limit: string | null; seats_used: string; waiting: string };

const selectSeats = `select s.license, s.seats_limit, s.seats_used, s.waiting
  from license_seats s where s.org_id = $1 order by s.precedence, s.license`;

const seats = (row: SeatRow): Seats => ({
  license: row.license,
  limit: row.seats_limit === null ? undefined : Number(row.seats_limit),
  used: Number(row.seats_used),
  waiting: Number(row.waiting),
});

/**
 * Changes the counts of seats, behind the organization's counter.
 *
 * The checks of the table fail the transaction if there are not enough seats, or if somebody waits for one that it frees.
 */
export function updateSeats(tx: OrgTransaction, changes: AccessCounts['seats']): void {
  // A number of seats and what is taken of them change in one statement: in between, the checks would not hold.
  for (const { license, used, waiting, limit } of changes.filter((each) => each.limit !== undefined)) {
    tx.send({
      text: `update license_seats set seats_used = seats_used + $3, waiting = waiting + $4, seats_limit = $5 where org_id = $1 and license = $2`,
      values: [tx.orgId, license, used, waiting, limit],
    });
  }
  const plain = changes.filter((each) => each.limit === undefined);
  const [first] = plain;
  if (first === undefined) return;
  tx.send(
    plain.length === 1
      ? {
          name: 'seats-update-one',
          text: `update license_seats set seats_used = seats_used + $3, waiting = waiting + $4 where org_id = $1 and license = $2`,
          values: [tx.orgId, first.license, first.used, first.waiting],
        }
      : {
          name: 'seats-update',
          text: `update license_seats s set seats_used = s.seats_used + x.used, waiting = s.waiting + x.waiting
              from unnest($2::text[], $3::bigint[], $4::bigint[]) as x (license, used, waiting)
             where s.org_id = $1 and s.license = x.license`,
          values: [
            tx.orgId,
            plain.map((each) => each.license),
            plain.map((each) => each.used),
            plain.map((each) => each.waiting),
          ],
        },
  );
}

/**
 * Locks people who wait for a license, those first who have waited longest. Whoever is being changed at the moment is passed
 * over: waiting for them behind the counter's lock could be waiting for each other.
 */
export async function lockWaiting(tx: OrgTransaction, license: string, limit: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'access-waiting',
    text: `select m.id from members m where m.org_id = $1 and m.waits_for = $2
      order by m.waits_since, m.id limit $3 for no key update of m skip locked`,
    values: [tx.orgId, license, limit],
  });
  return rows.map((row) => row.id);
}

/** Somebody who waits for a license, and since when, to the microsecond as text. */
export type Waiting = { id: string; since: string };

/** A page of those who wait for a license in the same order, `after` the last one of the page before, without locks. */
export async function readWaiting(
  tx: OrgTransaction,
  license: string,
  { after, limit }: { after: Waiting | undefined; limit: number },
): Promise<Waiting[]> {
  const { rows } = await tx.query<Waiting>({
    text: `select m.id, m.waits_since::text as since from members m where m.org_id = $1 and m.waits_for = $2
        and ($4::uuid is null or (m.waits_since, m.id) > ($3::timestamptz, $4))
      order by m.waits_since, m.id limit $5`,
    values: [tx.orgId, license, after?.since, after?.id, limit],
  });
  return rows;
}

/** Puts a role or a license into a person's row that an admin, or a sign-in, gives to the person; null takes it away. */
export function updateAccessSaid(
  tx: OrgTransaction,
  memberId: string,
  said: { roleByHand?: BuiltInRole | null; licenseByHand?: string | null; licenseBySignIn?: string | null },
): void {
  const value = <Name extends keyof typeof said>(name: Name) => [said[name] !== undefined, said[name] ?? null] as const;
  tx.send({
    text: `update members set
        role_by_hand = case when $3::boolean then $4::text else role_by_hand end,
        license_by_hand = case when $5::boolean then $6::text else license_by_hand end,
        license_by_sign_in = case when $7::boolean then $8::text else license_by_sign_in end
      where org_id = $1 and id = $2`,
    values: [tx.orgId, memberId, ...value('roleByHand'), ...value('licenseByHand'), ...value('licenseBySignIn')],
  });
}

/** Stores what an admin has given people by hand, in the place of what was given before. */
export function updateGivenByHand(
  tx: OrgTransaction,
  people: readonly { memberId: string; role: BuiltInRole | undefined; license: string | undefined }[],
): void {
  if (people.length === 0) return;
  tx.send({
    text: `update members m set role_by_hand = x.role, license_by_hand = x.license
      from unnest($2::uuid[], $3::text[], $4::text[]) as x (id, role, license) where m.org_id = $1 and m.id = x.id`,
    values: [
      tx.orgId,
      people.map(({ memberId }) => memberId),
      people.map(({ role = null }) => role),
      people.map(({ license = null }) => license),
    ],
  });
}
