import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type FeedEvent, readEvents } from '../events/feed.ts';
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from './common-options.ts';
import { type Databases, openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { type Column, printJson, printTable, rowCells } from './print.ts';
import { stopRequested } from './stop-signals.ts';
import type { Surroundings } from './surroundings.ts';

/** How often the feed is asked for more while it is followed. */
const followEveryMs = 500;
const pageSize = 500;

const columns: Column<FeedEvent>[] = [
  ['seq', (row) => row.seq],
  ['at', (row) => row.at],
  ['kind', (row) => row.kind],
  ['data', (row) => row.data],
];

type FeedOptions = CommonOptions & { after: number; limit: number; follow?: true };

/** Adds `events`. */
export function addEventCommands(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('events')
    .description('print the event feed of an organization in its order')
    .argument('<org>', 'the slug or id of the organization')
    .option('--after <n>', 'begin after the event with this number', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <n>', 'events at most, unless they are followed', wholeNumber(1, 100_000), 1_000)
    .option('--follow', 'go on with new events as they come, one on each line (with --json one document each)');
  withCommonOptions(command).action(async (org: string, options: FeedOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (options.follow) return await follow(databases, organization, options, surroundings);
    const events = await readUpTo(databases, organization, options.after, options.limit);
    if (options.json) return printJson(events, surroundings);
    printTable(events, columns, `${organization.slug} has no events after number ${options.after}.`, surroundings);
  });
}

type Organization = Awaited<ReturnType<typeof loadOrganization>>;

async function readUpTo(
  databases: Databases,
  organization: Organization,
  after: number,
  limit: number,
): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  while (events.length < limit) {
    const next = { after: events.at(-1)?.seq ?? after, limit: Math.min(pageSize, limit - events.length) };
    const page = await readEvents(databases.app, organization, next);
    events.push(...page);
    if (page.length < next.limit) break;
  }
  return events;
}

async function follow(
  databases: Databases,
  organization: Organization,
  options: FeedOptions,
  { out }: Surroundings,
): Promise<void> {
  const stopping = new AbortController();
  void stopRequested().then(() => stopping.abort());
  let { after } = options;
  while (!stopping.signal.aborted) {
    const page = await readEvents(databases.app, organization, { after, limit: pageSize });
    for (const event of page) {
      out(options.json ? `${JSON.stringify(event)}\n` : `${rowCells(event, columns).join('  ')}\n`);
      after = event.seq;
    }
    if (page.length === 0) await delay(followEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}
