import { type Command, InvalidArgumentError } from 'commander';
import { limits } from '../limits.ts';
import { type AccessSetting, accessSettings } from '../provisioning/access-settings.ts';
import { setAccessPolicy } from '../provisioning/change-policy.ts';
import { seatsOf as seatsPlanned } from '../provisioning/change-seats.ts';
import { giveLicense } from '../provisioning/give-access.ts';
import { teamMapping } from '../provisioning/map-team.ts';
import { mapSignInGroup } from '../provisioning/sign-in-licenses.ts';
import { simulateLicenses } from '../provisioning/simulate-licenses.ts';
import { listLicenseGroups, listLicenses } from '../store/access-lists.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, rowId, withCommonOptions } from './common-options.ts';
import { printWarnings } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { changeOrPlan, type PlannedOptions, withPlan } from './planned.ts';
import { printCounts, showPolicyPlan } from './policy.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `license list`, `seats`, `rules`, `give`, `map`, `group`, `groups` and `simulate`. */
export function addLicenseCommands(program: Command, surroundings: Surroundings): void {
  const license = program.command('license').description('licenses: seats, what gives them, and who waits');
  addList(license, surroundings);
  addSeats(license, surroundings);
  addRules(license, surroundings);
  addGive(license, surroundings);
  addMap(license, surroundings);
  addGroup(license, surroundings);
  addGroups(license, surroundings);
  addSimulate(license, surroundings);
}

const orgArgument = ['<org>', 'the slug or id of the organization'] as const;

function addList(license: Command, surroundings: Surroundings): void {
  const list = license
    .command('list')
    .description('list the license types with their seats')
    .argument(...orgArgument);
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const licenses = await listLicenses(databases.app, await loadOrganization(databases, org));
    if (options.json) return printJson(licenses, surroundings);
    printTable(
      licenses,
      [
        ['license', (row) => row.license],
        ['seats', (row) => row.seats ?? 'any'],
        ['used', (row) => row.used],
        ['waiting', (row) => row.waiting],
      ],
      '',
      surroundings,
    );
  });
}

function addSeats(license: Command, surroundings: Surroundings): void {
  const seats = license
    .command('seats')
    .description('set how many seats of a license there are, or add a license type')
    .argument(...orgArgument)
    .argument('<license>', 'such as developer')
    .argument('<seats>', 'a number, or any', seatsOf);
  withCommonOptions(withPlan(seats)).action(
    async (org: string, name: string, limit: { seats: number | undefined }, options: PlannedOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const planned = seatsPlanned(name, limit.seats);
      const changed = await changeOrPlan(databases, organization, planned, options, surroundings);
      if (changed === undefined) return;
      if (options.json) return printJson({ license: name, seats: limit.seats ?? null, changed }, surroundings);
      surroundings.out(
        changed ? `There are now ${limit.seats ?? 'any number of'} seats of ${name}.\n` : 'It is so already.\n',
      );
    },
  );
}

function addRules(license: Command, surroundings: Surroundings): void {
  const rules = license
    .command('rules')
    .description('set where licenses come from; turning on by-attribute makes SCIM the source of truth')
    .argument(...orgArgument)
    .requiredOption('--set <setting=value...>', `settings: ${accessSettings.join(', ')}`);
  withCommonOptions(withPlan(rules)).action(async (org: string, options: PlannedOptions & { set: string[] }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const settings = Object.fromEntries(options.set.map(settingOf));
    if (options.plan === true) return await showPolicyPlan(databases, organization, settings, options, surroundings);
    const at = { now: new Date() };
    const made = await setAccessPolicy(databases.app, organization, settings, at, options.plan);
    const { isChanged: changed, warnings, counts } = made;
    if (options.json) return printJson({ ...settings, changed, warnings, counts }, surroundings);
    surroundings.out(changed ? 'Everybody’s roles and licenses follow it now.\n' : 'It is so already.\n');
    if (changed) printCounts(counts, surroundings);
    printWarnings(warnings, surroundings);
  });
}

function addGive(license: Command, surroundings: Surroundings): void {
  const give = license
    .command('give')
    .description('give a person a license by hand, or take it back')
    .argument(...orgArgument)
    .argument('<member>', 'the id of the member', rowId)
    .argument('<license>', 'such as developer, or none to take it back');
  withCommonOptions(give).action(async (org: string, member: string, name: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const given = name === 'none' ? undefined : name;
    const changed = await giveLicense(databases.app, organization, member, given, { now: new Date() });
    if (options.json) return printJson({ member, license: given ?? null, changed }, surroundings);
    surroundings.out(changed ? `The license by hand of ${member} is now ${name}.\n` : 'It is so already.\n');
  });
}

function addMap(license: Command, surroundings: Surroundings): void {
  const map = license
    .command('map')
    .description('map a team to the license that it gives to those who are in it')
    .argument(...orgArgument)
    .argument('<team>', 'the id of the team', rowId)
    .argument('<license>', 'such as developer, or none');
  withCommonOptions(withPlan(map)).action(async (org: string, team: string, name: string, options: PlannedOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const gives = { license: name === 'none' ? null : name };
    const mapping = teamMapping(team, gives, { now: new Date() });
    const changed = await changeOrPlan(databases, organization, mapping, options, surroundings);
    if (changed === undefined) return;
    if (options.json) return printJson({ team, ...gives, changed }, surroundings);
    surroundings.out(changed ? `The team ${team} now gives the license ${name}.\n` : 'It is so already.\n');
  });
}

function addGroup(license: Command, surroundings: Surroundings): void {
  const group = license
    .command('group')
    .description('map a group of sign-ins to a license; it counts from each person’s next sign-in')
    .argument(...orgArgument)
    .argument('<group>', 'the name that the claim has')
    .argument('<license>', 'such as developer, or none');
  withCommonOptions(group).action(async (org: string, name: string, given: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const to = given === 'none' ? undefined : given;
    const changed = await mapSignInGroup(databases.app, organization, name, to, { now: new Date() });
    if (options.json) return printJson({ group: name, license: to ?? null, changed }, surroundings);
    surroundings.out(changed ? `The group ${name} now gives the license ${given}.\n` : 'It is so already.\n');
  });
}

function addGroups(license: Command, surroundings: Surroundings): void {
  const groups = license
    .command('groups')
    .description('list the groups of sign-ins that give a license')
    .argument(...orgArgument);
  withCommonOptions(groups).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const found = await listLicenseGroups(databases.app, await loadOrganization(databases, org));
    if (options.json) return printJson(found, surroundings);
    printTable(
      found,
      [
        ['group', (row) => row.group],
        ['license', (row) => row.license],
      ],
      `No group of sign-ins of ${org} gives a license.`,
      surroundings,
    );
  });
}

type SimulateOptions = CommonOptions & { source?: string; default?: string; seats: Record<string, number | null> };

function addSimulate(license: Command, surroundings: Surroundings): void {
  const simulate = license
    .command('simulate')
    .description('show who would have which license by other rules, changing nothing')
    .argument(...orgArgument)
    .option('--source <source>', 'as if licenses came from there (licenseSource)')
    .option('--default <license>', 'as if this were the default (defaultLicense)')
    .option('--seats <license=seats>', 'as if there were so many seats; may be repeated', collectSeats, {});
  withCommonOptions(simulate).action(async (org: string, options: SimulateOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { source: licenseSource, default: defaultLicense, seats } = options;
    const supposed = { licenseSource, defaultLicense, seats };
    const found = await simulateLicenses(databases.app, organization, supposed, limits.simulatedChangesMax);
    if (options.json) return printJson(found, surroundings);
    surroundings.out(
      `${found.gains} would get a license, ${found.losses} lose theirs, ${found.exchanges} have another, ${found.waits} begin to wait, ${found.narrowed} could do less.\n` +
        `${found.leaves} memberships of teams would no longer be in force, ${found.joins} would come into force.\n`,
    );
    printWarnings(found.warnings, surroundings);
    if (found.refused) surroundings.out('It would be refused: there are not enough seats.\n');
    surroundings.out('\n');
    printTable(
      found.licenses,
      [
        ['license', (row) => row.license],
        ['seats', (row) => row.seats ?? 'any'],
        ['used', (row) => row.used],
        ['needed', (row) => row.needed],
        ['missing', (row) => row.missing],
        ['would have one', (row) => row.taken],
        ['would wait', (row) => row.waiting],
      ],
      '',
      surroundings,
    );
    surroundings.out('\n');
    printTable(
      found.changes,
      [
        ['userName', (row) => row.userName],
        ['has', (row) => row.before],
        ['would have', (row) => row.after],
        ['would wait for', (row) => row.waitsFor],
        ['could', (row) => row.narrows?.to],
        ['teams', teamsText],
        ['because', (row) => row.rule],
      ],
      'Nobody would change.',
      surroundings,
    );
  });
}

/** In how many teams somebody would come, and out of how many. */
const teamsText = ({ joins, leaves }: { joins: number; leaves: number }) =>
  [joins > 0 && `into ${joins}`, leaves > 0 && `out of ${leaves}`].filter(Boolean).join(', ');

function seatsOf(text: string): { seats: number | undefined } {
  if (text === 'any') return { seats: undefined };
  const seats = Number(text);
  if (/^\d{1,10}$/.test(text)) return { seats };
  throw new InvalidArgumentError('It must be a whole number, or any.');
}

function collectSeats(text: string, collected: Record<string, number | null>): Record<string, number | null> {
  const [license = '', seats = ''] = text.split('=', 2);
  return { ...collected, [license]: seatsOf(seats).seats ?? null };
}

function settingOf(text: string): [AccessSetting, string] {
  const [name = '', value = ''] = text.split('=', 2);
  const setting = accessSettings.find((each) => each === name);
  if (setting !== undefined) return [setting, value];
  throw new OperatorError(
    'setting_invalid',
    `It must be one of ${accessSettings.join(', ')}, such as licenseSource=by-rules.`,
  );
}
