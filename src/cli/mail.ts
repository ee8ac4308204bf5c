import type { Command } from 'commander';
import { acceptInvitation, inviteAgain, withdrawInvitation } from '../provisioning/invitation.ts';
import { readMail } from '../provisioning/outbox.ts';
import { listInvitations, listMails } from '../store/mails.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import { readSecretKey } from './secret-key.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `outbox`, and `invitation list`, `resend`, `accept` and `withdraw`. */
export function addMailCommands(program: Command, surroundings: Surroundings): void {
  addOutbox(program, surroundings);
  const invitation = program.command('invitation').description('those who are invited and have not accepted');
  addInvitationList(invitation, surroundings);
  const acts = [
    ['resend', 'invite a person again, by mail; an earlier link ends', inviteAgain, 'Invited', ''],
    ['accept', 'accept an invitation in the name of the person', acceptInvitation, 'Accepted for', 'is active already'],
    ['withdraw', 'withdraw an invitation', withdrawInvitation, 'Withdrew the invitation of', 'is not invited any more'],
  ] as const;
  for (const [name, description, act, done, already] of acts) {
    const command = invitation
      .command(name)
      .description(description)
      .argument('<org>', 'the slug or id of the organization')
      .argument('<id>', 'the id of the member, as invitation list shows it', rowId);
    withCommonOptions(command).action(async (org: string, id: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const changed = (await act(databases.app, organization, id, { now: new Date() })) !== false;
      if (options.json) return printJson({ id, changed }, surroundings);
      surroundings.out(changed ? `${done} the member ${id}.\n` : `The member ${id} ${already}.\n`);
    });
  }
}

function addOutbox(program: Command, surroundings: Surroundings): void {
  const outbox = program
    .command('outbox')
    .description('the mail of an organization, the newest first; with an id the text of one that was not sent')
    .argument('<org>', 'the slug or id of the organization')
    .argument('[id]', 'the id of a mail, as the list shows it', rowId)
    .option('--limit <n>', 'mails at most', wholeNumber(1, 1_000), 100)
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

function addInvitationList(invitation: Command, surroundings: Surroundings): void {
  const list = invitation
    .command('list')
    .description('list those who are invited, in the order of their creation')
    .argument('<org>', 'the slug or id of the organization')
    .option('--limit <n>', 'people at most', wholeNumber(1, 1_000), 100)
    .option('--after <id>', 'go on after the person with this id', rowId);
  withCommonOptions(list).action(async (org: string, options: CommonOptions & { limit: number; after?: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { limit, after } = options;
    const invited = await listInvitations(databases.app, await loadOrganization(databases, org), { limit, after });
    if (options.json) return printJson(invited, surroundings);
    printTable(
      invited,
      [
        ['id', (row) => row.id],
        ['userName', (row) => row.userName],
        ['email', (row) => row.email],
        ['until', (row) => row.until],
        ['mail', (row) => row.mail?.state],
        ['mailed', (row) => row.mail?.createdAt],
        ['problem', (row) => row.mail?.problem],
      ],
      `${org} has invited nobody${after === undefined ? '' : ' after this person'}.`,
      surroundings,
    );
  });
}
