import type { FastifyRequest } from 'fastify';
import { v7 as newUuid } from 'uuid';
import type { Permission } from '../../organization/permissions.ts';
import type { ProvisioningRequest, RequestRecord } from '../../provisioning/provisioning-request.ts';
import { matchesIfMatch } from '../../scim/etag.ts';
import { defaultProfile, tolerancesOf } from '../../scim/profiles.ts';
import type { Database } from '../../store/database.ts';
import type { TokenGrant } from '../../store/tokens.ts';
import { loggedBody, loggedPath } from './redaction.ts';
import { newRequestId } from './request-id.ts';

/** What is known of a SCIM request while it is answered. */
export type ScimContext = {
  readonly now: Date;
  readonly record: RequestRecord;
  /** Undefined until the token was found good. */
  grant: TokenGrant | undefined;
  /** Who is behind the request, where that is a person with an API key. */
  person: PersonBehindKey | undefined;
  /** The status that the row of the log gives, which is the one of success until a refusal says otherwise. */
  status: number;
  /** The error that was answered. */
  responseBody: string | undefined;
};

export type PersonBehindKey = { memberId: string; userName: string; may: ReadonlySet<Permission> };

declare module 'fastify' {
  interface FastifyRequest {
    scim: ScimContext | null;
  }
}

/** Begins the record of a request. Its id is the reference that the answer's header and every error name. */
export function beginContext(request: FastifyRequest): ScimContext {
  const startedMs = performance.now();
  const now = new Date();
  const id = newRequestId(now);
  const record: RequestRecord = {
    id,
    resourceType: undefined,
    resourceId: undefined,
    detail: undefined,
    changes: [],
    tolerances: tolerancesOf(defaultProfile),
    stored: false,
    row: () => ({
      id,
      at: now,
      connectionId: context.grant?.connectionId,
      tokenId: context.grant?.tokenId,
      tokenName: context.grant?.tokenName,
      client: request.headers['user-agent']?.slice(0, 200),
      address: request.ip,
      method: request.method,
      path: loggedPath(request.url),
      status: context.status,
      durationUs: Math.round((performance.now() - startedMs) * 1000),
      requestBody: loggedBody(request.body),
      responseBody: context.responseBody,
      detail: record.detail,
      resourceType: record.resourceType,
      resourceId: record.resourceId,
      changes: record.changes,
      tolerances: [...record.tolerances],
    }),
  };
  const context: ScimContext = {
    now,
    record,
    grant: undefined,
    person: undefined,
    status: 200,
    responseBody: undefined,
  };
  return context;
}

/** The context of a request behind the SCIM guard. */
export function contextOf(request: FastifyRequest): ScimContext & { grant: TokenGrant } {
  const context = request.scim;
  if (context?.grant === undefined) throw new Error('the request did not pass the guard of the SCIM endpoint');
  return context as ScimContext & { grant: TokenGrant };
}

/** What provisioning needs to know of a request. `status` is what the log says if it succeeds. */
export function provisioningOf(request: FastifyRequest, db: Database, status: number): ProvisioningRequest {
  const context = contextOf(request);
  context.status = status;
  const { grant, now, record } = context;
  const ifMatch = request.headers['if-match'];
  return {
    db,
    organization: grant.organization,
    connectionId: grant.connectionId,
    token: { id: grant.tokenId, name: grant.tokenName },
    now,
    newId: newUuid,
    isExpectedVersion: ifMatch === undefined ? undefined : (version) => matchesIfMatch(ifMatch, version),
    record,
  };
}
