import type { Actor } from '../events/feed.ts';
import type { Sign } from '../organization/doctor.ts';
import type { Source } from '../organization/plan.ts';
import type { OrganizationTypes } from '../scim/organization-types.ts';
import type { Tolerances } from '../scim/quirks.ts';
import type { Database } from '../store/database.ts';
import type { Governed } from '../store/governing.ts';
import type { LoggedChange, LoggedRequest } from '../store/request-log.ts';
import type { ResourceName } from '../store/resources.ts';

/** What a request is allowed to do, for whom, and when. Everything that is not in the request's body. */
export type ProvisioningRequest = {
  db: Database;
  organization: { id: string; slugs: readonly string[] } & Governed;
  /** Told of what decides about people by now, where a request found that what it went by is out of date. */
  learn?: (governed: Governed) => void;
  /** Where Rollcall is served: what the addresses of resources begin with. */
  baseUrl: string;
  /** The resource types of the organization. */
  types: OrganizationTypes;
  /** Whose the people and teams are that it writes; undefined for those of no provider. */
  connectionId: string | undefined;
  /** `provider` is that of its connection. */
  token: { id: string; name: string; provider: string };
  /** Who acts, where it is not the token. */
  actor?: Actor;
  now: Date;
  /** Makes a UUIDv7. */
  newId: () => string;
  /** What is created in the same transaction or not at all, so that references may name it already (RFC 7644 §3.7.1). */
  createdTogether?: readonly ResourceName[];
  /** The version that an If-Match header demands, as a test of the version found (RFC 7644 §3.14). */
  isExpectedVersion: ((version: number) => boolean) | undefined;
  /** Whether what is committed is flushed at once. An operation of a bulk leaves it to the bulk, which flushes before it answers. */
  flush: boolean;
  record: RequestRecord;
};

/**
 * What the request log will say about a request. It is filled while the request runs; `row` makes the log's row from it,
 * which a change stores in its own transaction.
 */
export type RequestRecord = {
  readonly id: string;
  /** Where it came from. */
  readonly address: string;
  resourceType: string | undefined;
  resourceId: string | undefined;
  detail: string | undefined;
  changes: LoggedChange[];
  /** What the connection's profile lets pass, and what of it was needed. */
  tolerances: Tolerances;
  /** What the setup doctor counts of it, beside what shows in the request itself. */
  readonly signs: Set<Sign>;
  /** Whether the row is stored already. */
  stored: boolean;
  row(): LoggedRequest;
};

export const sourceOf = (request: ProvisioningRequest): Source => ({
  request: request.record.id,
  token: request.token.id,
});

export const actorOf = ({ actor, token }: ProvisioningRequest): Actor => actor ?? { type: 'token', ...token };
