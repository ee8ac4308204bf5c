/** Every mail that Rollcall sends, as plain text and as HTML that says the same. */

/** What a mail is about, and what its text says of it. Stored with the mail, so that kinds and facts are never renamed. */
export type MailBody =
  | { readonly kind: 'invitation'; readonly facts: { readonly name: string; readonly until: string } }
  | { readonly kind: 'welcome'; readonly facts: { readonly name: string } }
  | { readonly kind: 'email-confirmation'; readonly facts: { readonly name: string; readonly until: string } }
  | { readonly kind: 'email-asked' | 'email-changed'; readonly facts: { readonly name: string } }
  | { readonly kind: 'alert'; readonly facts: { readonly says: readonly string[]; readonly more: number } };

export type MailKind = MailBody['kind'];

/** What a link in a mail does. */
export type LinkPurpose = 'invitation' | 'email';

/** The link that mail of a kind has in it. */
export const linkOf: { readonly [Kind in MailKind]: LinkPurpose | undefined } = {
  invitation: 'invitation',
  welcome: undefined,
  'email-confirmation': 'email',
  'email-asked': undefined,
  'email-changed': undefined,
  alert: undefined,
};

export type MailText = { readonly subject: string; readonly text: string; readonly html: string };

/** A part of a text: a sentence, a list, or an address to follow, which stands alone on its line. */
type Part = string | { readonly list: readonly string[] } | { readonly link: string; readonly says: string };

/**
 * Makes the text of a mail.
 *
 * @param about the organization's name, and the address of the link, for a kind that has one
 */
export function mailText(body: MailBody, about: { organization: string; link: string | undefined }): MailText {
  const { subject, parts } = contentOf(body, about.organization, about.link ?? '');
  return {
    subject: oneLine(subject),
    text: `${parts.map(asText).join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${parts.map(asHtml).join('')}</body></html>\n`,
  };
}

function contentOf(body: MailBody, organization: string, link: string): { subject: string; parts: Part[] } {
  switch (body.kind) {
    case 'invitation':
      return {
        subject: `You are invited to ${organization}`,
        parts: [
          `Hello ${body.facts.name},`,
          `${organization} has invited you. Open this page to accept:`,
          { link, says: 'Accept the invitation' },
          `The link works once, until ${day(body.facts.until)}. If you do not know ${organization}, ignore this mail: nothing happens then.`,
        ],
      };
    case 'welcome':
      return {
        subject: `You are a member of ${organization}`,
        parts: [
          `Hello ${body.facts.name},`,
          `you are a member of ${organization} now. There is nothing that you have to do.`,
        ],
      };
    case 'email-confirmation':
      return {
        subject: `Confirm your e-mail address for ${organization}`,
        parts: [
          `Hello ${body.facts.name},`,
          `${organization} is to know you by this e-mail address from now on. Open this page to confirm that it is yours:`,
          { link, says: 'Confirm the address' },
          `The link works once, until ${day(body.facts.until)}. If you do not know ${organization}, ignore this mail: nothing changes then.`,
        ],
      };
    case 'email-asked':
      return {
        subject: `Another e-mail address was asked for at ${organization}`,
        parts: [
          `Hello ${body.facts.name},`,
          `the identity provider of ${organization} gave you another e-mail address. It counts when it was confirmed by a mail to it; until then this one does.`,
          'If you do not expect this, tell an admin of your organization.',
        ],
      };
    case 'email-changed':
      return {
        subject: `Your e-mail address at ${organization} was changed`,
        parts: [
          `Hello ${body.facts.name},`,
          `${organization} knows you by another e-mail address from now on. Mail does not come here any more.`,
          'If you do not expect this, tell an admin of your organization.',
        ],
      };
    case 'alert':
      return {
        subject: `${organization}: ${body.facts.says.length === 1 && body.facts.more === 0 ? 'something needs your attention' : `${body.facts.says.length + body.facts.more} things need your attention`}`,
        parts: [
          `You get this mail because you administer ${organization}.`,
          { list: body.facts.says },
          ...(body.facts.more === 0 ? [] : [`There are ${body.facts.more} more, which the event feed has.`]),
        ],
      };
  }
}

const day = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

/** Names come from people and providers: none of them begins a line of its own, which could look like ours. */
function asText(part: Part): string {
  if (typeof part === 'string') return oneLine(part);
  return 'link' in part ? part.link : part.list.map((each) => `- ${oneLine(each)}`).join('\n');
}

function asHtml(part: Part): string {
  if (typeof part === 'string') return `<p>${escaped(oneLine(part))}</p>`;
  if ('link' in part) return `<p><a href="${escaped(part.link)}">${escaped(part.says)}</a></p>`;
  return `<ul>${part.list.map((each) => `<li>${escaped(oneLine(each))}</li>`).join('')}</ul>`;
}

/** Without control characters, line breaks and what turns the direction of text around (V1.2, header injection). */
const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();

/** Text in HTML, in attributes too. */
export const escaped = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] as string,
  );
