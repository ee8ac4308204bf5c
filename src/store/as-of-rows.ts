/** What there is now of people and teams, and what happened to them since: what an earlier state is found from. */
import type { MemberOrigin } from '../organization/lifecycle.ts';
import type { MemberStatus } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import { isHere, wantedNow } from './access-rows.ts';
import type { Database } from './database.ts';
import { asStoredEvent, eventColumns, type StoredEvent, type StoredEventRow } from './event-rows.ts';
import { queryOrganization, queryOrganizationBatch } from './organization-transaction.ts';

/** A place in the feed, and the time that it was found for. */
export type Moment = { readonly seq: number; readonly at: Date };

/** A person as the rows have them now. */
export type PersonNow = {
  id: string;
  userName: string;
  name: string;
  email: string | undefined;
  origin: MemberOrigin;
  status: MemberStatus;
  role: BuiltInRole;
  customRoles: readonly string[];
  license: string | undefined;
  waitsFor: string | undefined;
  /** The teams that somebody wants the person to be in. */
  teams: { id: string; name: string; inForce: boolean }[];
};

/** Times of rows are those of requests, which may commit in another order than they began. Milliseconds. */
const disorderMs = 60_000;

/**
 * The ids of people who may have been there at a moment, by rising id: the rows of its time, and whoever was removed since. What
 * happened since then says who was.
 */
export async function listPeopleOf(
  db: Database,
  org: { id: string },
  { seq, at }: Moment,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await queryOrganization<{ id: string }>(db, org.id, {
    text: `select x.id from (
        (select m.id from members m
          where m.org_id = $1 and ($2::uuid is null or m.id > $2) and m.created_at <= $4 and (${isHere} or m.deleted_at > $5)
          order by m.id limit $6)
        union
        (select e.member_id from events e
          where e.org_id = $1 and e.kind = 'member.removed' and ($2::uuid is null or e.member_id > $2) and e.seq > $3
          order by e.member_id limit $6)) x
      order by x.id limit $6`,
    values: [org.id, after, seq, new Date(at.getTime() + disorderMs), new Date(at.getTime() - disorderMs), limit],
  });
  return rows.map((row) => row.id);
}

/** The ids of people who are in a team, or are to be, by rising id. */
export async function listPeopleOfTeam(
  db: Database,
  org: { id: string },
  team: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await queryOrganization<{ id: string }>(db, org.id, {
    text: `select tm.member_id as id from team_members tm
      where tm.org_id = $1 and tm.team_id = $2 and ($3::uuid is null or tm.member_id > $3) order by tm.member_id limit $4`,
    values: [org.id, team, after, limit],
  });
  return rows.map((row) => row.id);
}

/** People as they are now; whoever has no row any more is left out. */
export async function readPeopleNow(db: Database, org: { id: string }, ids: readonly string[]): Promise<PersonNow[]> {
  const [people, memberships] = (await queryOrganizationBatch(db, org.id, [
    {
      text: `select m.id, m.user_name, m.in_force_name, m.in_force_email, m.origin, m.status, m.role, m.custom_roles, m.license, m.waits_for
        from members m where m.org_id = $1 and m.id = any ($2::uuid[]) and m.status <> 'held'`,
      values: [org.id, ids],
    },
    {
      text: `select tm.member_id, tm.team_id, coalesce(t.in_force_name, t.display_name) as name, tm.in_force from team_members tm
          join teams t on t.org_id = $1 and t.id = tm.team_id
        where tm.org_id = $1 and tm.member_id = any ($2::uuid[]) and ${wantedNow}`,
      values: [org.id, ids],
    },
  ])) as [PersonRow[], { member_id: string; team_id: string; name: string; in_force: boolean }[]];
  const teams = Map.groupBy(memberships, (row) => row.member_id);
  return people.map((row) => ({
    id: row.id,
    userName: row.user_name,
    name: row.in_force_name,
    email: row.in_force_email ?? undefined,
    origin: row.origin,
    status: row.status,
    role: row.role,
    customRoles: row.custom_roles,
    license: row.license ?? undefined,
    waitsFor: row.waits_for ?? undefined,
    teams: (teams.get(row.id) ?? []).map((each) => ({ id: each.team_id, name: each.name, inForce: each.in_force })),
  }));
}

/** The names in force of teams, and the last ones of teams that were removed, which the event of the removal has. */
export async function readTeamNames(
  db: Database,
  org: { id: string },
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await queryOrganization<{ id: string; name: string }>(db, org.id, {
    text: `select t.id, t.in_force_name as name from teams t
        where t.org_id = $1 and t.id = any ($2::uuid[]) and t.in_force_name is not null
      union all
      select e.team_id, e.data -> 'team' ->> 'displayName' from events e
        where e.org_id = $1 and e.team_id = any ($2::uuid[]) and e.kind = 'team.removed'`,
    values: [org.id, ids],
  });
  return new Map(rows.map((row) => [row.id, row.name]));
}

type PersonRow = {
  id: string;
  user_name: string;
  in_force_name: string;
  in_force_email: string | null;
  origin: MemberOrigin;
  status: MemberStatus;
  role: BuiltInRole;
  custom_roles: string[];
  license: string | null;
  waits_for: string | null;
};

/** Events after a number that are about any of these people, in their order. */
export async function readEventsOfPeople(
  db: Database,
  org: { id: string },
  ids: readonly string[],
  page: { after: number; limit: number },
): Promise<StoredEvent[]> {
  const rows = await queryOrganization<StoredEventRow>(db, org.id, {
    text: `select x.* from (
        (select ${eventColumns} from events e
          where e.org_id = $1 and e.member_id = any ($2::uuid[]) and e.seq > $3 order by e.seq limit $5)
        union all
        (select ${eventColumns} from events e
          join (select distinct s.seq, s.at from event_subjects s
                 where s.org_id = $1 and s.subject = any ($4::text[]) and s.seq > $3 order by s.seq limit $5) d
            on e.seq = d.seq and e.at = d.at
         where e.org_id = $1)) x
      order by x.seq limit $5`,
    values: [org.id, ids, page.after, ids.map((id) => `member:${id}`), page.limit],
  });
  return rows.map(asStoredEvent);
}

/** Events of some kinds after a number that are about any of these teams, in their order. */
export async function readEventsOfTeams(
  db: Database,
  org: { id: string },
  teams: readonly string[],
  page: { kind: string; after: number; limit: number },
): Promise<StoredEvent[]> {
  const rows = await queryOrganization<StoredEventRow>(db, org.id, {
    text: `select ${eventColumns} from events e
      where e.org_id = $1 and e.team_id = any ($2::uuid[]) and e.kind = $4 and e.seq > $3 order by e.seq limit $5`,
    values: [org.id, teams, page.after, page.kind, page.limit],
  });
  return rows.map(asStoredEvent);
}
