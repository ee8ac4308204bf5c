/** The SCIM tokens of a configuration: what they may do, by their names. */
import type { BuiltInRole } from '../organization/roles.ts';
import { own } from '../scim/attribute-value.ts';
import { OperatorError } from '../store/operator-error.ts';
import { findTokensNamed } from '../store/token-writing.ts';
import type { ListedToken } from '../store/tokens.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, nothingChanged } from './change-access.ts';
import { tokenWritten } from './change-token.ts';
import { type ConfigurationChange, differences, keyed } from './configuration-differences.ts';
import { roleCeilingSet } from './set-role-ceiling.ts';
import { checkedAddresses, checkedTokenScopes } from './token-settings.ts';

/** What a SCIM token may do, by the name that no other one in force has. Its text is nowhere. */
export type ConfiguredToken = {
  name: string;
  /** In ISO 8601; null for no end. */
  expiresAt: string | null;
  scopes: readonly string[];
  /** Ranges that it may be used from; none is anywhere. */
  addresses: readonly string[];
  roleCeiling: BuiltInRole;
};

/** What of a token is to be as given. */
export type WantedToken = Pick<ConfiguredToken, 'name'> & {
  readonly [Limit in keyof ConfiguredToken]?: ConfiguredToken[Limit] | undefined;
};

type WithTokens = { readonly tokens: readonly ConfiguredToken[] };
type WithWantedTokens = { readonly tokens?: readonly WantedToken[] };

/** Tokens in force as a configuration has them, by name. */
export const configuredTokens = (
  tokens: readonly Pick<ListedToken, 'id' | 'name' | 'expiresAt' | 'scopes' | 'addresses' | 'roleCeiling'>[],
): ConfiguredToken[] =>
  tokens
    // A name that several have does not say which is meant.
    .filter(({ id, name }) => !tokens.some((other) => other.name === name && other.id !== id))
    .map(({ name, expiresAt, scopes, addresses, roleCeiling }) => ({
      name,
      expiresAt: expiresAt?.toISOString() ?? null,
      scopes: [...scopes],
      addresses: [...addresses],
      roleCeiling,
    }))
    .sort((one, two) => (one.name < two.name ? -1 : 1));

/** The names of tokens that a configuration speaks of and that the organization has not, or has several of. */
export const tokensMissing = (before: WithTokens, { tokens = [] }: WithWantedTokens): string[] =>
  tokens.map(({ name }) => name).filter((name) => !before.tokens.some((token) => token.name === name));

/** Of the tokens that are there: what differs of their limits. */
export function tokenDifferences(before: WithTokens, { tokens = [] }: WithWantedTokens): ConfigurationChange[] {
  const known = keyed(before.tokens, ({ name }) => name);
  return tokens.flatMap(({ name, expiresAt, scopes, addresses, roleCeiling }) => {
    const token = own(known, name);
    if (token === undefined) return [];
    const { name: _, ...limits } = token;
    return differences(`tokens/${name}/`, limits, {
      expiresAt: typeof expiresAt === 'string' ? new Date(expiresAt).toISOString() : expiresAt,
      scopes: scopes && checkedTokenScopes(scopes),
      addresses: addresses && checkedAddresses(addresses),
      roleCeiling,
    });
  });
}

/** The token in force that has a name now, with other limits. */
export const tokenNamedChanged =
  (name: string, limit: Partial<ConfiguredToken>, at: Acting): AccessWork =>
  async (tx, governed) => {
    const [id, ...others] = await findTokensNamed(tx, name, at.now);
    if (id === undefined || others.length > 0) {
      const what = id === undefined ? 'There is no token' : 'There are several tokens';
      throw new OperatorError(
        'refused',
        `${what} in force named "${name}" in this organization, and nothing was changed.`,
      );
    }
    const { expiresAt, scopes, addresses, roleCeiling } = limit;
    const change = { scopes, addresses, expiresAt: typeof expiresAt === 'string' ? new Date(expiresAt) : expiresAt };
    const events = (await tokenWritten(tx, id, change, at)) ?? [];
    const made = roleCeiling === undefined ? nothingChanged : await roleCeilingSet(id, roleCeiling, at)(tx, governed);
    return { ...made, events: [...events, ...made.events] };
  };
