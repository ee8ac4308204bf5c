/**
 * Nobody gives by their own hand what they do not have: by giving a role, by a team that gives it, by putting back in force who has
 * it, by changing who that is, or by a token that fills such teams. Letting go what the provider asked is not their gift
 * (docs/decisions/letting-go-gives-nothing.md).
 */
import {
  cannotGive,
  everyPermission,
  lackingToGive,
  type Permission,
  permissionsOf,
} from '../organization/permissions.ts';
import { type BuiltInRole, isBuiltInRole, ordinaryCeiling, stronger } from '../organization/roles.ts';
import { readAccess } from '../store/access-rows.ts';
import { readGovernedIn } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { readRolePermissions } from '../store/role-writing.ts';
import type { Acting } from './acting.ts';

/** What a change would give to somebody. */
export type Given = {
  /** Keys of roles, built-in and custom. */
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  /** Whether it would give a license. */
  readonly license?: boolean;
};

/** Who acts, as far as it says what they may give. */
export type Giver = Pick<Acting, 'actor' | 'may'>;

/**
 * Holds somebody who gives something to what they have themselves. What everybody has by the default role is nobody's gift.
 *
 * @param what is changed and gives it, the beginning of the refusal, such as `The team "Admins" gives the role admin`
 * @throws OperatorError refused where only an owner or the operator may, forbidden where the caller has less than would be given
 */
export async function assertMayGive(tx: OrgTransaction, given: Given, by: Giver, what?: string): Promise<void> {
  const refusal = await refusalToGive(tx, given, by, what);
  if (refusal !== undefined) throw refusal;
}

/** What `assertMayGive` would throw; undefined if nothing. */
export async function refusalToGive(
  tx: OrgTransaction,
  given: Given,
  by: Giver,
  what?: string,
): Promise<OperatorError | undefined> {
  const lacking = await lackingOf(tx, given, by);
  if (lacking.length > 0) return new OperatorError('forbidden', cannotGive(lacking, what));
  return given.roles?.includes('owner') && !(await mayMakeOwners(tx, by)) ? ownersOnly(what) : undefined;
}

async function lackingOf(
  tx: OrgTransaction,
  { roles = [], permissions = [], license = false }: Given,
  { may }: Giver,
): Promise<Permission[]> {
  if (may === undefined || lackingToGive(may, everyPermission).length === 0) return [];
  const custom = roles.filter((role) => !isBuiltInRole(role));
  const given = [
    ...permissions,
    ...roles.filter(isBuiltInRole).flatMap((role) => [...permissionsOf(role, [])]),
    ...(custom.length === 0 ? [] : await readRolePermissions(tx, custom)),
    ...(license ? ['licenses:write'] : []),
  ];
  if (lackingToGive(may, given).length === 0) return [];
  const { policy } = await readGovernedIn(tx);
  return lackingToGive(may, given, permissionsOf(policy.defaultRole, []));
}

const ownersOnly = (what: string | undefined) =>
  new OperatorError(
    'refused',
    what === undefined
      ? 'Only an owner or the operator makes and unmakes owners.'
      : `${what}: only an owner or the operator changes that.`,
  );

/**
 * Holds a SCIM token with a ceiling to the same: whoever has its text puts people into the teams that give roles up to there.
 *
 * @param before what it was; of a new token the ceiling that any has
 * @throws OperatorError as `assertMayGive`
 */
export async function assertMayGiveCeiling(
  tx: OrgTransaction,
  ceiling: BuiltInRole,
  by: Giver,
  { before = ordinaryCeiling, what }: { before?: BuiltInRole; what?: string } = {},
): Promise<void> {
  if (stronger(before, ceiling) === before) return;
  await assertMayGive(tx, { roles: [ceiling] }, by, what);
}

/**
 * Owners are made and unmade by the operator and by owners.
 *
 * @throws OperatorError refused
 */
export async function assertMayMakeOwners(tx: OrgTransaction, at: Giver): Promise<void> {
  if (!(await mayMakeOwners(tx, at))) throw ownersOnly(undefined);
}

/** Whether somebody may make and unmake owners, and change who an owner is or whether they are in force. */
export async function mayMakeOwners(tx: OrgTransaction, { actor }: Pick<Acting, 'actor'>): Promise<boolean> {
  if (actor === undefined || actor.type === 'operator') return true;
  const [own] = actor.type === 'member' ? await readAccess(tx, [actor.id]) : [];
  return own?.inForce.role === 'owner';
}

/** A sentence's beginning about what somebody or something has or gives. */
export const saysOf = (subject: string, verb: 'has' | 'gives', { roles = [], license = false }: Given): string => {
  const parts = [
    ...(roles.length === 0 ? [] : [`the ${roles.length === 1 ? 'role' : 'roles'} ${roles.join(', ')}`]),
    ...(license ? ['a license'] : []),
  ];
  return `${subject} ${verb} ${parts.join(' and ')}`;
};

/** The same about a token. */
export const saysOfToken = ({ name, roleCeiling }: { name: string; roleCeiling: BuiltInRole }) =>
  `The token "${name}" has the ceiling ${roleCeiling}`;
