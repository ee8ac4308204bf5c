/**
 * Profiles: what an organization's connection reads beyond the RFCs, and how it answers where they leave a choice. Providers and
 * RFCs contradict each other in places, so no one server is right for all. A profile only widens: what the RFC demands of a
 * server holds in each of them, and what the RFC accepts is accepted in each.
 */

import { type ScimError, withSentence } from './errors.ts';
import { type Deviation, quirks, type Tolerance, type Tolerances } from './quirks.ts';

export const profileNames = ['generic', 'okta', 'entra', 'rfc'] as const;
export type ProfileName = (typeof profileNames)[number];

export type Profile = {
  readonly name: ProfileName;
  /** For whom it is. */
  readonly says: string;
  /** The deviations that it lacks; it has all others. */
  readonly lacks: ReadonlySet<Deviation>;
  /** What a PATCH of a user that names no `attributes` is answered with: 200 and the user, or 204 (RFC 7644 §3.5.2, E41). */
  readonly patchedUser: 'resource' | 'nothing';
};

const everyDeviation = (Object.keys(quirks) as Tolerance[]).filter((name): name is Deviation => 'rfc' in quirks[name]);

export const profiles: { readonly [Name in ProfileName]: Profile & { name: Name } } = {
  generic: {
    name: 'generic',
    says: 'any provider: everything that is understood without doubt is accepted',
    lacks: new Set(),
    patchedUser: 'resource',
  },
  okta: {
    name: 'okta',
    says: 'Okta, which quotes what it looks for',
    lacks: new Set<Deviation>(['bare-word']),
    patchedUser: 'resource',
  },
  entra: {
    name: 'entra',
    says: 'Microsoft Entra ID, with and without its flag aadOptscim062020; PATCH is answered 204, which its tests want',
    lacks: new Set<Deviation>(['email-alias', 'stale-formatted']),
    patchedUser: 'nothing',
  },
  rfc: {
    name: 'rfc',
    says: 'clients that follow the RFCs, and those who test that Rollcall does: what the RFC refuses is refused',
    lacks: new Set(everyDeviation),
    patchedUser: 'resource',
  },
};

export const defaultProfile: Profile = profiles.generic;

/** Whether there is a SCIM profile of that name. */
export function isProfileName(text: string): text is ProfileName {
  return (profileNames as readonly string[]).includes(text);
}

/** The profile of a name that is stored, which a release that knows more profiles may have written. */
export const profileNamed = (name: string): Profile => (isProfileName(name) ? profiles[name] : defaultProfile);

/** The deviations from the RFC that a profile has. */
export const deviationsOf = ({ lacks }: Profile): Deviation[] => everyDeviation.filter((name) => !lacks.has(name));

/** What a request of this profile may need, with nothing noted yet. */
export const tolerancesOf = (profile: Profile): Tolerances => new Noted(profile);

/** What a request named is told of this many at most: a body may have a hundred thousand attributes that no schema describes. */
const namedMax = 10;

/**
 * A class: V8 gives each literal with a getter a hidden class of its own, which lives until the old generation is collected and
 * keeps what the getter closes over.
 */
class Noted implements Tolerances {
  readonly profile: Profile;
  hasRefused = false;
  readonly #fired = new Map<Tolerance, Set<string>>();

  constructor(profile: Profile) {
    this.profile = profile;
  }

  add(name: Tolerance, refusal?: () => ScimError, of?: string): void {
    if (refusal !== undefined && this.profile.lacks.has(name as Deviation)) {
      this.hasRefused = true;
      throw strictly(refusal(), this.profile);
    }
    const named = this.#fired.get(name) ?? new Set();
    this.#fired.set(name, named);
    if (of !== undefined && named.size < namedMax) named.add(of);
  }

  has(name: Tolerance): boolean {
    return this.#fired.has(name);
  }

  [Symbol.iterator](): IterableIterator<Tolerance> {
    return this.#fired.keys();
  }

  of(name: Tolerance): readonly string[] {
    return [...(this.#fired.get(name) ?? [])];
  }
}

const strictly = (error: ScimError, { name }: Profile) =>
  withSentence(error, `Other SCIM profiles than this organization's, which is ${name}, may accept it`);

/** Whether a deviation would be accepted, for those that the RFC does not refuse but reads in another way. */
export function tolerates({ profile }: Tolerances, name: Deviation): boolean {
  return profile === undefined || !profile.lacks.has(name);
}
