import { isHandedOver } from '../organization/disconnecting.ts';
import type { TeamOrigin } from '../organization/lifecycle.ts';
import type { Linking } from '../organization/linking.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { Resource } from '../scim/schema.ts';
import { roleNeeds } from './access-rows.ts';
import { type Held, heldValues } from './member-writing.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** The asked side of a team, and what of it is searched. */
export type AskedTeam = {
  scim: Resource;
  displayName: string;
  displayNameKey: string;
  externalId: string | undefined;
};

export type LockedTeam = {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  scim: Resource;
  /** Undefined for a team that is asked for and not here yet. */
  inForceName: string | undefined;
  /** The batch that holds the difference between the sides, if one does. */
  heldBy: string | undefined;
  /** Whether the provider wants the team; if not, only the hold on that keeps it here. */
  isAskedFor: boolean;
  grants: TeamGrants;
  origin: TeamOrigin;
  /** Undefined for a local team, and for one that was handed over. */
  connectionId: string | undefined;
  /** Until when an admin has unlocked what the provider manages. */
  unlockedUntil: Date | undefined;
  /** What an admin said about the provider taking the team over. */
  linking: Linking | undefined;
  /** Since when the team waits for an admin to decide whether the provider takes it over. */
  linkAskedAt: Date | undefined;
};

/** What a team gives to the people in it, by mappings that an admin made. */
export type TeamGrants = {
  role: string | undefined;
  /** The least built-in role with all permissions of the role. */
  needs: BuiltInRole | undefined;
  license: string | undefined;
};

/**
 * Reads a team under a lock that lasts to the end of the transaction: changes of one team happen one after the other.
 *
 * @param side whether it is a team for the provider, which has asked for it, or for an admin, for whom it is here
 */
export async function lockTeam(
  tx: OrgTransaction,
  id: string,
  side: 'asked' | 'here' = 'asked',
): Promise<LockedTeam | undefined> {
  const { rows } = await tx.query<{
    id: string;
    version: string;
    created_at: Date;
    updated_at: Date;
    scim: Resource;
    in_force_name: string | null;
    held_by: string | null;
    deleted_at: Date | null;
    grants_role: string | null;
    grants_license: string | null;
    role_needs: BuiltInRole | null;
    origin: TeamOrigin;
    connection_id: string | null;
    unlocked_until: Date | null;
    linking: Linking | null;
    link_asked_at: Date | null;
  }>({
    name: side === 'asked' ? 'team-lock' : 'team-lock-here',
    text: `select t.id, t.version, t.created_at, t.updated_at, t.scim, t.in_force_name, t.grants_role, t.grants_license,
        t.origin, t.connection_id, t.unlocked_until, t.linking, t.link_asked_at, t.held_by, t.deleted_at, ${roleNeeds('$1', 't.grants_role')} as role_needs
      from teams t where t.org_id = $1 and t.id = $2 and ${side === 'asked' ? 't.deleted_at is null' : 't.in_force_name is not null'}
      for no key update`,
    values: [tx.orgId, id],
  });
  const row = rows[0];
  return row === undefined
    ? undefined
    : {
        id: row.id,
        version: Number(row.version),
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        scim: row.scim,
        inForceName: row.in_force_name ?? undefined,
        heldBy: row.held_by ?? undefined,
        isAskedFor: row.deleted_at === null,
        grants: {
          role: row.grants_role ?? undefined,
          needs: row.role_needs ?? undefined,
          license: row.grants_license ?? undefined,
        },
        origin: row.origin,
        connectionId: row.connection_id ?? undefined,
        unlockedUntil: row.unlocked_until ?? undefined,
        linking: row.linking ?? undefined,
        linkAskedAt: row.link_asked_at ?? undefined,
      };
}

/** What is stored of a team. */
type WrittenTeam = {
  id: string;
  /** Undefined for a local team. */
  connectionId: string | undefined;
  origin: TeamOrigin;
  asked: AskedTeam;
  inForceName: string | undefined;
  held?: Held | undefined;
  now: Date;
};

/**
 * Whether another team goes by the name of the row that is written: in force without having been asked for by it, or, for what an
 * admin writes, on its way out. Names that were asked have a unique index. What is held is not in force, so it may be asked beside
 * what is held too.
 */
const isNameInForce = (
  key: string,
  held: string,
) => `exists (select from teams x where x.org_id = $1 and x.in_force_name_key = ${key}
  and x.id <> $2 and case when x.deleted_at is not null then $3::uuid is null
    else x.in_force_name_key <> x.display_name_key and (x.held_by is null or ${held}::uuid is null) end)`;

/** @throws of the statement, a violation of `teams_display_name` or `teams_name_in_force` if another team has the name */
export function insertTeam(tx: OrgTransaction, team: WrittenTeam): void {
  const { asked } = team;
  tx.send({
    name: 'team-insert',
    text: `insert into teams (org_id, id, connection_id, scim, display_name, display_name_key, external_id, in_force_name, origin,
        held_by, held_source, version, created_at, updated_at, in_force_name_key, meets)
      values ($1, $2, $3, $4, $5, $6, $7, $8::text, $9, $10, $11, 1, $12, $12, case when $8::text is not null then $6 end, ${isNameInForce('$6', '$10')})`,
    values: [
      tx.orgId,
      team.id,
      team.connectionId,
      JSON.stringify(asked.scim),
      asked.displayName,
      asked.displayNameKey,
      asked.externalId,
      team.inForceName,
      team.origin,
      ...heldValues(team.held),
      team.now,
    ],
  });
}

/** `linking` is what is said from now on of the provider taking the team over; without it what an admin said stays. */
type RewrittenTeam = WrittenTeam & { version: number; linking?: Linking | undefined };

/** Stores a team anew. A name that is not the one asked is the one that it has had in force. Throws as `insertTeam` does. */
export function updateTeam(tx: OrgTransaction, team: RewrittenTeam): void {
  const { asked } = team;
  tx.send({
    name: 'team-update',
    text: `update teams set connection_id = $3, scim = $4, display_name = $5, display_name_key = $6, external_id = $7, in_force_name = $8::text,
        in_force_name_key = case when $8::text is null then null when $8::text = $5 then $6 else in_force_name_key end,
        origin = $9, held_by = $10, held_source = $11, version = $12, updated_at = $13, linking = coalesce($14, nullif(linking, 'asked')),
        meets = ($6 <> display_name_key or $8::text = $5 and $6 is distinct from in_force_name_key) and ${isNameInForce('$6', '$10')}
      where org_id = $1 and id = $2`,
    values: [
      tx.orgId,
      team.id,
      team.connectionId,
      JSON.stringify(asked.scim),
      asked.displayName,
      asked.displayNameKey,
      asked.externalId,
      team.inForceName,
      team.origin,
      ...heldValues(team.held),
      team.version,
      team.now,
      team.linking,
    ],
  });
}

/** A change of members only: the row's version moves, and none of its indexed columns is written. */
export function touchTeam(tx: OrgTransaction, id: string, now: Date): void {
  tx.send({
    name: 'team-touch',
    text: 'update teams set version = version + 1, updated_at = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, id, now],
  });
}

/** Stores that a team is an admin's or the provider's, and what an admin says about the provider taking it over. */
export function updateTeamLinking(
  tx: OrgTransaction,
  teamId: string,
  { origin, linking }: { origin: TeamOrigin; linking: LockedTeam['linking'] },
): void {
  tx.send({
    text: `update teams set origin = $3, linking = $4, unlocked_until = null, link_asked_at = null, link_asked_by = null,
        held_by = case when $3 = origin and $4::text is not null then held_by end,
        held_source = case when $3 = origin and $4::text is not null then held_source end,
        connection_id = case when $3 = 'local' then null else connection_id end
      where org_id = $1 and id = $2`,
    values: [tx.orgId, teamId, origin, linking],
  });
}

/**
 * Notes that a local team waits for an admin to decide whether the provider takes it over.
 *
 * @returns the name of the team; undefined if it waits already, or is no longer local
 */
export async function markLinkAsked(
  tx: OrgTransaction,
  teamId: string,
  { requestId, now }: { requestId: string; now: Date },
): Promise<string | undefined> {
  const { rows } = await tx.query<{ name: string }>({
    text: `update teams t set link_asked_at = $3, link_asked_by = $4
      where t.org_id = $1 and t.id = $2 and t.origin = 'local' and t.deleted_at is null and t.link_asked_at is null
      returning t.in_force_name as name`,
    values: [tx.orgId, teamId, now, requestId],
  });
  return rows[0]?.name;
}

/** Finds and locks the local team that has a name, by its key, or one that was handed over and that no provider has taken over yet. */
export async function lockLocalTeam(tx: OrgTransaction, displayNameKey: string): Promise<LockedTeam | undefined> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select t.id from teams t
      where t.org_id = $1 and t.display_name_key = $2 and (t.origin = 'local' or t.connection_id is null) and t.deleted_at is null`,
    values: [tx.orgId, displayNameKey],
  });
  const team = rows[0] && (await lockTeam(tx, rows[0].id));
  // Somebody else may have linked or renamed it in between.
  return team !== undefined && (team.origin === 'local' || isHandedOver(team)) ? team : undefined;
}

/** Stores until when a team may be edited by hand; undefined closes it. */
export function updateTeamUnlocked(tx: OrgTransaction, teamId: string, until: Date | undefined): void {
  tx.send({
    text: 'update teams set unlocked_until = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, teamId, until],
  });
}

/** Keeps the row as a tombstone: its name may be used again, its id never is. */
export function markTeamDeleted(tx: OrgTransaction, id: string, now: Date, retainedUntil: Date): void {
  tx.send({
    name: 'team-delete',
    text: `update teams set version = version + 1, updated_at = $3, deleted_at = $3, retained_until = $4, in_force_name = null, in_force_name_key = null,
        held_by = null, held_source = null
      where org_id = $1 and id = $2`,
    values: [tx.orgId, id, now, retainedUntil],
  });
}
