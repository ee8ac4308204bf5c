/** What the brake counts, in the row of the organization's event counter (src/organization/brake.ts). */
import {
  type BrakeBase,
  type BrakeCounts,
  type BrakeKind,
  type BrakeLimits,
  type BrakeWindow,
  brakeKinds,
} from '../organization/brake.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** What a transaction takes out of force, and what the organization lets happen in a window. */
export type BrakedCounts = {
  readonly counts: BrakeCounts;
  readonly limits: BrakeLimits;
  readonly windowMs: number;
  readonly at: Date;
};

/** The columns of the counts of live rows that shares are of. */
const bases: Record<BrakeBase, string> = { members: 'c.members', teams: 'c.teams', admins: 'c.admins' };

/**
 * The part of the update of the counter's row `c` that counts what is taken out of force, and says whether it is too much: the check
 * `event_counters_brake` fails the transaction then. It is `kindsOver` in SQL. The counts of live rows are those from before the
 * update.
 *
 * @param at the parameter with the moment
 * @param kinds the parameter with the document of `brakedValues`
 */
export const countBraked = (at: string, kinds: string) => `,
        (brake_since, brake_now, brake_before, brake_over) = (
          select w.since, array_agg(x.counted order by x.place), array_agg(x.before order by x.place), coalesce(bool_or(x.is_over), false)
            from (select case when e.elapsed is null or e.elapsed >= 2 * e.length then ${at}::timestamptz
                    else c.brake_since + make_interval(secs => floor(e.elapsed / e.length) * e.length) end as since,
                  coalesce(floor(e.elapsed / e.length), 2) as windows,
                  1 - coalesce(e.elapsed / e.length - floor(e.elapsed / e.length), 0) as share
                from (select case when c.brake_since is not null then greatest(0, extract(epoch from ${at}::timestamptz - c.brake_since)) end as elapsed,
                    (${kinds}::jsonb ->> 'seconds')::numeric as length) e) w,
              lateral (select k.place, k.before, k.counted, k.count > 0 and k.counted + floor(k.before * w.share) > k.most as is_over
                from (select r.place, r.count,
                      case when w.windows = 0 then c.brake_before[r.place] when w.windows = 1 then c.brake_now[r.place] else 0 end as before,
                      case when w.windows = 0 then c.brake_now[r.place] else 0 end + r.count as counted,
                      least(r.most, greatest(r.floor, floor(r.share *
                        case r.base ${Object.entries(bases)
                          .map(([base, column]) => `when '${base}' then ${column}`)
                          .join(' ')} end / 100))) as most
                    from jsonb_to_recordset(${kinds}::jsonb -> 'kinds')
                      as r (place int, count int, most int, floor int, share numeric, base text)) k) x
           group by w.since)`;

/** The values of the two parameters. A kind that is off is counted and never too much. */
export const brakedValues = ({ counts, limits, windowMs, at }: BrakedCounts): unknown[] => [
  at,
  JSON.stringify({
    seconds: windowMs / 1000,
    kinds: brakeKinds.map((kind, index) => ({
      place: index + 1,
      count: counts[kind] ?? 0,
      most: limits[kind]?.count ?? null,
      floor: limits[kind]?.floor ?? null,
      share: limits[kind]?.share ?? null,
      base: limits[kind]?.of ?? null,
    })),
  }),
];

/** What the brake has counted, and of how many. */
export type BrakeState = { window: BrakeWindow; base: Record<BrakeBase, number> };

/** Reads what the brake has counted under the lock of the organization's counter: nobody counts until the transaction ends. */
export async function lockBrake(tx: OrgTransaction): Promise<BrakeState> {
  const { rows } = await tx.query<{
    brake_since: Date | null;
    brake_now: number[];
    brake_before: number[];
    members: string;
    teams: string;
    admins: string;
  }>({
    text: `select c.brake_since, c.brake_now, c.brake_before, c.members, c.teams, c.admins from event_counters c
      where c.org_id = $1 for no key update`,
    values: [tx.orgId],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`the organization ${tx.orgId} has no counter`);
  const byKind = (counts: readonly number[]) =>
    Object.fromEntries(brakeKinds.map((kind, index) => [kind, counts[index] ?? 0])) as Record<BrakeKind, number>;
  return {
    window: { since: row.brake_since ?? undefined, now: byKind(row.brake_now), before: byKind(row.brake_before) },
    base: { members: Number(row.members), teams: Number(row.teams), admins: Number(row.admins) },
  };
}
