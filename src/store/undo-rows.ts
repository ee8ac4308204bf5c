import type { MemberOrigin } from '../organization/lifecycle.ts';
import type { MemberStatus } from '../organization/plan.ts';
import { isHere, wantedNow } from './access-rows.ts';
import { isCurrent } from './connections.ts';
import type { Database } from './database.ts';
import { queryOrganizationBatch } from './organization-transaction.ts';

/** What some facts are now, of people and teams that are there, or were removed and are remembered. */
export type FactsNow = {
  members: Map<
    string,
    {
      userName: string;
      status: MemberStatus;
      origin: MemberOrigin;
      isLocal: boolean;
      /** Whether the provider goes on asking that the person is not active, and nothing of the person is held. */
      isDeactivated: boolean;
      /** Removed for good, so that the person comes back under another id. */
      isGone: boolean;
      name: string;
      email: string | undefined;
      /** Of somebody who is invited, whether they may still accept. */
      invitation: 'open' | 'over' | undefined;
      /** Null is nothing by hand. */
      roleByHand: string | null;
      licenseByHand: string | null;
    }
  >;
  teams: Map<
    string,
    {
      name: string;
      isLocal: boolean;
      /** Removed, so that the team comes back under another id. */
      isGone: boolean;
      role: string | null;
      license: string | null;
    }
  >;
  /** The memberships that somebody wants, as `<team> <member>`. */
  memberships: Set<string>;
  /** When the organization's connection was made. */
  connectedSince: Date;
  /** The keys of the custom roles, and the license types that there are seats of. */
  roles: ReadonlySet<string>;
  licenses: ReadonlySet<string>;
};

/** Reads what people, teams and memberships are now. One round trip, whatever their number. */
export async function readFactsNow(
  db: Database,
  org: { id: string },
  ids: {
    members: readonly string[];
    teams: readonly string[];
    memberships: readonly { team: string; member: string }[];
  },
  at: Date,
): Promise<FactsNow> {
  const [members, teams, memberships, [connection], roles, licenses] = (await queryOrganizationBatch(db, org.id, [
    {
      text: `select m.id, m.user_name, m.status, m.origin, m.in_force_name, m.in_force_email, m.role_by_hand, m.license_by_hand, not (${isHere}) as is_gone,
          m.origin <> 'local' and m.deleted_at is null and m.held_by is null and not m.asked_active as is_deactivated,
          case when m.status <> 'invited' then null when m.invited_until <= $3 then 'over' else 'open' end as invitation
        from members m where m.org_id = $1 and m.id = any ($2::uuid[]) and (${isHere} or m.status = 'removed' and m.retained_until > $3)`,
      values: [org.id, ids.members, at],
    },
    {
      text: `select t.id, coalesce(t.in_force_name, t.display_name) as name, t.in_force_name is null as is_gone, t.origin, t.grants_role, t.grants_license from teams t
        where t.org_id = $1 and t.id = any ($2::uuid[])
          and (t.in_force_name is not null or t.deleted_at is not null and t.retained_until > $3)`,
      values: [org.id, ids.teams, at],
    },
    {
      text: `select tm.team_id, tm.member_id from team_members tm
          join unnest($2::uuid[], $3::uuid[]) as x (team_id, member_id) on tm.team_id = x.team_id and tm.member_id = x.member_id
        where tm.org_id = $1 and ${wantedNow}`,
      values: [org.id, ids.memberships.map(({ team }) => team), ids.memberships.map(({ member }) => member)],
    },
    {
      text: `select k.created_at from connections k where k.org_id = $1 and ${isCurrent} order by k.id limit 1`,
      values: [org.id],
    },
    { text: 'select r.key from roles r where r.org_id = $1', values: [org.id] },
    {
      text: 'select s.license from license_seats s where s.org_id = $1 and s.seats_limit is distinct from 0',
      values: [org.id],
    },
  ])) as [
    MemberRow[],
    TeamRow[],
    { team_id: string; member_id: string }[],
    { created_at: Date }[],
    { key: string }[],
    { license: string }[],
  ];
  return {
    roles: new Set(roles.map(({ key }) => key)),
    licenses: new Set(licenses.map(({ license }) => license)),
    connectedSince: connection?.created_at ?? at,
    members: new Map(
      members.map((row) => [
        row.id,
        {
          userName: row.user_name,
          status: row.status,
          origin: row.origin,
          isLocal: row.origin === 'local',
          isDeactivated: row.is_deactivated,
          isGone: row.is_gone,
          name: row.in_force_name,
          email: row.in_force_email ?? undefined,
          invitation: row.invitation ?? undefined,
          roleByHand: row.role_by_hand,
          licenseByHand: row.license_by_hand,
        },
      ]),
    ),
    teams: new Map(
      teams.map((row) => [
        row.id,
        {
          name: row.name,
          isLocal: row.origin === 'local',
          isGone: row.is_gone,
          role: row.grants_role,
          license: row.grants_license,
        },
      ]),
    ),
    memberships: new Set(memberships.map((row) => `${row.team_id} ${row.member_id}`)),
  };
}

type MemberRow = {
  id: string;
  user_name: string;
  status: MemberStatus;
  origin: MemberOrigin;
  in_force_name: string;
  in_force_email: string | null;
  invitation: 'open' | 'over' | null;
  role_by_hand: string | null;
  license_by_hand: string | null;
  is_gone: boolean;
  is_deactivated: boolean;
};

type TeamRow = {
  id: string;
  name: string;
  is_gone: boolean;
  origin: string;
  grants_role: string | null;
  grants_license: string | null;
};
