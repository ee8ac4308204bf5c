/** Writes what becomes of what a connection provisioned. Each is one statement or a few, whatever the number of rows. */
import type { DisconnectChoice } from '../organization/disconnecting.ts';
import type { Reason } from '../organization/plan.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** Stores that a connection is being disconnected; `by` is whoever does it, as the events say it. */
export function beginEnding(
  tx: OrgTransaction,
  id: string,
  { choice, by, now }: { choice: DisconnectChoice; by: unknown; now: Date },
): void {
  tx.send({
    text: `update connections set state = 'disconnecting', choice = $3, ended_by = $4, updated_at = $5, silent_since = null
      where org_id = $1 and id = $2`,
    values: [tx.orgId, id, choice, JSON.stringify(by), now],
  });
}

/** Stores that a connection has ended. */
export function endConnection(tx: OrgTransaction, id: string, now: Date): void {
  tx.send({
    text: `update connections set state = 'disconnected', ended_at = $3, updated_at = $3 where org_id = $1 and id = $2`,
    values: [tx.orgId, id, now],
  });
}

/** Discards the batches of a connection that are not over, and returns their ids. */
export async function discardBatchesOf(
  tx: OrgTransaction,
  connection: string,
  { by, now }: { by: unknown; now: Date },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `update held_batches h set state = 'discarded', ended_at = $3, ended_by = $4
      where h.org_id = $1 and h.connection_id = $2 and h.state in ('open', 'settling') returning h.id`,
    values: [tx.orgId, connection, now, JSON.stringify(by)],
  });
  return rows.map(({ id }) => id);
}

/** Whether rows become an admin's, or stay managed and wait for the next provider. */
export type Parted = 'local' | 'handed-over';

/**
 * Parts people from their connection, with the name by which it knew them. What was held is forgotten, so what is asked of
 * somebody local is what is in force. `reason` is stored for those who are active.
 */
export function partMembers(
  tx: OrgTransaction,
  people: readonly { id: string; emailKeys: readonly string[] }[],
  { as, reason, now }: { as: Parted; reason: Reason; now: Date },
): void {
  if (people.length === 0) return;
  const ids = people.map(({ id }) => id);
  const isLocal = as === 'local';
  tx.send({
    text: `update members m set connection_id = null, external_id = null, linking = null, held_by = null, held_source = null, deleted_at = null,
        version = m.version + 1, updated_at = $3,
        ${
          isLocal
            ? `origin = 'local', unlocked_until = null, asked_active = m.status in ('active', 'invited'),
              scim = (m.scim - 'externalId') || jsonb_build_object('active', m.status in ('active', 'invited')),
              status_reason = case when m.status = 'active' then $4::jsonb else m.status_reason end`
            : `asked_active = case when m.held_by is null then m.asked_active else m.status in ('active', 'invited') end,
              scim = (m.scim - 'externalId') || jsonb_build_object('active',
                case when m.held_by is null then m.asked_active else m.status in ('active', 'invited') end)`
        }
      where m.org_id = $1 and m.id = any ($2::uuid[])`,
    values: isLocal ? [tx.orgId, ids, now, JSON.stringify(reason)] : [tx.orgId, ids, now],
  });
  const found = people.filter(({ emailKeys }) => emailKeys.length > 0);
  if (found.length === 0) return;
  // Whom the provider had deleted, which was held, is found by no address until now.
  tx.send({
    text: `insert into member_emails (org_id, member_id, value_key)
      select c.org_id, x.member_id, x.value_key from event_counters c, unnest($2::uuid[], $3::text[]) as x (member_id, value_key)
       where c.org_id = $1
      on conflict (org_id, member_id, value_key) do nothing`,
    values: [
      tx.orgId,
      found.flatMap(({ id, emailKeys }) => emailKeys.map(() => id)),
      found.flatMap(({ emailKeys }) => emailKeys),
    ],
  });
}

/** Makes the rows of people who are removed already tombstones for the provider too, and takes what they had. */
export function buryMembers(tx: OrgTransaction, ids: readonly string[], now: Date): void {
  if (ids.length === 0) return;
  tx.send({
    text: `update members m set asked_active = false, deleted_at = coalesce(m.deleted_at, $3), version = m.version + 1, updated_at = $3,
        held_by = null, held_source = null, waiting_address = null, waiting_until = null
      where m.org_id = $1 and m.id = any ($2::uuid[])`,
    values: [tx.orgId, ids, now],
  });
  tx.send({
    text: 'delete from member_emails e where e.org_id = $1 and e.member_id = any ($2::uuid[])',
    values: [tx.orgId, ids],
  });
}

/** Ends people who were asked for and never here: they leave no trace but the id, which is never given again. */
export function dropNewcomers(tx: OrgTransaction, ids: readonly string[], reason: Reason, now: Date): void {
  tx.send({
    text: 'delete from team_members tm where tm.org_id = $1 and tm.member_id = any ($2::uuid[])',
    values: [tx.orgId, ids],
  });
  tx.send({
    text: `update members m set status = 'removed', status_reason = $3, retained_until = $4
      where m.org_id = $1 and m.id = any ($2::uuid[])`,
    values: [tx.orgId, ids, JSON.stringify(reason), now],
  });
  buryMembers(tx, ids, now);
}

/** Takes the values of deleted resources of one type out of the index, so that those that are unique may be used again. */
export function deleteValuesOfMany(tx: OrgTransaction, type: string, ids: readonly string[]): void {
  if (ids.length === 0) return;
  tx.send({
    text: 'delete from attribute_values a where a.org_id = $1 and a.resource_type = $2 and a.resource_id = any ($3::uuid[])',
    values: [tx.orgId, type, ids],
  });
}

/** The same as `partMembers` of teams. */
export function partTeams(tx: OrgTransaction, ids: readonly string[], as: Parted, now: Date): void {
  if (ids.length === 0) return;
  tx.send({
    text: `update teams t set connection_id = null, external_id = null, linking = null, held_by = null, held_source = null, deleted_at = null,
        link_asked_at = null, link_asked_by = null, scim = t.scim - 'externalId', version = t.version + 1, updated_at = $3
        ${as === 'local' ? `, origin = 'local', unlocked_until = null` : ''}
      where t.org_id = $1 and t.id = any ($2::uuid[])`,
    values: [tx.orgId, ids, now],
  });
}

/** Ends teams that were asked for and never here. */
export function dropNewTeams(tx: OrgTransaction, ids: readonly string[], now: Date): void {
  if (ids.length === 0) return;
  tx.send({
    text: 'delete from team_members tm where tm.org_id = $1 and tm.team_id = any ($2::uuid[])',
    values: [tx.orgId, ids],
  });
  tx.send({
    text: `update teams t set version = t.version + 1, updated_at = $3, deleted_at = $3, retained_until = $3, held_by = null, held_source = null
      where t.org_id = $1 and t.id = any ($2::uuid[])`,
    values: [tx.orgId, ids, now],
  });
}

/** The same of resources of other types, or deletes them. */
export function partResources(
  tx: OrgTransaction,
  ids: readonly string[],
  { as, now }: { as: Parted | 'removed'; now: Date },
): void {
  tx.send({
    text: `update resources r set version = r.version + 1, updated_at = $3,
        ${as === 'removed' ? 'deleted_at = $3' : `connection_id = null, external_id = null, scim = r.scim - 'externalId'`}
        ${as === 'local' ? `, origin = 'local'` : ''}
      where r.org_id = $1 and r.id = any ($2::uuid[])`,
    values: [tx.orgId, ids, now],
  });
}
