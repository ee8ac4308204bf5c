import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';

/** Somebody, or a team, that was removed and can be brought back. */
export type ListedRemoved = {
  kind: 'member' | 'team';
  id: string;
  /** The userName of the person, or the name of the team. */
  name: string;
  removedAt: Date;
  rememberedUntil: Date;
  /** The event of the removal, if it is still kept. */
  event: { seq: number; kind: string; actor: unknown } | undefined;
};

/**
 * People and teams that were removed and are remembered, the last ones first.
 *
 * @param page.before the one after which the page begins, by until when it is remembered, and its id
 */
export async function listRemoved(
  db: Database,
  org: { id: string },
  page: { limit: number; now: Date; before?: { until: Date; id: string } | undefined },
): Promise<ListedRemoved[]> {
  const { limit, now, before } = page;
  const part = (kind: ListedRemoved['kind'], table: string, name: string, which: string) =>
    `(select '${kind}' as kind, x.id, ${name} as name, x.deleted_at, x.retained_until, e.seq, e.actor, e.at
      from ${table} x
      left join lateral (select e.seq, e.actor, e.at from events e
        where e.org_id = $1 and e.${kind}_id = x.id and e.kind = '${kind}.removed' order by e.seq desc limit 1) e on true
     where x.org_id = $1 and x.retained_until > $2 and x.deleted_at is not null and ${which}
       and ($3::timestamptz is null or (x.retained_until, x.id) < ($3, $4::uuid))
     order by x.retained_until desc, x.id desc limit $5)`;
  const rows = await queryOrganization<{
    kind: ListedRemoved['kind'];
    id: string;
    name: string;
    deleted_at: Date;
    retained_until: Date;
    seq: string | null;
    actor: unknown;
    at: Date | null;
  }>(db, org.id, {
    text: `select * from (
        ${part('member', 'members', 'x.user_name', `x.status = 'removed'`)}
        union all ${part('team', 'teams', 'x.display_name', 'x.in_force_name is null')}) r
      order by r.retained_until desc, r.id desc limit $5`,
    values: [org.id, now, before?.until, before?.id, limit],
  });
  return rows.map((row) => ({
    kind: row.kind,
    id: row.id,
    name: row.name,
    removedAt: row.at ?? row.deleted_at,
    rememberedUntil: row.retained_until,
    event: row.seq === null ? undefined : { seq: Number(row.seq), kind: `${row.kind}.removed`, actor: row.actor },
  }));
}
