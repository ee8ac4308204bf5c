import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import {
  type AddressesApplyTo,
  type AddressList,
  addressesApplyTo,
  type ListedRule,
} from '../organization/address-lists.ts';
import { changeAddresses, importOktaRanges } from '../provisioning/change-addresses.ts';
import { findAddressList } from '../store/address-lists.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `address list`, `address set` and `address import`. */
export function addAddressCommands(program: Command, surroundings: Surroundings): void {
  const address = program.command('address').description('from which addresses an organization is reached');
  const ofOrganization = (verb: string, description: string) =>
    address.command(verb).description(description).argument('<org>', 'the slug or id of the organization');

  const list = ofOrganization('list', 'show which ranges are allowed and denied, and for whom the lists hold');
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { id, slug } = await loadOrganization(databases, org);
    print(slug, await findAddressList(databases.app, id), options);
  });

  const set = ofOrganization('set', 'put ranges into the lists or take them out, and say for whom the lists hold')
    .option('--allow <ranges...>', 'ranges to allow; with one, nobody else comes in')
    .option('--deny <ranges...>', 'ranges to deny; the narrower range wins')
    .option('--remove <ranges...>', 'ranges to take out of either list')
    .option('--note <text>', 'what the new ranges are')
    .addOption(new Option('--apply-to <whom>', 'for whom the lists hold').choices(Object.keys(addressesApplyTo)));
  withCommonOptions(set).action(async (org: string, options: SetOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const change = (before: AddressList) => changed(before, options);
    print(organization.slug, await changeAddresses(databases.app, organization, change, { now: new Date() }), options);
  });

  const importing = ofOrganization(
    'import',
    'allow the ranges that Okta publishes, in the place of those imported before',
  )
    .requiredOption('--file <path>', 'Okta’s ip_ranges.json, as it was downloaded')
    .option('--cell <cells...>', 'cells of Okta whose ranges are wanted, such as us_cell_1; all of them at first', []);
  withCommonOptions(importing).action(
    async (org: string, options: CommonOptions & { file: string; cell: string[] }) => {
      const document = await readDocument(options.file);
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const input = { document, cells: options.cell };
      print(
        organization.slug,
        await importOktaRanges(databases.app, organization, input, { now: new Date() }),
        options,
      );
    },
  );

  function print(slug: string, { appliesTo, rules }: AddressList, options: CommonOptions): void {
    if (options.json) {
      printJson({ organization: slug, appliesTo, rules }, surroundings);
      return;
    }
    printTable(
      [...rules],
      [
        ['range', (rule) => rule.range],
        ['is', (rule) => (rule.effect === 'allow' ? 'allowed' : 'denied')],
        ['from', (rule) => rule.source],
        ['note', (rule) => rule.note],
      ],
      `${slug} is reached from every address.`,
      surroundings,
    );
    surroundings.out(`The lists hold for ${addressesApplyTo[appliesTo]}.\n`);
  }
}

type SetOptions = CommonOptions & {
  allow?: string[];
  deny?: string[];
  remove?: string[];
  note?: string;
  applyTo?: AddressesApplyTo;
};

function changed(before: AddressList, { allow = [], deny = [], remove = [], note, applyTo }: SetOptions): AddressList {
  const missing = remove.find((range) => !before.rules.some((rule) => rule.range === range));
  if (missing !== undefined) {
    throw new OperatorError('not_found', `${missing} is in neither list; rollcall address list shows what is.`);
  }
  const rule = (range: string, effect: ListedRule['effect']): ListedRule => ({
    range,
    effect,
    ...(note === undefined ? {} : { note }),
  });
  return {
    appliesTo: applyTo ?? before.appliesTo,
    rules: [
      ...before.rules.filter(({ range }) => !remove.includes(range)),
      ...allow.map((range) => rule(range, 'allow')),
      ...deny.map((range) => rule(range, 'deny')),
    ],
  };
}

async function readDocument(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new OperatorError('setting_invalid', `${path} cannot be read as JSON (${(error as Error).message}).`);
  }
}
