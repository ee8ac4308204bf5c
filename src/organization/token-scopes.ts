/**
 * What a SCIM token may be allowed, and what it means. Names are stored and documented, so they are never renamed. A write is
 * answered with what it wrote, whether or not the token may read.
 */
export const tokenScopes = {
  'users:read': 'read, list and search users',
  'users:write': 'create, change and delete users',
  'groups:read': 'read, list and search groups',
  'groups:write': 'create, change and delete groups',
  'resources:read': 'read, list and search resources of any other type',
  'resources:write': 'create, change and delete resources of any other type',
  'discovery:read': 'read what the endpoint can do: ServiceProviderConfig, ResourceTypes and Schemas',
} as const satisfies Record<string, string>;

export type TokenScope = keyof typeof tokenScopes;

export const everyTokenScope = Object.keys(tokenScopes) as [TokenScope, ...TokenScope[]];

export const isTokenScope = (name: string): name is TokenScope => Object.hasOwn(tokenScopes, name);

/** The scope that a request on resources of a type needs. */
export function tokenScopeFor(kind: 'User' | 'Group' | 'Custom', access: 'read' | 'write'): TokenScope {
  const noun = { User: 'users', Group: 'groups', Custom: 'resources' } as const;
  return `${noun[kind]}:${access}`;
}
