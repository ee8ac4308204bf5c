import { Argument, type Command } from 'commander';
import { type ProviderKind, providerKinds, providerTitle } from '../organization/providers.ts';
import { declaredOf, howToAgree, sayProviders, standingOf } from '../organization/sign-in.ts';
import { changeProviders } from '../provisioning/change-providers.ts';
import { findSignInProvider } from '../store/sign-in-providers.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { withYes } from './connection.ts';
import { type Databases, openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ChangeOptions = CommonOptions & { issuer?: string; yes?: true };

/** Adds `sign-in show`, `set` and `remove`. */
export function addSignInCommands(program: Command, surroundings: Surroundings): void {
  const signIn = program.command('sign-in').description('which provider signs the people of an organization in');
  const command = (name: string, says: string) =>
    signIn.command(name).description(says).argument('<org>', 'the slug or id of the organization');

  withCommonOptions(command('show', 'show which provider signs people in, and whether it provisions them too')).action(
    async (org: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      await printSignIn(databases, org, options, surroundings);
    },
  );

  withCommonOptions(
    withYes(
      command('set', 'declare which provider signs people in; nobody is signed in or out by it')
        .addArgument(new Argument('<provider>', 'the provider').choices(providerKinds))
        .option('--issuer <uri>', 'its issuer (OpenID Connect) or entity id (SAML)'),
    ),
  ).action(async (org: string, provider: ProviderKind, options: ChangeOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const wish = { signIn: { provider, issuer: options.issuer ?? null } };
    const confirmed = options.yes ? 'all' : [];
    await changeProviders(databases.app, organization, wish, { now: new Date() }, confirmed);
    await printSignIn(databases, org, options, surroundings);
  });

  withCommonOptions(command('remove', 'take back which provider signs people in; provisioning goes on')).action(
    async (org: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      await changeProviders(databases.app, organization, { signIn: null }, { now: new Date() });
      await printSignIn(databases, org, options, surroundings);
    },
  );
}

async function printSignIn(
  databases: Databases,
  org: string,
  options: CommonOptions,
  surroundings: Surroundings,
): Promise<void> {
  const organization = await loadOrganization(databases, org);
  const found = await findSignInProvider(databases.app, organization);
  const declared = declaredOf(found);
  const { slug: name, connection } = organization;
  const two = { scim: connection.provider, signIn: declared?.provider };
  const standing = standingOf(two);
  if (options.json) {
    const shown = { provider: declared?.provider ?? null, issuer: declared?.issuer ?? null };
    return printJson({ organization: name, ...shown, provisionedBy: two.scim, standing }, surroundings);
  }
  if (declared !== undefined) {
    const issuer = declared.issuer === null ? '' : ` (${declared.issuer})`;
    surroundings.out(`People of ${name} sign in with ${providerTitle(declared.provider)}${issuer}.\n`);
  }
  if (standing === 'same') surroundings.out('It provisions them too.\n');
  else surroundings.out(`${sayProviders(two, found?.removedAt !== undefined)}. ${howToAgree(two)}.\n`);
}
