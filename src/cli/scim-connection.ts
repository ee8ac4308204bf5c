import { Argument, type Command } from 'commander';
import { setScimProfile } from '../provisioning/set-scim-profile.ts';
import { switchConnection } from '../provisioning/switch-connection.ts';
import { type ProfileName, profileNames, profiles } from '../scim/profiles.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { printSettled, printSwitched, printWarnings, withYes } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `scim enable`, `scim disable` and `scim profile`. */
export function addScimCommands(program: Command, surroundings: Surroundings): void {
  const scim = program.command('scim').description('the SCIM endpoint of an organization');
  addSwitch(scim, 'enable', 'on', 'accept SCIM requests for an organization', surroundings);
  addSwitch(
    scim,
    'disable',
    'off',
    'refuse SCIM requests for an organization; everything provisioned stays, or as its policy says (setting turnOff)',
    surroundings,
  );

  const profile = scim
    .command('profile')
    .description('show or set what an organization’s SCIM endpoint accepts beyond the RFCs')
    .argument('<org>', 'the slug or id of the organization')
    .addArgument(new Argument('[profile]', 'the profile from now on').choices(profileNames));
  withCommonOptions(profile).action(async (org: string, name: ProfileName | undefined, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (name !== undefined) await setScimProfile(databases.app, organization, name, { now: new Date() });
    const scimProfile = name ?? organization.connection.scimProfile;
    if (options.json) return printJson({ organization: organization.slug, scimProfile }, surroundings);
    surroundings.out(`The SCIM profile of ${organization.slug} is ${scimProfile}: ${profiles[scimProfile].says}.\n`);
  });
}

function addSwitch(
  scim: Command,
  verb: string,
  state: 'on' | 'off',
  description: string,
  surroundings: Surroundings,
): void {
  const command = scim.command(verb).description(description).argument('<org>', 'the slug or id of the organization');
  withCommonOptions(withYes(command)).action(async (org: string, options: CommonOptions & { yes?: true }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const confirmed = options.yes ? 'all' : [];
    const at = { now: new Date() };
    const switched = await switchConnection(databases.app, organization, state, at, undefined, confirmed);
    const { ended, settled, warnings } = switched;
    if (options.json) return printJson({ organization: organization.slug, state, warnings }, surroundings);
    surroundings.out(`SCIM is ${state} for ${organization.slug}.\n`);
    if (ended) printSwitched(organization.slug, state, switched, surroundings);
    else if (settled !== undefined) printSettled(settled, surroundings);
    printWarnings(warnings, surroundings);
  });
}
