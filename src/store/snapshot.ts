import type { MemberStatus, Reason } from '../organization/plan.ts';
import type { Database } from './database.ts';
import { flushOrganization, type OrgTransaction, readAtOneMoment } from './organization-transaction.ts';

/** A part of the state of an organization at the moment of its event number `seq`, in the order in which they come. */
export type SnapshotPart =
  | { kind: 'snapshot'; seq: number }
  | {
      kind: 'member';
      id: string;
      userName: string;
      externalId: string | null;
      name: string;
      email: string | null;
      status: MemberStatus;
      askedActive: boolean;
      origin: string;
      reason: Reason;
      /** The batch that holds what the provider asks. */
      held: string | null;
    }
  | {
      kind: 'team';
      id: string;
      displayName: string;
      externalId: string | null;
      /** Null for a team that is asked for and not here yet. */
      name: string | null;
      origin: string;
      held: string | null;
    }
  | {
      kind: 'membership';
      team: string;
      member: string;
      asked: boolean;
      inForce: boolean;
      reason: Reason;
      held: string | null;
    };

/**
 * The members, teams and memberships of an organization as they are after the event with the number that comes first: whoever
 * applies the events that follow it has the state of any later moment. Pages of rows, so that memory does not grow with the
 * organization.
 */
export async function* readSnapshot(
  db: Database,
  orgId: string,
  pageRows: number,
): AsyncGenerator<SnapshotPart[], void> {
  let isFirst = true;
  for await (const page of readAtOneMoment(db, orgId, (tx) => parts(tx, pageRows))) {
    // What the number stands for must not be undone by a crash once somebody knows it.
    if (isFirst) await flushOrganization(db, orgId);
    isFirst = false;
    yield page;
  }
}

async function* parts(tx: OrgTransaction, limit: number): AsyncGenerator<SnapshotPart[], void> {
  yield [{ kind: 'snapshot', seq: await readLastSeq(tx) }];
  yield* pages<{ id: string }>(tx, limit, ['id'], memberPage);
  yield* pages<{ id: string }>(tx, limit, ['id'], teamPage);
  yield* pages<{ team: string; member: string }>(tx, limit, ['team', 'member'], membershipPage);
}

/** The number of the last event that the transaction sees. */
export async function readLastSeq(tx: OrgTransaction): Promise<number> {
  const { rows } = await tx.query<{ last_seq: string }>({
    text: 'select c.last_seq from event_counters c where c.org_id = $1',
    values: [tx.orgId],
  });
  return Number(rows[0]?.last_seq ?? 0);
}

/** Reads a table by its key, a page at a time; the first page begins behind null. */
async function* pages<Key extends Record<string, string>>(
  tx: OrgTransaction,
  limit: number,
  key: readonly (keyof Key)[],
  text: string,
): AsyncGenerator<SnapshotPart[], void> {
  let after: (string | null)[] = key.map(() => null);
  for (;;) {
    const { rows } = await tx.query<Key>({ text, values: [tx.orgId, limit, ...after] });
    if (rows.length > 0) yield rows as unknown as SnapshotPart[];
    const last = rows.at(-1);
    if (rows.length < limit || last === undefined) return;
    after = key.map((name) => last[name] ?? null);
  }
}

const memberPage = `select 'member' as kind, m.id, m.user_name as "userName", m.external_id as "externalId", m.in_force_name as name,
    m.in_force_email as email, m.status, m.asked_active as "askedActive", m.origin, m.status_reason as reason, m.held_by as held
  from members m where m.org_id = $1 and m.status <> 'removed' and ($3::uuid is null or m.id > $3) order by m.id limit $2`;

const teamPage = `select 'team' as kind, t.id, t.display_name as "displayName", t.external_id as "externalId", t.in_force_name as name,
    t.origin, t.held_by as held
  from teams t where t.org_id = $1 and (t.deleted_at is null or t.in_force_name is not null) and ($3::uuid is null or t.id > $3) order by t.id limit $2`;

const membershipPage = `select 'membership' as kind, tm.team_id as team, tm.member_id as member, tm.asked, tm.in_force as "inForce",
    tm.reason, tm.held_by as held
  from team_members tm where tm.org_id = $1 and ($3::uuid is null or (tm.team_id, tm.member_id) > ($3, $4::uuid))
 order by tm.team_id, tm.member_id limit $2`;
