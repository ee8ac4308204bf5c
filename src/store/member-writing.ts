import { isHandedOver } from '../organization/disconnecting.ts';
import type { MemberOrigin } from '../organization/lifecycle.ts';
import type { Linking } from '../organization/linking.ts';
import type { MemberStatus, Reason, Source } from '../organization/plan.ts';
import type { Resource } from '../scim/schema.ts';
import {
  type AccessRow,
  accessOfRow,
  type GrantRow,
  grantColumns,
  isHere,
  memberAccessColumns,
  type PersonAccess,
  wantedNow,
} from './access-rows.ts';
import type { Membership } from './membership-writing.ts';
import type { OrgTransaction } from './organization-transaction.ts';
import { waitingOf } from './waiting-address.ts';

/** The asked side of a member, and what of it is searched. */
export type AskedMember = {
  scim: Resource;
  userName: string;
  userNameKey: string;
  externalId: string | undefined;
  displayName: string | undefined;
  displayNameKey: string | undefined;
  active: boolean;
  /** The distinct keys of the e-mail addresses. */
  emailKeys: readonly string[];
};

/** The side in force of a member. */
export type MemberInForce = {
  status: MemberStatus;
  statusReason: Reason;
  name: string;
  email: string | undefined;
  /** Whether the person was ever active. It is read only: writing the status keeps it. */
  wasActive?: boolean | undefined;
};

export type LockedMember = {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  scim: Resource;
  inForce: MemberInForce;
  access: PersonAccess;
  origin: MemberOrigin;
  /** Undefined for a local member. */
  connectionId: string | undefined;
  /** The batch that holds the difference between the sides, if one does. */
  heldBy: string | undefined;
  /** Whether the provider wants the person; if not, only the hold on that keeps the person here. */
  isAskedFor: boolean;
  /** Until when an admin has unlocked what the provider manages. */
  unlockedUntil: Date | undefined;
  /** Until when a person who is invited may accept. */
  invitedUntil: Date | undefined;
  /** The address that waits for the person to confirm it, and until when. */
  waiting: { address: string; until: Date } | undefined;
  /** Whether an admin set the person apart as a way in. */
  isBreakGlass: boolean;
  linking: Linking | undefined;
  /** The teams that the person is to be in, whether the provider or an admin says so. */
  memberships: (Membership & { teamName: string })[];
  /** The teams that a provider may see the person in: those that it put them into, and local ones, by rising id. */
  teams: MemberTeam[];
};

/** A team that a person is in. `isLocal` if an admin put them into it, and it is of the organization's own. */
export type MemberTeam = { id: string; displayName: string; isLocal: boolean };

/**
 * Reads a member and its memberships under locks that last to the end of the transaction. Others may go on referring to the
 * member; they wait to change it, and to put it into a team or take it out of one.
 *
 * @param side whether it is a member for the provider, which has asked for it, or for an admin, for whom it is here
 */
export async function lockMember(
  tx: OrgTransaction,
  id: string,
  side: 'asked' | 'here' = 'asked',
): Promise<LockedMember | undefined> {
  const locked = tx.query<LockedRow>({
    name: side === 'asked' ? 'member-lock' : 'member-lock-here',
    text: `select m.id, m.version, m.created_at, m.updated_at, m.scim, m.status, m.status_reason, m.in_force_name, m.in_force_email,
        m.connection_id, m.unlocked_until, m.invited_until, m.waiting_address, m.waiting_until, m.linking, m.break_glass, m.was_active, m.deleted_at, ${memberAccessColumns}
      from members m where m.org_id = $1 and m.id = $2 and ${side === 'asked' ? 'm.deleted_at is null' : isHere} for no key update`,
    values: [tx.orgId, id],
  });
  // What the teams give is read here and not above: a row that was waited for is read again, what a subquery found is not.
  const memberships = tx.query<
    GrantRow & {
      display_name: string;
      asked: boolean;
      wanted: boolean;
      by_hand: boolean;
      is_local: boolean;
      in_force: boolean;
    }
  >({
    name: 'member-memberships',
    text: `select tm.team_id, t.display_name, tm.asked, ${wantedNow} as wanted, tm.by_hand is not null as by_hand, tm.in_force,
        tm.by_hand is true and t.origin = 'local' and t.held_by is null as is_local, ${grantColumns('$1')}
      from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
      where tm.org_id = $1 and tm.member_id = $2 order by tm.team_id for no key update of tm`,
    values: [tx.orgId, id],
  });
  const row = (await locked).rows[0];
  if (row === undefined) return undefined;
  const teams = (await memberships).rows;
  return {
    id: row.id,
    version: Number(row.version),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    scim: row.scim,
    inForce: {
      status: row.status,
      statusReason: row.status_reason,
      name: row.in_force_name,
      email: row.in_force_email ?? undefined,
      wasActive: row.was_active,
    },
    access: {
      ...accessOfRow(
        id,
        row,
        teams.filter(({ wanted }) => wanted),
      ),
      memberStatus: row.status,
    },
    origin: row.origin,
    connectionId: row.connection_id ?? undefined,
    heldBy: row.held_by ?? undefined,
    isAskedFor: row.deleted_at === null,
    unlockedUntil: row.unlocked_until ?? undefined,
    invitedUntil: row.invited_until ?? undefined,
    waiting: waitingOf(row),
    isBreakGlass: row.break_glass,
    linking: row.linking ?? undefined,
    memberships: teams
      .filter(({ wanted }) => wanted)
      .map((each) => ({
        teamId: each.team_id,
        teamName: each.display_name,
        memberId: id,
        asked: true,
        inForce: each.in_force,
        memberStatus: row.status,
        isByHand: each.by_hand,
      })),
    teams: teams
      .filter(({ asked, is_local: isLocal }) => asked || isLocal)
      .map((each) => ({ id: each.team_id, displayName: each.display_name, isLocal: each.is_local })),
  };
}

type LockedRow = AccessRow & {
  id: string;
  version: string;
  created_at: Date;
  updated_at: Date;
  scim: Resource;
  status: MemberStatus;
  status_reason: Reason;
  in_force_name: string;
  in_force_email: string | null;
  connection_id: string | null;
  unlocked_until: Date | null;
  invited_until: Date | null;
  waiting_address: string | null;
  waiting_until: Date | null;
  break_glass: boolean;
  was_active: boolean;
  linking: Linking | null;
  deleted_at: Date | null;
};

type WrittenMember = {
  id: string;
  origin: MemberOrigin;
  /** Undefined for a local member. */
  connectionId: string | undefined;
  asked: AskedMember;
  inForce: MemberInForce;
  /** Nothing where what is in force is what was asked. */
  held?: Held | undefined;
  now: Date;
};

/** `linking` is what is said from now on of the provider taking the person over; without it what an admin said stays. */
type RewrittenMember = WrittenMember & { version: number; linking?: Linking | undefined };

/** What holds the difference between two sides, and who asked for it. */
export type Held = { readonly by: string; readonly source: Source };

/** The values of the columns `held_by` and `held_source`. */
export const heldValues = (held: Held | undefined): [string | null, string | null] =>
  held === undefined ? [null, null] : [held.by, JSON.stringify(held.source)];

/**
 * Stores a new member.
 *
 * @param must if the check `members_meets_nobody` is to fail the transaction where a local member has one of the e-mail
 * addresses and, with `new`, where somebody is remembered by the userName
 */
export function insertMember(tx: OrgTransaction, member: WrittenMember, must?: { meetNobody: 'new' | 'local' }): void {
  const { asked } = member;
  tx.send({
    name: must === undefined ? 'member-insert' : 'member-insert-meeting-nobody',
    text: `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, external_id, display_name, display_name_key,
        asked_active, status, status_reason, in_force_name, in_force_email, origin, held_by, held_source, version, created_at, updated_at, was_active, meets)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, $18, $18, $11::text = 'active', ${must === undefined ? 'false' : meets})`,
    values: [
      ...bothSides(tx, member),
      member.now,
      ...(must === undefined ? [] : [asked.emailKeys, must.meetNobody === 'new']),
    ],
  });
  if (asked.emailKeys.length > 0) insertEmails(tx, member.id, asked.emailKeys);
}

const meets = `exists (select from member_emails e join members x on x.org_id = $1 and x.id = e.member_id
  where e.org_id = $1 and e.value_key = any ($19::text[]) and x.origin = 'local' and x.deleted_at is null)
  or $20 and exists (select from members r where r.org_id = $1 and r.user_name_key = $6 and r.connection_id = $3 and r.retained_until > $18)`;

/** Stores both sides of a locked member anew. What an admin said of linking stays unless something else is said. */
export function updateMember(tx: OrgTransaction, member: RewrittenMember): void {
  tx.send({
    name: 'member-update',
    text: `update members set connection_id = $3, scim = $4, user_name = $5, user_name_key = $6, external_id = $7, display_name = $8,
        display_name_key = $9, asked_active = $10, status = $11, was_active = was_active or $11::text = 'active', status_reason = $12, in_force_name = $13, in_force_email = $14,
        origin = $15, held_by = $16, held_source = $17, version = $18, updated_at = $19,
        linking = coalesce($20, nullif(linking, 'asked'))
      where org_id = $1 and id = $2`,
    values: [...bothSides(tx, member), member.version, member.now, member.linking],
  });
}

/** The parameters $1 to $17 of the two statements above. */
function bothSides(
  { orgId }: OrgTransaction,
  { id, connectionId, asked, inForce, origin, held }: WrittenMember,
): unknown[] {
  return [
    orgId,
    id,
    connectionId,
    JSON.stringify(asked.scim),
    asked.userName,
    asked.userNameKey,
    asked.externalId,
    asked.displayName,
    asked.displayNameKey,
    asked.active,
    inForce.status,
    JSON.stringify(inForce.statusReason),
    inForce.name,
    inForce.email,
    origin,
    ...heldValues(held),
  ];
}

/** Stores another side in force of a member, and leaves what was asked. */
export function updateMemberInForce(tx: OrgTransaction, memberId: string, inForce: MemberInForce): void {
  const { status, statusReason, name, email } = inForce;
  tx.send({
    text: `update members set status = $3, was_active = was_active or $3::text = 'active', status_reason = $4, in_force_name = $5, in_force_email = $6
      where org_id = $1 and id = $2`,
    values: [tx.orgId, memberId, status, JSON.stringify(statusReason), name, email],
  });
}

/** Makes these keys the ones by which a member is found by e-mail address. */
export function replaceEmails(tx: OrgTransaction, memberId: string, keys: readonly string[]): void {
  tx.send({
    name: 'member-emails-delete',
    text: 'delete from member_emails where org_id = $1 and member_id = $2 and value_key <> all ($3::text[])',
    values: [tx.orgId, memberId, keys],
  });
  insertEmails(tx, memberId, keys);
}

/**
 * Finds and locks a local member who has a userName, or else one of these e-mail addresses, by their keys; or somebody who has the
 * userName and was handed over, whom no provider has taken over yet.
 *
 * @param letterCase whether an address has to be spelled exactly so
 */
export async function lockLocalMatch(
  tx: OrgTransaction,
  { userNameKey, emailKeys, scim }: Pick<AskedMember, 'userNameKey' | 'emailKeys' | 'scim'>,
  letterCase: 'ignore' | 'exact' = 'ignore',
): Promise<{ member: LockedMember; by: 'userName' | 'email' } | undefined> {
  const { rows } = await tx.query<{ id: string; is_name: boolean }>({
    text: `select m.id, m.user_name_key = $2 as is_name from members m
      where m.org_id = $1 and m.deleted_at is null and (m.user_name_key = $2 and (m.origin = 'local' or m.connection_id is null)
        or m.origin = 'local' and m.id in (select e.member_id from member_emails e where e.org_id = $1 and e.value_key = any ($3::text[])
          and ($4::text[] is null or exists (select from jsonb_array_elements(m.scim->'emails') a where a->>'value' = any ($4)))))
      order by m.user_name_key = $2 desc, m.id limit 1`,
    values: [tx.orgId, userNameKey, emailKeys, letterCase === 'exact' ? addressesOf(scim) : null],
  });
  const [row] = rows;
  const member = row && (await lockMember(tx, row.id));
  // Somebody else may have linked or removed the person in between.
  if (row === undefined || member === undefined || !(member.origin === 'local' || isHandedOver(member)))
    return undefined;
  return { member, by: row.is_name ? 'userName' : 'email' };
}

/** The e-mail addresses of a resource as they are written. */
const addressesOf = ({ emails = [] }: Resource) => (emails as { value?: string }[]).flatMap(({ value }) => value ?? []);

/**
 * Keeps the row as a tombstone: its name may be used again, its id never is. Until `retainedUntil` the person may come back as
 * who they were, with the teams that an admin had put them into.
 */
export function markMemberDeleted(
  tx: OrgTransaction,
  memberId: string,
  {
    reason,
    now,
    retainedUntil,
    leftTeams,
  }: { reason: Reason; now: Date; retainedUntil: Date; leftTeams: readonly string[] },
): void {
  tx.send({
    name: 'member-delete',
    text: `update members set asked_active = false, status = 'removed', status_reason = $3, version = version + 1, updated_at = $4, deleted_at = $4,
        retained_until = $5, left_teams = $6, held_by = null, held_source = null
      where org_id = $1 and id = $2`,
    values: [tx.orgId, memberId, JSON.stringify(reason), now, retainedUntil, leftTeams],
  });
  deleteEmails(tx, memberId);
}

/** A person who is deleted is found by no e-mail address. */
export function deleteEmails(tx: OrgTransaction, memberId: string): void {
  tx.send({
    name: 'member-delete-emails',
    text: 'delete from member_emails where org_id = $1 and member_id = $2',
    values: [tx.orgId, memberId],
  });
}

function insertEmails(tx: OrgTransaction, memberId: string, keys: readonly string[]): void {
  tx.send({
    name: 'member-emails-insert',
    text: `insert into member_emails (org_id, member_id, value_key)
      select c.org_id, $2, e.value_key from event_counters c, unnest($3::text[]) as e (value_key) where c.org_id = $1
      on conflict (org_id, member_id, value_key) do nothing`,
    values: [tx.orgId, memberId, keys],
  });
}
