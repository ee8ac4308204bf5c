/**
 * Sends what waits in the outboxes. A mail is tried until the server has it, so it may arrive twice, with one Message-ID: a
 * process that dies between the server's answer and ours cannot know better.
 */
import { randomBytes } from 'node:crypto';
import { limits } from '../limits.ts';
import { linkOf, type MailBody, type MailKind, type MailText, mailText } from '../mail/texts.ts';
import type { Delivery, MailTransport } from '../mail/transport.ts';
import type { Database } from '../store/database.ts';
import { findOrganizationsWithMail } from '../store/mail-due.ts';
import {
  type ClaimedMail,
  claimMails,
  endMails,
  type MailEnd,
  type NewLink,
  readAdministrators,
  saveLinks,
  storeTexts,
  takeAlerts,
} from '../store/mail-writing.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { readOrganizationName } from '../store/organizations.ts';
import { requestMail } from './request-mail.ts';
import { mailKey, openedText, seal } from './seal.ts';
import { digestOf, printLink, tokenSecretBytes } from './token-text.ts';

export type MailRoom = {
  app: Database;
  jobs: Database;
  /** Where links lead, without a slash at the end. */
  baseUrl: string;
  /** Seals the texts. */
  secretKey: string;
  /** Undefined where there is no mail server: then mail is kept. */
  transport: MailTransport | undefined;
  now: () => Date;
  log: (sentence: string) => void;
  /** Whether to end after the turn that runs. */
  isStopping?: () => boolean;
};

/** Sends what is due, organization by organization in turns, until nothing is or the mail server is away. */
export async function deliverMail(room: MailRoom): Promise<void> {
  const failed = new Set<string>();
  for (;;) {
    const now = room.now();
    const toldSince = secondsBefore(now, limits.alertPauseSeconds);
    const organizations = await findOrganizationsWithMail(room.jobs, { now, toldSince, limit: limits.mailsPerTurn });
    const inTurn = organizations.filter((id) => !failed.has(id));
    if (inTurn.length === 0) return;
    for (const id of inTurn) {
      const isGoing = await deliverTurn(room, id).catch((error: Error) => {
        // What keeps one organization from its turn does not keep the others, and the next look tries again.
        failed.add(id);
        room.log(`Mail of the organization ${id} could not be sent (${error.message}).`);
        return true;
      });
      if (!isGoing || room.isStopping?.() === true) return;
    }
  }
}

/** One turn of an organization. False if the mail server is away. */
async function deliverTurn(room: MailRoom, orgId: string): Promise<boolean> {
  const now = room.now();
  const { app, transport } = room;
  const { texts, over } = await inOrganization(app, orgId, async (tx) => {
    await tellAdministrators(tx, now);
    const until = new Date(now.getTime() + limits.mailTurnSeconds * 1000);
    const claimed = await claimMails(tx, { now, until, limit: limits.mailsPerTurn });
    const over = claimed.filter((mail) => isOver(mail, now));
    const texts = await makeTexts(
      tx,
      room,
      claimed.filter((mail) => !over.includes(mail)),
    );
    const kept = transport === undefined ? texts.map(({ id }) => ended(id, 'kept', now)) : [];
    endMails(tx, [...over.map(({ id }) => ended(id, 'withdrawn', now)), ...kept], now);
    return { texts, over };
  });
  if (transport === undefined || texts.length + over.length === 0) return true;
  const host = new URL(room.baseUrl).hostname;
  const deliveries = await Promise.all(
    texts.map(({ id, to, text }) => transport.send({ messageId: `${id}@${host}`, to, ...text })),
  );
  const at = room.now();
  const ends = texts.map((mail, place) => endOf(mail, deliveries[place] as Delivery, at));
  await inOrganization(app, orgId, async (tx) => endMails(tx, ends, at));
  return deliveries.every(({ is }) => is !== 'away');
}

/** Makes one mail to each administrator of what they are to be told, unless they were told something a short while ago. */
async function tellAdministrators(tx: OrgTransaction, now: Date): Promise<void> {
  const { says, more } = await takeAlerts(tx, {
    now,
    since: secondsBefore(now, limits.alertPauseSeconds),
    limit: limits.alertsPerMailMax,
  });
  if (says.length === 0) return;
  for (const { id: memberId, email: address } of await readAdministrators(tx, limits.alertRecipientsMax)) {
    requestMail(tx, { kind: 'alert', facts: { says, more } }, { address, memberId }, now);
  }
}

/** Whether a mail has nothing to say any more. */
function isOver({ kind, recipient, member }: ClaimedMail, now: Date): boolean {
  if (member?.isGone === true) return true;
  if (kind === 'email-confirmation') {
    return member?.waiting === undefined || member.waiting.address !== recipient || member.waiting.until <= now;
  }
  if (kind !== 'invitation') return false;
  return member?.status !== 'invited' || (member.invitedUntil !== undefined && member.invitedUntil <= now);
}

type ReadyMail = { id: string; to: string; attempts: number; text: MailText };

/** The texts of claimed mails. What has none yet gets one, with a link of its own if its kind has one. */
async function makeTexts(tx: OrgTransaction, room: MailRoom, mails: readonly ClaimedMail[]): Promise<ReadyMail[]> {
  if (mails.length === 0) return [];
  const { orgId } = tx;
  const key = mailKey(room.secretKey, orgId);
  const organization = await readOrganizationName(tx);
  const links: NewLink[] = [];
  const made: { id: string; subject: string; sealed: Buffer }[] = [];
  const ready = mails.map(({ id, recipient: to, attempts, kind, facts, member, sealed }) => {
    const earlier = sealed && openedText(key, sealed);
    if (earlier !== undefined) return { id, to, attempts, text: earlier };
    const body = { kind, facts } as MailBody;
    const purpose = linkOf[kind as MailKind];
    let link: string | undefined;
    if (purpose !== undefined && member !== undefined) {
      const secret = printLink(orgId, randomBytes(tokenSecretBytes));
      const expiresAt = new Date((facts as { until: string }).until);
      links.push({ memberId: member.id, purpose, digest: digestOf(secret), address: to, expiresAt });
      link = `${room.baseUrl}/links/${secret}`;
    }
    const text = mailText(body, { organization, link });
    made.push({ id, subject: text.subject, sealed: seal(key, text) });
    return { id, to, attempts, text };
  });
  // Of several mails to one person the newest has the link that works.
  const newest = new Map(links.map((link) => [`${link.memberId} ${link.purpose}`, link]));
  saveLinks(tx, [...newest.values()]);
  storeTexts(tx, made);
  return ready;
}

function endOf({ id, attempts }: ReadyMail, delivery: Delivery, now: Date): MailEnd {
  if (delivery.is === 'sent') return ended(id, 'sent', now);
  const { is, problem } = delivery;
  const pause = limits.mailPausesSeconds[attempts - 1];
  if (is === 'refused' || pause === undefined) return { ...ended(id, 'failed', now), problem };
  return { id, state: 'waiting', dueAt: new Date(now.getTime() + pause * 1000), problem };
}

const ended = (id: string, state: MailEnd['state'], now: Date): MailEnd => ({
  id,
  state,
  dueAt: now,
  problem: undefined,
});

const secondsBefore = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1000);
