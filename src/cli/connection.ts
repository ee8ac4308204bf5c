import { Argument, type Command, Option } from 'commander';
import { brakeFacts } from '../organization/brake.ts';
import { choiceSays, type DisconnectChoice, disconnectChoices } from '../organization/disconnecting.ts';
import { brakeBatch, type ConnectionState, connectionStates, type SwitchedState } from '../organization/holding.ts';
import { type ProviderKind, providerKinds, providerTitle } from '../organization/providers.ts';
import { changeProviders } from '../provisioning/change-providers.ts';
import { assertDisconnectShown, type Disconnected, disconnect } from '../provisioning/disconnect.ts';
import { planDisconnect } from '../provisioning/disconnect-plan.ts';
import { forecast } from '../provisioning/forecast.ts';
import type { HeldPlan } from '../provisioning/plan-held.ts';
import type { Settled } from '../provisioning/settle.ts';
import { planSwitch, type Switched, switchConnection } from '../provisioning/switch-connection.ts';
import { listConnections } from '../store/connections.ts';
import { readGoverned } from '../store/governing.ts';
import { type CommonOptions, configOf, limitOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type SwitchOptions = CommonOptions & { plan?: string; yes?: true };
type PlanOptions = CommonOptions & { limit: number };
type DisconnectOptions = PlanOptions & { choice: DisconnectChoice; plan?: true | string };

/** Adds `connection state`, `list`, `plan`, `forecast`, `provider`, `on`, `off`, `observe`, `pause`, `resume` and `disconnect`. */
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
      .option(...limitOf('items shown', { least: 0, most: 100_000 })),
  ).action(async (org: string, to: SwitchedState, options: PlanOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const plan = await planSwitch(databases.app, organization, to, { from: 0, limit: options.limit });
    const { confirm, warnings } = plan;
    if (!options.json) {
      for (const { why } of confirm) surroundings.out(`To be confirmed with --yes: ${why}\n`);
      printWarnings(warnings, surroundings);
    }
    const whenEmpty = to === 'on' ? 'Nothing is held.' : 'Nothing that is in force changes by it.';
    printPlan(plan, options, surroundings, { whenEmpty, beside: { confirm, warnings } });
  });

  withCommonOptions(
    command('forecast', 'show what becomes of people and teams of its own when the provider comes upon them').option(
      ...limitOf('people and teams shown', { first: 200, most: 100_000 }),
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

  withCommonOptions(
    command('list', 'list the connection and those that have ended, the newest first').option(
      ...limitOf('connections'),
    ),
  ).action(async (org: string, options: PlanOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const connections = await listConnections(databases.app, organization, { limit: options.limit });
    if (options.json) return printJson(connections, surroundings);
    printTable(
      connections,
      [
        ['made', (row) => row.createdAt],
        ['state', (row) => row.state],
        ['profile', (row) => row.scimProfile],
        ['what it provisioned', (row) => row.choice],
        ['ended', (row) => row.endedAt],
        ['id', (row) => row.id],
      ],
      `${organization.slug} has no connection.`,
      surroundings,
    );
  });

  withCommonOptions(
    command('disconnect', 'end the connection for good, and choose what becomes of what it provisioned')
      .addOption(
        new Option(
          '--choice <choice>',
          Object.entries(choiceSays)
            .map(([choice, says]) => `${choice}: ${says}`)
            .join('; '),
        )
          .choices(disconnectChoices)
          .makeOptionMandatory(),
      )
      .option(
        '--plan [version]',
        'only show what it would bring about, for whom and why; with the version of that plan, disconnect if it is still so',
      )
      .option(...limitOf('items of the plan shown', { least: 0, most: 100_000 })),
  ).action(async (org: string, options: DisconnectOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { choice } = options;
    if (options.plan === true) {
      const plan = await planDisconnect(databases.app, organization, choice, { from: 0, limit: options.limit });
      const { owners } = plan;
      printPlan(plan, options, surroundings, { whenEmpty: 'Nobody and no team would change.', owners });
      return;
    }
    assertDisconnectShown(options.plan);
    const at = { now: new Date() };
    const { connection, isDone, kept } = await disconnect(databases.app, organization, choice, at, options.plan);
    if (options.json) {
      return printJson({ organization: organization.slug, connection, choice, isDone, kept }, surroundings);
    }
    printDisconnected(organization.slug, { choice, isDone, kept }, surroundings);
  });

  withCommonOptions(
    withYes(
      command('provider', 'show or set which provider provisions by the connection').addArgument(
        new Argument('[provider]', 'the provider from now on').choices(providerKinds),
      ),
    ),
  ).action(async (org: string, scim: ProviderKind | undefined, options: SwitchOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const confirmed = options.yes ? 'all' : [];
    if (scim !== undefined) {
      await changeProviders(databases.app, organization, { scim }, { now: new Date() }, confirmed);
    }
    const provider = scim ?? organization.connection.provider;
    if (options.json) return printJson({ organization: organization.slug, provider }, surroundings);
    surroundings.out(`${organization.slug} is provisioned by ${providerTitle(provider)}.\n`);
  });

  const addSwitch = (name: string, to: SwitchedState, description: string) => {
    withCommonOptions(
      withYes(
        command(name, description).addOption(
          new Option(
            '--plan <version>',
            'only if the plan is still the one of this version; needed where the connection ends by it (setting turnOff)',
          ),
        ),
      ),
    ).action(async (org: string, options: SwitchOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const confirmed = options.yes ? 'all' : [];
      const at = { now: new Date() };
      const switched = await switchConnection(databases.app, organization, to, at, options.plan, confirmed);
      const { settled, warnings } = switched;
      if (options.json) {
        const shown = { organization: organization.slug, state: to, settling: settled ?? null, warnings };
        return printJson(shown, surroundings);
      }
      printSwitched(organization.slug, to, switched, surroundings);
      printWarnings(warnings, surroundings);
    });
  };
  addSwitch('on', 'on', 'accept requests of the provider and put in force what it asks, and what was held');
  addSwitch('off', 'off', 'refuse requests of the provider; everything stays, or as the policy says (setting turnOff)');
  addSwitch('observe', 'observing', 'take what is asked, show it and put nothing in force');
  addSwitch('pause', 'paused', 'keep what is asked from now on, and put nothing in force');
  addSwitch('resume', 'on', 'put in force what was held, and what is asked from now on');
}

/** Says what became of a switch, which may have ended the connection. */
export function printSwitched(
  slug: string,
  to: SwitchedState,
  { ended, settled }: Pick<Switched, 'ended' | 'settled'>,
  surroundings: Surroundings,
): void {
  if (ended) {
    printDisconnected(slug, { choice: 'keep', isDone: settled === undefined, kept: [] }, surroundings);
    return;
  }
  surroundings.out(`The connection of ${slug} is ${to}: ${says[to]}.\n`);
  if (settled !== undefined) printSettled(settled, surroundings);
}

function printDisconnected(
  slug: string,
  { choice, isDone, kept }: { choice: DisconnectChoice } & Pick<Disconnected, 'isDone' | 'kept'>,
  { out }: Surroundings,
): void {
  out(`Disconnected the identity provider of ${slug}: ${choiceSays[choice]}.\n`);
  if (!isDone) out('This goes on in the background of the server.\n');
  if (kept.length > 0) {
    out(`These people stay, because nobody else administers the organization by now: ${kept.join(', ')}.\n`);
  }
  out(`Its SCIM tokens are refused. Set up the next provider: rollcall token create ${slug} --name okta\n`);
}

/** Prints what an admin should know of who signs people in. */
export function printWarnings(warnings: readonly string[], { out }: Surroundings): void {
  for (const warning of warnings) out(`Warning: ${warning}\n`);
}

/** Adds the option by which whoever asks confirms that two providers differ. */
export const withYes = (command: Command) => command.option('--yes', 'confirm what has to be confirmed');

const says: Record<ConnectionState, string> = {
  off: 'requests of the provider are refused, and everything provisioned stays',
  observing: 'what the provider asks is stored and shown, and nothing is put in force',
  on: 'what the provider asks is put in force',
  paused: 'what the provider asks is kept, and put in force on resume',
  disconnecting: 'it ends for good, which goes on in the background',
  disconnected: 'it has ended',
};

/**
 * Prints a plan, by default of what is held. `owners` are those whom the plan is about, and `beside` is what else a program reads of
 * it.
 */
export function printPlan(
  plan: HeldPlan,
  options: CommonOptions,
  surroundings: Surroundings,
  {
    whenEmpty = 'Nothing is held.',
    owners,
    beside,
  }: {
    whenEmpty?: string;
    owners?: readonly { userName: string }[];
    beside?: Record<string, unknown>;
  } = {},
): void {
  const { version, counts, items, refusal = null } = plan;
  if (options.json) {
    printJson({ ...beside, version, counts, items, refusal, ...(owners && { owners }) }, surroundings);
    return;
  }
  printItems(items, whenEmpty, surroundings);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total > items.length) surroundings.out(`and ${total - items.length} more\n`);
  surroundings.out(`Plan ${version}\n`);
  if (owners !== undefined && owners.length > 0) {
    surroundings.out(`Owners are among them: ${owners.map(({ userName }) => userName).join(', ')}.\n`);
  }
  if (refusal !== null) surroundings.out(`It would be refused. ${refusal}\n`);
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
      ['why', ({ because }) => because],
    ],
    whenEmpty,
    surroundings,
  );
  const refusals = new Map(items.flatMap(({ name, refusal }) => (refusal === undefined ? [] : [[name, refusal]])));
  for (const [name, refusal] of refusals) surroundings.out(`${name} stays held. ${refusal}\n`);
}

/** Says how the settling of a batch ended. */
export function printSettled({ isDone, refused }: Settled, { out }: Surroundings): void {
  if (!isDone) out('What was held is being put in force, which goes on in the background of the server.\n');
  if (refused.length === 0) return;
  out(
    `These stay held: ${refused.join(', ')}. See why and what to do with rollcall held plan, then release the batch with rollcall held release.\n`,
  );
}
