/** Reads what a connection provisioned, a page at a time, when the connection ends. Costs by what there is of it. */
import type { DisconnectChoice } from '../organization/disconnecting.ts';
import type { TeamOrigin } from '../organization/lifecycle.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { Resource } from '../scim/schema.ts';
import { isHere, wantedNow } from './access-rows.ts';
import { endingTeam } from './held-rows.ts';
import type { OrgTransaction } from './organization-transaction.ts';

type After = { after: string | undefined; limit: number };

/**
 * Whether a row is of a connection `$2`: of its own, or handed over and not taken over by a provider yet. What was handed over is
 * left out where all is handed over, as there is nothing to do about it.
 */
const isOf = (row: 'm' | 't' | 'r', choice?: DisconnectChoice) =>
  choice === 'hand-over'
    ? `${row}.connection_id = $2`
    : `(${row}.connection_id = $2 or ${row}.connection_id is null and ${row}.origin <> 'local')`;

/** People of a connection, by rising id; where its teams end also those of others who are in these. */
export async function readPeopleOfConnection(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  { after, limit }: After,
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select m.id from members m
      where m.org_id = $1 and (m.deleted_at is null or m.status <> 'removed') and ($3::uuid is null or m.id > $3) and (${isOf('m', choice)}
        or $5 and exists (select from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
          where tm.org_id = $1 and tm.member_id = m.id and ${wantedNow} and ${endingTeam('$2')}))
      order by m.id limit $4`,
    values: [tx.orgId, connection, after, limit, choice === 'remove'],
  });
  return rows.map(({ id }) => id);
}

/** What the end of a connection needs to know of a person beside what is in force of them. */
export type PersonOfConnection = {
  id: string;
  /** Whether the person is of the connection; else the person only is in a team that ends. */
  isOf: boolean;
  /** Whether somebody else has the userName since the provider deleted the person, which was held. */
  isNameTaken: boolean;
  externalId: string | undefined;
};

/** The same people, whose rows the transaction may hold. */
export async function readStandingOf(
  tx: OrgTransaction,
  connection: string,
  ids: readonly string[],
): Promise<Map<string, PersonOfConnection>> {
  const { rows } = await tx.query<{ id: string; is_of: boolean; is_taken: boolean; external_id: string | null }>({
    text: `select m.id, ${isOf('m')} as is_of, m.external_id,
        m.deleted_at is not null and exists (select from members x where x.org_id = $1 and x.user_name_key = m.user_name_key
          and x.deleted_at is null and x.status <> 'held') as is_taken
      from members m where m.org_id = $1 and m.id = any ($3::uuid[])`,
    values: [tx.orgId, connection, ids],
  });
  return new Map(
    rows.map((row) => [
      row.id,
      { id: row.id, isOf: row.is_of, isNameTaken: row.is_taken, externalId: row.external_id ?? undefined },
    ]),
  );
}

/** Those of whom a connection asked and who never came into force. */
export async function lockHeldNewcomers(
  tx: OrgTransaction,
  connection: string,
  limit: number,
): Promise<{ id: string; scim: Resource; isAskedFor: boolean }[]> {
  const { rows } = await tx.query<{ id: string; scim: Resource; asked: boolean }>({
    text: `select m.id, m.scim, m.deleted_at is null as asked from members m where m.org_id = $1 and m.status = 'held' and m.connection_id = $2
      order by m.id limit $3 for no key update`,
    values: [tx.orgId, connection, limit],
  });
  return rows.map(({ asked: isAskedFor, ...row }) => ({ ...row, isAskedFor }));
}

/** Ids of those who administer the organization, owners first. */
export async function readAdministering(tx: OrgTransaction): Promise<string[]> {
  const { rows } = await tx.query<{ id: string; role: BuiltInRole }>({
    text: `select m.id, m.role from members m where m.org_id = $1 and (m.role in ('owner', 'admin') or m.id = any ($2::uuid[]))
        and m.status = 'active' and ${isHere}
      order by m.id`,
    values: [tx.orgId, idsByNow(tx)],
  });
  const byNow = rows.map(({ id, role }) => ({ id, role: roleByNow(tx, id, role) }));
  return [...byNow.filter(({ role }) => role === 'owner'), ...byNow.filter(({ role }) => role === 'admin')].map(
    ({ id }) => id,
  );
}

/** Whoever has another role in a trial than their row says, or may have. */
const idsByNow = ({ trial }: OrgTransaction) => [...(trial?.people?.access.keys() ?? [])];
const roleByNow = ({ trial }: OrgTransaction, id: string, role: BuiltInRole): BuiltInRole =>
  trial?.people?.access.get(id)?.role ?? role;

/** Owners whom the end of a connection is about: its own people, and with `teamsEnd` those in teams that end with it. */
export async function readOwnersOfConnection(
  tx: OrgTransaction,
  connection: string,
  teamsEnd: boolean,
): Promise<{ id: string; userName: string }[]> {
  const { rows } = await tx.query<{ id: string; user_name: string; role: BuiltInRole }>({
    text: `select m.id, m.scim ->> 'userName' as user_name, m.role from members m
      where m.org_id = $1 and (m.role = 'owner' or m.id = any ($4::uuid[])) and ${isHere} and (${isOf('m')}
        or $3 and exists (select from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
          where tm.org_id = $1 and tm.member_id = m.id and ${wantedNow} and t.grants_role = 'owner' and ${endingTeam('$2')}))
      order by m.id`,
    values: [tx.orgId, connection, teamsEnd, idsByNow(tx)],
  });
  return rows
    .filter(({ id, role }) => roleByNow(tx, id, role) === 'owner')
    .map(({ id, user_name: userName }) => ({ id, userName }));
}

/** A team of a connection. */
export type TeamOfConnection = {
  id: string;
  askedName: string;
  /** Undefined for a team that is asked for and was never here. */
  inForceName: string | undefined;
  origin: TeamOrigin;
  isAskedFor: boolean;
  isNameTaken: boolean;
  externalId: string | undefined;
  /** Whether it gives a role or a license. */
  gives: boolean;
};

/** Teams of a connection, by rising id. */
export async function readTeamsOfConnection(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  { after, limit }: After,
  lock: boolean,
): Promise<TeamOfConnection[]> {
  const { rows } = await tx.query<{
    id: string;
    display_name: string;
    in_force_name: string | null;
    origin: TeamOrigin;
    deleted_at: Date | null;
    is_taken: boolean;
    external_id: string | null;
    gives: boolean;
  }>({
    text: `select t.id, t.display_name, t.in_force_name, t.origin, t.deleted_at, t.external_id,
        t.grants_role is not null or t.grants_license is not null as gives,
        t.deleted_at is not null and exists (select from teams x where x.org_id = $1 and x.display_name_key = t.display_name_key
          and x.deleted_at is null and x.in_force_name is not null) as is_taken
      from teams t where t.org_id = $1 and ${isOf('t', choice)} and (t.deleted_at is null or t.in_force_name is not null)
        and ($3::uuid is null or t.id > $3) order by t.id limit $4 ${lock ? 'for no key update of t' : ''}`,
    values: [tx.orgId, connection, after, limit],
  });
  return rows.map((row) => ({
    id: row.id,
    askedName: row.display_name,
    inForceName: row.in_force_name ?? undefined,
    origin: row.origin,
    isAskedFor: row.deleted_at === null,
    isNameTaken: row.is_taken,
    externalId: row.external_id ?? undefined,
    gives: row.gives,
  }));
}

/** A resource of a connection that is neither a person nor a team. */
export type ResourceOfConnection = { id: string; type: string; scim: Resource };

/** Resources of a connection, by rising id, under a lock. */
export async function readResourcesOfConnection(
  tx: OrgTransaction,
  connection: string,
  choice: DisconnectChoice,
  { after, limit }: After,
): Promise<ResourceOfConnection[]> {
  const { rows } = await tx.query<{ id: string; resource_type: string; scim: Resource }>({
    text: `select r.id, r.resource_type, r.scim from resources r
      where r.org_id = $1 and ${isOf('r', choice)} and r.deleted_at is null and ($3::uuid is null or r.id > $3)
      order by r.id limit $4 for no key update`,
    values: [tx.orgId, connection, after, limit],
  });
  return rows.map((row) => ({ id: row.id, type: row.resource_type, scim: row.scim }));
}
