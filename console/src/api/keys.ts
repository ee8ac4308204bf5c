/** SCIM tokens and API keys. */
import type { ApiKeyList, CreatedApiKey } from '../../../src/http/api/schemas/api-key.ts';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import type { CreatedToken, NewToken, TokenChange, TokenList } from '../../../src/http/api/schemas/token.ts';
import { askWithKeptKey, pathOf, planPage, sendWithKeptKey, tagOf } from './transport.ts';

export async function loadTokens(slug: string, signal: AbortSignal): Promise<TokenList> {
  return await askWithKeptKey(`${pathOf(slug)}/tokens?limit=200`, signal);
}

export async function loadApiKeys(slug: string, signal: AbortSignal): Promise<ApiKeyList> {
  return await askWithKeptKey(`${pathOf(slug)}/api-keys?limit=200`, signal);
}

export async function createToken(slug: string, input: NewToken): Promise<CreatedToken> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/tokens`, input);
}

export async function createApiKey(
  slug: string,
  input: { name: string; scopes: string[]; expiresAt?: string },
): Promise<CreatedApiKey> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/api-keys`, input);
}

export async function changeToken(slug: string, id: string, change: TokenChange): Promise<void> {
  await sendWithKeptKey('PATCH', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}`, change);
}

const ceilingPath = (slug: string, id: string) => `${pathOf(slug)}/tokens/${encodeURIComponent(id)}/role-ceiling`;

/** One page of what another role ceiling of a token would change. */
export async function planRoleCeiling(slug: string, id: string, roleCeiling: string, cursor?: string): Promise<Plan> {
  return await sendWithKeptKey('POST', `${ceilingPath(slug, id)}/plan?${planPage(cursor)}`, { roleCeiling });
}

/**
 * Sets the strongest role that teams give to people whom a token puts into them, if the plan of that is still the one of this
 * version.
 */
export async function setRoleCeiling(slug: string, id: string, roleCeiling: string, version: string): Promise<void> {
  await sendWithKeptKey('PATCH', ceilingPath(slug, id), { roleCeiling }, tagOf(version));
}

/** Makes a token that takes over from another one. */
export async function rotateToken(slug: string, id: string): Promise<CreatedToken> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}/rotation`, {});
}

/** Gives the rotation of a token up: the one that was taking over is revoked. */
export async function cancelRotation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}/rotation`);
}

export async function revokeToken(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}`);
}

export async function revokeApiKey(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/api-keys/${encodeURIComponent(id)}`);
}

/** The words that can be chosen, as the description of the API lists them. */
export type Choices = {
  keyScopes: string[];
  tokenScopes: string[];
  roleCeilings: NonNullable<NewToken['roleCeiling']>[];
};

type OneOf<Word extends string = string> = { enum: Word[] };
type Scopes = { scopes: { items: OneOf } };

export async function loadChoices(signal: AbortSignal): Promise<Choices> {
  const { components } = await askWithKeptKey<{
    components: {
      schemas: {
        NewApiKey: { properties: Scopes };
        NewToken: { properties: Scopes & { roleCeiling: OneOf<Choices['roleCeilings'][number]> } };
      };
    };
  }>('/openapi.json', signal);
  const { NewApiKey: key, NewToken: token } = components.schemas;
  return {
    keyScopes: key.properties.scopes.items.enum,
    tokenScopes: token.properties.scopes.items.enum,
    roleCeilings: token.properties.roleCeiling.enum,
  };
}
