import { type Confirmation, changedSettings, confirmationsOf, type Policy } from '../organization/policy.ts';
import { declaredOf, goesOnAgainst } from '../organization/sign-in.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { updatePolicy } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { readSignInProvider } from '../store/sign-in-providers.ts';
import { type AccessSetting, accessSettings, assertMaySet } from './access-settings.ts';
import type { Acting, Asking } from './acting.ts';
import { type AccessChangeMade, type AccessMade, type AccessWork, nothingChanged } from './change-access.ts';
import { readSettings } from './create-organization.ts';
import { changeAccessAsPlanned, countsOfMade, type PlannedWork, planAccess } from './plan-access.ts';
import type { HeldPlan, PlanPage } from './plan-held.ts';
import { warnOfCounts } from './warn-of-counts.ts';
import { warnOfLeaving } from './warn-of-leaving.ts';
import { warnOfLicenses } from './warn-of-licenses.ts';

export type PolicyChange = {
  policy: Policy;
  changed: Record<string, { before: string; after: string }>;
  /** What has to be confirmed for it. */
  confirm: readonly Confirmation[];
};

/** What an admin should know of a change that nobody has to confirm, in words. */
export type Warned = { warnings: readonly string[] };

export type PlannedPolicy = PolicyChange & Warned & { plan: HeldPlan };

/** A change that was made, with how many of each kind it came to for people, as its plan counts them. */
export type PolicyChanged = PolicyChange & Warned & { counts: HeldPlan['counts'] };

export type PolicyWish = {
  /** Settings to lay over the policy; `preset` replaces all that are not given beside it. */
  settings: Readonly<Record<string, string>>;
  /** Whether the caller knows the policy that is there; what it throws refuses the change. */
  isExpected?: (before: Policy) => void;
  /** The settings whose change somebody has confirmed. */
  confirmed?: readonly string[];
  /** Of the plan that was shown; without it whatever the change comes to happens. */
  version?: string | undefined;
};

/**
 * Changes the policy of an organization and, in the same transaction, what is in force by it. Requests of the provider feel it
 * as soon as a revoked token would.
 *
 * @throws OperatorError if a setting does not exist or does not take the value, or there are not enough seats; `forbidden` if it would
 *   give what the caller does not have; `unconfirmed` if
 *   a setting has to be confirmed and was not; `changed` if the plan is another one than the version names
 */
export async function changePolicy(
  db: Database,
  org: { id: string },
  wish: PolicyWish,
  at: Acting & Asking,
): Promise<PolicyChanged> {
  let warnings: readonly string[] = [];
  const { change, planned, outcome } = policyWish(
    wish.settings,
    at,
    async ({ confirm, policy }, { policy: before, rules }, tx) => {
      wish.isExpected?.(before);
      assertConfirmed(confirm, wish.confirmed ?? []);
      warnings = await warningsOf(tx, { before, after: policy }, rules.licenses.types, at);
    },
  );
  await changeAccessAsPlanned(db, org, planned, at, wish.version);
  const { counts, warning } = outcome();
  return { ...change(), warnings: [...warnings, ...warning], counts };
}

/**
 * Changes settings that roles and licenses follow, with what follows for everyone: turning on the provider's attribute as the
 * source of truth is one (behaviors.md B55, B58). None of them has to be confirmed.
 *
 * @returns whether anything differs, and what an admin should know of it, in words
 * @throws OperatorError if a value does not exist, or there are not enough seats; `changed` if the plan is another one than the version
 *   names
 */
export async function setAccessPolicy(
  db: Database,
  org: { id: string },
  settings: { readonly [Name in AccessSetting]?: string | undefined },
  at: Acting,
  version?: string,
): Promise<Pick<PolicyChanged, 'counts' | 'warnings'> & { isChanged: boolean }> {
  const given = accessSettings.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]]));
  const { changed, counts, warnings } = await changePolicy(
    db,
    org,
    { settings: Object.fromEntries(given), version },
    at,
  );
  return { isChanged: Object.keys(changed).length > 0, counts, warnings };
}

/** What a change of policy would bring about, for whom and why, one page of it. */
export async function planPolicyChange(
  db: Database,
  org: { id: string },
  { settings, isExpected }: Pick<PolicyWish, 'settings' | 'isExpected'>,
  at: Acting & Asking,
  page: PlanPage,
): Promise<PlannedPolicy> {
  let warnings: readonly string[] = [];
  const { change, planned, outcome } = policyWish(settings, at, async ({ policy }, { policy: before, rules }, tx) => {
    isExpected?.(before);
    warnings = await warningsOf(tx, { before, after: policy }, rules.licenses.types, at);
  });
  const plan = await planAccess(db, org, planned, at, page);
  return { ...change(), warnings: [...warnings, ...outcome().warning], plan };
}

/** A wish as what is written, and the change that it has come to by then. */
function policyWish(
  settings: PolicyWish['settings'],
  at: Acting,
  look: (change: PolicyChange, governed: Parameters<AccessWork>[1], tx: OrgTransaction) => void | Promise<void>,
): { change: () => PolicyChange; planned: PlannedWork; outcome: () => Outcome } {
  let made: PolicyChange | undefined;
  let outcome: Outcome = { counts: {}, warning: [] };
  const change = () => made as PolicyChange;
  const work: AccessWork = async (tx, governed) => {
    const { policy: before } = governed;
    const policy = readSettings(before, settings);
    made = { policy, ...changeOf(before, policy) };
    await look(made, governed, tx);
    return await apply(tx, before, made, at);
  };
  const looks = (found: AccessMade): void => {
    outcome = { counts: countsOfMade(found), warning: warnOfLeaving(found) };
  };
  return { change, planned: { work, about: () => change().changed, looks }, outcome: () => outcome };
}

type Outcome = Pick<PolicyChanged, 'counts'> & { warning: readonly string[] };

/** What an admin should know of another policy, in words. */
async function warningsOf(
  tx: OrgTransaction,
  policies: { before: Policy; after: Policy },
  types: readonly string[],
  at: Pick<Acting, 'now'> & Asking,
): Promise<string[]> {
  const counts = await warnOfCounts(tx, { id: tx.orgId }, policies, at.now, at);
  return [...counts, ...(await warningsOfProvider(tx, policies, types))];
}

/** What a stricter word about two providers finds, which ends nothing, and where licenses come from that the provider does not say. */
async function warningsOfProvider(
  tx: OrgTransaction,
  { before, after }: { before: Policy; after: Policy },
  types: readonly string[],
): Promise<string[]> {
  const isStricter = before.sameSignInProvider !== after.sameSignInProvider;
  const isFromElsewhere = before.licenseSource !== after.licenseSource;
  if (!isStricter && !isFromElsewhere) return [];
  const { provider: scim, state } = await readConnection(tx, { id: tx.orgId });
  const licenses = isFromElsewhere ? await warnOfLicenses(tx, after, { provider: scim, types }) : [];
  if (!isStricter || state === 'off') return licenses;
  const signIn = declaredOf(await readSignInProvider(tx))?.provider;
  return [...licenses, ...goesOnAgainst({ scim, signIn }, after.sameSignInProvider)];
}

const changeOf = (before: Policy, after: Policy) => ({
  changed: changedSettings(before, after),
  confirm: confirmationsOf(before, after),
});

/** @throws OperatorError unconfirmed, which says what a change does and how it is confirmed */
export function assertConfirmed(wanted: readonly Confirmation[], confirmed: readonly string[]): void {
  const [open] = wanted.filter(({ setting }) => !confirmed.includes(setting));
  if (open === undefined) return;
  throw new OperatorError(
    'unconfirmed',
    `${open.setting} is not set to ${open.value} without a confirmation. ${open.why} To confirm, send "confirm": ["${open.setting}"], or give --yes to the command.`,
  );
}

/** Another policy, to be carried out with other changes. */
export const policyWritten =
  (after: Policy, confirmed: readonly string[], at: Acting): AccessWork =>
  async (tx, { policy: before }) => {
    const change = changeOf(before, after);
    assertConfirmed(change.confirm, confirmed);
    return await apply(tx, before, { policy: after, ...change }, at);
  };

async function apply(
  tx: OrgTransaction,
  before: Policy,
  { policy, changed }: Pick<PolicyChange, 'policy' | 'changed'>,
  at: Acting,
): Promise<AccessChangeMade> {
  if (Object.keys(changed).length === 0) return nothingChanged;
  await assertMaySet(tx, before, policy, at);
  updatePolicy(tx, policy, at.now);
  const isAboutAccess = accessSettings.some((name) => changed[name] !== undefined);
  return {
    events: [{ kind: 'policy.changed', data: { changed } }],
    scope: isAboutAccess ? { of: 'everyone' } : { of: 'people', ids: [] },
    policy,
  };
}
