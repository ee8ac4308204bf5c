import type { Database } from '../store/database.ts';
import { findMail, type ListedMail } from '../store/mails.ts';
import { mailKey, openedText } from './seal.ts';

/** A mail of the outbox with its text, which is gone when the mail was sent. */
export type OpenedMail = ListedMail & { text: string | undefined };

/** Reads one mail. Whoever reads the text can follow the links in it. */
export async function readMail(
  db: Database,
  org: { id: string },
  id: string,
  secretKey: string,
): Promise<OpenedMail | undefined> {
  const found = await findMail(db, org, id);
  if (found === undefined) return undefined;
  const { sealed, ...mail } = found;
  return { ...mail, text: sealed && openedText(mailKey(secretKey, org.id), sealed)?.text };
}
