import { v7 as newUuid } from 'uuid';
import { appendEvents } from '../events/feed.ts';
import { defaultPolicy, type Policy, PolicyError, withSettings } from '../organization/policy.ts';
import { defaultProfile, isProfileName, type ProfileName, profileNames } from '../scim/profiles.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { insertOrganization } from '../store/organization-writing.ts';
import { by, type Creating } from './acting.ts';

export type NewOrganization = {
  /** In URLs: 2 to 63 lower-case letters, digits and hyphens, beginning with a letter. */
  slug: string;
  name: string;
  plan: 'free' | 'pro' | 'enterprise';
  /** A preset, settings of the policy that deviate from it, and scimProfile, the profile of the connection. */
  settings: Readonly<Record<string, string>>;
};

export type CreatedOrganization = {
  id: string;
  slug: string;
  name: string;
  plan: string;
  connectionId: string;
  scimProfile: ProfileName;
  policy: Policy;
};

/**
 * Creates an organization with a connection, which is on where its plan has provisioning.
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
  const { scimProfile: profileText = defaultProfile.name, ...settings } = input.settings;
  const scimProfile = readProfile(profileText);
  const policy = readSettings(defaultPolicy, settings);
  const id = newUuid();
  const created = { id, slug, name, plan, connectionId: newUuid(), scimProfile, policy };
  try {
    await inOrganization(db, id, async (tx) => {
      insertOrganization(tx, { ...created, now: at.now });
      at.remember?.(tx, created);
      appendEvents(tx, [{ kind: 'organization.created', data: { slug, name, plan } }], by(at));
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
