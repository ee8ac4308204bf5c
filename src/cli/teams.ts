import type { Command } from 'commander';
import { listTeams } from '../store/team-list.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ListOptions = CommonOptions & { limit: number; after?: string; search?: string; removed?: boolean };

/** Adds `teams`. */
export function addTeamCommands(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('teams')
    .description('list the teams of an organization and how many members each has')
    .argument('<org>', 'the slug or id of the organization')
    .option(...limitOf('teams', { first: 100 }))
    .option('--after <id>', 'go on after the team with this id', rowId)
    .option('--search <beginning>', 'only those whose name begins with it')
    .option('--removed', 'those instead that were removed and can be brought back');
  withCommonOptions(command).action(async (org: string, options: ListOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { limit, after, search, removed } = options;
    const rememberedAt = removed ? new Date() : undefined;
    const teams = await listTeams(databases.app, organization, { limit, after, rememberedAt, search });
    if (options.json) return printJson(teams, surroundings);
    printTable(
      teams,
      [
        ['name', (row) => row.name],
        ['members', (row) => row.inForce],
        ['asked', (row) => row.asked],
        ['origin', (row) => row.origin],
        ['id', (row) => row.id],
      ],
      `${organization.slug} has no ${removed ? 'removed teams that are remembered' : 'teams'}${search === undefined ? '' : ` that begin with ${search}`}${after !== undefined ? ' after this one' : search === undefined ? ' yet' : ''}.`,
      surroundings,
    );
  });
}
