import type { Command } from 'commander';
import { limits } from '../limits.ts';
import { addTeam, changePersonOfTeam, removeTeam, renameTeam } from '../provisioning/edit-team.ts';
import { allowTeamLinking, unlinkTeam } from '../provisioning/link-team.ts';
import { unlockTeam } from '../provisioning/unlock.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `team add`, `rename`, `unlock`, `put`, `take`, `link`, `unlink` and `remove`. */
export function addTeamEditCommands(program: Command, surroundings: Surroundings): void {
  const team = program.command('team').description('make, rename and remove one team by hand, and change who is in it');
  addAdd(team, surroundings);
  addRename(team, surroundings);
  addUnlock(team, surroundings);
  addPeople(team, surroundings);
  addLinking(team, surroundings);
  addRemove(team, surroundings);
}

function addAdd(team: Command, surroundings: Surroundings): void {
  const add = team
    .command('add')
    .description('make a local team, which no identity provider manages')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<name>', 'the name of the team');
  withCommonOptions(add).action(async (org: string, name: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const created = await addTeam(databases.app, organization, name, { now: new Date() });
    if (options.json) return printJson(created, surroundings);
    surroundings.out(`Made the team ${name} (${created.id}).\n`);
  });
}

function addUnlock(team: Command, surroundings: Surroundings): void {
  const unlock = withId(team.command('unlock').description('open the locks on a team for some hours'));
  unlock.option('--hours <n>', 'for so long; 0 closes them now', wholeNumber(0, limits.unlockHoursMax), 4);
  withCommonOptions(unlock).action(async (org: string, id: string, options: CommonOptions & { hours: number }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const until = await unlockTeam(databases.app, organization, id, options.hours, { now: new Date() });
    if (options.json) return printJson({ id, unlockedUntil: until ?? null }, surroundings);
    surroundings.out(
      `The team ${id} is ${until === undefined ? 'locked' : `unlocked until ${until.toISOString()}`}.\n`,
    );
  });
}

function addRename(team: Command, surroundings: Surroundings): void {
  const rename = withId(team.command('rename').description('give a team another name')).argument(
    '<name>',
    'the new name',
  );
  withCommonOptions(rename).action(async (org: string, id: string, name: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const changed = await renameTeam(databases.app, organization, id, name, { now: new Date() });
    if (options.json) return printJson({ id, changed }, surroundings);
    surroundings.out(changed ? `Renamed the team ${id} to ${name}.\n` : `The team ${id} has that name.\n`);
  });
}

function addPeople(team: Command, surroundings: Surroundings): void {
  const acts = [
    ['put', 'put a member into a team', true, 'is in the team'],
    ['take', 'take a member out of a team', false, 'is not in the team'],
  ] as const;
  for (const [name, description, isIn, says] of acts) {
    const command = withId(team.command(name).description(description)).argument(
      '<member>',
      'the id of the member, as members shows it',
      rowId,
    );
    withCommonOptions(command).action(async (org: string, teamId: string, memberId: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const at = { now: new Date() };
      const changed = await changePersonOfTeam(databases.app, organization, { teamId, memberId, isIn }, at);
      if (options.json) return printJson({ team: teamId, member: memberId, changed }, surroundings);
      surroundings.out(`The member ${memberId} ${says}${changed ? '' : ' already'}.\n`);
    });
  }
}

function addLinking(team: Command, surroundings: Surroundings): void {
  const acts = [
    ['link', 'let the identity provider take over a team that was parted from it', allowTeamLinking, 'may be linked'],
    ['unlink', 'part a team from the identity provider; it stays as it is', unlinkTeam, 'is managed by no provider'],
  ] as const;
  for (const [name, description, act, says] of acts) {
    withCommonOptions(withId(team.command(name).description(description))).action(
      async (org: string, id: string, options: CommonOptions) => {
        await using databases = await openForCommand(configOf(options, surroundings));
        const changed = await act(databases.app, await loadOrganization(databases, org), id, { now: new Date() });
        if (options.json) return printJson({ id, changed }, surroundings);
        surroundings.out(`The team ${id} ${says}${changed ? '' : ' already'}.\n`);
      },
    );
  }
}

function addRemove(team: Command, surroundings: Surroundings): void {
  const remove = withId(team.command('remove').description('remove a team; its people stay'));
  withCommonOptions(remove).action(async (org: string, id: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    await removeTeam(databases.app, await loadOrganization(databases, org), id, { now: new Date() });
    if (options.json) return printJson({ id, changed: true }, surroundings);
    surroundings.out(`Removed the team ${id}.\n`);
  });
}

const withId = (command: Command): Command =>
  command
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', 'the id of the team, as teams shows it', rowId);
