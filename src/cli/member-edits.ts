import type { Command } from 'commander';
import { limits } from '../limits.ts';
import { addMember } from '../provisioning/add-member.ts';
import { confirmAddress } from '../provisioning/confirm-address.ts';
import { editMember, removeMember, restoreMember, suspendMember } from '../provisioning/edit-member.ts';
import { allowLinking, unlinkMember } from '../provisioning/link-member.ts';
import { returnMember } from '../provisioning/return-member.ts';
import { setBreakGlass } from '../provisioning/set-break-glass.ts';
import { unlockMember } from '../provisioning/unlock.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { addMemberActs, type MemberAct } from './member-acts.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ProfileOptions = CommonOptions & { name?: string; givenName?: string; familyName?: string; email?: string };

/** Adds `member add`, `edit`, `link`, `unlock`, `suspend`, `restore`, `return`, `unlink`, `break-glass` and `remove`. */
export function addMemberEditCommands(program: Command, surroundings: Surroundings): void {
  const member = program
    .command('member')
    .description('make, edit, link, suspend, restore and remove one member by hand');
  addAdd(member, surroundings);
  addEdit(member, surroundings);
  addLink(member, surroundings);
  addBreakGlass(member, surroundings);
  addUnlock(member, surroundings);
  addReturn(member, surroundings);
  const acts = [
    [
      'suspend',
      'suspend a member: out of force everywhere, with their keys',
      suspendMember,
      'Suspended',
      'is suspended already',
    ],
    ['restore', 'restore a suspended member', restoreMember, 'Restored', 'is not suspended'],
    [
      'confirm-email',
      'confirm the e-mail address that waits, in the name of the person',
      confirmAddress,
      'Confirmed the address of',
      'has no address that waits',
    ],
    ['unlink', 'part a member from the identity provider', unlinkMember, 'Unlinked', 'is managed by no provider'],
    ['remove', 'remove a member', removeMember, 'Removed', ''],
  ] as const satisfies readonly MemberAct[];
  addMemberActs(member, surroundings, acts);
}

function addLink(member: Command, surroundings: Surroundings): void {
  const link = withId(
    member.command('link').description('let the provider take over a local member with its next request'),
  );
  link.requiredOption('--confirm <userName>', 'the userName of the member, who is named by it');
  withCommonOptions(link).action(async (org: string, id: string, options: CommonOptions & { confirm: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const changed = await allowLinking(databases.app, organization, id, options.confirm, { now: new Date() });
    if (options.json) return printJson({ id, changed }, surroundings);
    surroundings.out(`The provider takes over ${options.confirm} with its next request about them.\n`);
  });
}

function addBreakGlass(member: Command, surroundings: Surroundings): void {
  const command = withId(
    member.command('break-glass').description('set a member apart as a way in that no request of the provider touches'),
  );
  command.option('--off', 'end that');
  withCommonOptions(command).action(async (org: string, id: string, options: CommonOptions & { off?: true }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const isOn = options.off === undefined;
    const changed = await setBreakGlass(databases.app, organization, id, isOn, { now: new Date() });
    if (options.json) return printJson({ id, changed }, surroundings);
    const says = isOn ? 'a way in that the provider does not touch' : 'no way in apart from the provider';
    surroundings.out(`The member ${id} is ${says}${changed ? '' : ' already'}.\n`);
  });
}

function addReturn(member: Command, surroundings: Surroundings): void {
  const command = withId(
    member
      .command('return')
      .description('bring a removed member back, with what an admin had given; members --removed lists them'),
  );
  withCommonOptions(command).action(async (org: string, id: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const returned = await returnMember(databases.app, await loadOrganization(databases, org), id, { now: new Date() });
    if (options.json) return printJson(returned, surroundings);
    surroundings.out(`Brought the member back (${returned.id}), as a local one.\n`);
  });
}

function addUnlock(member: Command, surroundings: Surroundings): void {
  const unlock = withId(member.command('unlock').description('open the locks on a member for some hours'));
  unlock.option('--hours <n>', 'for so long; 0 closes them now', wholeNumber(0, limits.unlockHoursMax), 4);
  withCommonOptions(unlock).action(async (org: string, id: string, options: CommonOptions & { hours: number }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const until = await unlockMember(databases.app, organization, id, options.hours, { now: new Date() });
    if (options.json) return printJson({ id, unlockedUntil: until ?? null }, surroundings);
    surroundings.out(
      `The member ${id} is ${until === undefined ? 'locked' : `unlocked until ${until.toISOString()}`}.\n`,
    );
  });
}

function addAdd(member: Command, surroundings: Surroundings): void {
  const add = member
    .command('add')
    .description('make a local member, whom no identity provider manages')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<userName>', 'the login name, an e-mail address unless the organization takes others')
    .option('--break-glass', 'although people come from the identity provider while the connection is on');
  withProfile(add).action(async (org: string, userName: string, options: ProfileOptions & { breakGlass?: true }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const written = { userName, ...profileOf(options), breakGlass: options.breakGlass };
    const created = await addMember(databases.app, organization, written, { now: new Date() });
    if (options.json) return printJson(created, surroundings);
    surroundings.out(`Made the member ${userName} (${created.id}).\n`);
  });
}

function addEdit(member: Command, surroundings: Surroundings): void {
  const edit = withId(member.command('edit').description('change what an admin may write of a member'));
  edit.option('--user-name <userName>', 'another login name');
  withProfile(edit).action(async (org: string, id: string, options: ProfileOptions & { userName?: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const written = { userName: options.userName, ...profileOf(options) };
    const changed = await editMember(databases.app, organization, id, written, { now: new Date() });
    if (options.json) return printJson({ id, changed }, surroundings);
    surroundings.out(changed ? `Changed the member ${id}.\n` : `The member ${id} is so already.\n`);
  });
}

const withId = (command: Command): Command =>
  command
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', 'the id of the member, as members shows it', rowId);

const withProfile = (command: Command): Command =>
  withCommonOptions(
    command
      .option('--name <name>', 'what the person is called')
      .option('--given-name <name>', 'the given name')
      .option('--family-name <name>', 'the family name')
      .option('--email <address>', 'the e-mail address'),
  );

const profileOf = ({ name: displayName, givenName, familyName, email }: ProfileOptions) => ({
  displayName,
  givenName,
  familyName,
  email,
});
