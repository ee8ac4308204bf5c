/**
 * Roles. Everyone has exactly one of the built-in roles, and beside it any number of custom ones. They come from an admin: by
 * hand, or by a mapping from a team, whose people the provider may choose. A name never grants anything.
 */

import { isPermission, permissionsOf } from './permissions.ts';

/** The built-in roles, the strongest first, and what each may do. A stronger role may do all that a weaker one may. */
export const builtInRoles = {
  owner: 'everything, also to decide who is an owner',
  admin: 'everything but to decide who is an owner',
  member: 'to read the organization, its settings included, and their own profile',
  viewer: 'to see who is there, and their own profile',
} as const satisfies Record<string, string>;

export type BuiltInRole = keyof typeof builtInRoles;

const strongestFirst = Object.keys(builtInRoles) as BuiltInRole[];

/** The ceiling of a SCIM token to which nobody has given another one. */
export const ordinaryCeiling: BuiltInRole = 'member';

export const isBuiltInRole = (role: string): role is BuiltInRole => Object.hasOwn(builtInRoles, role);

/** Permissions of the product itself begin with this; they say nothing about the organization's administration. */
const productPrefix = 'product:';

/** A permission that a custom role may have: one of the management API's, or one of the product. */
export const isRolePermission = (name: string): boolean =>
  isPermission(name) || /^product:[a-z0-9_.*-]+(:[a-z0-9_.*-]+)*$/.test(name);

/** The least built-in role that has all of these permissions, apart from those of the product. */
export function roleNeeded(permissionsOfRole: readonly string[]): BuiltInRole {
  const administrative = permissionsOfRole.filter((name) => !name.startsWith(productPrefix));
  const covers = (role: BuiltInRole) => {
    const may: ReadonlySet<string> = permissionsOf(role, []);
    return administrative.every((name) => may.has(name));
  };
  return [...strongestFirst].reverse().find(covers) ?? 'owner';
}

/** The more permissive of two built-in roles (behaviors.md D39). */
export const stronger = (one: BuiltInRole, other: BuiltInRole): BuiltInRole =>
  strongestFirst.indexOf(one) <= strongestFirst.indexOf(other) ? one : other;

/** Whether the people with this role count as those who can administer the organization. */
export const isAdministrative = (role: BuiltInRole): boolean => role === 'owner' || role === 'admin';

/** A role that a team gives to a person in it, as the mapping and the token that put the person there allow. */
export type TeamGrant = {
  readonly teamId: string;
  readonly role: string;
  /** The least built-in role with all permissions of the role: what the ceiling of a token is compared with. */
  readonly needs: BuiltInRole;
  /** The ceiling of the token that put the person into the team; `owner` where an admin did. */
  readonly ceiling: BuiltInRole;
};

/** What a person may do: one built-in role, and the keys of custom roles in alphabetical order. */
export type RolesInForce = { readonly role: BuiltInRole; readonly customRoles: readonly string[] };

export type RoleRule =
  | 'role-by-default' // nobody gave the person another role
  | 'role-by-hand' // an admin gave the role to the person
  | 'role-by-team' // a team that an admin mapped to the role
  | 'role-below-ceiling' // a team mapped to a stronger role, cut to the ceiling of the token that filled the team
  | 'custom-role-by-team' // nobody gave another built-in role, and a team that an admin mapped to a custom one gives that
  | 'role-by-hand-and-team'; // an admin gave the built-in role, and such a team gives a custom one

/** Why the roles are those in force. Where several teams give them, the team is the one that gives the built-in role, or the first. */
export type RoleOrigin = { readonly rule: RoleRule; readonly team?: string };

/**
 * The roles of a person: the most permissive of all grants wins (D39). A role by hand takes the default's place, and
 * counts among the grants like those of the teams. Beyond the ceiling of its token, a team's built-in role is cut down to
 * the ceiling and a custom role is not given at all.
 */
export function rolesOf(
  byHand: BuiltInRole | undefined,
  grants: readonly TeamGrant[],
  byDefault: BuiltInRole,
): RolesInForce & { origin: RoleOrigin } {
  let role = byHand ?? byDefault;
  let origin: RoleOrigin = { rule: byHand === undefined ? 'role-by-default' : 'role-by-hand' };
  const customRoles = new Map<string, string>();
  for (const grant of [...grants].sort(byTeam)) {
    const isWithin = stronger(grant.ceiling, grant.needs) === grant.ceiling;
    if (!isBuiltInRole(grant.role)) {
      if (isWithin && !customRoles.has(grant.role)) customRoles.set(grant.role, grant.teamId);
      continue;
    }
    const given = isWithin ? grant.role : grant.ceiling;
    if (stronger(role, given) === role) continue;
    role = given;
    origin = { rule: isWithin ? 'role-by-team' : 'role-below-ceiling', team: grant.teamId };
  }
  const [team] = customRoles.values();
  if (team !== undefined && origin.team === undefined) {
    origin = { rule: byHand === undefined ? 'custom-role-by-team' : 'role-by-hand-and-team', team };
  }
  return { role, customRoles: [...customRoles.keys()].sort(), origin };
}

/** Of two teams that give the same role, the one with the lower id is the reason, whichever came first. */
const byTeam = (one: TeamGrant, other: TeamGrant) =>
  one.teamId < other.teamId ? -1 : one.teamId > other.teamId ? 1 : 0;

/** A person as the guard of the last admin sees them: counted if they are active. */
export type Administrator = { readonly isActive: boolean; readonly role: BuiltInRole };

/**
 * By how many a change of one person raises the numbers of active owners and of active people who can administer. An
 * organization that has one of either keeps one, whatever anyone asks: the counts are held by the database.
 */
export function administratorsChange(
  before: Administrator | undefined,
  after: Administrator | undefined,
): { owners: number; admins: number } {
  const owners = (one: Administrator | undefined) => Number(one?.isActive === true && one.role === 'owner');
  const admins = (one: Administrator | undefined) => Number(one?.isActive === true && isAdministrative(one.role));
  return { owners: owners(after) - owners(before), admins: admins(after) - admins(before) };
}
