import { isDeepStrictEqual } from 'node:util';
import type { AddressList } from '../organization/address-lists.ts';
import type { ConnectionState, SwitchedState } from '../organization/holding.ts';
import { confirmationsOf, type Policy } from '../organization/policy.ts';
import { declaredOf } from '../organization/sign-in.ts';
import type { Definitions } from '../scim/definitions.ts';
import { resourceTypes as builtIn } from '../scim/resource-types.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { lockOrganization } from '../store/organization-writing.ts';
import { type Acting, type Lasting, lasting } from './acting.ts';
import { type AccessWork, nothingChanged, together } from './change-access.ts';
import { changeAddresses } from './change-addresses.ts';
import { defineResourceType, defineSchema, removeResourceType, removeSchema } from './change-definitions.ts';
import { addDomain, removeDomain } from './change-domains.ts';
import { factsWritten } from './change-organization.ts';
import { assertConfirmed, policyWritten } from './change-policy.ts';
import { changeProviders, type ProvidersWish } from './change-providers.ts';
import { roleRemoved, roleWritten } from './change-role.ts';
import { seatsSet } from './change-seats.ts';
import {
  type ComparedConfiguration,
  type Configuration,
  type ConfiguredRole,
  type ConfiguredSchema,
  readConfiguration,
  shownSchema,
  stateOf,
} from './configuration.ts';
import { type ConfigurationChange, partOf } from './configuration-differences.ts';
import { addressesOfChanges, assertAddressesPossible, configuredAddresses } from './configured-addresses.ts';
import { type ConfiguredMapping, teamsCalled } from './configured-mappings.ts';
import { policyOfChanges } from './configured-policy.ts';
import { assertProvidersPossible, connectionOfChanges, providersOfChanges } from './configured-providers.ts';
import { tokenNamedChanged } from './configured-tokens.ts';
import { teamMapped } from './map-team.ts';
import { changeAccessAsPlanned, type Following, type PlannedWork, planAccess } from './plan-access.ts';
import { assertAsPlanned, type HeldPlan, type PlanPage, refusalIn } from './plan-held.ts';
import { setScimProfile } from './set-scim-profile.ts';
import { signInGroupMapped } from './sign-in-licenses.ts';
import {
  assertEndShown,
  assertSwitchPossible,
  type ByThen,
  planSwitchAfter,
  type Switched,
  switchConnection,
} from './switch-connection.ts';
import { warnOfLeaving } from './warn-of-leaving.ts';
import { warnOfLicenses } from './warn-of-licenses.ts';

/**
 * What applying a configuration would bring about for people, and why, one page of it. Its version names what changes beside people
 * too. What is applied in one transaction is tried and undone; what another state of the connection puts in force is planned in the
 * same transaction, as things are behind it.
 *
 * @throws OperatorError of the change that is not possible, unless the plan says so as its refusal
 */
export async function planConfiguration(
  db: Database,
  org: { id: string },
  compared: ComparedConfiguration,
  at: Acting,
  page: PlanPage,
): Promise<HeldPlan & { warnings: string[] }> {
  const { before, changes } = compared;
  const refusal = refusalIn(() => {
    assertAddressesPossible(before, changes, at);
    assertProvidersPossible(before, changes);
  });
  const { warnings, ...work } = plannedWork(compared, 'all', at);
  const plan = await planAccess(db, org, work, at, page, switchAfter(compared, at));
  return { ...plan, refusal: refusal ?? plan.refusal, warnings: warnings() };
}

/** What another state of the connection puts in force behind all else that is applied; undefined if it stays as it is. */
function switchAfter(compared: ComparedConfiguration, at: Acting): Following | undefined {
  const { state } = connectionOfChanges(compared.changes);
  return state && ((tx, page, line) => planSwitchAfter(tx, state, page, at, { ...byThen(compared), line }));
}

const byThen = ({ before, changes }: ComparedConfiguration): ByThen => ({
  providers: providersOfChanges(before, changes).providers,
  leaving: partOf(changes, 'domains').flatMap(({ path, after }) => (after === undefined ? [path] : [])),
});

/**
 * Applies the changes of a plan. Everything that decides about roles, licenses and provisioning is one transaction with what
 * follows for people, and holds that what was compared is what there is. Definitions of schemas and resource types come before, each by itself, since one excludes every change of
 * a resource while it is held against what is stored. The connection changes last, so that the provider meets what was decided.
 * Domains and lists of addresses come between, each by itself. What fails ends it; applying the same configuration again goes
 * on where it ended.
 *
 * @param confirmed the settings whose change somebody has confirmed
 * @param version of the plan that was shown; without it whatever it comes to is applied, unless the connection ends by it
 * @returns what became of the switch of the connection, undefined if it stays as it is, and what an admin should know, in words
 * @throws OperatorError of the change that is not possible; unplanned if the connection ends by it and no plan was shown; changed if the plan is another one than the version names
 */
export async function applyConfiguration(
  db: Database,
  org: { id: string },
  compared: ComparedConfiguration,
  { confirmed, version }: { confirmed: readonly string[] | 'all'; version?: string | undefined },
  at: Acting,
): Promise<{ switched: (Switched & { state: SwitchedState }) | undefined; warnings: string[] }> {
  const { before, changes } = compared;
  if (confirmed !== 'all') {
    const after = policyOfChanges(before, changes);
    assertConfirmed(confirmationsOf(before.policy as unknown as Policy, after), confirmed);
  }
  assertAddressesPossible(before, changes, at);
  assertProvidersPossible(before, changes, confirmed);
  const moment = lasting(at);
  const { warnings, ...work } = plannedWork(compared, confirmed, at);
  const following = switchAfter(compared, at);
  const { state, scimProfile, scim, signIn } = connectionOfChanges(changes);
  if (state === 'off' && policyOfChanges(before, changes).turnOff === 'discard') assertEndShown(version);
  // Definitions come first, and are not applied where what comes after them would be refused to the caller.
  if (hasDefinitions(changes) && (version !== undefined || at.may !== undefined)) {
    const plan = await planAccess(db, org, work, at, { from: 0, limit: 0 }, following);
    if (version !== undefined) assertAsPlanned(version, plan);
  }
  await applyDefinitions(db, org, changes, moment);
  const inTurn: AccessWork[] = [asCompared(compared, at)];
  if (state !== undefined) inTurn.push(switchPossible(compared, state, at));
  const whole = { ...work, work: together([...inTurn, work.work]) };
  const { follows } = await changeAccessAsPlanned(db, org, whole, moment(), version, following);
  const domains = partOf(changes, 'domains');
  for (const { path, after } of domains) if (after === undefined) await removeDomain(db, org, path, moment());
  for (const { path, after } of domains) if (after !== undefined) await addDomain(db, org, path, moment());
  if (partOf(changes, 'addresses').length > 0) {
    const after = (found: AddressList) => {
      assertAsBefore(configuredAddresses(found), before.addresses);
      return addressesOfChanges(before, changes);
    };
    await changeAddresses(db, org, after, moment());
  }
  const turn = async () => {
    const isExpected = (found: { state: ConnectionState }) => assertAsBefore(stateOf(found), before.connection.state);
    if (state === undefined) return undefined;
    return { state, ...(await switchConnection(db, org, state, moment(), follows, confirmed, isExpected)) };
  };
  // What is turned off is not asked who signs people in, and what is turned on is asked by what is declared then.
  const off = state === 'off' ? await turn() : undefined;
  if (scimProfile !== undefined) {
    await setScimProfile(db, org, scimProfile, moment(), (found) =>
      assertAsBefore(found, before.connection.scimProfile),
    );
  }
  if (scim !== undefined || signIn !== undefined) {
    const isExpected: ProvidersWish['isExpected'] = (declared, provider) => {
      assertAsBefore([declaredOf(declared) ?? null, provider], [before.signInProvider, before.connection.provider]);
    };
    await changeProviders(db, org, { scim, signIn, isExpected }, moment(), confirmed);
  }
  return { switched: state === 'off' ? off : await turn(), warnings: warnings() };
}

/**
 * Holds that the configuration is the one that the changes were found in. Definitions that change have changed by then.
 *
 * @throws OperatorError changed
 */
const asCompared =
  ({ before, changes }: ComparedConfiguration, at: Acting): AccessWork =>
  async (tx) => {
    const found = await readConfiguration(tx, { id: tx.orgId }, at.now);
    const known = ({ schemas, resourceTypes, ...rest }: Configuration) =>
      hasDefinitions(changes) ? rest : { ...rest, schemas, resourceTypes };
    assertAsBefore(known(found), known(before));
    return nothingChanged;
  };

/**
 * Holds that what is changed is what the changes were found in.
 *
 * @throws OperatorError changed
 */
function assertAsBefore(found: unknown, before: unknown): void {
  if (isDeepStrictEqual(found, before)) return;
  throw new OperatorError(
    'changed',
    'The configuration was changed meanwhile, and this one is not applied. Plan it again, then repeat the change.',
  );
}

/** Holds that what comes last will be possible, before anything is written. */
const switchPossible =
  (compared: ComparedConfiguration, to: SwitchedState, at: Acting): AccessWork =>
  async (tx) => {
    await assertSwitchPossible(tx, to, policyOfChanges(compared.before, compared.changes), at, byThen(compared));
    return nothingChanged;
  };

const hasDefinitions = (changes: readonly ConfigurationChange[]) =>
  partOf(changes, 'schemas').length + partOf(changes, 'resourceTypes').length > 0;

/** Schemas that extend a resource type of the organization follow it; those that one is made of come before. */
async function applyDefinitions(
  db: Database,
  org: { id: string },
  changes: readonly ConfigurationChange[],
  moment: Lasting,
): Promise<void> {
  const [schemas, types] = [partOf(changes, 'schemas'), partOf(changes, 'resourceTypes')];
  const isLate = ({ after }: ConfigurationChange) =>
    (after as ConfiguredSchema | undefined)?.extends.some(({ resourceType }) => !isBuiltIn(resourceType)) ?? false;
  const ofSchema = ({ path, before }: ConfigurationChange) => ({
    ...moment(),
    isExpected: ({ schemas }: Definitions) => {
      const found = schemas.find(({ schema }) => schema.id === path);
      assertAsBefore(found && shownSchema(found), before);
    },
  });
  const ofType = ({ path, before }: ConfigurationChange) => ({
    ...moment(),
    isExpected: ({ resourceTypes }: Definitions) =>
      assertAsBefore(
        resourceTypes.find(({ name }) => name === path),
        before,
      ),
  });
  const define = async (each: ConfigurationChange) => {
    const { definition, extends: types } = each.after as ConfiguredSchema;
    const kind = each.before === undefined ? 'new' : 'changed';
    await defineSchema(db, org, { document: definition, extends: types }, kind, ofSchema(each));
  };
  const written = schemas.filter(({ after }) => after !== undefined);
  for (const each of written.filter((each) => !isLate(each))) await define(each);
  for (const each of types.filter(({ after }) => after !== undefined)) {
    await defineResourceType(db, org, each.after, each.before === undefined ? 'new' : 'changed', ofType(each));
  }
  for (const each of written.filter(isLate)) await define(each);
  for (const each of types) {
    if (each.after === undefined) await removeResourceType(db, org, each.path, { force: false }, ofType(each));
  }
  for (const each of schemas) {
    if (each.after === undefined) await removeSchema(db, org, each.path, { force: false }, ofSchema(each));
  }
}

const isBuiltIn = (resourceType: string) => builtIn.some(({ name }) => name === resourceType);

/** The same with what the version of its plan names, and with what an admin should know of it once it is done or tried, in words. */
function plannedWork(
  compared: ComparedConfiguration,
  confirmed: readonly string[] | 'all',
  at: Acting,
): PlannedWork & { warnings: () => string[] } {
  const { before, changes, tokensMissing, teamsMissing, apiKeysMissing } = compared;
  const { policy, providers } = providersOfChanges(before, changes);
  const isFromElsewhere =
    policy.licenseSource !== before.policy.licenseSource || providers.scim !== before.connection.provider;
  let licenses: string[] = [];
  let leaving: string[] = [];
  const licensesLooked: AccessWork = async (tx) => {
    const types = new Set([...Object.keys(before.seats), ...partOf(changes, 'seats').map(({ path }) => path)]);
    licenses = await warnOfLicenses(tx, policy, { provider: providers.scim, types: [...types] });
    return nothingChanged;
  };
  const works = worksOf(before, changes, confirmed, at);
  return {
    work: isFromElsewhere ? together([licensesLooked, works]) : works,
    about: () => ({ changes, tokensMissing, teamsMissing, apiKeysMissing }),
    looks: (made) => {
      leaving = warnOfLeaving(made);
    },
    warnings: () => [...compared.warnings, ...licenses, ...leaving],
  };
}

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
  if (partOf(changes, 'policy').length > 0) works.push(policyWritten(policy, settings, at));
  const roles = partOf(changes, 'roles');
  for (const { after } of roles) {
    if (after !== undefined) works.push(roleWritten(after as ConfiguredRole, at));
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

/** A mapping is of one team: the admin who names it here means the one that is called so now. */
const teamNamedMapped =
  (name: string, gives: ConfiguredMapping, at: Acting): AccessWork =>
  async (tx, governed) => {
    const team = (await teamsCalled(tx, { id: tx.orgId }, [name])).get(name);
    if (team === undefined) {
      throw new OperatorError(
        'refused',
        `There is not one team called "${name}" in this organization any more, and nothing was changed; plan it again.`,
      );
    }
    return await teamMapped(team.id, gives, at)(tx, governed);
  };
