import type { Command } from 'commander';
import { setConnectionState } from '../provisioning/set-connection-state.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `scim enable` and `scim disable`. */
export function addScimCommands(program: Command, surroundings: Surroundings): void {
  const scim = program.command('scim').description('switch the SCIM endpoint of an organization on and off');
  addSwitch(scim, 'enable', 'on', 'accept SCIM requests for an organization', surroundings);
  addSwitch(
    scim,
    'disable',
    'off',
    'refuse SCIM requests for an organization; everything provisioned stays',
    surroundings,
  );
}

function addSwitch(
  scim: Command,
  verb: string,
  state: 'on' | 'off',
  description: string,
  surroundings: Surroundings,
): void {
  const command = scim.command(verb).description(description).argument('<org>', 'the slug or id of the organization');
  withCommonOptions(command).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    await setConnectionState(databases.app, organization, state, { now: new Date() });
    if (options.json) return printJson({ organization: organization.slug, state }, surroundings);
    surroundings.out(`SCIM is ${state} for ${organization.slug}.\n`);
  });
}
