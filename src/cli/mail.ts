import type { Command } from 'commander';
import { dropAddress, resendConfirmation } from '../provisioning/confirm-address.ts';
import { acceptInvitation, inviteAgain, withdrawInvitation } from '../provisioning/invitation.ts';
import { readMail } from '../provisioning/outbox.ts';
import { type Asked, listConfirmations, listInvitations, listMails } from '../store/mails.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { addMemberActs, type MemberAct } from './member-acts.ts';
import { loadOrganization } from './organization-argument.ts';
import { type Column, printJson, printTable } from './print.ts';
import { readSecretKey } from './secret-key.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `outbox`, `invitation list`, `resend`, `accept` and `withdraw`, and `confirmation list`, `resend` and `drop`. */
export function addMailCommands(program: Command, surroundings: Surroundings): void {
  addOutbox(program, surroundings);
  const invitation = program.command('invitation').description('those who are invited and have not accepted');
  addInvitationList(invitation, surroundings);
  const invitationActs: readonly MemberAct[] = [
    ['resend', 'invite a person again, by mail; an earlier link ends', inviteAgain, 'Invited', ''],
    ['accept', 'accept an invitation in the name of the person', acceptInvitation, 'Accepted for', 'is active already'],
    ['withdraw', 'withdraw an invitation', withdrawInvitation, 'Withdrew the invitation of', 'is not invited any more'],
  ];
  addMemberActs(invitation, surroundings, invitationActs, 'invitation list');
  const confirmation = program
    .command('confirmation')
    .description('e-mail addresses that wait for their person to confirm them');
  addConfirmationList(confirmation, surroundings);
  const confirmationActs: readonly MemberAct[] = [
    ['resend', 'write once more to the address that waits; an earlier link ends', resendConfirmation, 'Wrote to', ''],
    [
      'drop',
      'drop the address that waits: no link confirms it any more',
      dropAddress,
      'Dropped the address of',
      'has no address that waits',
    ],
  ];
  addMemberActs(confirmation, surroundings, confirmationActs, 'confirmation list');
}

function addOutbox(program: Command, surroundings: Surroundings): void {
  const outbox = program
    .command('outbox')
    .description('the mail of an organization, the newest first; with an id the text of one that was not sent')
    .argument('<org>', 'the slug or id of the organization')
    .argument('[id]', 'the id of a mail, as the list shows it', rowId)
    .option(...limitOf('mails', { first: 100 }))
    .option('--before <id>', 'go on before the mail with this id', rowId);
  type OutboxOptions = CommonOptions & { limit: number; before?: string };
  withCommonOptions(outbox).action(async (org: string, id: string | undefined, options: OutboxOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const organization = await loadOrganization(databases, org);
    if (id !== undefined) {
      const mail = await readMail(databases.app, organization, id, await readSecretKey(config));
      if (mail === undefined) throw new OperatorError('not_found', `${organization.slug} has no mail ${id}.`);
      if (options.json) return printJson(mail, surroundings);
      const { recipient, subject = '-', text = `It is ${mail.state}, and there is no text.\n` } = mail;
      return surroundings.out(`To: ${recipient}\nSubject: ${subject}\n\n${text}`);
    }
    const { limit, before } = options;
    const mails = await listMails(databases.app, organization, { limit, before });
    if (options.json) return printJson(mails, surroundings);
    printTable(
      mails,
      [
        ['id', (row) => row.id],
        ['kind', (row) => row.kind],
        ['to', (row) => row.recipient],
        ['subject', (row) => row.subject],
        ['state', (row) => row.state],
        ['attempts', (row) => row.attempts],
        ['written', (row) => row.createdAt],
        ['problem', (row) => row.problem],
      ],
      `${org} has no mail${before === undefined ? '' : ' before this one'}.`,
      surroundings,
    );
  });
}

type AskedOptions = CommonOptions & { limit: number; after?: string };

/** A list of those who are asked for something by mail. */
function askedList(noun: Command, description: string): Command {
  return withCommonOptions(
    noun
      .command('list')
      .description(description)
      .argument('<org>', 'the slug or id of the organization')
      .option(...limitOf('people', { first: 100 }))
      .option('--after <id>', 'go on after the person with this id', rowId),
  );
}

const mailColumns: Column<Asked>[] = [
  ['until', (row) => row.until],
  ['mail', (row) => row.mail?.state],
  ['mailed', (row) => row.mail?.createdAt],
  ['problem', (row) => row.mail?.problem],
];

function addInvitationList(invitation: Command, surroundings: Surroundings): void {
  const list = askedList(invitation, 'list those who are invited, in the order of their creation');
  list.action(async (org: string, options: AskedOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { limit, after } = options;
    const invited = await listInvitations(databases.app, await loadOrganization(databases, org), { limit, after });
    if (options.json) return printJson(invited, surroundings);
    printTable(
      invited,
      [['id', (row) => row.id], ['userName', (row) => row.userName], ['email', (row) => row.email], ...mailColumns],
      `${org} has invited nobody${after === undefined ? '' : ' after this person'}.`,
      surroundings,
    );
  });
}

function addConfirmationList(confirmation: Command, surroundings: Surroundings): void {
  const list = askedList(confirmation, 'list the addresses that wait, in the order of the creation of the people');
  list.action(async (org: string, options: AskedOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { limit, after } = options;
    const waiting = await listConfirmations(databases.app, await loadOrganization(databases, org), { limit, after });
    if (options.json) return printJson(waiting, surroundings);
    printTable(
      waiting,
      [
        ['id', (row) => row.id],
        ['userName', (row) => row.userName],
        ['in force', (row) => row.email],
        ['waits', (row) => row.address],
        ...mailColumns,
      ],
      `No address waits in ${org}${after === undefined ? '' : ' after this person'}.`,
      surroundings,
    );
  });
}
