/**
 * The setup doctor: what the traffic of a connection says about how the identity provider is set up. Each finding is a rule
 * over counts that are there anyway, with the fix in the words of the provider's own console.
 */
import { brakeFacts } from './brake.ts';
import type { HeldBatch } from './holding.ts';
import type { Policy } from './policy.ts';
import { type ProviderName, providers } from './providers.ts';
import { howToAgree, type Providers, sayProviders, standingOf } from './sign-in.ts';

/** What is counted of a request beside its answer, because a finding needs it. Names are stored, so they are never renamed. */
export type Sign =
  | `client:${ProviderName}`
  | `tolerance:${string}`
  | 'username-not-email' // a user came whose userName is no e-mail address
  | 'username-changed' // another userName came for a person who was there
  | 'profile-incomplete' // a user came without a first name, a last name or an e-mail address
  | 'unknown-members' // a group named people who are not in the organization
  | 'profile-refusal' // the SCIM profile lacks a tolerance that the request needed
  | 'password-on-update' // a password came for a person who was there
  | 'old-token' // the token was revoked or has expired
  | 'address-refused' // the token or the organization is not reached from there
  | 'scope-missing' // the token may not do it
  | 'provisioning-off'; // provisioning is turned off

export type Severity = 'problem' | 'warning' | 'notice';

/** How often something happened, when last, and the last requests that show it. */
export type Counted = { readonly count: number; readonly lastAt: Date; readonly requests: readonly string[] };

/** What the doctor looks at. */
export type Diagnosed = {
  /** Of the SCIM profile of the connection. */
  readonly profile: string;
  readonly policy: Pick<Policy, 'usernameFormat' | 'licenseSource' | 'sameSignInProvider' | 'filters'>;
  readonly signs: ReadonlyMap<string, Counted>;
  /** By status and scimType, as `409 uniqueness`. */
  readonly answers: ReadonlyMap<string, Counted>;
  /** Memberships that were asked for and are not in force because the provider deactivated the person. */
  readonly heldMemberships: number;
  /** What the brake holds and nobody has looked at. */
  readonly braked: Pick<HeldBatch, 'id' | 'kinds'> | undefined;
  /** Who provisions and who signs people in, as admins said; undefined while the connection takes no requests. */
  readonly providers: (Providers & { readonly wasDeclared: boolean }) | undefined;
  /** A team that holds everybody whom the provider manages, each of whom came into it as they were made. */
  readonly teamOfEveryone: { readonly id: string; readonly displayName: string } | undefined;
};

/** Something about the setup that an admin should look at. */
export type Finding = {
  readonly id: FindingId;
  readonly severity: Severity;
  /** What is so. */
  readonly says: string;
  /** What to do, in the words of the provider. */
  readonly fix: string;
} & { [Key in keyof Counted]: Counted[Key] | (Key extends 'requests' ? never : undefined) };

export type FindingId =
  | 'provisioning-off'
  | 'address-refused'
  | 'old-token'
  | 'scope-missing'
  | 'wrong-profile'
  | 'username-not-email'
  | 'username-changed'
  | 'members-not-assigned'
  | 'assigned-and-pushed'
  | 'entra-flag'
  | 'license-from-entra'
  | 'filters-for-entra'
  | 'password-sync'
  | 'profile-incomplete'
  | 'unknown-attributes'
  | 'sign-in-differs'
  | 'sign-in-removed'
  | 'sign-in-undeclared'
  | 'rate-limited'
  | 'held-by-brake';

export type Diagnosis = { readonly provider: ProviderName | undefined; readonly findings: readonly Finding[] };

/** Tolerances that only an Entra without its flag needs. */
const entraWithoutFlag = ['op-case', 'bool-as-string', 'remove-by-value', 'scalar-wrapped', 'manager-as-string'];

const unknownAttributes = ['unknown-attribute', 'unknown-path'];

/** Finds what is set up in a way that does not work well, the most urgent first. */
export function diagnose(of: Diagnosed): Diagnosis {
  const provider = providerOf(of);
  const found = rules.flatMap((rule) => rule(of, provider) ?? []);
  const order: readonly Severity[] = ['problem', 'warning', 'notice'];
  return { provider, findings: found.sort((one, two) => order.indexOf(one.severity) - order.indexOf(two.severity)) };
}

/** Who sent the most; without a name in the traffic, whom the SCIM profile is for. */
function providerOf({ signs, profile }: Diagnosed): ProviderName | undefined {
  return sendsMost(signs) ?? (profile === 'entra' || profile === 'okta' ? profile : undefined);
}

/** The provider whose name most requests carry. */
function sendsMost(signs: Diagnosed['signs']): ProviderName | undefined {
  const [most] = (Object.keys(providers) as ProviderName[])
    .map((name) => ({ name, count: signs.get(`client:${name}`)?.count ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((one, two) => two.count - one.count);
  return most?.name;
}

type Rule = (of: Diagnosed, provider: ProviderName | undefined) => Finding | undefined;

const rules: readonly Rule[] = [
  ({ braked }) =>
    braked && {
      id: 'held-by-brake',
      severity: 'problem',
      says: `The brake holds what the provider asks (${braked.kinds.map((kind) => brakeFacts[kind].counts).join('; ')}), and waits for an admin`,
      fix: `Look at the plan of the batch ${braked.id} under Provisioning (rollcall held plan), then release or discard it; mend the directory first if it was not meant`,
      ...nothingSeen,
    },
  whenSeen('provisioning-off', 'problem', ['provisioning-off'], () => [
    'The provider calls, and provisioning is turned off for the organization',
    'Turn provisioning on under Connection, or deactivate provisioning in the provider',
  ]),
  whenSeen('address-refused', 'problem', ['address-refused'], (provider) => [
    'The provider calls from an address that the lists of the organization or of its token do not let in',
    provider === 'okta' || provider === undefined
      ? 'Import the ranges that Okta publishes (ip_ranges.json) for the cell of your Okta organization'
      : `Allow the ranges that ${providers[provider]} publishes; they change, so have them set through the API`,
  ]),
  whenSeen('old-token', 'problem', ['old-token'], (provider) => [
    'The provider calls with a token that was revoked or has expired',
    provider === 'entra'
      ? 'Paste a token in force into Provisioning > Admin Credentials > Secret Token, and press Test Connection'
      : 'Paste a token in force into Provisioning > Integration > Authorization of the app, and press Test API Credentials',
  ]),
  whenSeen('scope-missing', 'problem', ['scope-missing'], () => [
    'The token lacks a scope that the provider’s requests need; each refusal in the request log names it',
    'Give the token the scope, or turn the feature off in the provider that it was not made for',
  ]),
  signInElsewhere,
  wrongProfile,
  (of, provider) => {
    const seen = sum(of.signs, ['username-not-email']);
    if (seen === undefined) return undefined;
    return {
      id: 'username-not-email',
      severity: of.policy.usernameFormat === 'any' ? 'warning' : 'problem',
      says: 'Usernames are not e-mail addresses',
      fix:
        provider === 'entra'
          ? 'Map userPrincipalName or mail to userName under Provisioning > Mappings'
          : 'Set *Application username format* to Email on the Sign On tab of the app, then *Update Now*',
      ...seen,
    };
  },
  whenSeen('username-changed', 'warning', ['username-changed'], (provider) => [
    'Usernames are updated after people were created',
    provider === 'entra'
      ? 'Set *Apply this mapping* of userName to *Only during object creation* under Provisioning > Mappings'
      : 'Set *Update application username on* to *Create only* on the Sign On tab of the app',
  ]),
  membersNotAssigned,
  (of) =>
    of.teamOfEveryone && {
      id: 'assigned-and-pushed',
      severity: 'warning',
      says: `The same group seems to be assigned and pushed: the team "${of.teamOfEveryone.displayName}" holds everybody, and each came into it as they were created`,
      fix: 'Assign the app by one group and push others under *Push Groups*: a membership may be pushed before its person is there',
      ...nothingSeen,
    },
  (of, provider) => {
    if (provider !== 'entra') return undefined;
    const seen = sum(
      of.signs,
      entraWithoutFlag.map((name) => `tolerance:${name}`),
    );
    return (
      seen && {
        id: 'entra-flag',
        severity: 'notice',
        says: 'Entra ID writes PATCH in its older shape, which is understood by tolerance',
        fix: 'Add ?aadOptscim062020 to the end of the Tenant URL under Provisioning > Admin Credentials',
        ...seen,
      }
    );
  },
  (of, provider) => {
    const objection = licenseObjection(of.policy, provider);
    return objection && { id: 'license-from-entra', severity: 'problem', ...objection, ...nothingSeen };
  },
  ({ policy }, provider) =>
    provider === 'entra' && policy.filters === 'names-only'
      ? {
          id: 'filters-for-entra',
          severity: 'warning',
          says: 'The policy takes the filters userName eq and displayName eq only; Entra ID also asks by other matching attributes, and for members and managers by id',
          fix: 'Set filters to all (K28) while Entra ID is the provider, or match by userName and displayName only under Provisioning > Mappings',
          ...nothingSeen,
        }
      : undefined,
  whenSeen('password-sync', 'notice', ['password-on-update'], () => [
    'Passwords are sent, and discarded: nobody signs in with them',
    'Turn *Sync Password* off under Provisioning > To App',
  ]),
  whenSeen('profile-incomplete', 'notice', ['profile-incomplete'], (provider) => [
    'Users come without a first name, a last name or an e-mail address; nothing is made up for them, so an import of Okta rejects them',
    provider === 'entra'
      ? 'Map name.givenName, name.familyName and emails under Provisioning > Mappings, and fill them in the directory'
      : 'Map name.givenName, name.familyName and emails under Provisioning > Attribute Mappings, and fill them in the directory',
  ]),
  whenSeen(
    'unknown-attributes',
    'notice',
    unknownAttributes.map((name) => `tolerance:${name}` as const),
    (provider) => [
      'Attributes come that no schema describes; they are kept as they come, and nothing is made of them',
      provider === 'entra'
        ? 'Remove them under Provisioning > Mappings, or define them in a schema of the organization'
        : 'Remove them under Provisioning > Attribute Mappings, or define them in a schema of the organization',
    ],
  ),
  (of) => {
    const seen = sum(of.answers, ['429']);
    return (
      seen && {
        id: 'rate-limited',
        severity: 'warning',
        says: 'The provider sends more requests than its limit lets in, and waits',
        fix: 'Wait for a large job to end; if it goes on, ask whoever runs Rollcall for higher limits, or lower the rate in the provider',
        ...seen,
      }
    );
  },
];

/** What is wrong with where licenses come from while this provider provisions, and the fix (behaviors.md B59). */
const licenseObjection = (
  { licenseSource }: Pick<Policy, 'licenseSource'>,
  provider: string | undefined,
): Pick<Finding, 'says' | 'fix'> | undefined =>
  provider === 'entra' && licenseSource === 'by-attribute'
    ? {
        says: 'Licenses come from the provider’s attribute alone, which Entra ID does not send: its people lose the licenses that rules gave them',
        fix: 'Set licenseSource to another value, such as by-rules or by-team, while Entra ID is the provider',
      }
    : undefined;

/** The same as warnings for whoever sets it. */
export function licenseWarnings(policy: Pick<Policy, 'licenseSource'>, provider: string): string[] {
  const objection = licenseObjection(policy, provider);
  return objection === undefined ? [] : [`${objection.says}. ${objection.fix}.`];
}

const nothingSeen = { count: undefined, lastAt: undefined, requests: [] };

/** A rule for which it is enough that something was seen. `words` are what is so, and the fix. */
function whenSeen(
  id: FindingId,
  severity: Severity,
  signs: readonly Sign[],
  words: (provider: ProviderName | undefined) => readonly [says: string, fix: string],
): Rule {
  return (of, provider) => {
    const seen = sum(of.signs, signs);
    if (seen === undefined) return undefined;
    const [says, fix] = words(provider);
    return { id, severity, says, fix, ...seen };
  };
}

/** The profile is for a provider other than the one that calls, or lacks what its requests need. */
function wrongProfile({ signs, profile }: Diagnosed, provider: ProviderName | undefined): Finding | undefined {
  const refused = sum(signs, ['profile-refusal']);
  const suits = provider === 'okta' || provider === 'entra' ? provider : 'generic';
  const isOfAnother = provider !== undefined && profile !== suits && (profile === 'okta' || profile === 'entra');
  if (refused === undefined && !isOfAnother) return undefined;
  const who = provider === undefined ? 'the provider' : providers[provider];
  return {
    id: 'wrong-profile',
    severity: refused === undefined ? 'warning' : 'problem',
    says:
      refused === undefined
        ? `The SCIM profile is ${profile}, and ${who} calls`
        : `The SCIM profile ${profile} refuses requests that other profiles accept, and ${who} sends them`,
    fix: `Set the SCIM profile of the connection to ${suits}`,
    ...(refused ?? nothingSeen),
  };
}

/** Another provider signs people in than the one that calls, or none is declared. */
function signInElsewhere({ policy, providers: two, signs }: Diagnosed): Finding | undefined {
  if (two === undefined || policy.sameSignInProvider === 'any') return undefined;
  // Who calls says more than what an admin once chose.
  const seen = { scim: sendsMost(signs) ?? two.scim, signIn: two.signIn };
  const standing = standingOf(seen);
  if (standing === 'same') return undefined;
  const isRequired = policy.sameSignInProvider === 'required';
  const isNeverDeclared = standing === 'undeclared' && !two.wasDeclared;
  return {
    id: isNeverDeclared ? 'sign-in-undeclared' : standing === 'differ' ? 'sign-in-differs' : 'sign-in-removed',
    severity: isRequired ? 'problem' : isNeverDeclared ? 'notice' : 'warning',
    says: sayProviders(seen, two.wasDeclared),
    fix: howToAgree(seen),
    ...nothingSeen,
  };
}

/** Groups name people who are not there, or who were deactivated. */
function membersNotAssigned(
  { signs, heldMemberships }: Diagnosed,
  provider: ProviderName | undefined,
): Finding | undefined {
  const unknown = sum(signs, ['unknown-members']);
  if (unknown === undefined && heldMemberships === 0) return undefined;
  return {
    id: 'members-not-assigned',
    severity: 'warning',
    says:
      heldMemberships > 0
        ? heldMemberships === 1
          ? '1 member of a pushed group is not assigned to the app any more, and waits outside the team'
          : `${heldMemberships} members of pushed groups are not assigned to the app any more, and wait outside their teams`
        : 'Pushed groups name people who are not in the organization, so they are not assigned to the app',
    fix:
      provider === 'entra'
        ? 'Add them under Users and groups of the enterprise application, then *Provision on demand*'
        : 'Assign them to the app, then *Push now* the group under *Push Groups*',
    ...(unknown ?? nothingSeen),
  };
}

/** How often any of these happened. The requests are those of the latest first. */
function sum(counted: ReadonlyMap<string, Counted>, names: readonly string[]): Counted | undefined {
  const seen = names.flatMap((name) => counted.get(name) ?? []);
  const [latest] = seen.toSorted((one, two) => two.lastAt.getTime() - one.lastAt.getTime());
  if (latest === undefined) return undefined;
  return {
    count: seen.reduce((total, { count }) => total + count, 0),
    lastAt: latest.lastAt,
    requests: latest.requests,
  };
}
