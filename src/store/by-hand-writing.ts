import type { Reason } from '../organization/plan.ts';
import type { Membership } from './membership-writing.ts';
import type { OrgTransaction } from './organization-transaction.ts';

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
    text: `select tm.asked, coalesce(tm.by_hand, tm.asked) as wanted, tm.in_force, m.status
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
      on conflict (org_id, team_id, member_id) do update set by_hand = excluded.by_hand, in_force = excluded.in_force, reason = excluded.reason`,
    values: [tx.orgId, teamId, memberId, said.isIn, said.inForce, JSON.stringify(said.reason)],
  });
}

/** Gives a team another name in force, and leaves what was asked. */
export function updateTeamInForce(tx: OrgTransaction, teamId: string, name: string): void {
  tx.send({
    text: 'update teams set in_force_name = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, teamId, name],
  });
}
