import type { MemberStatus } from '../organization/plan.ts';
import type { OrgTransaction } from './organization-transaction.ts';
import { type WaitingAddress, type WaitingRow, waitingOf } from './waiting-address.ts';

export type NewMail = {
  id: string;
  kind: string;
  memberId: string | undefined;
  recipient: string;
  facts: unknown;
  now: Date;
};

/** The channel on which a process that has written a mail wakes those that send. Only for speed: they look by themselves too. */
export const mailChannel = 'rollcall_mail';

/** Writes a mail that waits to be sent. */
export function insertMail(tx: OrgTransaction, mail: NewMail): void {
  tx.send({
    name: 'mail-insert',
    text: `insert into mails (org_id, id, kind, member_id, recipient, facts, state, created_at, due_at)
      values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)`,
    values: [tx.orgId, mail.id, mail.kind, mail.memberId, mail.recipient, JSON.stringify(mail.facts), mail.now],
  });
  wake(tx);
}

const wake = (tx: OrgTransaction): void =>
  tx.send({ name: 'mail-wake', text: 'select pg_notify($1, $2)', values: [mailChannel, ''] });

/** A mail that somebody is about to send, with what there is of the person whom it is about. */
export type ClaimedMail = {
  id: string;
  kind: string;
  recipient: string;
  facts: unknown;
  attempts: number;
  /** Undefined until the text was made. */
  subject: string | undefined;
  sealed: Buffer | undefined;
  member:
    | {
        id: string;
        status: MemberStatus;
        isGone: boolean;
        invitedUntil: Date | undefined;
        waiting: WaitingAddress | undefined;
      }
    | undefined;
};

/**
 * Takes mails that are due for whoever sends them, the oldest first. Nobody else gets them until `until`, and then everybody: a
 * process that died in between loses none.
 */
export async function claimMails(
  tx: OrgTransaction,
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<ClaimedMail[]> {
  type ClaimedRow = WaitingRow & {
    id: string;
    kind: string;
    recipient: string;
    facts: unknown;
    attempts: number;
    subject: string | null;
    sealed: Buffer | null;
    member_id: string | null;
    status: MemberStatus | null;
    is_gone: boolean | null;
    invited_until: Date | null;
  };
  const { rows } = await tx.query<ClaimedRow>({
    text: `with due as (
        select d.id from mails d where d.org_id = $1 and d.state = 'waiting' and d.due_at <= $2
          order by d.due_at, d.id limit $4 for update skip locked),
      claimed as (
        update mails m set due_at = $3, attempts = m.attempts + 1 from due where m.org_id = $1 and m.id = due.id
          returning m.id, m.kind, m.recipient, m.facts, m.attempts, m.subject, m.sealed, m.member_id)
      select c.*, p.status, p.deleted_at is not null as is_gone, p.invited_until, p.waiting_address, p.waiting_until
        from claimed c left join members p on p.org_id = $1 and p.id = c.member_id order by c.id`,
    values: [tx.orgId, now, until, limit],
  });
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    recipient: row.recipient,
    facts: row.facts,
    attempts: row.attempts,
    subject: row.subject ?? undefined,
    sealed: row.sealed ?? undefined,
    member:
      row.member_id === null
        ? undefined
        : {
            id: row.member_id,
            status: row.status as MemberStatus,
            isGone: row.is_gone === true,
            invitedUntil: row.invited_until ?? undefined,
            waiting: waitingOf(row),
          },
  }));
}

/** Stores the sealed texts of mails, which stay the same at each attempt. */
export function storeTexts(
  tx: OrgTransaction,
  texts: readonly { id: string; subject: string; sealed: Buffer }[],
): void {
  if (texts.length === 0) return;
  tx.send({
    text: `update mails m set subject = x.subject, sealed = x.sealed from unnest($2::uuid[], $3::text[], $4::bytea[]) as x (id, subject, sealed)
      where m.org_id = $1 and m.id = x.id`,
    values: [
      tx.orgId,
      texts.map(({ id }) => id),
      texts.map(({ subject }) => subject),
      texts.map(({ sealed }) => sealed),
    ],
  });
}

/**
 * What became of a mail: `kept` where there is no mail server. One that is tried again has the time for it; what has ended and is
 * not kept loses its text.
 */
export type MailEnd = {
  id: string;
  state: 'waiting' | 'kept' | 'sent' | 'failed' | 'withdrawn';
  dueAt: Date;
  problem: string | undefined;
};

/** Stores what became of mails. One that was withdrawn meanwhile and not sent stays so. */
export function endMails(tx: OrgTransaction, ends: readonly MailEnd[], now: Date): void {
  if (ends.length === 0) return;
  tx.send({
    text: `update mails m set state = x.state, due_at = x.due_at, problem = x.problem,
        ended_at = case when x.state = 'waiting' then null else $6::timestamptz end,
        sealed = case when x.state in ('waiting', 'kept') then m.sealed end
      from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[]) as x (id, state, due_at, problem)
      where m.org_id = $1 and m.id = x.id and (m.state = 'waiting' or x.state = 'sent')`,
    values: [
      tx.orgId,
      ends.map(({ id }) => id),
      ends.map(({ state }) => state),
      ends.map(({ dueAt }) => dueAt),
      ends.map(({ problem }) => problem ?? null),
      now,
    ],
  });
}

/** Withdraws mail of a kind to a person that nobody has received, and takes its text. */
export function withdrawMails(tx: OrgTransaction, memberId: string, kind: string, now: Date): void {
  tx.send({
    text: `update mails set state = 'withdrawn', ended_at = $4, sealed = null
      where org_id = $1 and member_id = $2 and kind = $3 and state in ('waiting', 'kept')`,
    values: [tx.orgId, memberId, kind, now],
  });
}

/** How often and when a person was last written to in this way since a time. */
export async function readMailsSince(
  tx: OrgTransaction,
  memberId: string,
  kind: string,
  since: Date,
): Promise<{ count: number; last: Date | undefined }> {
  const { rows } = await tx.query<{ count: string; last: Date | null }>({
    text: `select count(*) as count, max(m.created_at) as last from mails m
      where m.org_id = $1 and m.member_id = $2 and m.kind = $3 and m.created_at > $4`,
    values: [tx.orgId, memberId, kind, since],
  });
  return { count: Number(rows[0]?.count ?? 0), last: rows[0]?.last ?? undefined };
}

export type NewLink = { memberId: string; purpose: string; digest: Buffer; address: string; expiresAt: Date };

/** Stores links in the place of earlier ones of the same purpose, which end. */
export function saveLinks(tx: OrgTransaction, links: readonly NewLink[]): void {
  if (links.length === 0) return;
  tx.send({
    text: `insert into mail_links as l (org_id, member_id, purpose, digest, address, expires_at)
      select c.org_id, x.* from event_counters c,
          unnest($2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[]) as x (member_id, purpose, digest, address, expires_at)
        where c.org_id = $1
      on conflict (org_id, member_id, purpose)
        do update set digest = excluded.digest, address = excluded.address, expires_at = excluded.expires_at`,
    values: [
      tx.orgId,
      links.map(({ memberId }) => memberId),
      links.map(({ purpose }) => purpose),
      links.map(({ digest }) => digest),
      links.map(({ address }) => address),
      links.map(({ expiresAt }) => expiresAt),
    ],
  });
}

/** Ends the link of a purpose that a person has. */
export function deleteLink(tx: OrgTransaction, memberId: string, purpose: string): void {
  tx.send({
    text: 'delete from mail_links where org_id = $1 and member_id = $2 and purpose = $3',
    values: [tx.orgId, memberId, purpose],
  });
}

/** Ends the link with this digest for whoever comes first: false if it has ended. */
export async function useLink(tx: OrgTransaction, digest: Buffer): Promise<boolean> {
  const { rowCount } = await tx.query({
    text: 'delete from mail_links where org_id = $1 and digest = $2',
    values: [tx.orgId, digest],
  });
  return rowCount === 1;
}

/** Notes what admins are to be told. */
export function insertAlert(tx: OrgTransaction, alert: { id: string; kind: string; says: string; now: Date }): void {
  tx.send({
    name: 'alert-insert',
    text: 'insert into admin_alerts (org_id, id, kind, says, at) values ($1, $2, $3, $4, $5)',
    values: [tx.orgId, alert.id, alert.kind, alert.says, alert.now],
  });
  wake(tx);
}

/**
 * Takes what admins are still to be told, unless they were told something after `since`. Of more than `limit` only the number is
 * given.
 */
export async function takeAlerts(
  tx: OrgTransaction,
  { now, since, limit }: { now: Date; since: Date; limit: number },
): Promise<{ says: string[]; more: number }> {
  const { rows } = await tx.query<{ says: string }>({
    text: `update admin_alerts a set mailed_at = $2
      where a.org_id = $1 and a.mailed_at is null
        and not exists (select from admin_alerts t where t.org_id = $1 and t.mailed_at > $3)
      returning a.says`,
    values: [tx.orgId, now, since],
  });
  return { says: rows.slice(0, limit).map(({ says }) => says), more: Math.max(0, rows.length - limit) };
}

/** Where mail of those who administer the organization goes, owners first. */
export async function readAdministrators(
  tx: OrgTransaction,
  limit: number,
): Promise<{ id: string; name: string; email: string }[]> {
  const { rows } = await tx.query<{ id: string; name: string; email: string }>({
    text: `select m.id, m.in_force_name as name, m.in_force_email as email from members m
      where m.org_id = $1 and m.role in ('owner', 'admin') and m.status = 'active' and m.in_force_email is not null
      order by m.role desc, m.id limit $2`,
    values: [tx.orgId, limit],
  });
  return rows;
}

/** Deletes mail, alerts and links that have ended before a time. */
export function deleteOldMail(tx: OrgTransaction, before: Date): void {
  for (const [table, ended] of [
    ['mails', 'ended_at'],
    ['admin_alerts', 'mailed_at'],
    ['mail_links', 'expires_at'],
  ]) {
    tx.send({ text: `delete from ${table} where org_id = $1 and ${ended} < $2`, values: [tx.orgId, before] });
  }
}
