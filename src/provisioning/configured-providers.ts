/** The connection of a configuration, and who signs people in. */
import type { SwitchedState } from '../organization/holding.ts';
import type { ProviderKind } from '../organization/providers.ts';
import { objectionTo, type SignInProvider } from '../organization/sign-in.ts';
import type { ProfileName } from '../scim/profiles.ts';
import { type Confirmed, overruledBy } from './change-providers.ts';
import type { ConfigurationChange } from './configuration-differences.ts';
import { policyOfChanges } from './configured-policy.ts';

type WithProviders = {
  readonly connection: { readonly state: SwitchedState; readonly provider: string };
  readonly signInProvider: SignInProvider | null;
  readonly policy: Readonly<Record<string, string>>;
};

/** What the changes say of the connection and of who signs people in; what they do not change is not there. */
export function connectionOfChanges(changes: readonly ConfigurationChange[]): {
  state?: SwitchedState;
  scimProfile?: ProfileName;
  scim?: ProviderKind;
  signIn?: SignInProvider | null;
} {
  const after = (at: string) => changes.find(({ path }) => path === at)?.after;
  const wished = {
    state: after('connection/state'),
    scimProfile: after('connection/scimProfile'),
    scim: after('connection/provider'),
    signIn: after('signInProvider'),
  };
  return Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined));
}

/** What the policy has against the providers that the changes leave, and whether the changes are asked about it. */
export function providersOfChanges(before: WithProviders, changes: readonly ConfigurationChange[]) {
  const wished = connectionOfChanges(changes);
  const { signIn = before.signInProvider, scim = before.connection.provider, state = before.connection.state } = wished;
  const providers = { scim, signIn: signIn?.provider };
  const policy = policyOfChanges(before, changes);
  const isAnother = scim !== before.connection.provider || signIn?.provider !== before.signInProvider?.provider;
  return {
    providers,
    policy,
    state,
    isAsked: state !== 'off' && (before.connection.state === 'off' || isAnother),
    objection: state === 'off' ? undefined : objectionTo(providers, policy.sameSignInProvider),
  };
}

/**
 * Holds that the providers that the changes leave can be.
 *
 * @param confirmed the settings whose change somebody has confirmed; a plan says which have to be
 * @throws OperatorError refused or unconfirmed
 */
export function assertProvidersPossible(
  before: WithProviders,
  changes: readonly ConfigurationChange[],
  confirmed: Confirmed = 'all',
): void {
  const { providers, policy, state, isAsked } = providersOfChanges(before, changes);
  if (isAsked) overruledBy(providers, state, policy, confirmed);
}
