import type { Database } from '../store/database.ts';
import { useLink } from '../store/mail-writing.ts';
import { findLink, type OpenLink } from '../store/mails.ts';
import { OperatorError } from '../store/operator-error.ts';
import { commitByHand } from './commit-by-hand.ts';
import { confirmLocked } from './confirm-address.ts';
import { acceptLocked } from './invitation.ts';
import { lockedMember } from './locked.ts';
import { readLink } from './token-text.ts';

/** What a link of a mail is for. */
export type FoundLink = Pick<OpenLink, 'purpose' | 'address' | 'expiresAt' | 'organization'>;

/**
 * Says what a link does, without doing it. Undefined for one that does nothing any more, for whatever reason: who has a link
 * learns nothing of others.
 */
export async function readMailLink(db: Database, text: string, now: Date): Promise<FoundLink | undefined> {
  const found = await findOpen(db, text, now);
  return found && withoutMember(found.link);
}

/**
 * Does what a link of a mail is for, once. It shows that whoever follows it reads the mailbox, and nothing more: nobody is signed
 * in by it.
 *
 * @returns undefined if the link does nothing any more
 * @throws OperatorError refused if it cannot be done at the moment, such as without a free seat; the link then works on
 */
export async function followMailLink(db: Database, text: string, now: Date): Promise<FoundLink | undefined> {
  const found = await findOpen(db, text, now);
  if (found === undefined) return undefined;
  const { orgId, digest, link } = found;
  const { id, userName } = link.member;
  const actor = { type: 'link', id, userName } as const;
  const isDone = await commitByHand(db, { id: orgId }, { now, actor }, async (tx, context) => {
    const member = await lockedMember(tx, id);
    const isOpen = stands(link, {
      status: member.inForce.status,
      email: member.inForce.email,
      invitedUntil: member.invitedUntil,
      waiting: member.waiting,
    });
    if (!isOpen(now) || !(await useLink(tx, digest))) return { result: false, events: [] };
    return await (link.purpose === 'email' ? confirmLocked : acceptLocked)(tx, member, context);
  }).catch((error) => {
    if (error instanceof OperatorError && error.code === 'not_found') return false;
    throw error;
  });
  return isDone ? withoutMember(link) : undefined;
}

async function findOpen(db: Database, text: string, now: Date) {
  const name = readLink(text);
  const link = name && (await findLink(db, name.orgId, name.digest));
  if (name === undefined || link === undefined) return undefined;
  const isGood = link.expiresAt > now && link.organization.status === 'active' && stands(link, link.member)(now);
  return isGood ? { ...name, link } : undefined;
}

/** Whether what a link is for still waits for the person, with the address that the link was sent to. */
const stands =
  ({ purpose, address }: OpenLink, member: Pick<OpenLink['member'], 'status' | 'email' | 'invitedUntil' | 'waiting'>) =>
  (now: Date): boolean => {
    if (purpose === 'email') {
      const { waiting } = member;
      return member.status === 'active' && waiting?.address === address && waiting.until > now;
    }
    const isOver = member.invitedUntil !== undefined && member.invitedUntil <= now;
    return member.status === 'invited' && !isOver && member.email === address;
  };

const withoutMember = ({ member: _, ...link }: OpenLink): FoundLink => link;
