import { type Static, Type } from 'typebox';
import { closed, Id, listOf, named, nullable, oneOf, pageParameters, Time } from './parts.ts';

export const MailState = oneOf(
  ['waiting', 'kept', 'sent', 'failed', 'withdrawn'],
  '`kept` is mail for which there was no mail server; its text can be read.',
);

const mailProperties = {
  id: Type.String(),
  kind: Type.String({
    description: 'What it is about: invitation, welcome, email-confirmation, email-asked, email-changed or alert.',
  }),
  recipient: Type.String(),
  subject: nullable(Type.String()),
  state: MailState,
  attempts: Type.Integer(),
  createdAt: Time,
  nextAttemptAt: nullable(Time),
  endedAt: nullable(Time),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'What the mail server said last.' }),
};

export const Mail = named('Mail', mailProperties);
export type Mail = Static<typeof Mail>;

export const MailList = listOf('MailList', Mail);
export type MailList = Static<typeof MailList>;

export const MailQuery = closed({ ...pageParameters, state: Type.Optional(MailState) });

export const OpenedMail = named('OpenedMail', {
  ...mailProperties,
  text: Type.Union([Type.String(), Type.Null()], {
    description: 'With the links that work. Null before the first attempt, and when the mail was sent.',
  }),
});
export type OpenedMail = Static<typeof OpenedMail>;

/** What a person is asked for by mail. */
const askedProperties = {
  member: named('AskedMember', {
    id: Id,
    userName: Type.String(),
    name: Type.String(),
    email: nullable(Type.String()),
  }),
  until: nullable(Time),
  mail: Type.Union(
    [
      named('AskingMail', {
        id: Type.String(),
        state: MailState,
        createdAt: Time,
        problem: nullable(Type.String()),
      }),
      Type.Null(),
    ],
    { description: 'The last mail about it; null where there is no address that mail can go to.' },
  ),
};

export const Invitation = named('Invitation', askedProperties);
export type Invitation = Static<typeof Invitation>;

export const InvitationList = listOf('InvitationList', Invitation);
export type InvitationList = Static<typeof InvitationList>;

const EmailConfirmation = named('EmailConfirmation', {
  ...askedProperties,
  address: Type.String({ description: 'Asked, and not in force until the person has confirmed it.' }),
});
export type EmailConfirmation = Static<typeof EmailConfirmation>;

export const EmailConfirmationList = listOf('EmailConfirmationList', EmailConfirmation);
export type EmailConfirmationList = Static<typeof EmailConfirmationList>;

export const FollowedLink = closed({
  link: Type.String({ minLength: 1, maxLength: 200, description: 'What stands behind `/links/` in the mail.' }),
});

export const DoneLink = named('DoneLink', {
  organization: Type.String({ description: 'The name of the organization.' }),
  purpose: oneOf(['invitation', 'email']),
});
export type DoneLink = Static<typeof DoneLink>;
