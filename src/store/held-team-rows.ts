/** Reads the teams that are held, and those whose names others wait for. Costs by their number. */
import type { TeamOrigin } from '../organization/lifecycle.ts';
import type { Linking } from '../organization/linking.ts';
import type { Source } from '../organization/plan.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A team that a batch holds. */
export type HeldTeam = {
  id: string;
  askedName: string;
  askedNameKey: string;
  inForceName: string | undefined;
  inForceNameKey: string | undefined;
  origin: TeamOrigin;
  /** Whether it gives a role or a license. */
  gives: boolean;
  /** Whether whoever is in it administers the organization by it, unless the ceiling of a token cuts that. */
  administers: boolean;
  linking: Linking | undefined;
  source: Source;
};

/** The same as `heldTeamRefusal` of a row `t`. */
export const isRefused = `(t.origin = 'local' and t.linking is not null
  and (t.linking = 'refused' or t.linking = 'asked' and (t.grants_role is not null or t.grants_license is not null)))`;

export type After = { after: string | undefined; limit: number };

/** The columns of a row `t` that `heldTeamOf` reads. */
export const heldTeamColumns = `t.id, t.display_name, t.display_name_key, t.in_force_name, t.in_force_name_key, t.origin,
  t.grants_role is not null or t.grants_license is not null as gives,
  coalesce(t.grants_role in ('owner', 'admin'), false) as administers, t.linking, t.held_source`;

export type HeldTeamRow = {
  id: string;
  display_name: string;
  display_name_key: string;
  in_force_name: string | null;
  in_force_name_key: string | null;
  origin: TeamOrigin;
  gives: boolean;
  administers: boolean;
  linking: Linking | null;
  held_source: Source | null;
};

export const heldTeamOf = (row: HeldTeamRow): HeldTeam => ({
  id: row.id,
  askedName: row.display_name,
  askedNameKey: row.display_name_key,
  inForceName: row.in_force_name ?? undefined,
  inForceNameKey: row.in_force_name_key ?? undefined,
  origin: row.origin,
  gives: row.gives,
  administers: row.administers,
  linking: row.linking ?? undefined,
  source: row.held_source ?? {},
});

/**
 * Teams that a batch holds, by rising id: those that are asked for, or those that are to go. Without a batch, those that nothing
 * holds and whose sides differ all the same. `refused` are those of either kind that stay held when the batch is let go.
 */
export async function readHeldTeams(
  tx: OrgTransaction,
  batch: string | undefined,
  which: 'asked' | 'gone' | 'refused',
  { after, limit }: After,
  lock: boolean,
): Promise<HeldTeam[]> {
  const kind =
    which === 'refused' ? isRefused : `t.deleted_at is ${which === 'asked' ? 'null' : 'not null'} and not ${isRefused}`;
  const those =
    batch === undefined
      ? `$2::uuid is null and t.held_by is null and t.in_force_name is ${which === 'asked' ? 'null' : 'not null'}`
      : 't.held_by = $2';
  const { rows } = await tx.query<HeldTeamRow>({
    text: `select ${heldTeamColumns} from teams t
      where t.org_id = $1 and ${those} and ${kind} and ($3::uuid is null or t.id > $3)
      order by t.id limit $4 ${lock ? 'for no key update' : ''}`,
    values: [tx.orgId, batch, after, limit],
  });
  return rows.map(heldTeamOf);
}

/**
 * Locks the teams of a batch that are to leave the names which some of its teams get, and those that are to leave the names which
 * these get, and so on, beside those that are known.
 */
export async function lockTeamsLeavingFor(
  tx: OrgTransaction,
  batch: string,
  teams: readonly Pick<HeldTeam, 'id' | 'askedNameKey'>[],
): Promise<HeldTeam[]> {
  const { rows } = await tx.query<HeldTeamRow>({
    text: `with recursive leaving (id, key) as (
        select x.id, x.key collate "C" from unnest($3::uuid[], $4::text[]) as x (id, key)
        union
        select t.id, t.display_name_key from leaving l join teams t on t.org_id = $1 and t.in_force_name_key = l.key and t.id <> l.id
          where t.held_by = $2 and t.deleted_at is null and not ${isRefused})
      select ${heldTeamColumns} from teams t
       where t.org_id = $1 and t.id in (select l.id from leaving l) and t.id <> all ($3::uuid[]) and t.held_by = $2
       order by t.id for no key update`,
    values: [tx.orgId, batch, teams.map(({ id }) => id), teams.map(({ askedNameKey }) => askedNameKey)],
  });
  return rows.map(heldTeamOf);
}
