/**
 * What is kept of a member beside the two sides, what was asked and what is in force: by whom they are managed, and what is
 * open for them.
 */
import type { MemberOrigin } from '../organization/lifecycle.ts';
import type { Linking } from '../organization/linking.ts';
import type { Reason } from '../organization/plan.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/**
 * Stores that a member is an admin's or the provider's, and what an admin says about the provider taking them over.
 *
 * @param reason why the status stays that it has in force, where it was held that the provider asks for another one
 */
export function updateMemberLinking(
  tx: OrgTransaction,
  memberId: string,
  {
    origin,
    linking,
    connectionId,
    reason,
  }: { origin: MemberOrigin; linking: Linking | undefined; connectionId?: string | undefined; reason?: Reason },
): void {
  tx.send({
    // What is held of somebody stays held, whatever an admin says of them.
    text: `update members set origin = $3, linking = $4, unlocked_until = null,
        held_by = case when $3 = origin and $4::text is not null then held_by end,
        held_source = case when $3 = origin and $4::text is not null then held_source end,
        connection_id = case when $3 = 'local' then null else coalesce($5, connection_id) end,
        status_reason = case when $6::jsonb is not null and held_by is not null and asked_active <> (status = 'active') and status <> 'invited'
          then $6::jsonb else status_reason end
      where org_id = $1 and id = $2`,
    values: [tx.orgId, memberId, origin, linking, connectionId, reason && JSON.stringify(reason)],
  });
}

/** Stores whether a person is set apart as a way in. */
export function updateBreakGlass(tx: OrgTransaction, memberId: string, isBreakGlass: boolean): void {
  tx.send({
    text: 'update members set break_glass = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, memberId, isBreakGlass],
  });
}

/** How many people are set apart as a way in. */
export async function countBreakGlass(tx: OrgTransaction): Promise<number> {
  const { rows } = await tx.query<{ count: string }>({
    text: 'select count(*) from members m where m.org_id = $1 and m.break_glass and m.deleted_at is null',
    values: [tx.orgId],
  });
  return Number(rows[0]?.count);
}

/** Stores until when a person may accept an invitation. */
export function updateInvitation(tx: OrgTransaction, memberId: string, until: Date): void {
  tx.send({
    text: 'update members set invited_until = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, memberId, until],
  });
}

/** Stores the address that waits for a person to confirm it, and until when; undefined for none. */
export function updateWaitingAddress(
  tx: OrgTransaction,
  memberId: string,
  waiting: { address: string; until: Date } | undefined,
): void {
  tx.send({
    text: 'update members set waiting_address = $3, waiting_until = $4 where org_id = $1 and id = $2',
    values: [tx.orgId, memberId, waiting?.address, waiting?.until],
  });
}

/** Stores until when a member may be edited by hand; undefined closes it. */
export function updateMemberUnlocked(tx: OrgTransaction, memberId: string, until: Date | undefined): void {
  tx.send({
    text: 'update members set unlocked_until = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, memberId, until],
  });
}
