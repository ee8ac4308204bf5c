import { isSwitched, type SwitchedState } from '../organization/holding.ts';
import { type Confirmation, confirmationsOf, type Policy } from '../organization/policy.ts';
import type { ProviderKind } from '../organization/providers.ts';
import { declaredOf, objectionTo, type SignInProvider } from '../organization/sign-in.ts';
import { parseResourceType, parseSchema, type SchemaDefinition } from '../scim/definitions.ts';
import { describeSchema } from '../scim/discovery.ts';
import type { ProfileName } from '../scim/profiles.ts';
import { resourceTypes as builtIn } from '../scim/resource-types.ts';
import { listLicenseGroups, listLicenses, listRoles, listTeamMappings } from '../store/access-lists.ts';
import { findAddressList } from '../store/address-lists.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { findDefinitions } from '../store/definitions.ts';
import { listDomains } from '../store/domains.ts';
import { readGoverned } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { lockOrganization } from '../store/organization-writing.ts';
import { readOrganizationFacts } from '../store/organizations.ts';
import { findSignInProvider } from '../store/sign-in-providers.ts';
import { findTeamsByDisplayName } from '../store/team-list.ts';
import { listTokensInForce } from '../store/tokens.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, together } from './change-access.ts';
import { changeAddresses } from './change-addresses.ts';
import { defineResourceType, defineSchema, removeResourceType, removeSchema } from './change-definitions.ts';
import { addDomain, readOwnDomain, removeDomain } from './change-domains.ts';
import { factsWritten } from './change-organization.ts';
import { assertConfirmed, policyWritten, whatIsOnGoesOn } from './change-policy.ts';
import { type Confirmed, changeProviders, overruledBy } from './change-providers.ts';
import { roleRemoved, roleWritten } from './change-role.ts';
import { seatsSet } from './change-seats.ts';
import { all, type ConfigurationChange, differences, keyed, partOf } from './configuration-differences.ts';
import {
  addressDifferences,
  addressesOfChanges,
  assertAddressesPossible,
  type ConfiguredAddresses,
  rangesOf,
  type WantedAddresses,
} from './configured-addresses.ts';
import {
  type ConfiguredToken,
  configuredTokens,
  tokenDifferences,
  tokenNamedChanged,
  tokensMissing,
  type WantedToken,
} from './configured-tokens.ts';
import { readSettings } from './create-organization.ts';
import { teamMapped } from './map-team.ts';
import { changeAccessAsPlanned, type PlannedWork, planAccess } from './plan-access.ts';
import { assertAsPlanned, type HeldPlan, joined, type PlanPage } from './plan-held.ts';
import { setScimProfile } from './set-scim-profile.ts';
import { signInGroupMapped } from './sign-in-licenses.ts';
import { planSwitch, switchConnection } from './switch-connection.ts';

/** A custom role in a configuration. */
export type ConfiguredRole = { key: string; name: string; permissions: readonly string[] };

/** What a team gives, by the name that it has in force; null is nothing. */
export type ConfiguredMapping = { role: string | null; license: string | null };

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
  teamMappings: Readonly<Record<string, ConfiguredMapping>>;
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
};

/** A configuration beside what is there: what it would change, and what of it has to be confirmed. */
export type ComparedConfiguration = {
  before: Configuration;
  changes: ConfigurationChange[];
  /** Names that do not say which token or team of the organization is meant: nothing is changed for them. */
  tokensMissing: string[];
  teamsMissing: string[];
  confirm: readonly Confirmation[];
  /** What an admin should know of it that nobody is asked about, in words. */
  warnings: readonly string[];
};

/** What admins have decided. `now` says which tokens are in force. */
export async function readConfiguration(db: Database, org: { id: string }, now: Date): Promise<Configuration> {
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
    // One that is being disconnected is off when that is done.
    connection: {
      state: isSwitched(connection.state) ? connection.state : 'off',
      scimProfile: connection.scimProfile as ProfileName,
      provider: connection.provider,
    },
    signInProvider: declaredOf(signIn) ?? null,
    policy: policy as unknown as Record<string, string>,
    roles: roles.map(({ key, name, permissions }) => ({ key, name, permissions: [...permissions].sort() })),
    seats: Object.fromEntries(licenses.map(({ license, seats }) => [license, seats ?? null])),
    teamMappings: Object.fromEntries(
      mappings.map(({ team, role, license }) => [team.name, { role: role ?? null, license: license ?? null }]),
    ),
    signInGroups: Object.fromEntries(groups.map(({ group, license }) => [group, license])),
    schemas: definitions.schemas.map(shownSchema),
    resourceTypes: definitions.resourceTypes,
    domains: domains.map(({ name }) => name),
    addresses: { appliesTo: list.appliesTo, allow: rangesOf(list, 'allow'), deny: rangesOf(list, 'deny') },
    tokens: configuredTokens(tokens),
  };
}

/**
 * What a configuration would change. Nothing differs after the changes were applied.
 *
 * @throws OperatorError if a setting or a value does not exist; ScimError for a document that is no schema or resource type
 */
export async function compareConfiguration(
  db: Database,
  org: { id: string },
  wanted: WantedConfiguration,
  now: Date,
): Promise<ComparedConfiguration> {
  const before = await readConfiguration(db, org, now);
  const differing = differencesOf(before, wanted);
  const teams = partOf(differing, 'teamMappings').map(({ path }) => path);
  const found =
    teams.length === 0
      ? new Map<string, string[]>()
      : await inOrganization(db, org.id, (tx) => findTeamsByDisplayName(tx, teams));
  const teamsMissing = teams.filter((name) => found.get(name)?.length !== 1);
  const missing = new Set(teamsMissing.map((name) => `teamMappings/${name}`));
  const changes = differing.filter(({ path }) => !missing.has(path));
  return {
    before,
    changes,
    tokensMissing: tokensMissing(before, wanted),
    teamsMissing,
    confirm: confirmationsOfConfiguration(before, changes),
    warnings: warningsOfConfiguration(before, changes),
  };
}

function differencesOf(before: Configuration, wanted: WantedConfiguration): ConfigurationChange[] {
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
    ...all('teamMappings', before.teamMappings, wanted.teamMappings && normalMappings(wanted)),
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
  return [...settings, { setting: 'sameSignInProvider', value: 'overridable', why: objection.says }];
}

/** What an admin should know of changes that nobody is asked about, in words. */
function warningsOfConfiguration(before: Configuration, changes: readonly ConfigurationChange[]): string[] {
  const { objection, isAsked } = providersOfChanges(before, changes);
  const isStricter = partOf(changes, 'policy').some(({ path }) => path === 'sameSignInProvider');
  return isStricter && !isAsked && objection !== undefined ? [`${objection.says} ${whatIsOnGoesOn}`] : [];
}

/**
 * What applying a configuration would bring about for people, and why, one page of it. Its version names what changes beside people
 * too. What is applied in one transaction is tried and undone; what another state of the connection puts in force comes after it, as
 * it would be without the rest.
 *
 * @throws OperatorError of the change that is not possible
 */
export async function planConfiguration(
  db: Database,
  org: { id: string },
  compared: ComparedConfiguration,
  at: Acting,
  page: PlanPage,
): Promise<HeldPlan> {
  assertAddressesPossible(compared.before, compared.changes, at);
  assertProvidersPossible(compared.before, compared.changes);
  return await withSwitch(
    db,
    org,
    compared,
    await planAccess(db, org, plannedWork(compared, 'all', at), at, page),
    page,
  );
}

/** The plan of what is applied in one transaction, with what another state of the connection puts in force after it. */
async function withSwitch(
  db: Database,
  org: { id: string },
  { before, changes }: ComparedConfiguration,
  first: HeldPlan,
  page: PlanPage,
): Promise<HeldPlan> {
  const to = partOf(changes, 'connection').find(({ path }) => path === 'state')?.after as SwitchedState | undefined;
  if (to === undefined) return first;
  const { turnOff } = policyOfChanges(before, changes);
  return await joined(first, (rest) => planSwitch(db, org, to, rest, turnOff), page);
}

/**
 * Applies the changes of a plan. Everything that decides about roles, licenses and provisioning is one transaction with what
 * follows for people. Definitions of schemas and resource types come before, each by itself, since one excludes every change of
 * a resource while it is held against what is stored. The connection changes last, so that the provider meets what was decided.
 * Domains and lists of addresses come between, each by itself. What fails ends it; applying the same configuration again goes
 * on where it ended.
 *
 * @param confirmed the settings whose change somebody has confirmed
 * @param version of the plan that was shown; without it whatever it comes to is applied
 * @throws OperatorError of the change that is not possible; changed if the plan is another one than the version names
 */
export async function applyConfiguration(
  db: Database,
  org: { id: string },
  compared: ComparedConfiguration,
  { confirmed, version }: { confirmed: readonly string[] | 'all'; version?: string | undefined },
  at: Acting,
): Promise<void> {
  const { before, changes } = compared;
  if (confirmed !== 'all') {
    const after = policyOfChanges(before, changes);
    assertConfirmed(confirmationsOf(before.policy as unknown as Policy, after), confirmed);
  }
  assertAddressesPossible(before, changes, at);
  assertProvidersPossible(before, changes, confirmed);
  const work = plannedWork(compared, confirmed, at);
  let ofPeople: string | undefined;
  if (version !== undefined) {
    const page = { from: 0, limit: 0 };
    const first = await planAccess(db, org, work, at, page);
    assertAsPlanned(version, await withSwitch(db, org, compared, first, page));
    ofPeople = first.version;
  }
  await applyDefinitions(db, org, changes, at);
  await changeAccessAsPlanned(db, org, work, at, ofPeople);
  const domains = partOf(changes, 'domains');
  for (const { path, after } of domains) if (after === undefined) await removeDomain(db, org, path, at);
  for (const { path, after } of domains) if (after !== undefined) await addDomain(db, org, path, at);
  if (partOf(changes, 'addresses').length > 0) {
    await changeAddresses(db, org, () => addressesOfChanges(before, changes), at);
  }
  const { state, scimProfile, scim, signIn } = connectionOfChanges(changes);
  const turn = async () => {
    if (state !== undefined) await switchConnection(db, org, state, at, undefined, confirmed);
  };
  // What is turned off is not asked who signs people in, and what is turned on is asked by what is declared then.
  if (state === 'off') await turn();
  if (scimProfile !== undefined) await setScimProfile(db, org, scimProfile, at);
  if (scim !== undefined || signIn !== undefined) await changeProviders(db, org, { scim, signIn }, at, confirmed);
  if (state !== 'off') await turn();
}

/** What the changes say of the connection and of who signs people in; what they do not change is not there. */
function connectionOfChanges(changes: readonly ConfigurationChange[]): {
  state?: SwitchedState;
  scimProfile?: ProfileName;
  scim?: ProviderKind;
  signIn?: SignInProvider | null;
} {
  const after = (at: string) => changes.find(({ path }) => path === at)?.after;
  const wished = {
    state: after('connection/state'),
    scimProfile: after('connection/scimProfile'),
    scim: after('connection/provider'),
    signIn: after('signInProvider'),
  };
  return Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined));
}

/** What the policy has against the providers that the changes leave, and whether the changes are asked about it. */
function providersOfChanges(before: Configuration, changes: readonly ConfigurationChange[]) {
  const wished = connectionOfChanges(changes);
  const { signIn = before.signInProvider, scim = before.connection.provider, state = before.connection.state } = wished;
  const providers = { scim, signIn: signIn?.provider };
  const policy = policyOfChanges(before, changes);
  const isAnother = scim !== before.connection.provider || signIn?.provider !== before.signInProvider?.provider;
  return {
    providers,
    policy,
    state,
    isAsked: state !== 'off' && (before.connection.state === 'off' || isAnother),
    objection: state === 'off' ? undefined : objectionTo(providers, policy.sameSignInProvider),
  };
}

/**
 * Holds that the providers that the changes leave can be.
 *
 * @param confirmed the settings whose change somebody has confirmed; a plan says which have to be
 * @throws OperatorError refused or unconfirmed
 */
function assertProvidersPossible(
  before: Configuration,
  changes: readonly ConfigurationChange[],
  confirmed: Confirmed = 'all',
): void {
  const { providers, policy, state, isAsked } = providersOfChanges(before, changes);
  if (isAsked) overruledBy(providers, state, policy, confirmed);
}

/** Schemas that extend a resource type of the organization follow it; those that one is made of come before. */
async function applyDefinitions(
  db: Database,
  org: { id: string },
  changes: readonly ConfigurationChange[],
  at: Acting,
): Promise<void> {
  const [schemas, types] = [partOf(changes, 'schemas'), partOf(changes, 'resourceTypes')];
  const isLate = ({ after }: ConfigurationChange) =>
    (after as ConfiguredSchema | undefined)?.extends.some(({ resourceType }) => !isBuiltIn(resourceType)) ?? false;
  const define = async (each: ConfigurationChange) => {
    const { definition, extends: types } = each.after as ConfiguredSchema;
    const kind = each.before === undefined ? 'new' : 'changed';
    await defineSchema(db, org, { document: definition, extends: types }, kind, at);
  };
  const written = schemas.filter(({ after }) => after !== undefined);
  for (const each of written.filter((each) => !isLate(each))) await define(each);
  for (const { before, after } of types.filter(({ after }) => after !== undefined)) {
    await defineResourceType(db, org, after, before === undefined ? 'new' : 'changed', at);
  }
  for (const each of written.filter(isLate)) await define(each);
  for (const { path, after } of types) {
    if (after === undefined) await removeResourceType(db, org, path, { force: false }, at);
  }
  for (const { path, after } of schemas) {
    if (after === undefined) await removeSchema(db, org, path, { force: false }, at);
  }
}

const isBuiltIn = (resourceType: string) => builtIn.some(({ name }) => name === resourceType);

/** The same with what the version of its plan names. */
const plannedWork = (
  { before, changes, tokensMissing, teamsMissing }: ComparedConfiguration,
  confirmed: readonly string[] | 'all',
  at: Acting,
): PlannedWork => ({
  work: worksOf(before, changes, confirmed, at),
  about: () => ({ changes, tokensMissing, teamsMissing }),
});

/** What is applied in one transaction. Roles and licenses come before what gives them, and go after it. */
function worksOf(
  before: Configuration,
  changes: readonly ConfigurationChange[],
  confirmed: readonly string[] | 'all',
  at: Acting,
): AccessWork {
  const policy = policyOfChanges(before, changes);
  const settings = confirmed === 'all' ? Object.keys(policy) : confirmed;
  const works: AccessWork[] = [];
  for (const { after } of changes.filter(({ path }) => path === 'name')) works.push(nameWritten(after as string, at));
  for (const { path, after } of partOf(changes, 'seats')) {
    works.push(seatsSet(path, (after as number | null) ?? undefined));
  }
  if (partOf(changes, 'policy').length > 0) works.push(policyWritten(policy, settings, at.now));
  const roles = partOf(changes, 'roles');
  for (const { after } of roles) {
    if (after !== undefined) works.push(roleWritten(after as ConfiguredRole, at.now));
  }
  for (const { path, after } of partOf(changes, 'teamMappings')) {
    const gives = (after as ConfiguredMapping | undefined) ?? { role: null, license: null };
    works.push(teamNamedMapped(path, gives, at));
  }
  for (const { path, after } of partOf(changes, 'signInGroups')) {
    works.push(signInGroupMapped(path, after as string | undefined, at.now));
  }
  for (const { path, after } of roles) if (after === undefined) works.push(roleRemoved(path));
  const limitsOf = Map.groupBy(partOf(changes, 'tokens'), ({ path }) => path.slice(0, path.lastIndexOf('/')));
  for (const [name, limits] of limitsOf) {
    const limit = Object.fromEntries(limits.map(({ path, after }) => [path.slice(name.length + 1), after]));
    works.push(tokenNamedChanged(name, limit, at));
  }
  return together(works);
}

const nameWritten =
  (name: string, at: Acting): AccessWork =>
  async (tx) => {
    if (name.trim() === '') {
      throw new OperatorError('setting_invalid', 'The name of an organization must not be empty.');
    }
    const events = factsWritten(tx, await lockOrganization(tx), { name }, at.now);
    return { events, scope: { of: 'people', ids: [] } };
  };

/** A mapping is of one team: the admin who names it here means the one that has the name now. */
const teamNamedMapped =
  (name: string, gives: ConfiguredMapping, at: Acting): AccessWork =>
  async (tx, governed) => {
    const [team, ...others] = (await findTeamsByDisplayName(tx, [name])).get(name) ?? [];
    if (team === undefined || others.length > 0) {
      const what = team === undefined ? 'There is no team' : 'There are several teams';
      throw new OperatorError('refused', `${what} named "${name}" in this organization, and nothing was changed.`);
    }
    return await teamMapped(team, gives, at)(tx, governed);
  };

const policyAfter = (before: Configuration, wanted: WantedConfiguration): Policy =>
  readSettings(before.policy as unknown as Policy, wanted.policy as Readonly<Record<string, string>>);

/** The policy that the changes make, which name every setting that differs. */
const policyOfChanges = (before: Configuration, changes: readonly ConfigurationChange[]): Policy =>
  ({
    ...before.policy,
    ...Object.fromEntries(partOf(changes, 'policy').map(({ path, after }) => [path, after])),
  }) as unknown as Policy;

function shownSchema({ schema, extends: types }: SchemaDefinition): ConfiguredSchema {
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

const normalMappings = ({ teamMappings }: WantedConfiguration): Record<string, ConfiguredMapping> =>
  Object.fromEntries(
    Object.entries(teamMappings as Record<string, Partial<ConfiguredMapping>>)
      .map(([team, { role = null, license = null }]) => [team, { role, license }] as const)
      .filter(([, { role, license }]) => role !== null || license !== null),
  );

/** An issuer that is left out is none. */
const normalSignIn = ({ signInProvider }: WantedConfiguration): SignInProvider | null | undefined =>
  signInProvider && { provider: signInProvider.provider as ProviderKind, issuer: signInProvider.issuer ?? null };

const normalDomains = ({ domains }: WantedConfiguration): string[] => (domains as readonly string[]).map(readOwnDomain);

const named = (name: string) => name;
const urnOf = ({ definition }: ConfiguredSchema) => definition.id as string;
const nameOf = ({ name }: Readonly<Record<string, unknown>>) => name as string;
const keyOf = ({ key }: ConfiguredRole) => key;
