import type { MemberStatus } from '../organization/plan.ts';
import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';
import { type WaitingAddress, type WaitingRow, waitingOf } from './waiting-address.ts';

/** `kept` is mail that no server was there to send, with its text. */
export type MailState = 'waiting' | 'kept' | 'sent' | 'failed' | 'withdrawn';

/** A mail as admins see it in the outbox. */
export type ListedMail = {
  id: string;
  kind: string;
  recipient: string;
  /** Undefined until the text was made. */
  subject: string | undefined;
  state: MailState;
  attempts: number;
  createdAt: Date;
  /** When it was sent, given up or withdrawn; undefined while it waits. */
  endedAt: Date | undefined;
  /** When it is tried next. */
  dueAt: Date;
  /** What the mail server said last. */
  problem: string | undefined;
};

/** Mail of an organization, the newest first. */
export async function listMails(
  db: Database,
  org: { id: string },
  page: { limit: number; before?: string | undefined; state?: MailState | undefined },
): Promise<ListedMail[]> {
  const rows = await queryOrganization<MailRow>(db, org.id, {
    text: `select ${columns} from mails m
      where m.org_id = $1 and ($2::uuid is null or m.id < $2) and ($3::text is null or m.state = $3) order by m.id desc limit $4`,
    values: [org.id, page.before, page.state, page.limit],
  });
  return rows.map(listedMail);
}

/** One mail with its sealed text, if it still has one. */
export async function findMail(
  db: Database,
  org: { id: string },
  id: string,
): Promise<(ListedMail & { sealed: Buffer | undefined }) | undefined> {
  const [row] = await queryOrganization<MailRow & { sealed: Buffer | null }>(db, org.id, {
    text: `select ${columns}, m.sealed from mails m where m.org_id = $1 and m.id = $2`,
    values: [org.id, id],
  });
  return row && { ...listedMail(row), sealed: row.sealed ?? undefined };
}

const columns =
  'm.id, m.kind, m.recipient, m.subject, m.state, m.attempts, m.created_at, m.ended_at, m.due_at, m.problem';

type MailRow = {
  id: string;
  kind: string;
  recipient: string;
  subject: string | null;
  state: MailState;
  attempts: number;
  created_at: Date;
  ended_at: Date | null;
  due_at: Date;
  problem: string | null;
};

const listedMail = (row: MailRow): ListedMail => ({
  id: row.id,
  kind: row.kind,
  recipient: row.recipient,
  subject: row.subject ?? undefined,
  state: row.state,
  attempts: row.attempts,
  createdAt: row.created_at,
  endedAt: row.ended_at ?? undefined,
  dueAt: row.due_at,
  problem: row.problem ?? undefined,
});

/** A link that works, and what it belongs to. */
export type OpenLink = {
  purpose: string;
  address: string;
  expiresAt: Date;
  organization: { name: string; status: 'active' | 'suspended' };
  member: {
    id: string;
    userName: string;
    name: string;
    status: MemberStatus;
    email: string | undefined;
    invitedUntil: Date | undefined;
    /** The address that waits for the person to confirm it. */
    waiting: WaitingAddress | undefined;
  };
};

/** The link with this digest, which may have expired; undefined if it was used or replaced, or never was. */
export async function findLink(db: Database, orgId: string, digest: Buffer): Promise<OpenLink | undefined> {
  type LinkRow = WaitingRow & {
    purpose: string;
    address: string;
    expires_at: Date;
    organization: string;
    organization_status: 'active' | 'suspended';
    id: string;
    user_name: string;
    in_force_name: string;
    in_force_email: string | null;
    status: MemberStatus;
    invited_until: Date | null;
  };
  const [row] = await queryOrganization<LinkRow>(db, orgId, {
    text: `select l.purpose, l.address, l.expires_at, o.name as organization, o.status as organization_status,
        m.id, m.user_name, m.in_force_name, m.in_force_email, m.status, m.invited_until, m.waiting_address, m.waiting_until
      from mail_links l
      join organizations o on o.id = $1
      join members m on m.org_id = $1 and m.id = l.member_id and m.deleted_at is null
      where l.org_id = $1 and l.digest = $2`,
    values: [orgId, digest],
  });
  return (
    row && {
      purpose: row.purpose,
      address: row.address,
      expiresAt: row.expires_at,
      organization: { name: row.organization, status: row.organization_status },
      member: {
        id: row.id,
        userName: row.user_name,
        name: row.in_force_name,
        status: row.status,
        email: row.in_force_email ?? undefined,
        invitedUntil: row.invited_until ?? undefined,
        waiting: waitingOf(row),
      },
    }
  );
}

/** Somebody who is asked for something by mail, with the last mail about it. */
export type Asked = {
  id: string;
  userName: string;
  name: string;
  email: string | undefined;
  until: Date | undefined;
  mail: { id: string; state: MailState; createdAt: Date; problem: string | undefined } | undefined;
};

/** Those who are invited and have not accepted, in the order of their creation; `after` is the id of the last one seen. */
export async function listInvitations(db: Database, org: { id: string }, page: AskedPage): Promise<Asked[]> {
  return await listAsked(db, org, page, {
    kind: 'invitation',
    which: `m.status = 'invited'`,
    until: 'm.invited_until',
  });
}

/** Those whose address waits for them to confirm it, with that address, in the order of their creation. */
export async function listConfirmations(
  db: Database,
  org: { id: string },
  page: AskedPage,
): Promise<(Asked & { address: string })[]> {
  const which = `m.waiting_address is not null and m.status <> 'removed'`;
  const found = await listAsked(db, org, page, { kind: 'email-confirmation', which, until: 'm.waiting_until' });
  return found.flatMap(({ address, ...asked }) => (address === undefined ? [] : [{ ...asked, address }]));
}

type AskedPage = { limit: number; after?: string | undefined };

async function listAsked(
  db: Database,
  org: { id: string },
  page: AskedPage,
  { kind, which, until }: { kind: string; which: string; until: string },
): Promise<(Asked & { address: string | undefined })[]> {
  const rows = await queryOrganization<{
    id: string;
    user_name: string;
    in_force_name: string;
    in_force_email: string | null;
    waiting_address: string | null;
    until: Date | null;
    mail_id: string | null;
    state: MailState;
    mailed_at: Date;
    problem: string | null;
  }>(db, org.id, {
    text: `select m.id, m.user_name, m.in_force_name, m.in_force_email, m.waiting_address, ${until} as until,
        l.id as mail_id, l.state, l.created_at as mailed_at, l.problem
      from members m
      left join lateral (select x.id, x.state, x.created_at, x.problem from mails x
          where x.org_id = $1 and x.member_id = m.id and x.kind = $4 order by x.id desc limit 1) l on true
      where m.org_id = $1 and ${which} and ($2::uuid is null or m.id > $2) order by m.id limit $3`,
    values: [org.id, page.after, page.limit, kind],
  });
  return rows.map((row) => ({
    id: row.id,
    userName: row.user_name,
    name: row.in_force_name,
    email: row.in_force_email ?? undefined,
    address: row.waiting_address ?? undefined,
    until: row.until ?? undefined,
    mail:
      row.mail_id === null
        ? undefined
        : { id: row.mail_id, state: row.state, createdAt: row.mailed_at, problem: row.problem ?? undefined },
  }));
}
