import { Argument, type Command } from 'commander';
import { limits } from '../limits.ts';
import { decideTeamLink } from '../provisioning/decide-team-link.ts';
import { addTeam, changePersonOfTeam, removeTeam, renameTeam } from '../provisioning/edit-team.ts';
import { allowTeamLinking, unlinkTeam } from '../provisioning/link-team.ts';
import { restoreTeam } from '../provisioning/restore-team.ts';
import { unlockTeam } from '../provisioning/unlock.ts';
import { listPendingLinks } from '../store/team-list.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `team add`, `rename`, `unlock`, `put`, `take`, `link`, `unlink`, `remove`, `restore`, `decisions` and `decide`. */
export function addTeamEditCommands(program: Command, surroundings: Surroundings): void {
  const team = program.command('team').description('make, rename and remove one team by hand, and change who is in it');
  addAdd(team, surroundings);
  addRename(team, surroundings);
  addUnlock(team, surroundings);
  addPeople(team, surroundings);
  addLinking(team, surroundings);
  addRemove(team, surroundings);
  addRestore(team, surroundings);
  addDecisions(team, surroundings);
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

function addDecisions(team: Command, surroundings: Surroundings): void {
  const list = team
    .command('decisions')
    .description('list the local teams that the provider came upon and that wait for a decision')
    .argument('<org>', 'the slug or id of the organization');
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const pending = await listPendingLinks(databases.app, organization, limits.pendingLinksMax);
    if (options.json) return printJson(pending, surroundings);
    printTable(
      pending,
      [
        ['team', (row) => row.team.name],
        ['members', (row) => row.team.inForce],
        ['asked', (row) => row.askedAt],
        ['request', (row) => row.requestId],
        ['id', (row) => row.team.id],
      ],
      'Nothing waits for a decision.',
      surroundings,
    );
  });

  const decide = withId(team.command('decide').description('decide what becomes of such a team'))
    .addArgument(
      new Argument('<decision>', 'link it, or create a team of its own for the group').choices(['link', 'create']),
    )
    .option('--rename <name>', 'with create: the name that the local team has from now on');
  withCommonOptions(decide).action(
    async (org: string, id: string, decision: 'link' | 'create', options: CommonOptions & { rename?: string }) => {
      const { rename = '' } = options;
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const decided = decision === 'link' ? { decision } : { decision, rename };
      await decideTeamLink(databases.app, organization, id, decided, { now: new Date() });
      if (options.json) return printJson({ id, ...decided }, surroundings);
      surroundings.out(`Decided. The group is taken with its next push: Push Now in the identity provider.\n`);
    },
  );
}

function addRestore(team: Command, surroundings: Surroundings): void {
  const restore = withId(
    team
      .command('restore')
      .description('bring a removed team back, empty and with what it gave; teams --removed lists them'),
  );
  withCommonOptions(restore).action(async (org: string, id: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const restored = await restoreTeam(databases.app, await loadOrganization(databases, org), id, { now: new Date() });
    if (options.json) return printJson(restored, surroundings);
    surroundings.out(`Brought the team back (${restored.id}). Its people are yours to put into it.\n`);
  });
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
