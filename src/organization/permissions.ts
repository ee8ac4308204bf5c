/**
 * What can be allowed to whoever manages an organization, and what it means. One vocabulary for the scopes of API keys, the
 * guards of the API's routes and the rights of people: a key never may more than its scopes say, and a key that belongs to
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
  'keys:write': 'create, rename and revoke API keys, none of which may more than the one that is used',
  'requests:read': 'read the log of SCIM requests',
  'events:read': 'read the event feed and take snapshots',
  'policy:read': 'read the policy',
  'policy:write': 'change the policy',
  'schemas:read': 'read schemas and resource types',
  'schemas:write': 'define and remove schemas and resource types',
  'licenses:read': 'read licenses, seats and their rules',
  'licenses:write': 'change licenses, seats and their rules',
  'roles:read': 'read roles and their mappings',
  'roles:write': 'change roles and their mappings',
  'me:read': 'read the own profile of the person whom the key belongs to',
  'me:write': 'change the own profile, where the identity provider does not own it',
} as const satisfies Record<string, string>;

export type Permission = keyof typeof permissions;

export const isPermission = (name: string): name is Permission => Object.hasOwn(permissions, name);

/** What every active person may, whatever else the organization grants: see who is there, and their own profile. */
export const permissionsOfEveryone: readonly Permission[] = [
  'organization:read',
  'members:read',
  'teams:read',
  'events:read',
  'me:read',
  'me:write',
];

/** What a key may that has these scopes and belongs to a person with these rights; undefined for a key that is nobody's. */
export function effectivePermissions(
  scopes: readonly string[],
  rights: readonly Permission[] | undefined,
): ReadonlySet<Permission> {
  const granted = scopes.filter(isPermission);
  // A key that nobody acts through has no own profile.
  if (rights === undefined) return new Set(granted.filter((each) => !each.startsWith('me:')));
  return new Set(granted.filter((each) => rights.includes(each)));
}
