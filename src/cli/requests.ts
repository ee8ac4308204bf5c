import type { Command } from 'commander';
import { listRequests } from '../store/request-log.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ListOptions = CommonOptions & { limit: number; before?: string; bulk?: string };

/** Adds `requests`. */
export function addRequestCommands(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('requests')
    .description('list the last SCIM requests of an organization, the newest first')
    .argument('<org>', 'the slug or id of the organization')
    .option(...limitOf('requests'))
    .option('--before <id>', 'go on before the request with this id', rowId)
    .option('--bulk <id>', 'only the operations of the bulk with this id', rowId);
  withCommonOptions(command).action(async (org: string, options: ListOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { limit, before, bulk } = options;
    const page = { limit, ...(before === undefined ? {} : { before }), ...(bulk === undefined ? {} : { bulk }) };
    const requests = await listRequests(databases.app, organization, page);
    if (options.json) return printJson(requests, surroundings);
    printTable(
      requests,
      [
        ['at', (row) => row.at],
        ['status', (row) => row.status],
        ['method', (row) => row.method],
        [
          'path',
          (row) => (row.bulk === undefined ? row.path : `${row.path} (${row.bulk.index} in bulk ${row.bulk.id})`),
        ],
        ['ms', (row) => (row.durationUs / 1000).toFixed(1)],
        ['answer', (row) => row.detail],
        ['client', (row) => row.client],
        ['id', (row) => row.id],
      ],
      `${organization.slug} has had no SCIM request${before === undefined ? ' yet' : ' before this one'}.`,
      surroundings,
    );
  });
}
