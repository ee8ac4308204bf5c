import type { Profile } from '../organization/plan.ts';
import { isEmailAddress, type Policy } from '../organization/policy.ts';
import { caseKey } from '../scim/case-key.ts';
import { invalidValue } from '../scim/errors.ts';
import type { Resource } from '../scim/schema.ts';
import type { AskedMember } from '../store/member-writing.ts';

/**
 * The asked side of a member from a valid User resource.
 *
 * @param before what was asked until now, of somebody who is here
 * @throws ScimError invalidValue if the organization wants e-mail addresses as userNames and this is none (K2)
 */
export function askedMember(resource: Resource, policy: Policy, before?: Resource): AskedMember {
  const refusal = userNameRefusal(resource, policy);
  const isOld =
    before !== undefined && before.userName === resource.userName && userNameRefusal(before, policy) !== undefined;
  if (refusal !== undefined && !isOld && !isLeaving(before, resource)) throw invalidValue(refusal);
  const userName = resource.userName as string;
  const displayName = resource.displayName as string | undefined;
  return {
    scim: resource,
    userName,
    userNameKey: caseKey(userName),
    externalId: resource.externalId as string | undefined,
    displayName,
    displayNameKey: displayName === undefined ? undefined : caseKey(displayName),
    active: resource.active === true,
    emailKeys: emailKeysOf(resource),
  };
}

/**
 * Whether a change deactivates somebody. Nothing that it says besides, and no setting that was tightened since they came, keeps
 * them in (security.md R16).
 */
export const isLeaving = (before: Resource | undefined, after: Resource): boolean =>
  before?.active === true && after.active !== true;

/** Why the policy does not take somebody's userName. */
function userNameRefusal(resource: Resource, { usernameFormat }: Policy): string | undefined {
  const userName = resource.userName as string;
  if (usernameFormat !== 'any' && !isEmailAddress(userName)) {
    return (
      `userName "${userName}" is not an e-mail address, which this organization requires. ` +
      'In Okta, set Application username format to Email on the Sign On tab of the app; ' +
      'or let the organization accept any userName (setting usernameFormat)'
    );
  }
  const emailKeys = emailKeysOf(resource);
  if (usernameFormat !== 'email-of-person' || emailKeys.length === 0 || emailKeys.includes(caseKey(userName))) {
    return undefined;
  }
  return (
    `userName "${userName}" is none of the person's e-mail addresses, and this organization requires that it is one. ` +
    'In Okta, map userName and email to the same attribute; or let the organization accept any userName (setting usernameFormat)'
  );
}

/** The distinct keys of the e-mail addresses. */
export const emailKeysOf = (resource: Resource): string[] => [
  ...new Set(emailsOf(resource).flatMap((email) => (email.value ? [caseKey(email.value)] : []))),
];

/** What the organization calls the person, and where mail goes. */
export function profileOf(resource: Resource): Profile {
  const name = (resource.name ?? {}) as { formatted?: string; givenName?: string; familyName?: string };
  const parts = [name.givenName, name.familyName].filter(Boolean).join(' ');
  const userName = resource.userName as string;
  const emails = emailsOf(resource);
  const email = (emails.find((each) => each.primary === true) ?? emails[0])?.value;
  return {
    name: (resource.displayName as string | undefined) ?? (parts || name.formatted || userName),
    email: email ?? (isEmailAddress(userName) ? userName : undefined),
  };
}

function emailsOf(resource: Resource): { value?: string; primary?: boolean }[] {
  return (resource.emails ?? []) as { value?: string; primary?: boolean }[];
}
