import type { BuiltInRole } from './roles.ts';

/**
 * What can be allowed to whoever manages an organization, and what it means. One vocabulary for the scopes of API keys, the
 * guards of the API's routes and the rights of people: a key never may do more than its scopes say, and a key that belongs to
 * a person never more than the person. Names are stored and documented, so they are never renamed.
 */
export const permissions = {
  'organization:read': 'read the organization and its counts',
  'organization:write': 'rename the organization',
  'members:read': 'read members, both sides and the reason',
  'members:write': 'create, change and remove members',
  'teams:read': 'read teams and who is in them',
  'teams:write': 'create, change and remove teams',
  'connection:read': 'read the connection to the identity provider',
  'connection:write': 'turn provisioning on and off, and choose the SCIM profile',
  'tokens:read': 'list SCIM tokens, without their text',
  'tokens:write': 'create, rename and revoke SCIM tokens',
  'keys:read': 'list API keys, without their text',
  'keys:write': 'create, rename and revoke API keys, none of which may do more than the one that is used',
  'requests:read': 'read the log of SCIM requests',
  'events:read': 'read the event feed and take snapshots',
  'audit:read': 'read and export the audit, with the addresses that callers had',
  'policy:read': 'read the policy',
  'policy:write': 'change the policy',
  'schemas:read': 'read schemas and resource types',
  'schemas:write': 'define and remove schemas and resource types',
  'licenses:read': 'read licenses, seats and their rules',
  'licenses:write': 'change licenses, seats and their rules',
  'roles:read': 'read roles and their mappings',
  'roles:write': 'change roles and their mappings',
  'domains:read': 'read the domains and their records',
  'domains:write': 'add, check and remove domains',
  'mail:read': 'read the outbox, with the links of mail that was not sent, which act in the place of a person',
  'me:read': 'read the profile of the person whom the key belongs to',
  'me:write': 'change the profile of the person whom the key belongs to, where the identity provider does not own it',
} as const satisfies Record<string, string>;

export type Permission = keyof typeof permissions;

export const isPermission = (name: string): name is Permission => Object.hasOwn(permissions, name);

export const everyPermission = Object.keys(permissions) as Permission[];

/** What each built-in role may do. Everybody who is active may see who is there, and their own profile. */
const permissionsOfRoles: Record<BuiltInRole, (permission: Permission) => boolean> = {
  owner: () => true,
  admin: () => true,
  member: (permission) => readByMembers.includes(permission),
  viewer: (permission) => readByViewers.includes(permission),
};

const readByViewers: readonly Permission[] = [
  'organization:read',
  'members:read',
  'teams:read',
  'events:read',
  'me:read',
  'me:write',
];

const readByMembers: readonly Permission[] = [
  ...readByViewers,
  'connection:read',
  'policy:read',
  'schemas:read',
  'licenses:read',
  'roles:read',
];

/** The license of a person, as far as it says what the person may do; `unused` where the organization uses no licenses. */
export type LicenseSaying = 'unused' | 'none' | 'read_only' | 'any';

/** What the license of a person leaves of what their roles allow, the most first. */
export const reaches = ['everything', 'reading', 'own profile'] as const;
export type Reach = (typeof reaches)[number];

/**
 * What a license leaves of what the roles allow. A license for reading only leaves reading, whatever the roles say (behaviors.md
 * B63), and without a license only their own profile is left. It never leaves an organization without somebody who administers, whom
 * the last owner and the last admin are kept for (security.md R14, I13): the reach of an owner, and in an organization that has no
 * owner the one of an admin, does not depend on a license.
 *
 * @param hasOwner whether the organization has an active owner
 */
export function reachOf(role: BuiltInRole, license: LicenseSaying, hasOwner: boolean): Reach {
  if (role === 'owner' || (role === 'admin' && !hasOwner)) return 'everything';
  if (license === 'none') return 'own profile';
  return license === 'read_only' ? 'reading' : 'everything';
}

/** What a person may with a built-in role and with what the custom roles of the person add to it, within a reach. */
export function permissionsOf(
  role: BuiltInRole,
  added: readonly string[],
  reach: Reach = 'everything',
): ReadonlySet<Permission> {
  const granted = [...everyPermission.filter(permissionsOfRoles[role]), ...added.filter(isPermission)];
  const isWithin = (permission: Permission) =>
    reach === 'everything' || permission.startsWith('me:') || (reach === 'reading' && permission.endsWith(':read'));
  return new Set(granted.filter(isWithin));
}

/**
 * What somebody lacks who is to give permissions: nobody gives more than they have. Permissions of the product, which no key has,
 * are given by whoever may give roles, and everybody has an own profile.
 *
 * @param everybodyHas what is nobody's to give because everybody has it
 */
export function lackingToGive(
  may: ReadonlySet<Permission>,
  given: Iterable<string>,
  everybodyHas: ReadonlySet<string> = new Set(),
): Permission[] {
  const needed = [...given].map((each) => (each.startsWith('product:') ? 'roles:write' : each)).filter(isPermission);
  const isLacking = (each: Permission) => !may.has(each) && !everybodyHas.has(each) && !each.startsWith('me:');
  return [...new Set(needed)].filter(isLacking);
}

/** The refusal of who is to give what they lack. `what` gives it, if it is not the caller: the beginning of the sentence. */
export const cannotGive = (lacking: readonly string[], what?: string): string =>
  `${what === undefined ? 'This key' : `${what}, and this key`} cannot give what it does not have: ${lacking.join(', ')}. ` +
  'Use a key that has it, or let somebody do it who has it.';

/** What the license in force and the rule behind it say about what the person may do. */
export function licenseSaying(license: string | null | undefined, rule: string | undefined): LicenseSaying {
  if (license === null || license === undefined) return rule === 'licenses-unused' ? 'unused' : 'none';
  return license === 'read_only' ? 'read_only' : 'any';
}

/** What a key may that has these scopes and belongs to a person with these rights; undefined for a key that is nobody's. */
export function effectivePermissions(
  scopes: readonly string[],
  rights: ReadonlySet<Permission> | undefined,
): ReadonlySet<Permission> {
  const granted = scopes.filter(isPermission);
  // A key that nobody acts through has no own profile.
  if (rights === undefined) return new Set(granted.filter((each) => !each.startsWith('me:')));
  return new Set(granted.filter((each) => rights.has(each)));
}
