/** Identity providers that are told apart by what they send. */
export const providers = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  onelogin: 'OneLogin',
  jumpcloud: 'JumpCloud',
  ping: 'PingOne',
  google: 'Google Workspace',
  authentik: 'authentik',
  keycloak: 'Keycloak',
} as const satisfies Record<string, string>;

export type ProviderName = keyof typeof providers;

/** What an admin may say that a provider is. */
export const providerKinds = [...(Object.keys(providers) as ProviderName[]), 'other'] as const;

export type ProviderKind = (typeof providerKinds)[number];

export const isProviderKind = (name: string): name is ProviderKind => providerKinds.some((kind) => kind === name);

/** The name of a provider for people. */
export const providerTitle = (kind: string): string =>
  Object.hasOwn(providers, kind) ? providers[kind as ProviderName] : 'another provider';
