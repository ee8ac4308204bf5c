/** What is asked and not put in force: rows whose two sides differ, with the batch that holds the difference. */
import type { HeldBatch } from '../organization/holding.ts';
import { wantedNow } from './access-rows.ts';
import { deleteEmails, type Held, heldValues } from './member-writing.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** Asks that people be in a team, and leaves what is in force. One statement, whatever their number. */
export function holdJoiners(tx: OrgTransaction, teamId: string, memberIds: readonly string[], held: Held): void {
  if (memberIds.length === 0) return;
  // Whoever is in the team, because an admin put them there or because their leaving was held, is simply asked for. What it gives
  // them stays what it is in force by: a token's ceiling must not take a role from anybody while nothing changes.
  tx.send({
    name: 'membership-hold-joiners',
    text: `insert into team_members as tm (org_id, team_id, member_id, asked, in_force, reason, token_id, held_by, held_source)
      select c.org_id, $2, x.member_id, true, false, $4, $5, $6, $7
        from event_counters c, unnest($3::uuid[]) as x (member_id) where c.org_id = $1
      on conflict (org_id, team_id, member_id) do update
        set asked = true, token_id = case when tm.in_force then tm.token_id else excluded.token_id end,
          by_hand = case when tm.in_force then null else tm.by_hand end,
          held_by = case when ${isJustAsked} then null else excluded.held_by end,
          held_source = case when ${isJustAsked} then null else excluded.held_source end`,
    values: [
      tx.orgId,
      teamId,
      memberIds,
      JSON.stringify({ rule: 'held', ...held.source }),
      held.source.token,
      ...heldValues(held),
    ],
  });
}

/** A membership that is in force, or was wanted until its leaving was held, as it is of somebody who is suspended. */
const isJustAsked = 'tm.in_force or not tm.asked and tm.held_by is not null and tm.by_hand is null';

/**
 * The memberships that are no longer asked for. Those that nobody wanted until now end here; what a wanted one gives is in force,
 * also to somebody who is suspended.
 */
export type Leavers =
  | { readonly teamId: string; readonly memberIds: readonly string[] }
  | { readonly teamId: string }
  | { readonly memberId: string };

/** Asks that memberships end, and leaves those that are in force. */
export function holdLeavers(tx: OrgTransaction, leavers: Leavers, held: Held): void {
  if ('memberIds' in leavers && leavers.memberIds.length === 0) return;
  const [those, values] =
    'memberIds' in leavers
      ? ['team_id = $2 and member_id = any ($3::uuid[])', [leavers.teamId, leavers.memberIds]]
      : 'teamId' in leavers
        ? ['team_id = $2', [leavers.teamId]]
        : ['member_id = $2', [leavers.memberId]];
  tx.send({
    text: `delete from team_members tm where tm.org_id = $1 and ${those} and not tm.in_force and not ${wantedNow}`,
    values: [tx.orgId, ...values],
  });
  const next = values.length + 2;
  // What an admin says of a membership holds until its person goes, and is remembered of them then.
  const staysByHand = 'memberId' in leavers ? 'by_hand and held_by is null' : 'false';
  tx.send({
    text: `update team_members set asked = false, held_by = case when ${staysByHand} then null else $${next}::uuid end,
        held_source = case when ${staysByHand} then null else $${next + 1}::jsonb end where org_id = $1 and ${those}`,
    values: [tx.orgId, ...values, ...heldValues(held)],
  });
}

/** Asks that a person goes: from now on there is no such person for the provider, and in force nothing changes. */
export function holdMemberDeletion(tx: OrgTransaction, memberId: string, held: Held, now: Date): void {
  tx.send({
    text: `update members set asked_active = false, version = version + 1, updated_at = $3, deleted_at = $3, held_by = $4, held_source = $5
      where org_id = $1 and id = $2`,
    values: [tx.orgId, memberId, now, ...heldValues(held)],
  });
  deleteEmails(tx, memberId);
  holdLeavers(tx, { memberId }, held);
}

/** The same of a team. */
export function holdTeamDeletion(tx: OrgTransaction, teamId: string, held: Held, now: Date): void {
  tx.send({
    text: `update teams set version = version + 1, updated_at = $3, deleted_at = $3, held_by = $4, held_source = $5
      where org_id = $1 and id = $2`,
    values: [tx.orgId, teamId, now, ...heldValues(held)],
  });
  holdLeavers(tx, { teamId }, held);
}

/** Puts teams that are held already into another batch. Whoever asked stays who it was. */
export function moveHeldTeams(tx: OrgTransaction, teamIds: readonly string[], batch: string): void {
  if (teamIds.length === 0) return;
  tx.send({
    text: 'update teams set held_by = $3 where org_id = $1 and id = any ($2::uuid[]) and held_by is not null',
    values: [tx.orgId, teamIds, batch],
  });
}

/**
 * Opens a batch of a connection, or goes on with the one that is open already or, where the state of the connection holds, still
 * being put in force.
 */
export function openBatch(tx: OrgTransaction, batch: OpenedBatch): void {
  const { id, connectionId, cause = 'connection', kinds = [], now } = batch;
  if (cause === 'connection') {
    tx.send({
      text: `update held_batches set state = 'open'
        where org_id = $1 and connection_id = $2 and cause = 'connection' and state = 'settling'`,
      values: [tx.orgId, connectionId],
    });
  }
  tx.send({
    text: `insert into held_batches (org_id, id, connection_id, state, opened_at, cause, kinds) values ($1, $2, $3, 'open', $4, $5, $6)
      on conflict (org_id, connection_id, cause) where state = 'open' do update set kinds = excluded.kinds`,
    values: [tx.orgId, id, connectionId, now, cause, kinds],
  });
}

/** A batch that is opened; `kinds` are those of which the brake holds what comes from now on. */
export type OpenedBatch = {
  id: string;
  connectionId: string;
  cause?: HeldBatch['cause'];
  kinds?: HeldBatch['kinds'];
  now: Date;
};

/** Says what becomes of a batch. */
export function updateBatch(
  tx: OrgTransaction,
  id: string,
  { state, by, now }: { state: 'open' | 'settling' | 'released' | 'discarded'; by: unknown; now: Date },
): void {
  const isOver = state === 'released' || state === 'discarded';
  tx.send({
    // What is left of a batch of the brake goes nowhere else if the brake has opened another one meanwhile.
    text: `update held_batches h
        set state = case when $3 = 'open' and exists (select from held_batches o
              where o.org_id = $1 and o.connection_id = h.connection_id and o.cause = h.cause and o.state = 'open' and o.id <> h.id)
            then 'discarded' else $3 end,
          ended_at = $4, ended_by = coalesce($5, ended_by)
      where org_id = $1 and id = $2`,
    values: [tx.orgId, id, state, isOver ? now : null, by === undefined ? null : JSON.stringify(by)],
  });
}

/** What becomes of people who are put in force, by their ids. One statement, whatever their number. */
export type SettledMember = {
  readonly id: string;
  readonly status: string;
  readonly statusReason: unknown;
  readonly name: string;
  readonly email: string | undefined;
  readonly origin: string;
  /** Until when a person who is gone is remembered, and the teams that an admin had put them into. */
  readonly gone: { readonly retainedUntil: Date; readonly leftTeams: readonly string[] } | undefined;
};

export function settleMembers(tx: OrgTransaction, members: readonly SettledMember[]): void {
  if (members.length === 0) return;
  const rows = members.map(({ id, status, statusReason, name, email, origin, gone }) => ({
    id,
    status,
    status_reason: statusReason,
    name,
    email,
    origin,
    retained_until: gone?.retainedUntil,
    left_teams: gone?.leftTeams,
  }));
  tx.send({
    name: 'members-settle',
    text: `update members m set status = x.status, was_active = m.was_active or x.status = 'active', status_reason = x.status_reason, in_force_name = x.name, in_force_email = x.email,
        origin = x.origin, linking = case when x.origin = m.origin and m.origin = 'local' then m.linking end, held_by = null, held_source = null,
        retained_until = coalesce(x.retained_until, m.retained_until), left_teams = coalesce(x.left_teams, m.left_teams)
      from jsonb_to_recordset($2::jsonb) as x (id uuid, status text, status_reason jsonb, name text, email text, origin text,
        retained_until timestamptz, left_teams uuid[])
     where m.org_id = $1 and m.id = x.id`,
    values: [tx.orgId, JSON.stringify(rows)],
  });
}

/** Puts the names that were asked of teams in force. */
export function settleTeams(tx: OrgTransaction, teams: readonly { id: string; name: string; origin: string }[]): void {
  if (teams.length === 0) return;
  tx.send({
    text: `update teams t set in_force_name = x.name, in_force_name_key = t.display_name_key, origin = x.origin, linking = nullif(t.linking, 'asked'), held_by = null, held_source = null
      from jsonb_to_recordset($2::jsonb) as x (id uuid, name text, origin text) where t.org_id = $1 and t.id = x.id`,
    values: [tx.orgId, JSON.stringify(teams)],
  });
}

/** Stores memberships that were held: what was asked counts, and no longer what an admin had said before. */
export function settleMemberships(
  tx: OrgTransaction,
  memberships: readonly { teamId: string; memberId: string; inForce: boolean; reason: unknown }[],
): void {
  if (memberships.length === 0) return;
  tx.send({
    name: 'memberships-settle',
    text: `update team_members tm set in_force = x.in_force, reason = x.reason, by_hand = null, held_by = null, held_source = null
      from jsonb_to_recordset($2::jsonb) as x (team_id uuid, member_id uuid, in_force boolean, reason jsonb)
     where tm.org_id = $1 and tm.team_id = x.team_id and tm.member_id = x.member_id`,
    values: [
      tx.orgId,
      JSON.stringify(
        memberships.map(({ teamId, memberId, inForce, reason }) => ({
          team_id: teamId,
          member_id: memberId,
          in_force: inForce,
          reason,
        })),
      ),
    ],
  });
}
