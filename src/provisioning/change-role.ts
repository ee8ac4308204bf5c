import { builtInRoles, isBuiltInRole, isRolePermission, roleNeeded } from '../organization/roles.ts';
import type { AccessScope } from '../store/access-rows.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { deleteRole, lockRole, lockTeamsGiving, saveRole } from '../store/role-writing.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, changeAccess, nothingChanged } from './change-access.ts';
import { assertMayGive } from './may-give.ts';

/** A custom role as an admin writes it. */
export type RoleWritten = { key: string; name: string; permissions: readonly string[] };

/**
 * Makes a custom role, or gives the one of that key another name or other permissions, with what follows for those who
 * have it through teams that a token with a ceiling fills.
 *
 * @returns false if nothing differs
 * @throws OperatorError if the key is malformed or built in, or a permission does not exist; forbidden if the
 *   caller does not have one
 */
export async function writeRole(db: Database, org: { id: string }, role: RoleWritten, at: Acting): Promise<boolean> {
  return await changeAccess(db, org, at, roleWritten(role, at));
}

/** The same, to be carried out with other changes. */
export function roleWritten(role: RoleWritten, at: Acting): AccessWork {
  const { key, name } = role;
  if (isBuiltInRole(key)) {
    throw new OperatorError('setting_invalid', `${key} is a built-in role; choose another key for a role of your own.`);
  }
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(key)) {
    throw new OperatorError(
      'setting_invalid',
      `The key "${key}" must be 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter.`,
    );
  }
  if (name.trim() === '') throw new OperatorError('setting_invalid', 'The name of a role must not be empty.');
  const permissions = [...new Set(role.permissions)].sort();
  const unknown = permissions.filter((permission) => !isRolePermission(permission));
  if (unknown.length > 0) {
    throw new OperatorError(
      'setting_invalid',
      `There is no permission ${unknown.join(', ')}; permissions of the product begin with "product:".`,
    );
  }
  const written = { key, name, permissions, needs: roleNeeded(permissions) };
  return async (tx) => {
    await assertMayGive(tx, { permissions }, at);
    const teams = await lockTeamsGiving(tx, key);
    const before = await lockRole(tx, key);
    const isSame = before !== undefined && before.name === name && `${before.permissions}` === `${permissions}`;
    if (isSame) return nothingChanged;
    saveRole(tx, written, at.now);
    const shown = { name, permissions };
    const data = {
      role: key,
      ...(before === undefined ? {} : { before: { name: before.name, permissions: [...before.permissions] } }),
      after: shown,
    };
    const scope: AccessScope = teams.length === 0 ? { of: 'people', ids: [] } : { of: 'role', id: key };
    return { events: [{ kind: before === undefined ? 'role.created' : 'role.updated', data }], scope };
  };
}

/**
 * Removes a custom role that no team gives.
 *
 * @returns false if there is none of that key
 * @throws OperatorError if a team gives it
 */
export async function removeRole(db: Database, org: { id: string }, key: string, at: Acting): Promise<boolean> {
  return await changeAccess(db, org, at, roleRemoved(key));
}

/** The same, to be carried out with other changes. */
export function roleRemoved(key: string): AccessWork {
  if (isBuiltInRole(key)) {
    throw new OperatorError('refused', `${key} is built in, as all of ${Object.keys(builtInRoles).join(', ')} are.`);
  }
  return async (tx) => {
    const teams = await lockTeamsGiving(tx, key);
    const role = await lockRole(tx, key);
    if (role === undefined) return nothingChanged;
    if (teams.length > 0) {
      throw new OperatorError(
        'refused',
        `The role ${key} is given by ${teams.map(({ name }) => name).join(', ')}; map the team to another role first.`,
      );
    }
    deleteRole(tx, key);
    const before = { name: role.name, permissions: [...role.permissions] };
    return { events: [{ kind: 'role.removed', data: { role: key, before } }], scope: { of: 'people', ids: [] } };
  };
}
