import type { Command } from 'commander';
import { type BuiltInRole, builtInRoles, isBuiltInRole } from '../organization/roles.ts';
import { removeRole, writeRole } from '../provisioning/change-role.ts';
import { giveRole } from '../provisioning/give-access.ts';
import { teamMapping } from '../provisioning/map-team.ts';
import { roleCeiling } from '../provisioning/set-role-ceiling.ts';
import { type AccessListed, accessListed, listAccess, listRoles, listTeamMappings } from '../store/access-lists.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { changeOrPlan, type PlannedOptions, withPlan } from './planned.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `role list`, `role people`, `role save`, `role remove`, `role give`, `role map`, `role mappings` and `role ceiling`. */
export function addRoleCommands(program: Command, surroundings: Surroundings): void {
  const role = program.command('role').description('roles: who has which, and what gives them');
  addList(role, surroundings);
  addPeople(role, surroundings);
  addSave(role, surroundings);
  addRemove(role, surroundings);
  addGive(role, surroundings);
  addMap(role, surroundings);
  addMappings(role, surroundings);
  addCeiling(role, surroundings);
}

const orgArgument = ['<org>', 'the slug or id of the organization'] as const;

function addList(role: Command, surroundings: Surroundings): void {
  const list = role
    .command('list')
    .description('list the roles of an organization')
    .argument(...orgArgument);
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const custom = await listRoles(databases.app, await loadOrganization(databases, org));
    const roles = [
      ...Object.entries(builtInRoles).map(([key, name]) => ({ key, name, permissions: [] as readonly string[] })),
      ...custom,
    ];
    if (options.json) return printJson(roles, surroundings);
    printTable(
      roles,
      [
        ['key', (row) => row.key],
        ['name', (row) => row.name],
        ['permissions', (row) => row.permissions.join(' ')],
      ],
      '',
      surroundings,
    );
  });
}

type PeopleOptions = CommonOptions & {
  which: AccessListed;
  limit: number;
  after?: string;
  role?: string;
  license?: string;
};

function addPeople(role: Command, surroundings: Surroundings): void {
  const people = role
    .command('people')
    .description('list people with their roles and licenses, and why')
    .argument(...orgArgument)
    .option(
      '--which <which>',
      'everyone, administering, break-glass, waiting or license-differs',
      readWhich,
      'everyone',
    )
    .option('--role <role>', 'only those who have this role, built-in or custom')
    .option('--license <license>', 'only those who have a seat of this license')
    .option(...limitOf('people', { first: 100 }))
    .option('--after <id>', 'go on after the person with this id', rowId);
  withCommonOptions(people).action(async (org: string, options: PeopleOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { limit, after, which, role, license } = options;
    const page = { limit, after, which, role, license };
    const found = await listAccess(databases.app, await loadOrganization(databases, org), page);
    if (options.json) return printJson(found, surroundings);
    printTable(
      found,
      [
        ['userName', (row) => row.userName],
        ['status', (row) => row.status],
        ['way in', (row) => (row.breakGlass ? 'break-glass' : undefined)],
        ['role', (row) => [row.role, ...row.customRoles].join(' ')],
        ['because', (row) => row.roleReason.rule],
        ['license', (row) => row.license ?? (row.waitsFor === undefined ? undefined : `waits for ${row.waitsFor}`)],
        ['because', (row) => row.licenseReason.rule],
        ['asked', (row) => row.licenseAsked],
        ['id', (row) => row.id],
      ],
      'There is nobody to show.',
      surroundings,
    );
  });
}

function addSave(role: Command, surroundings: Surroundings): void {
  const save = role
    .command('save')
    .description('make a custom role, or give it another name or other permissions')
    .argument(...orgArgument)
    .argument('<key>', 'its key: lower-case letters, digits, hyphens and underscores')
    .requiredOption('--name <name>', 'its name for people')
    .requiredOption('--permission <permissions...>', 'scopes of the API, or permissions of the product (product:…)');
  type Options = CommonOptions & { name: string; permission: string[] };
  withCommonOptions(save).action(async (org: string, key: string, options: Options) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { name, permission: permissions } = options;
    const changed = await writeRole(databases.app, organization, { key, name, permissions }, { now: new Date() });
    if (options.json) return printJson({ key, changed }, surroundings);
    surroundings.out(changed ? `Saved the role ${key}.\n` : `The role ${key} is so already.\n`);
  });
}

function addRemove(role: Command, surroundings: Surroundings): void {
  const remove = role
    .command('remove')
    .description('remove a custom role that no team gives')
    .argument(...orgArgument)
    .argument('<key>', 'its key');
  withCommonOptions(remove).action(async (org: string, key: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (!(await removeRole(databases.app, organization, key, { now: new Date() }))) {
      throw new OperatorError('not_found', `${organization.slug} has no role ${key}.`);
    }
    if (options.json) return printJson({ key, removed: true }, surroundings);
    surroundings.out(`Removed the role ${key}.\n`);
  });
}

function addGive(role: Command, surroundings: Surroundings): void {
  const give = role
    .command('give')
    .description('give a person a built-in role by hand, or take it back')
    .argument(...orgArgument)
    .argument('<member>', 'the id of the member', rowId)
    .argument('<role>', 'owner, admin, member, viewer, or none to take it back');
  withCommonOptions(give).action(async (org: string, member: string, name: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const given = name === 'none' ? undefined : builtIn(name);
    const changed = await giveRole(databases.app, organization, member, given, { now: new Date() });
    if (options.json) return printJson({ member, role: given ?? null, changed }, surroundings);
    surroundings.out(changed ? `The role by hand of ${member} is now ${name}.\n` : 'It is so already.\n');
  });
}

function addMap(role: Command, surroundings: Surroundings): void {
  const map = role
    .command('map')
    .description('map a team to the role that it gives to those who are in it')
    .argument(...orgArgument)
    .argument('<team>', 'the id of the team', rowId)
    .argument('<role>', 'the key of the role, or none');
  withCommonOptions(withPlan(map)).action(async (org: string, team: string, name: string, options: PlannedOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const gives = { role: name === 'none' ? null : name };
    const mapping = teamMapping(team, gives, { now: new Date() });
    const changed = await changeOrPlan(databases, organization, mapping, options, surroundings);
    if (changed === undefined) return;
    if (options.json) return printJson({ team, ...gives, changed }, surroundings);
    surroundings.out(changed ? `The team ${team} now gives the role ${name}.\n` : 'It is so already.\n');
  });
}

function addMappings(role: Command, surroundings: Surroundings): void {
  const list = role
    .command('mappings')
    .description('list the teams that give a role or a license')
    .argument(...orgArgument);
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const mappings = await listTeamMappings(databases.app, await loadOrganization(databases, org));
    if (options.json) return printJson(mappings, surroundings);
    printTable(
      mappings,
      [
        ['team', (row) => row.team.name],
        ['role', (row) => row.role],
        ['license', (row) => row.license],
        ['members', (row) => row.members],
        ['id', (row) => row.team.id],
      ],
      `No team of ${org} gives anything: rollcall role map ${org} <team> <role> makes a mapping.`,
      surroundings,
    );
  });
}

function addCeiling(role: Command, surroundings: Surroundings): void {
  const ceiling = role
    .command('ceiling')
    .description('set the strongest role that teams give to people whom a SCIM token puts into them')
    .argument(...orgArgument)
    .argument('<token>', 'the id of the token, as token list shows it', rowId)
    .argument('<role>', 'owner, admin, member or viewer');
  withCommonOptions(withPlan(ceiling)).action(
    async (org: string, token: string, name: string, options: PlannedOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const planned = roleCeiling(token, builtIn(name), { now: new Date() });
      const changed = await changeOrPlan(databases, organization, planned, options, surroundings);
      if (changed === undefined) return;
      if (options.json) return printJson({ token, roleCeiling: name, changed }, surroundings);
      surroundings.out(changed ? `The ceiling of the token is now ${name}.\n` : 'It is so already.\n');
    },
  );
}

function builtIn(name: string): BuiltInRole {
  if (isBuiltInRole(name)) return name;
  throw new OperatorError(
    'setting_invalid',
    `The role must be one of ${Object.keys(builtInRoles).join(', ')}, not "${name}"; custom roles are given by teams.`,
  );
}

function readWhich(text: string): AccessListed {
  const found = accessListed.find((each) => each === text);
  if (found !== undefined) return found;
  throw new OperatorError('setting_invalid', `It must be one of ${accessListed.join(', ')}.`);
}
