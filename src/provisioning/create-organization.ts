import { v7 as newUuid } from 'uuid';
import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { mayProvision } from '../organization/plans.ts';
import { defaultPolicy, type Policy, PolicyError, withSettings } from '../organization/policy.ts';
import type { ProviderKind } from '../organization/providers.ts';
import { objectionTo } from '../organization/sign-in.ts';
import { defaultProfile, isProfileName, type ProfileName, profileNames } from '../scim/profiles.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { insertOrganization } from '../store/organization-writing.ts';
import { saveSignInProvider } from '../store/sign-in-provider-writing.ts';
import { by, type Creating } from './acting.ts';
import { readProviderKind } from './change-providers.ts';

export type NewOrganization = {
  /** In URLs: 2 to 63 lower-case letters, digits and hyphens, beginning with a letter. */
  slug: string;
  name: string;
  plan: 'free' | 'pro' | 'enterprise';
  /**
   * A preset, settings of the policy that deviate from it, and of the connection: scimProfile, provider, who provisions, and
   * signInProvider, who signs people in.
   */
  settings: Readonly<Record<string, string>>;
};

export type CreatedOrganization = {
  id: string;
  slug: string;
  name: string;
  plan: string;
  connectionId: string;
  provider: ProviderKind;
  signInProvider: ProviderKind | undefined;
  scimProfile: ProfileName;
  /** Of the connection. */
  state: 'on' | 'off';
  policy: Policy;
};

/**
 * Creates an organization with a connection, which is on where its plan has provisioning and its policy has nothing against the
 * provider that signs people in (K30).
 *
 * @throws OperatorError if the slug is malformed or taken, or a preset or setting does not exist
 */
export async function createOrganization(
  db: Database,
  input: NewOrganization,
  at: Creating<CreatedOrganization>,
): Promise<CreatedOrganization> {
  const { slug, name, plan } = input;
  if (!/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(slug)) {
    throw new OperatorError(
      'setting_invalid',
      `The slug "${slug}" must be 2 to 63 lower-case letters, digits and hyphens, beginning with a letter, such as "acme".`,
    );
  }
  if (name.trim() === '') throw new OperatorError('setting_invalid', 'The name of an organization must not be empty.');
  const {
    scimProfile: profileText = defaultProfile.name,
    provider: providerText,
    signInProvider: signInText,
    ...settings
  } = input.settings;
  const scimProfile = readProfile(profileText);
  const provider = readProviderKind(providerText ?? (scimProfile === 'entra' ? 'entra' : 'okta'), 'provider');
  const signInProvider = signInText === undefined ? undefined : readProviderKind(signInText, 'signInProvider');
  const policy = readSettings(defaultPolicy, settings);
  const isObjected = objectionTo({ scim: provider, signIn: signInProvider }, policy.sameSignInProvider) !== undefined;
  const state = mayProvision(plan) && !isObjected ? ('on' as const) : ('off' as const);
  const id = newUuid();
  const created = {
    id,
    slug,
    name,
    plan,
    connectionId: newUuid(),
    provider,
    signInProvider,
    scimProfile,
    state,
    policy,
  };
  try {
    await inOrganization(db, id, async (tx) => {
      insertOrganization(tx, { ...created, now: at.now });
      at.remember?.(tx, created);
      const events: FeedEventBody[] = [{ kind: 'organization.created', data: { slug, name, plan } }];
      if (signInProvider !== undefined) {
        const after = { provider: signInProvider, issuer: null };
        saveSignInProvider(tx, after, at.now);
        events.push({ kind: 'sign_in_provider.changed', data: { before: null, after } });
      }
      appendEvents(tx, events, by(at));
    });
  } catch (error) {
    if (databaseFault(error).kind !== 'unique') throw error;
    throw new OperatorError('refused', `An organization with the slug "${slug}" exists already; choose another slug.`);
  }
  return created;
}

/**
 * The SCIM profile of that name.
 *
 * @throws OperatorError if there is none
 */
export function readProfile(name: string): ProfileName {
  if (isProfileName(name)) return name;
  throw new OperatorError(
    'setting_invalid',
    `The SCIM profile (setting scimProfile) is one of ${profileNames.join(', ')}, not "${name}".`,
  );
}

/**
 * The policy with settings from outside.
 *
 * @throws OperatorError if a setting does not exist or does not take the value
 */
export function readSettings(policy: Policy, settings: Readonly<Record<string, string>>): Policy {
  try {
    return withSettings(policy, settings);
  } catch (error) {
    if (error instanceof PolicyError) throw new OperatorError('setting_invalid', `${error.message}.`);
    throw error;
  }
}
