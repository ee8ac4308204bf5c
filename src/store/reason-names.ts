import type { Database } from './database.ts';
import { queryOrganizationBatch } from './organization-transaction.ts';

/** The ids that reasons speak of. */
export type IdsInReasons = {
  readonly tokens: readonly string[];
  readonly keys: readonly string[];
  readonly members: readonly string[];
  readonly teams: readonly string[];
  readonly requests: readonly string[];
};

/** A SCIM request that the log still has. */
export type KeptRequest = { id: string; at: Date; method: string; path: string; status: number };

export type ReasonNames = {
  /** Names of tokens, API keys, people and teams, by their ids. */
  names: Map<string, string>;
  requests: Map<string, KeptRequest>;
};

/** The names of what reasons speak of, as far as the rows are still there. One round trip. */
export async function readReasonNames(db: Database, org: { id: string }, ids: IdsInReasons): Promise<ReasonNames> {
  const { tokens, keys, members, teams, requests } = ids;
  const named = (table: string, name: string, of: readonly string[]) => ({
    text: `select x.id, ${name} as name from ${table} x where x.org_id = $1 and x.id = any ($2::uuid[])`,
    values: [org.id, of],
  });
  const [kept, ...found] = (await queryOrganizationBatch(db, org.id, [
    {
      text: `select r.id, r.at, r.method, r.path, r.status from scim_requests r where r.org_id = $1 and r.id = any ($2::uuid[])`,
      values: [org.id, requests],
    },
    named('scim_tokens', 'x.name', tokens),
    named('api_keys', 'x.name', keys),
    named('members', 'x.user_name', members),
    named('teams', 'coalesce(x.in_force_name, x.display_name)', teams),
  ])) as [KeptRequest[], ...{ id: string; name: string }[][]];
  return {
    names: new Map(found.flat().map(({ id, name }) => [id, name])),
    requests: new Map(kept.map((request) => [request.id, request])),
  };
}
