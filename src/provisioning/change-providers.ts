import { isDeepStrictEqual } from 'node:util';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { ConnectionState } from '../organization/holding.ts';
import type { Policy } from '../organization/policy.ts';
import { isProviderKind, type ProviderKind, providerKinds } from '../organization/providers.ts';
import { declaredOf, objectionTo, type Providers, type SignInProvider } from '../organization/sign-in.ts';
import { lockConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateConnectionProvider } from '../store/organization-writing.ts';
import { markSignInProviderRemoved, saveSignInProvider } from '../store/sign-in-provider-writing.ts';
import { readSignInProvider, type StoredSignInProvider } from '../store/sign-in-providers.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';

/** The providers that are to be from now on; what is left out stays, and null takes the one of the sign-in back. */
export type ProvidersWish = {
  readonly scim?: ProviderKind | undefined;
  readonly signIn?: SignInProvider | null | undefined;
  /** Whether the caller knows what is declared, and who provisions; what it throws refuses the change. */
  readonly isExpected?: (declared: StoredSignInProvider | undefined, scim: string) => void;
};

/** The settings whose word somebody has given: that of two providers is `sameSignInProvider`. */
export type Confirmed = readonly string[] | 'all';

/**
 * Says who provisions the people of an organization and who signs them in. Nobody is signed in or out by it.
 *
 * @throws OperatorError refused or unconfirmed, where provisioning is on and the policy is against two providers (K30);
 *   setting_invalid for a provider or an issuer that can be none
 */
export async function changeProviders(
  db: Database,
  org: { id: string },
  wish: ProvidersWish,
  at: Acting,
  confirmed: Confirmed = [],
): Promise<void> {
  const { scim: wanted, signIn: asked, isExpected } = wish;
  if (asked) assertIssuer(asked.issuer);
  await commitByHand(db, org, at, async (tx, { governed, now }) => {
    const { id: connection, provider, state } = await lockConnection(tx);
    const found = await readSignInProvider(tx);
    isExpected?.(found, provider);
    const before = declaredOf(found);
    const after = asked === undefined ? before : (asked ?? undefined);
    const scim = wanted ?? provider;
    const events: FeedEventBody[] = [];
    const isPairAnother = scim !== provider || after?.provider !== before?.provider;
    const overruled = isPairAnother
      ? overruledBy({ scim, signIn: after?.provider }, state, governed.policy, confirmed)
      : {};
    if (scim !== provider) {
      updateConnectionProvider(tx, connection, scim, now);
      events.push({
        kind: 'connection.provider_changed',
        data: { connection, before: provider, after: scim, ...overruled },
      });
    }
    if (!isDeepStrictEqual(before, after)) {
      if (after === undefined) markSignInProviderRemoved(tx, now);
      else saveSignInProvider(tx, after, now);
      events.push({
        kind: 'sign_in_provider.changed',
        data: { before: before ?? null, after: after ?? null, ...overruled },
      });
    }
    return { result: undefined, events };
  });
}

/**
 * What an event says of a confirmation that it needed: nothing where the policy has nothing against the providers, or where
 * a connection in this state takes nothing from the one that provisions.
 *
 * @throws OperatorError refused or unconfirmed
 */
export function overruledBy(
  providers: Providers,
  state: ConnectionState,
  policy: Policy,
  confirmed: Confirmed,
): { confirmed?: ['sameSignInProvider'] } {
  const isTaking = state !== 'off' && state !== 'disconnecting';
  const objection = isTaking ? objectionTo(providers, policy.sameSignInProvider) : undefined;
  if (objection === undefined) return {};
  if (objection.isFinal) {
    throw new OperatorError(
      'refused',
      `${objection.says} The policy wants one provider for both (setting sameSignInProvider).`,
    );
  }
  if (confirmed !== 'all' && !confirmed.includes('sameSignInProvider')) {
    throw new OperatorError(
      'unconfirmed',
      `${objection.says} To go on all the same, send "confirm": ["sameSignInProvider"], or give --yes to the command.`,
    );
  }
  return { confirmed: ['sameSignInProvider'] };
}

/**
 * The provider of that name.
 *
 * @param setting what is set to it, for the refusal
 * @throws OperatorError if there is none
 */
export function readProviderKind(name: string, setting: string): ProviderKind {
  if (isProviderKind(name)) return name;
  throw new OperatorError(
    'setting_invalid',
    `The setting ${setting} is one of ${providerKinds.join(', ')}, not "${name}".`,
  );
}

function assertIssuer(issuer: string | null): void {
  if (issuer === null || (URL.canParse(issuer) && issuer.length <= limits.issuerCharactersMax)) return;
  throw new OperatorError(
    'setting_invalid',
    'The issuer is a URL or another URI, as the provider’s metadata names itself, such as https://acme.okta.com.',
  );
}
