import { Argument, type Command, Option } from 'commander';
import { brakeFacts } from '../organization/brake.ts';
import { brakeBatch, type ConnectionState, connectionStates } from '../organization/holding.ts';
import { forecast } from '../provisioning/forecast.ts';
import type { HeldPlan } from '../provisioning/plan-held.ts';
import type { Settled } from '../provisioning/settle.ts';
import { planSwitch, switchConnection } from '../provisioning/switch-connection.ts';
import { readGoverned } from '../store/governing.ts';
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type SwitchOptions = CommonOptions & { plan?: string };
type PlanOptions = CommonOptions & { limit: number };

/** Adds `connection state`, `plan`, `forecast`, `observe`, `pause` and `resume`. */
export function addConnectionCommands(program: Command, surroundings: Surroundings): void {
  const connection = program
    .command('connection')
    .description('what an organization does with what its identity provider asks');
  const command = (name: string, says: string) =>
    connection.command(name).description(says).argument('<org>', 'the slug or id of the organization');

  withCommonOptions(command('state', 'show whether the connection is off, observing, on or paused')).action(
    async (org: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const { slug, connection: found } = organization;
      if (options.json) return printJson({ organization: slug, state: found.state }, surroundings);
      surroundings.out(`The connection of ${slug} is ${found.state}: ${says[found.state]}.\n`);
      const { heldBatches } = await readGoverned(databases.app, organization.id);
      const braked = brakeBatch({ heldBatches }, found.id);
      if (braked === undefined) return;
      const counts = braked.kinds.map((kind) => brakeFacts[kind].counts).join(', ');
      surroundings.out(`The brake holds changes, since it was too much at a time: ${counts}.\n`);
      surroundings.out(`Look at them: rollcall held plan ${slug} ${braked.id}\n`);
    },
  );

  withCommonOptions(
    command('plan', 'show what a state would put in force, for whom and why')
      .addArgument(new Argument('[state]', 'the state').choices(connectionStates).default('on'))
      .option('--limit <n>', 'items shown at most', wholeNumber(0, 100_000), 50),
  ).action(async (org: string, to: ConnectionState, options: PlanOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    printPlan(
      await planSwitch(databases.app, organization, to, { from: 0, limit: options.limit }),
      options,
      surroundings,
    );
  });

  withCommonOptions(
    command('forecast', 'show what becomes of people and teams of its own when the provider comes upon them').option(
      '--limit <n>',
      'people and teams shown at most',
      wholeNumber(1, 100_000),
      200,
    ),
  ).action(async (org: string, options: PlanOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const items = await forecast(databases.app, organization, { limit: options.limit });
    if (options.json) return printJson(items, surroundings);
    printTable(
      items,
      [
        ['what', (item) => item.kind],
        ['name', (item) => item.name],
        [
          'the provider',
          (item) => ({ links: 'takes it over', asks: 'waits for an admin', refuses: 'is refused' })[item.outcome],
        ],
        ['because', (item) => item.because],
      ],
      `Nobody and no team of ${organization.slug} is its own.`,
      surroundings,
    );
  });

  const addSwitch = (name: string, to: ConnectionState, description: string) => {
    withCommonOptions(
      command(name, description).addOption(
        new Option('--plan <version>', 'only if the plan is still the one of this version'),
      ),
    ).action(async (org: string, options: SwitchOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const { settled } = await switchConnection(databases.app, organization, to, { now: new Date() }, options.plan);
      if (options.json) {
        return printJson({ organization: organization.slug, state: to, settling: settled ?? null }, surroundings);
      }
      surroundings.out(`The connection of ${organization.slug} is ${to}: ${says[to]}.\n`);
      if (settled !== undefined) printSettled(settled, surroundings);
    });
  };
  addSwitch('observe', 'observing', 'take what is asked, show it and put nothing in force');
  addSwitch('pause', 'paused', 'keep what is asked from now on, and put nothing in force');
  addSwitch('resume', 'on', 'put in force what was held, and what is asked from now on');
}

const says: Record<ConnectionState, string> = {
  off: 'requests of the provider are refused, and everything provisioned stays',
  observing: 'what the provider asks is stored and shown, and nothing is put in force',
  on: 'what the provider asks is put in force',
  paused: 'what the provider asks is kept, and put in force on resume',
};

/** Prints a plan of what is held. */
export function printPlan(plan: HeldPlan, options: CommonOptions, surroundings: Surroundings): void {
  const { version, counts, items } = plan;
  if (options.json) {
    printJson({ version, counts, items }, surroundings);
    return;
  }
  printItems(items, 'Nothing is held.', surroundings);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total > items.length) surroundings.out(`and ${total - items.length} more\n`);
  surroundings.out(`Plan ${version}\n`);
}

/** Prints what would change, of whom and why. */
export function printItems(items: HeldPlan['items'], whenEmpty: string, surroundings: Surroundings): void {
  printTable(
    items,
    [
      ['what', (item) => item.kind],
      ['who', (item) => item.name],
      ['team', (item) => item.team?.name],
      ['from', (item) => item.from],
      ['to', (item) => item.to],
      ['why', (item) => item.reason.rule],
    ],
    whenEmpty,
    surroundings,
  );
}

/** Says how the settling of a batch ended. */
export function printSettled({ isDone, refused }: Settled, { out }: Surroundings): void {
  if (!isDone) out('What was held is being put in force, which goes on in the background of the server.\n');
  if (refused.length === 0) return;
  out(
    `These people stay held, because nobody else would administer the organization: ${refused.join(', ')}. ` +
      'Make another active member an owner or admin, then release the batch.\n',
  );
}
