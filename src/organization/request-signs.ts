import type { Sign } from './doctor.ts';
import { isEmailAddress } from './policy.ts';
import { type ProviderName, providers } from './providers.ts';

/** What is known of an answered request of a provider. */
export type AnsweredRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly resourceType: string | undefined;
  /** The User-Agent header. */
  readonly client: string | undefined;
  readonly body: unknown;
  readonly tolerances: Iterable<string>;
};

/** The name of a provider in the User-Agent of its client, where that differs from the provider's own name here. */
const clientNames: readonly [pattern: RegExp, provider: ProviderName][] = [
  [/\bokta\b/i, 'okta'],
  [/azure|entra|microsoft/i, 'entra'],
  [/onelogin/i, 'onelogin'],
  [/jumpcloud/i, 'jumpcloud'],
  [/\bping(one|federate| ?identity)/i, 'ping'],
  [/google/i, 'google'],
  [/authentik/i, 'authentik'],
  [/keycloak/i, 'keycloak'],
];

/** The flags that only Entra ID puts behind its Tenant URL (E22, E24). */
const entraFlags = /[?&](aadOptscim062020|AzureAdScimPatch2017)\b/i;

/** What of a request the setup doctor counts, beside what provisioning noticed itself. */
export function signsOf({ method, path, resourceType, client, body, tolerances }: AnsweredRequest): Set<Sign> {
  const signs = new Set<Sign>();
  const provider = entraFlags.test(path)
    ? 'entra'
    : clientNames.find(([pattern]) => client !== undefined && pattern.test(client))?.[1];
  if (provider !== undefined && Object.hasOwn(providers, provider)) signs.add(`client:${provider}`);
  for (const name of tolerances) {
    signs.add(`tolerance:${name}`);
    if (name === 'password-discarded' && method !== 'POST' && resourceType === 'User') signs.add('password-on-update');
  }
  if (resourceType === 'User') {
    const userNames = method === 'POST' || method === 'PUT' ? [attributeOf(body, 'username')] : userNamesOfPatch(body);
    if (userNames.some((name) => typeof name === 'string' && !isEmailAddress(name))) signs.add('username-not-email');
    if ((method === 'POST' || method === 'PUT') && isIncomplete(body)) signs.add('profile-incomplete');
  }
  return signs;
}

/** Whether a whole user lacks what an import of Okta needs beside the userName (okta-wire.md §12). */
function isIncomplete(body: unknown): boolean {
  if (attributeOf(body, 'username') === undefined) return false;
  const [name, emails] = [attributeOf(body, 'name'), attributeOf(body, 'emails')];
  const hasEmail = [emails].flat().some((email) => isFilled(attributeOf(email, 'value')) || isFilled(email));
  return !isFilled(attributeOf(name, 'givenname')) || !isFilled(attributeOf(name, 'familyname')) || !hasEmail;
}

const isFilled = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

function userNamesOfPatch(body: unknown): unknown[] {
  const operations = attributeOf(body, 'operations');
  if (!Array.isArray(operations)) return [];
  return operations.map((operation) => {
    const [path, value] = [attributeOf(operation, 'path'), attributeOf(operation, 'value')];
    if (path === undefined) return attributeOf(value, 'username');
    return typeof path === 'string' && /(^|:)username$/i.test(path) ? value : undefined;
  });
}

/** The value of an attribute, whose name has no letter case. `lower` is in lower case. */
function attributeOf(body: unknown, lower: string): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  const found = Object.entries(body).find(([name]) => name.toLowerCase() === lower);
  return found?.[1];
}
