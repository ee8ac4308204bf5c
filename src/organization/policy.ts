/** What an organization decides about provisioning. Stored with the organization; a missing setting has its default. */
export type Policy = {
  /**
   * Whether a userName must be an e-mail address (behaviors.md K2, D13, B24). Okta sends whatever its
   * *Application username format* says, and a login name that is no address cannot be invited or matched later.
   */
  readonly usernameFormat: 'email' | 'any';
  /**
   * What happens to a group's member whose id was never given out (K14): `skip` leaves that one out and records it in
   * the request log, `refuse` refuses the request and lists the ids. One unknown id that is refused stops Okta from
   * pushing the whole group until an admin steps in.
   */
  readonly unknownMembers: 'skip' | 'refuse';
  /** The role of whom nobody gave another one (K22). */
  readonly defaultRole: 'viewer' | 'member';
  /**
   * Where licenses come from (K21): nowhere, an admin's word about the person, the teams, the groups of the sign-in, these
   * three in turn, or the provider's attribute alone, which then is the source of truth (B55).
   */
  readonly licenseSource: 'none' | 'by-hand' | 'by-team' | 'by-sign-in' | 'by-rules' | 'by-attribute';
  /** The license of whom no rule speaks (K22, B53). */
  readonly defaultLicense: 'none' | 'read_only' | 'it' | 'analyst' | 'developer';
  /** What happens to a person for whom there is no seat (K27): the person waits for one, or the request is refused. */
  readonly withoutSeat: 'wait' | 'refuse';
  /** Whether groups of a sign-in give licenses to people whom the provider manages (K20, B47). */
  readonly signInGroups: 'ignore' | 'apply';
};

/** For each setting its values, the default first. The command line, the API and the documentation read this table. */
export const policySettings = {
  usernameFormat: ['email', 'any'],
  unknownMembers: ['skip', 'refuse'],
  defaultRole: ['viewer', 'member'],
  licenseSource: ['none', 'by-rules', 'by-hand', 'by-team', 'by-sign-in', 'by-attribute'],
  defaultLicense: ['none', 'developer', 'analyst', 'it', 'read_only'],
  withoutSeat: ['wait', 'refuse'],
  signInGroups: ['ignore', 'apply'],
} as const satisfies { [Name in keyof Policy]: readonly [Policy[Name], ...Policy[Name][]] };

export const defaultPolicy: Policy = {
  usernameFormat: policySettings.usernameFormat[0],
  unknownMembers: policySettings.unknownMembers[0],
  defaultRole: policySettings.defaultRole[0],
  licenseSource: policySettings.licenseSource[0],
  defaultLicense: policySettings.defaultLicense[0],
  withoutSeat: policySettings.withoutSeat[0],
  signInGroups: policySettings.signInGroups[0],
};

/** A setting that does not exist or does not take the value; the message says which values there are. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/**
 * The policy with the given settings laid over it.
 *
 * @throws PolicyError naming the setting and what is allowed
 */
export function withSettings(policy: Policy, settings: Readonly<Record<string, string>>): Policy {
  const changed: Record<string, string> = { ...policy };
  for (const [name, value] of Object.entries(settings)) {
    const values: readonly string[] | undefined = Object.hasOwn(policySettings, name)
      ? policySettings[name as keyof Policy]
      : undefined;
    if (values === undefined) {
      throw new PolicyError(
        `there is no setting "${name}"; the settings are ${Object.keys(policySettings).join(', ')}`,
      );
    }
    if (!values.includes(value)) {
      throw new PolicyError(`the setting ${name} takes ${values.join(' or ')}, not "${value}"`);
    }
    changed[name] = value;
  }
  return changed as Policy;
}

/** A stored policy, which may come from a release that knew fewer settings. */
export function readPolicy(stored: Readonly<Record<string, unknown>>): Policy {
  return { ...defaultPolicy, ...stored } as Policy;
}

/**
 * Whether a userName is an e-mail address as far as it matters here: one @ with something on both sides, no white
 * space. Addresses are not validated further: only a mail that arrives proves one.
 */
export function isEmailAddress(userName: string): boolean {
  const at = userName.indexOf('@');
  return at > 0 && at === userName.lastIndexOf('@') && at < userName.length - 1 && !/\s/.test(userName);
}
