/** Reads what is held: batches, and the rows whose sides differ for their sake. Costs by their number. */
import type { BrakeKind } from '../organization/brake.ts';
import type { ConnectionState, HeldBatch } from '../organization/holding.ts';
import type { MemberAct, MemberOrigin, MemberStatus } from '../organization/lifecycle.ts';
import type { Linking } from '../organization/linking.ts';
import type { Reason, Rule, Source } from '../organization/plan.ts';
import type { Resource } from '../scim/schema.ts';
import {
  type AccessRow,
  accessOfRow,
  type GrantRow,
  grantColumns,
  memberAccessColumns,
  type PersonAccess,
  rowByNow,
  wantedNow,
} from './access-rows.ts';
import type { Database } from './database.ts';
import { goingMember } from './going-rows.ts';
import { type After, isRefused } from './held-team-rows.ts';
import type { MemberInForce } from './member-writing.ts';
import { type OrgTransaction, queryOrganization, type Reader } from './organization-transaction.ts';
import { waitingOf } from './waiting-address.ts';

/** Why something is held: what the connection is, or what becomes of the batch. */
export type HeldBecause = {
  batch: string;
  why: 'off' | 'observing' | 'paused' | 'braked' | 'settling' | 'discarded';
};

/** The same as JSON, of a row by its alias; null where nothing holds it. */
export const heldBecause = (row: 'm' | 't' | 'tm') => `case when ${row}.held_by is not null then (
  select json_build_object('batch', h.id, 'why',
      case when h.state in ('settling', 'discarded') then h.state when h.cause = 'brake' then 'braked' when k.state = 'on' then 'settling' else k.state end)
    from held_batches h join connections k on k.org_id = $1 and k.id = h.connection_id
   where h.org_id = $1 and h.id = ${row}.held_by) end`;

/** A batch as people see it, with how much it still holds. */
export type ListedBatch = {
  id: string;
  connectionId: string;
  connectionState: ConnectionState;
  cause: HeldBatch['cause'];
  /** What the brake holds as long as the batch is open. */
  kinds: HeldBatch['kinds'];
  state: 'open' | 'settling' | 'released' | 'discarded';
  openedAt: Date;
  endedAt: Date | undefined;
  members: number;
  teams: number;
  memberships: number;
};

type BatchRow = {
  id: string;
  connection_id: string;
  connection_state: ConnectionState;
  cause: HeldBatch['cause'];
  kinds: BrakeKind[];
  state: ListedBatch['state'];
  opened_at: Date;
  ended_at: Date | null;
  members: string;
  teams: string;
  memberships: string;
};

const selectBatches = `select h.id, h.connection_id, k.state as connection_state, h.cause, h.kinds, h.state, h.opened_at, h.ended_at,
    (select count(*) from members m where m.org_id = $1 and m.held_by = h.id) as members,
    (select count(*) from teams t where t.org_id = $1 and t.held_by = h.id) as teams,
    (select count(*) from team_members tm where tm.org_id = $1 and tm.held_by = h.id) as memberships
  from held_batches h join connections k on k.org_id = $1 and k.id = h.connection_id`;

/** Batches, the newest first; `before` is the id of the last one seen. */
export async function listBatches(
  db: Database,
  org: { id: string },
  page: { limit: number; before?: string | undefined },
): Promise<ListedBatch[]> {
  const rows = await queryOrganization<BatchRow>(db, org.id, {
    text: `${selectBatches} where h.org_id = $1 and ($2::uuid is null or h.id < $2) order by h.id desc limit $3`,
    values: [org.id, page.before, page.limit],
  });
  return rows.map(listedBatch);
}

export async function findBatch(db: Reader, org: { id: string }, id: string): Promise<ListedBatch | undefined> {
  const [row] = await queryOrganization<BatchRow>(db, org.id, {
    text: `${selectBatches} where h.org_id = $1 and h.id = $2`,
    values: [org.id, id],
  });
  return row && listedBatch(row);
}

const listedBatch = (row: BatchRow): ListedBatch => ({
  id: row.id,
  connectionId: row.connection_id,
  connectionState: row.connection_state,
  cause: row.cause,
  kinds: row.kinds,
  state: row.state,
  openedAt: row.opened_at,
  endedAt: row.ended_at ?? undefined,
  members: Number(row.members),
  teams: Number(row.teams),
  memberships: Number(row.memberships),
});

/** Reads a batch under a lock that lasts to the end of the transaction, with whoever let it go. */
export async function lockBatch(
  tx: OrgTransaction,
  id: string,
): Promise<
  { state: ListedBatch['state']; connectionId: string; cause: HeldBatch['cause']; endedBy: unknown } | undefined
> {
  const { rows } = await tx.query<{
    state: ListedBatch['state'];
    connection_id: string;
    cause: HeldBatch['cause'];
    ended_by: unknown;
  }>({
    text: `select h.state, h.connection_id, h.cause, h.ended_by from held_batches h where h.org_id = $1 and h.id = $2 for update`,
    values: [tx.orgId, id],
  });
  const row = rows[0];
  return row && { state: row.state, connectionId: row.connection_id, cause: row.cause, endedBy: row.ended_by };
}

/** The ids of people whom a batch is about, by themselves or by a membership, by rising id. */
export async function readHeldPeopleIds(tx: OrgTransaction, batch: string, { after, limit }: After): Promise<string[]> {
  // The memberships of a team that is to go end with it.
  const { rows } = await tx.query<{ id: string }>({
    text: `(select m.id from members m where m.org_id = $1 and m.held_by = $2 and ($3::uuid is null or m.id > $3) order by m.id limit $4)
      union
      (select tm.member_id from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id and t.deleted_at is null
        where tm.org_id = $1 and tm.held_by = $2 and ($3::uuid is null or tm.member_id > $3)
        group by tm.member_id order by tm.member_id limit $4)
      order by id limit $4`,
    values: [tx.orgId, batch, after, limit],
  });
  return rows.map(({ id }) => id);
}

/** The ids of those whom a batch lets go and whose userNames some of its people come under, beside these people. */
export async function readPlacesOf(tx: OrgTransaction, batch: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select g.id from members n join members g on g.org_id = $1 and g.user_name_key = n.user_name_key and ${goingMember} and g.held_by = $2
      where n.org_id = $1 and n.id = any ($3::uuid[]) and n.status = 'held' and n.held_by = $2 and g.id <> all ($3::uuid[])`,
    values: [tx.orgId, batch, ids],
  });
  return rows.map(({ id }) => id);
}

/** The ids of the people with a row in a team, wanted in it or not, by rising id. */
export async function readIdsOfTeam(tx: OrgTransaction, teamId: string, { after, limit }: After): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select tm.member_id as id from team_members tm
      where tm.org_id = $1 and tm.team_id = $2 and ($3::uuid is null or tm.member_id > $3) order by tm.member_id limit $4`,
    values: [tx.orgId, teamId, after, limit],
  });
  return rows.map(({ id }) => id);
}

/** A membership that a plan about held people needs to know. */
export type MembershipOfHeld = {
  teamId: string;
  teamName: string;
  memberId: string;
  asked: boolean;
  /** Undefined for one that begins when the person comes back, and is not stored yet. */
  inForce: boolean | undefined;
  isByHand: boolean;
  /** Who asked for the change that the batch holds; undefined for a membership that it does not hold. */
  source: Source | undefined;
  /** The batch that holds the membership, this one or another. */
  heldBy: string | undefined;
  /** Whether it ends because the team does. Then it is not asked. */
  ends: boolean;
  /** Why, where it ends. */
  endsBy?: Rule;
};

/** A person whom a batch is about, with both sides. */
export type HeldPerson = {
  id: string;
  scim: Resource;
  userNameKey: string;
  origin: MemberOrigin;
  askedActive: boolean;
  isAskedFor: boolean;
  inForce: MemberInForce;
  linking: Linking | undefined;
  /** Whether an admin set the person apart as a way in. */
  isBreakGlass: boolean;
  /** The address that waits for the person to confirm it, and until when. */
  waiting: { address: string; until: Date } | undefined;
  /** Who asked for the change of the person that the batch holds; undefined if it holds only memberships of theirs. */
  source: Source | undefined;
  /** The batch that holds the person, this one or another. */
  heldBy: string | undefined;
  /** What happens to the person, if it is not what the provider asks. Then the name and the address in force stay. */
  act?: MemberAct;
  /** With the grants of the teams that the person is to be in afterwards. */
  access: PersonAccess;
  memberships: MembershipOfHeld[];
};

/** Whether the team `t` ends with a connection, a parameter that may be null: one that it made, or that was handed over to it. */
export const endingTeam = (connection: string) =>
  `(${connection}::uuid is not null and t.origin = 'synced' and (t.connection_id is null or t.connection_id = ${connection}))`;

/**
 * People whom a batch is about, with their memberships: those that they have and those that it holds. Without a batch, what is
 * in force is what was asked before anything was held.
 *
 * @param lock whether they and their memberships are held still until the transaction ends
 * @param ending a connection whose own teams end: nobody is in them afterwards
 */
export async function readHeldPeople(
  tx: OrgTransaction,
  batch: string | undefined,
  ids: readonly string[],
  lock: boolean,
  ending?: string,
): Promise<HeldPerson[]> {
  const people = tx.query<
    AccessRow & {
      id: string;
      scim: Resource;
      user_name_key: string;
      asked_active: boolean;
      deleted_at: Date | null;
      status: MemberStatus;
      status_reason: Reason;
      was_active: boolean;
      in_force_name: string;
      in_force_email: string | null;
      linking: Linking | null;
      break_glass: boolean;
      waiting_address: string | null;
      waiting_until: Date | null;
      held_source: Source | null;
    }
  >({
    text: `select m.id, m.scim, m.user_name_key, m.asked_active, m.deleted_at, m.status, m.was_active, m.status_reason, m.in_force_name, m.in_force_email,
        m.linking, m.break_glass, m.waiting_address, m.waiting_until, m.held_source, ${memberAccessColumns}
      from members m where m.org_id = $1 and m.id = any ($2::uuid[]) order by m.id ${lock ? 'for no key update' : ''}`,
    values: [tx.orgId, ids],
  });
  const memberships = tx.query<
    GrantRow & {
      member_id: string;
      name: string;
      asked: boolean;
      wanted: boolean;
      in_force: boolean;
      by_hand: boolean;
      held_by: string | null;
      held_source: Source | null;
      is_held: boolean;
      ends: boolean;
    }
  >({
    text: `select tm.team_id, tm.member_id, coalesce(t.in_force_name, t.display_name) as name, tm.asked, ${wantedNow} as wanted, tm.in_force,
        tm.by_hand is not null as by_hand, tm.held_by, tm.held_source, tm.held_by = $3::uuid is true and t.deleted_at is null and not ${isRefused} as is_held,
        ${endingTeam('$4')} as ends, ${grantColumns('$1')}
      from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
     where tm.org_id = $1 and tm.member_id = any ($2::uuid[]) and (${wantedNow} or tm.held_by = $3)
     order by tm.team_id, tm.member_id ${lock ? 'for update of tm' : ''}`,
    values: [tx.orgId, ids, batch, ending],
  });
  const [found, theirs] = await Promise.all([people, memberships]);
  const membershipsOf = Map.groupBy(theirs.rows, (row) => row.member_id);
  return found.rows.map((row) => {
    const isHeld = row.held_by === batch;
    const isAskedFor = row.deleted_at === null;
    // Whoever goes keeps what the teams give until then.
    const mine = membershipsOf.get(row.id) ?? [];
    const after = mine.filter((each) => !each.ends && (each.is_held && isAskedFor ? each.asked : each.wanted));
    return {
      id: row.id,
      scim: row.scim,
      userNameKey: row.user_name_key,
      origin: row.origin,
      askedActive: row.asked_active,
      isAskedFor,
      linking: row.linking ?? undefined,
      isBreakGlass: row.break_glass,
      waiting: waitingOf(row),
      inForce: {
        status: row.status,
        statusReason: row.status_reason,
        name: row.in_force_name,
        email: row.in_force_email ?? undefined,
        wasActive: row.was_active,
      },
      source: isHeld ? (row.held_source ?? {}) : undefined,
      heldBy: row.held_by ?? undefined,
      access: { ...accessOfRow(row.id, rowByNow(tx, row.id, row), after), memberStatus: row.status },
      memberships: mine
        .filter((each) => each.is_held || each.wanted)
        .map((each) => ({
          teamId: each.team_id,
          teamName: each.name,
          memberId: row.id,
          asked: !each.ends && (each.is_held ? each.asked : true),
          inForce: tx.trial?.people?.memberships.get(`${each.team_id} ${row.id}`) ?? each.in_force,
          isByHand: each.by_hand && !each.is_held,
          source: each.is_held ? (each.held_source ?? {}) : undefined,
          heldBy: each.held_by ?? undefined,
          ends: each.ends,
        })),
    };
  });
}
