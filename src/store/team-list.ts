import { caseKey } from '../scim/case-key.ts';
import type { Database } from './database.ts';
import { type HeldBecause, heldBecause } from './held-rows.ts';
import { type KeyRange, keysFrom } from './key-range.ts';
import { queryOrganization, type Reader } from './organization-transaction.ts';

/** A team as people see it. */
export type ListedTeam = {
  id: string;
  /** The name in force; of a team that is asked for and not here yet the one that it will have. */
  name: string;
  isHere: boolean;
  askedName: string;
  externalId: string | undefined;
  origin: 'local' | 'synced' | 'linked';
  /** What holds what the provider asks; without `isAskedFor` that is that the team goes. */
  held: HeldBecause | undefined;
  isAskedFor: boolean;
  /** Until when an admin has unlocked what the provider manages. */
  unlockedUntil: Date | undefined;
  /** How many people the provider put into the team. */
  asked: number;
  /** How many of them are in the team now. */
  inForce: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/**
 * Teams in the order of their creation; `after` is the id of the last one seen.
 *
 * @param page.rememberedAt lists those instead that were removed and are remembered at that moment
 */
export async function listTeams(
  db: Database,
  org: { id: string },
  page: {
    limit: number;
    after?: string | undefined;
    rememberedAt?: Date | undefined;
    /** Only those whose name begins with it, in any letter case: the one that was asked, or given here in its place. */
    search?: string | undefined;
  },
): Promise<ListedTeam[]> {
  const { rememberedAt, search } = page;
  const which =
    rememberedAt === undefined
      ? '(t.deleted_at is null or t.in_force_name is not null)'
      : 't.deleted_at is not null and t.retained_until > $4';
  const values: unknown[] = [org.id, page.after, page.limit, ...(rememberedAt === undefined ? [] : [rememberedAt])];
  const those = `t.org_id = $1 and ${which} and ($2::uuid is null or t.id > $2)`;
  const found =
    search === undefined
      ? ''
      : ` and t.id in (${searched(those, keysFrom(search, values), rememberedAt !== undefined)})`;
  const rows = await queryOrganization<TeamRow>(db, org.id, {
    text: `${select} where ${those}${found} order by t.id limit $3`,
    values,
  });
  return rows.map(listedTeam);
}

/**
 * The first of those teams whose keys are in a range: by the index of what was asked, and by that of what is in force. A team that is
 * deleted is not in the first one: it is remembered, or its end is held.
 */
function searched(those: string, within: KeyRange, isRemembered: boolean): string {
  const one = (condition: string) =>
    `(select t.id from teams t where ${those} and ${condition} order by t.id limit $3)`;
  const asked = within('t.display_name_key');
  if (isRemembered) return one(asked);
  return [
    one(`t.deleted_at is null and ${asked}`),
    one(within('t.in_force_name_key')),
    one(`t.deleted_at is not null and t.held_by is not null and ${asked}`),
  ].join(' union ');
}

/** A team by its name: the one in force, or of a team that is asked for and not here yet the one that it will have. */
export type NamedTeam = { id: string; name: string };

/** The teams whose names differ from one of these in nothing but case, width or composition, by rising id. */
export async function findTeamsNamed(db: Reader, org: { id: string }, names: readonly string[]): Promise<NamedTeam[]> {
  return await queryOrganization<NamedTeam>(db, org.id, {
    text: `select t.id, coalesce(t.in_force_name, t.display_name) as name from teams t
      where t.org_id = $1 and (t.in_force_name_key = any ($2::text[])
        or t.display_name_key = any ($2::text[]) and t.in_force_name is null and t.deleted_at is null) order by t.id`,
    values: [org.id, [...new Set(names.map(caseKey))]],
  });
}

/** The teams that have these ids and are asked for or in force, with their names. */
export async function findNamesOfTeams(db: Reader, org: { id: string }, ids: readonly string[]): Promise<NamedTeam[]> {
  return await queryOrganization<NamedTeam>(db, org.id, {
    text: `select t.id, coalesce(t.in_force_name, t.display_name) as name from teams t
      where t.org_id = $1 and t.id = any ($2::uuid[]) and (t.deleted_at is null or t.in_force_name is not null)`,
    values: [org.id, ids],
  });
}

/** A local team that waits for an admin to decide whether the provider takes it over. */
export type PendingLink = { team: { id: string; name: string; inForce: number }; askedAt: Date; requestId: string };

/** The local teams that the provider came upon and that wait for an admin's word, the oldest question first. */
export async function listPendingLinks(db: Database, org: { id: string }, limit: number): Promise<PendingLink[]> {
  const rows = await queryOrganization<{
    id: string;
    name: string;
    in_force: string;
    link_asked_at: Date;
    link_asked_by: string;
  }>(db, org.id, {
    text: `select t.id, t.in_force_name as name, t.link_asked_at, t.link_asked_by,
        (select count(*) from team_members tm where tm.org_id = $1 and tm.team_id = t.id and tm.in_force) as in_force
      from teams t where t.org_id = $1 and t.link_asked_at is not null and t.deleted_at is null
      order by t.link_asked_at, t.id limit $2`,
    values: [org.id, limit],
  });
  return rows.map((row) => ({
    team: { id: row.id, name: row.name, inForce: Number(row.in_force) },
    askedAt: row.link_asked_at,
    requestId: row.link_asked_by,
  }));
}

/** @param orRemoved whether a team that is gone is found too, as one that is neither here nor asked for */
export async function findListedTeam(
  db: Database,
  org: { id: string },
  id: string,
  orRemoved = false,
): Promise<ListedTeam | undefined> {
  const [row] = await queryOrganization<TeamRow>(db, org.id, {
    text: `${select} where t.org_id = $1 and ($3 or t.deleted_at is null or t.in_force_name is not null) and t.id = $2`,
    values: [org.id, id, orRemoved],
  });
  return row === undefined ? undefined : listedTeam(row);
}

const select = `select t.id, t.in_force_name, t.display_name, t.external_id, t.origin, ${heldBecause('t')} as held, t.deleted_at is null as is_asked_for, t.unlocked_until, t.version, t.created_at, t.updated_at, n.asked, n.in_force
  from teams t
  cross join lateral (select count(*) filter (where tm.asked) as asked, count(*) filter (where tm.in_force) as in_force
    from team_members tm where tm.org_id = $1 and tm.team_id = t.id) n`;

type TeamRow = {
  id: string;
  in_force_name: string | null;
  display_name: string;
  external_id: string | null;
  origin: ListedTeam['origin'];
  held: HeldBecause | null;
  is_asked_for: boolean;
  unlocked_until: Date | null;
  asked: string;
  in_force: string;
  version: string;
  created_at: Date;
  updated_at: Date;
};

const listedTeam = (row: TeamRow): ListedTeam => ({
  id: row.id,
  name: row.in_force_name ?? row.display_name,
  isHere: row.in_force_name !== null,
  askedName: row.display_name,
  externalId: row.external_id ?? undefined,
  origin: row.origin,
  held: row.held ?? undefined,
  isAskedFor: row.is_asked_for,
  unlockedUntil: row.unlocked_until ?? undefined,
  asked: Number(row.asked),
  inForce: Number(row.in_force),
  version: Number(row.version),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
