import type { Reason } from '../organization/plan.ts';
import { wantedNow } from './access-rows.ts';
import type { Membership, MembershipChange } from './membership-writing.ts';
import type { OrgTransaction } from './organization-transaction.ts';
import type { AskedTeam } from './team-writing.ts';

/**
 * The membership of one person in a team, both of whom the transaction has locked, held still until it ends. `asked` is what
 * is wanted of it, by an admin or else by the provider. Undefined if there is none.
 */
export async function lockMembership(
  tx: OrgTransaction,
  teamId: string,
  memberId: string,
): Promise<(Membership & { askedByProvider: boolean }) | undefined> {
  const { rows } = await tx.query<{
    asked: boolean;
    wanted: boolean;
    in_force: boolean;
    status: Membership['memberStatus'];
  }>({
    text: `select tm.asked, ${wantedNow} as wanted, tm.in_force, m.status
      from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
     where tm.org_id = $1 and tm.team_id = $2 and tm.member_id = $3 for update of tm`,
    values: [tx.orgId, teamId, memberId],
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  const { asked: askedByProvider, wanted: asked, in_force: inForce, status: memberStatus } = row;
  return { teamId, memberId, asked, inForce, memberStatus, askedByProvider };
}

/** Stores what an admin says of a membership, beside what the provider asked, and what is in force of it now. */
export function saveMembershipByHand(
  tx: OrgTransaction,
  { teamId, memberId }: { teamId: string; memberId: string },
  said: { isIn: boolean; inForce: boolean; reason: Reason },
): void {
  tx.send({
    text: `insert into team_members (org_id, team_id, member_id, asked, by_hand, in_force, reason) values ($1, $2, $3, false, $4, $5, $6)
      on conflict (org_id, team_id, member_id) do update set by_hand = excluded.by_hand, in_force = excluded.in_force, reason = excluded.reason,
        held_by = null, held_source = null`,
    values: [tx.orgId, teamId, memberId, said.isIn, said.inForce, JSON.stringify(said.reason)],
  });
}

/** Stores memberships of an admin's in teams that the transaction holds. One statement, whatever their number. */
export function insertMembershipsByHand(tx: OrgTransaction, changes: readonly MembershipChange[]): void {
  tx.send({
    text: `insert into team_members (org_id, team_id, member_id, asked, by_hand, in_force, reason)
      select c.org_id, x.team_id, x.member_id, false, true, x.in_force, x.reason
        from event_counters c, unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::jsonb[]) as x (team_id, member_id, in_force, reason)
       where c.org_id = $1`,
    values: [
      tx.orgId,
      changes.map(({ teamId }) => teamId),
      changes.map(({ memberId }) => memberId),
      changes.map(({ to }) => to),
      changes.map(({ reason }) => JSON.stringify(reason)),
    ],
  });
}

/** Makes the memberships that the provider asked for, of teams or of a person, those of an admin, as they are in force now. */
export function takeOverMemberships(
  tx: OrgTransaction,
  of: { readonly teamIds: readonly string[] } | { readonly memberId: string },
): void {
  const [those, value] =
    'teamIds' in of ? ['tm.team_id = any ($2::uuid[])', of.teamIds] : ['tm.member_id = $2', of.memberId];
  tx.send({
    text: `delete from team_members tm where tm.org_id = $1 and ${those} and not ${wantedNow}`,
    values: [tx.orgId, value],
  });
  // The token stays: its ceiling goes on holding for whom it put into the team.
  tx.send({
    text: `update team_members tm set asked = false, by_hand = true, held_by = null, held_source = null
      where tm.org_id = $1 and ${those}`,
    values: [tx.orgId, value],
  });
}

/** Makes what is wanted of memberships now what the provider asked: what was held is forgotten, and what an admin said stays. */
export function forgetHeldMemberships(tx: OrgTransaction, teamIds: readonly string[]): void {
  tx.send({
    text: `delete from team_members tm where tm.org_id = $1 and tm.team_id = any ($2::uuid[])
      and tm.held_by is not null and tm.by_hand is null and tm.asked`,
    values: [tx.orgId, teamIds],
  });
  tx.send({
    text: `update team_members set asked = case when by_hand is null then true else asked end, held_by = null, held_source = null
      where org_id = $1 and team_id = any ($2::uuid[]) and held_by is not null`,
    values: [tx.orgId, teamIds],
  });
}

/**
 * Gives a team another name in force, and leaves what was asked.
 *
 * @throws of the statement, a violation of `teams_name_in_force` if another team has the name, in force or asked
 */
export function updateTeamInForce(
  tx: OrgTransaction,
  teamId: string,
  { displayName, displayNameKey }: Pick<AskedTeam, 'displayName' | 'displayNameKey'>,
): void {
  tx.send({
    text: `update teams t set in_force_name = $3, in_force_name_key = $4,
        meets = $4 is distinct from t.in_force_name_key and exists (select from teams x where x.org_id = $1 and x.id <> $2
          and (x.in_force_name_key = $4 or x.display_name_key = $4 and x.deleted_at is null))
      where t.org_id = $1 and t.id = $2`,
    values: [tx.orgId, teamId, displayName, displayNameKey],
  });
}
