import type { Command } from 'commander';
import { limits } from '../limits.ts';
import { domainRecord } from '../organization/domains.ts';
import { addDomain, checkDomain, removeDomain } from '../provisioning/change-domains.ts';
import { createDomainLookup } from '../provisioning/domain-lookup.ts';
import { listDomains } from '../store/domains.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `domain add`, `list`, `check` and `remove`. */
export function addDomainCommands(program: Command, surroundings: Surroundings): void {
  const domain = program
    .command('domain')
    .description('the domains of addresses that an organization shows to be its own');
  const named = (name: string, description: string) =>
    withCommonOptions(
      domain
        .command(name)
        .description(description)
        .argument('<org>', 'the slug or id of the organization')
        .argument('<domain>', 'such as acme.example'),
    );

  named('add', 'add a domain, and print the DNS record that shows whose it is').action(
    async (org: string, text: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const { name, token } = await addDomain(databases.app, organization, text, { now: new Date() });
      const record = domainRecord(name, token);
      if (options.json) return printJson({ name, record }, surroundings);
      surroundings.out(
        `Put this record into the DNS:\n\n${record.name}. ${record.type} "${record.value}"\n\n` +
          `Rollcall looks for it every hour, and at once with: rollcall domain check ${organization.slug} ${name}\n`,
      );
    },
  );

  named('check', 'look for the record of a domain now').action(
    async (org: string, text: string, options: CommonOptions) => {
      const config = configOf(options, surroundings);
      await using databases = await openForCommand(config);
      const organization = await loadOrganization(databases, org);
      const lookUp = createDomainLookup(config.dnsServers, limits.dnsTimeoutMs);
      const checked = await checkDomain(databases.app, organization, text, lookUp, { now: new Date() });
      if (options.json) return printJson(checked, surroundings);
      surroundings.out(`${checked.name} is ${checked.state}.${checked.problem ? ` ${checked.problem}` : ''}\n`);
    },
  );

  named('remove', 'remove a domain; what is in force by it stays').action(
    async (org: string, text: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      await removeDomain(databases.app, await loadOrganization(databases, org), text, { now: new Date() });
      if (options.json) return printJson({ name: text, removed: true }, surroundings);
      surroundings.out(`Removed the domain ${text}.\n`);
    },
  );

  const list = domain
    .command('list')
    .description('list the domains of an organization')
    .argument('<org>', 'the slug or id of the organization');
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const domains = await listDomains(databases.app, await loadOrganization(databases, org));
    if (options.json) return printJson(domains, surroundings);
    printTable(
      domains,
      [
        ['domain', (row) => row.name],
        ['state', (row) => row.state],
        ['proven', (row) => row.provenAt],
        ['checked', (row) => row.checkedAt],
        ['record', (row) => domainRecord(row.name, row.token).value],
        ['problem', (row) => row.problem],
      ],
      `${org} has no domain yet.`,
      surroundings,
    );
  });
}
