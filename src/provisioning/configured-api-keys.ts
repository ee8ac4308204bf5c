/** The API keys of a configuration: which of them the organization has. None is made, changed or revoked by it. */
import { isDeepStrictEqual } from 'node:util';
import { listApiKeys } from '../store/api-keys.ts';
import type { Database } from '../store/database.ts';

/** What an API key may that acts for nobody. Its text is nowhere, and names may be those of several. */
export type ConfiguredApiKey = {
  name: string;
  scopes: string[];
  /** In ISO 8601; null for no end. */
  expiresAt: string | null;
};

/** A key of a document. What is left out may be anything. */
export type WantedApiKey = Pick<ConfiguredApiKey, 'name'> & {
  readonly [Limit in keyof ConfiguredApiKey]?: ConfiguredApiKey[Limit] | undefined;
};

const pageKeys = 200;

/** The API keys in force that act for nobody, the newest first. */
export async function configuredApiKeys(db: Database, org: { id: string }, now: Date): Promise<ConfiguredApiKey[]> {
  const found: ConfiguredApiKey[] = [];
  let before: string | undefined;
  for (;;) {
    const keys = await listApiKeys(db, org, { limit: pageKeys, before });
    for (const { name, scopes, expiresAt, revokedAt, member } of keys) {
      const isInForce = revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
      if (!isInForce || member !== undefined) continue;
      found.push({ name, scopes: [...scopes], expiresAt: expiresAt?.toISOString() ?? null });
    }
    if (keys.length < pageKeys) return found;
    before = keys.at(-1)?.id;
  }
}

/**
 * The names of the keys of a document of which the organization has none with this name, these scopes and this expiry. Each key stands
 * for one of the document.
 */
export function apiKeysMissing(there: readonly ConfiguredApiKey[], wanted: readonly WantedApiKey[]): string[] {
  const left = [...there];
  const missing = wanted.filter((want) => {
    const place = left.findIndex((key) => isAsWanted(key, want));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
  return [...new Set(missing.map(({ name }) => name))];
}

const isAsWanted = (key: ConfiguredApiKey, { name, scopes, expiresAt }: WantedApiKey): boolean =>
  key.name === name &&
  (scopes === undefined || isDeepStrictEqual(new Set(key.scopes), new Set(scopes))) &&
  (expiresAt === undefined || key.expiresAt === (expiresAt === null ? null : new Date(expiresAt).toISOString()));
