import { endsForGood } from '../organization/disconnecting.ts';
import { type ConnectionState, isSwitched, type SwitchedState } from '../organization/holding.ts';
import { type Confirmation, confirmationsOf, type Policy } from '../organization/policy.ts';
import type { ProviderKind } from '../organization/providers.ts';
import { confirmationOf, declaredOf, goesOnAgainst, type SignInProvider } from '../organization/sign-in.ts';
import { parseResourceType, parseSchema, type SchemaDefinition } from '../scim/definitions.ts';
import { describeSchema } from '../scim/discovery.ts';
import type { ProfileName } from '../scim/profiles.ts';
import { listLicenseGroups, listLicenses, listRoles, listTeamMappings } from '../store/access-lists.ts';
import { findAddressList } from '../store/address-lists.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { findDefinitions } from '../store/definitions.ts';
import { listDomains } from '../store/domains.ts';
import { readGoverned } from '../store/governing.ts';
import type { Reader } from '../store/organization-transaction.ts';
import { readOrganizationFacts } from '../store/organizations.ts';
import { findSignInProvider } from '../store/sign-in-providers.ts';
import { listTokensInForce } from '../store/tokens.ts';
import type { Asking } from './acting.ts';
import { readOwnDomain } from './change-domains.ts';
import { all, type ConfigurationChange, differences, keyed, partOf } from './configuration-differences.ts';
import {
  addressDifferences,
  type ConfiguredAddresses,
  configuredAddresses,
  type WantedAddresses,
} from './configured-addresses.ts';
import { apiKeysMissing, configuredApiKeys, type WantedApiKey } from './configured-api-keys.ts';
import {
  type ConfiguredMapping,
  type ConfiguredMappings,
  calledNow,
  configuredMappings,
} from './configured-mappings.ts';
import { policyAfter, policyOfChanges } from './configured-policy.ts';
import { providersOfChanges } from './configured-providers.ts';
import {
  type ConfiguredToken,
  configuredTokens,
  tokenDifferences,
  tokensMissing,
  type WantedToken,
} from './configured-tokens.ts';
import { warnOfCounts } from './warn-of-counts.ts';

/** A custom role in a configuration. */
export type ConfiguredRole = { key: string; name: string; permissions: readonly string[] };

/** A schema as RFC 7643 §7 writes it, and what it extends. */
export type ConfiguredSchema = {
  definition: Readonly<Record<string, unknown>>;
  extends: readonly { resourceType: string; required: boolean }[];
};

/** What admins decided about an organization. It names no people and no secrets, so it fits another organization. */
export type Configuration = {
  name: string;
  connection: { state: SwitchedState; scimProfile: ProfileName; provider: string };
  /** Who signs people in; null where none is declared. */
  signInProvider: SignInProvider | null;
  policy: Readonly<Record<string, string>>;
  /** All custom roles: a role that is not among them is removed. */
  roles: readonly ConfiguredRole[];
  /** Seats of each license; null is any number. A license that is not among them stays as it is. */
  seats: Readonly<Record<string, number | null>>;
  /** What each team gives, all of them: a team that is not among them gives nothing. */
  teamMappings: ConfiguredMappings;
  /** The license that each group of sign-ins gives, all of them. */
  signInGroups: Readonly<Record<string, string>>;
  /** All schemas and resource types that the organization defined. */
  schemas: readonly ConfiguredSchema[];
  resourceTypes: readonly Readonly<Record<string, unknown>>[];
  /** All domains by their names. One that is new counts for nothing until its record was seen. */
  domains: readonly string[];
  addresses: ConfiguredAddresses;
  /** Tokens in force. One that is not among them stays as it is, and one that is not there is not made. */
  tokens: readonly ConfiguredToken[];
};

/** What of a configuration is to be as given; parts that are left out stay as they are. */
export type WantedConfiguration = {
  readonly [Part in keyof Omit<Configuration, 'addresses' | 'tokens'>]?: Partial<Configuration[Part]> | undefined;
} & {
  readonly addresses?: WantedAddresses;
  readonly tokens?: readonly WantedToken[];
  readonly apiKeys?: readonly WantedApiKey[];
};

/** A configuration beside what is there: what it would change, and what of it has to be confirmed. */
export type ComparedConfiguration = {
  before: Configuration;
  changes: ConfigurationChange[];
  /** Names that do not say which token or team of the organization is meant: nothing is changed for them. */
  tokensMissing: string[];
  teamsMissing: string[];
  /** Names of API keys that are not there as the document says. None is made or changed by it. */
  apiKeysMissing: string[];
  confirm: readonly Confirmation[];
  /** What an admin should know of it that nobody is asked about, in words. */
  warnings: readonly string[];
};

/** What admins have decided. `now` says which tokens are in force. */
export async function readConfiguration(db: Reader, org: { id: string }, now: Date): Promise<Configuration> {
  const [
    facts,
    connection,
    { policy },
    roles,
    licenses,
    mappings,
    groups,
    { definitions },
    domains,
    list,
    tokens,
    signIn,
  ] = await Promise.all([
    readOrganizationFacts(db, org),
    readConnection(db, org),
    readGoverned(db, org.id),
    listRoles(db, org),
    listLicenses(db, org),
    listTeamMappings(db, org),
    listLicenseGroups(db, org),
    findDefinitions(db, org.id),
    listDomains(db, org),
    findAddressList(db, org.id),
    listTokensInForce(db, org, now),
    findSignInProvider(db, org),
  ]);
  return {
    name: facts.name,
    connection: {
      state: stateOf(connection),
      scimProfile: connection.scimProfile as ProfileName,
      provider: connection.provider,
    },
    signInProvider: declaredOf(signIn) ?? null,
    policy: policy as unknown as Record<string, string>,
    roles: roles.map(({ key, name, permissions }) => ({ key, name, permissions: [...permissions].sort() })),
    seats: Object.fromEntries(licenses.map(({ license, seats }) => [license, seats ?? null])),
    teamMappings: await configuredMappings(db, org, mappings),
    signInGroups: Object.fromEntries(groups.map(({ group, license }) => [group, license])),
    schemas: definitions.schemas.map(shownSchema),
    resourceTypes: definitions.resourceTypes,
    domains: domains.map(({ name }) => name),
    addresses: configuredAddresses(list),
    tokens: configuredTokens(tokens),
  };
}

/**
 * What a configuration would change. Nothing differs after the changes were applied.
 *
 * @param by who asks: warnings name people and tokens to those who may read members
 * @throws OperatorError if a setting or a value does not exist; ScimError for a document that is no schema or resource type
 */
export async function compareConfiguration(
  db: Database,
  org: { id: string },
  wanted: WantedConfiguration,
  now: Date,
  by: Asking = {},
): Promise<ComparedConfiguration> {
  const before = await readConfiguration(db, org, now);
  const { teamMappings, apiKeys = [] } = wanted;
  const keys = apiKeys.length === 0 ? [] : await configuredApiKeys(db, org, now);
  const called =
    teamMappings && (await calledNow(db, org, teamMappings as Readonly<Record<string, Partial<ConfiguredMapping>>>));
  const teamsMissing = called?.missing ?? [];
  const missing = new Set(teamsMissing.map((name) => `teamMappings/${name}`));
  const changes = differencesOf(before, wanted, called?.mappings).filter(({ path }) => !missing.has(path));
  const policies = { before: before.policy as unknown as Policy, after: policyOfChanges(before, changes) };
  return {
    before,
    changes,
    tokensMissing: tokensMissing(before, wanted),
    teamsMissing,
    apiKeysMissing: apiKeysMissing(keys, apiKeys),
    confirm: confirmationsOfConfiguration(before, changes),
    warnings: [...(await warnOfCounts(db, org, policies, now, by)), ...warningsOfConfiguration(before, changes)],
  };
}

function differencesOf(
  before: Configuration,
  wanted: WantedConfiguration,
  teamMappings: ConfiguredMappings | undefined,
): ConfigurationChange[] {
  const policy = wanted.policy === undefined ? before.policy : policyAfter(before, wanted);
  return [
    ...all('schemas', keyed(before.schemas, urnOf), wanted.schemas && keyed(normalSchemas(wanted), urnOf)),
    ...all(
      'resourceTypes',
      keyed(before.resourceTypes, nameOf),
      wanted.resourceTypes && keyed(normalTypes(wanted), nameOf),
    ),
    ...differences('', { name: before.name }, { name: wanted.name as string | undefined }),
    ...differences('policy/', before.policy, policy as Readonly<Record<string, string>>),
    ...all('roles', keyed(before.roles, keyOf), wanted.roles && keyed(normalRoles(wanted), keyOf)),
    ...differences('seats/', before.seats, wanted.seats ?? {}),
    ...all('teamMappings', before.teamMappings, teamMappings),
    ...all('signInGroups', before.signInGroups, wanted.signInGroups as Readonly<Record<string, string>> | undefined),
    ...all('domains', keyed(before.domains, named), wanted.domains && keyed(normalDomains(wanted), named)),
    ...addressDifferences(before.addresses, wanted.addresses),
    ...tokenDifferences(before, wanted),
    ...differences('', { signInProvider: before.signInProvider }, { signInProvider: normalSignIn(wanted) }),
    ...differences('connection/', before.connection, wanted.connection ?? {}),
  ];
}

/** What of the changes has to be confirmed before they are applied. */
function confirmationsOfConfiguration(before: Configuration, changes: readonly ConfigurationChange[]): Confirmation[] {
  const settings = confirmationsOf(before.policy as unknown as Policy, policyOfChanges(before, changes));
  const { objection, isAsked } = providersOfChanges(before, changes);
  if (!isAsked || objection === undefined || objection.isFinal) return settings;
  return [...settings, ...confirmationOf(objection)];
}

/** What an admin should know of changes that nobody is asked about, in words. */
function warningsOfConfiguration(before: Configuration, changes: readonly ConfigurationChange[]): string[] {
  const { state, providers, policy, isAsked } = providersOfChanges(before, changes);
  const isStricter = partOf(changes, 'policy').some(({ path }) => path === 'sameSignInProvider');
  if (state === 'off') return before.connection.state !== 'off' && policy.turnOff === 'discard' ? [endsForGood] : [];
  return isAsked || !isStricter ? [] : goesOnAgainst(providers, policy.sameSignInProvider);
}

/** The state of a connection in a configuration: one that is being disconnected is off when that is done. */
export const stateOf = ({ state }: { state: ConnectionState }): SwitchedState => (isSwitched(state) ? state : 'off');

/** A schema as a configuration has it. */
export function shownSchema({ schema, extends: types }: SchemaDefinition): ConfiguredSchema {
  return { definition: describeSchema(schema), extends: types };
}

/** As they are stored, so that a default that is left out is no difference. */
const normalSchemas = ({ schemas }: WantedConfiguration): ConfiguredSchema[] =>
  (schemas as readonly ConfiguredSchema[]).map(({ definition, extends: types = [] }) =>
    shownSchema({
      schema: parseSchema(definition),
      extends: types.map(({ resourceType, required = false }) => ({ resourceType, required })),
    }),
  );

const normalTypes = ({ resourceTypes }: WantedConfiguration): Readonly<Record<string, unknown>>[] =>
  (resourceTypes as readonly unknown[]).map(parseResourceType);

const normalRoles = ({ roles }: WantedConfiguration): ConfiguredRole[] =>
  (roles as readonly ConfiguredRole[]).map((role) => ({ ...role, permissions: [...new Set(role.permissions)].sort() }));

/** An issuer that is left out is none. */
const normalSignIn = ({ signInProvider }: WantedConfiguration): SignInProvider | null | undefined =>
  signInProvider && { provider: signInProvider.provider as ProviderKind, issuer: signInProvider.issuer ?? null };

const normalDomains = ({ domains }: WantedConfiguration): string[] => (domains as readonly string[]).map(readOwnDomain);

const named = (name: string) => name;
const urnOf = ({ definition }: ConfiguredSchema) => definition.id as string;
const nameOf = ({ name }: Readonly<Record<string, unknown>>) => name as string;
const keyOf = ({ key }: ConfiguredRole) => key;
