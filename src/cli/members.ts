import type { Command } from 'commander';
import { licenseText, rolesText } from '../events/words.ts';
import { listMembers } from '../store/member-list.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ListOptions = CommonOptions & {
  limit: number;
  after?: string;
  userName?: string;
  search?: string;
  removed?: true;
};

/** Adds `members`. */
export function addMemberCommands(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('members')
    .description('list the members of an organization, what is asked for them and what is in force')
    .argument('<org>', 'the slug or id of the organization')
    .option(...limitOf('members', { first: 100 }))
    .option('--after <id>', 'go on after the member with this id', rowId)
    .option('--user-name <userName>', 'only who has this login name')
    .option('--search <beginning>', 'only those whose login name, display name or e-mail address begins with it')
    .option('--removed', 'those instead who were removed, and can be brought back while they are remembered');
  withCommonOptions(command).action(async (org: string, options: ListOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { limit, after, userName, search, removed } = options;
    const status = removed ? ('removed' as const) : undefined;
    const members = await listMembers(databases.app, organization, { limit, after, userName, search, status });
    if (options.json) return printJson(members, surroundings);
    printTable(
      members,
      [
        ['userName', (row) => row.userName],
        ['name', (row) => row.name],
        ['status', (row) => row.status],
        ['asked', (row) => (row.askedActive ? 'active' : 'inactive')],
        ['role', (row) => rolesText(row)],
        ['license', (row) => licenseText(row)],
        ['teams', (row) => row.teams],
        ['externalId', (row) => row.externalId],
        ['id', (row) => row.id],
      ],
      `${organization.slug} has no ${whatIsMissing(options)}.`,
      surroundings,
    );
  });
}

function whatIsMissing({ after, userName, search, removed }: ListOptions): string {
  if (userName !== undefined) return `member ${userName}`;
  const found = search === undefined ? '' : ` that begin with ${search}`;
  return `${removed ? 'removed ' : ''}members${found}${after !== undefined ? ' after this one' : search === undefined ? ' yet' : ''}`;
}
