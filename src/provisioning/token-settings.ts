import { limits } from '../limits.ts';
import { canonicalRange } from '../organization/addresses.ts';
import { everyTokenScope, isTokenScope, type TokenScope } from '../organization/token-scopes.ts';
import { OperatorError } from '../store/operator-error.ts';

/** @throws OperatorError setting_invalid if it is empty */
export function checkedTokenName(name: string): string {
  if (name.trim() === '')
    throw new OperatorError('setting_invalid', 'The name of a token must not be empty.', { at: '/name' });
  return name;
}

/** @throws OperatorError setting_invalid if it is not in the future */
export function checkedExpiry(expiresAt: Date | undefined, now: Date): Date | undefined {
  if (expiresAt === undefined || expiresAt > now) return expiresAt;
  throw new OperatorError('setting_invalid', 'A token must expire in the future.', { at: '/expiresAt' });
}

/**
 * The scopes of a token, in the order of their table.
 *
 * @throws OperatorError setting_invalid if there is none, or one does not exist
 */
export function checkedTokenScopes(scopes: readonly string[]): TokenScope[] {
  const unknown = scopes.find((scope) => !isTokenScope(scope));
  if (unknown === undefined && scopes.length > 0) return everyTokenScope.filter((scope) => scopes.includes(scope));
  const problem = unknown === undefined ? 'A token needs a scope' : `There is no scope ${JSON.stringify(unknown)}`;
  throw new OperatorError('setting_invalid', `${problem}; the scopes of tokens are ${everyTokenScope.join(', ')}.`, {
    at: '/scopes',
  });
}

/**
 * The ranges that a token may be used from, as they are stored.
 *
 * @throws OperatorError setting_invalid if one is no range, or there are more than limits.tokenAddressesMax
 */
export function checkedAddresses(ranges: readonly string[]): string[] {
  if (ranges.length > limits.tokenAddressesMax) {
    throw new OperatorError('setting_invalid', `A token has at most ${limits.tokenAddressesMax} ranges of addresses.`, {
      at: '/addresses',
    });
  }
  const checked = ranges.map((text, place) => {
    const found = canonicalRange(text);
    if ('problem' in found) {
      throw new OperatorError('setting_invalid', `${found.problem}.`, { at: `/addresses/${place}` });
    }
    return found.range;
  });
  return [...new Set(checked)];
}
