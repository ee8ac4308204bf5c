import type { FastifyRequest } from 'fastify';
import { v7 as newUuid } from 'uuid';
import type { Permission } from '../../organization/permissions.ts';
import { signsOf } from '../../organization/request-signs.ts';
import type { ProvisioningRequest, RequestRecord } from '../../provisioning/provisioning-request.ts';
import type { CountedRequest } from '../../provisioning/record-requests.ts';
import type { ScimType } from '../../scim/errors.ts';
import { isNoneOfIfNoneMatch, matchesIfMatch } from '../../scim/etag.ts';
import { builtInTypes } from '../../scim/organization-types.ts';
import { defaultProfile, tolerancesOf } from '../../scim/profiles.ts';
import type { Database } from '../../store/database.ts';
import type { BulkPlace } from '../../store/request-log.ts';
import type { ScimGrant } from './authentication.ts';
import { loggedBody, loggedPath } from './redaction.ts';
import { newRequestId } from './request-id.ts';

/** What is known of a SCIM request while it is answered. */
export type ScimContext = {
  readonly now: Date;
  readonly record: RequestRecord;
  /** Undefined until the token was found good. */
  grant: ScimGrant | undefined;
  /** Who is behind the request, where that is a person with an API key. */
  person: PersonBehindKey | undefined;
  /** The status that the row of the log gives, which is the one of success until a refusal says otherwise. */
  status: number;
  /** The error that was answered. */
  responseBody: string | undefined;
  scimType: ScimType | undefined;
  /** What is counted of the request, once it is answered. */
  traffic(): CountedRequest;
};

export type PersonBehindKey = { memberId: string; userName: string; may: ReadonlySet<Permission> };

declare module 'fastify' {
  interface FastifyRequest {
    scim: ScimContext | null;
  }
}

/** Characters of a client's name that are kept: real ones are far shorter. */
const clientLengthMax = 200;

/** The client's name for itself, as logs and counts have it. */
export const clientOf = (request: FastifyRequest): string | undefined =>
  request.headers['user-agent']?.slice(0, clientLengthMax);

/** Begins the record of a request. Its id is the reference that the answer's header and every error name. */
export function beginContext(request: FastifyRequest): ScimContext {
  // The path as it came, also where it could not be decoded.
  const sent = () => ({ method: request.method, path: request.originalUrl, body: request.body });
  return beginRecord(request, sent, { grant: undefined, bulk: undefined });
}

/** What a bulk holds of one of its operations, as if it were a request. */
export type SentOperation = { index: number; method: string | undefined; path: string | undefined; data: unknown };

export type GrantedContext = ScimContext & { grant: ScimGrant };

/** Begins the record of an operation of a bulk: in the log it stands beside the requests that came by themselves. */
export function beginOperation(bulk: FastifyRequest, grant: ScimGrant, operation: SentOperation): GrantedContext {
  const { record } = contextOf(bulk);
  const { index, method = '', path = '', data } = operation;
  const { organization } = bulk.params as { organization: string };
  const sent = () => ({ method, path: `/scim/v2/${organization}${path}`, body: data });
  const context = beginRecord(bulk, sent, { grant, bulk: { id: record.id, index } });
  return context as GrantedContext;
}

function beginRecord(
  request: FastifyRequest,
  sent: () => { method: string; path: string; body: unknown },
  { grant, bulk }: { grant: ScimGrant | undefined; bulk: BulkPlace | undefined },
): ScimContext {
  const startedMs = performance.now();
  const now = new Date();
  // Operations of a bulk are listed in the order of their turns, and many of them share a moment.
  const id = bulk === undefined ? newRequestId(now) : newUuid();
  const record: RequestRecord = {
    id,
    address: request.ip,
    resourceType: undefined,
    resourceId: undefined,
    detail: undefined,
    changes: [],
    tolerances: tolerancesOf(grant?.profile ?? defaultProfile),
    stored: false,
    signs: new Set(),
    row: () => {
      const { method, path, body } = sent();
      return {
        id,
        at: now,
        connectionId: context.grant?.connectionId,
        tokenId: context.grant?.tokenId,
        tokenName: context.grant?.tokenName,
        client: clientOf(request),
        address: request.ip,
        method,
        path: loggedPath(path, secretsOf(context)),
        status: context.status,
        durationUs: Math.round((performance.now() - startedMs) * 1000),
        requestBody: loggedBody(body, secretsOf(context)),
        responseBody: context.responseBody,
        detail: record.detail,
        resourceType: record.resourceType,
        resourceId: record.resourceId,
        changes: record.changes,
        tolerances: [...record.tolerances],
        bulk,
      };
    },
  };
  const context: ScimContext = {
    now,
    record,
    grant,
    person: undefined,
    status: 200,
    responseBody: undefined,
    scimType: undefined,
    traffic: () => {
      const { status, scimType } = context;
      const { resourceType, tolerances, signs } = record;
      const noticed = signsOf({ ...sent(), resourceType, client: clientOf(request), tolerances });
      if (tolerances.hasRefused === true) noticed.add('profile-refusal');
      return {
        id,
        at: now,
        answer: [status, scimType].filter(Boolean).join(' '),
        signs: new Set([...noticed, ...signs]),
      };
    },
  };
  return context;
}

/** What no log keeps; of a request that names no organization with a good token, what no schema returns. */
const secretsOf = ({ grant }: ScimContext) => (grant?.types ?? builtInTypes).secrets;

/** The context of a request behind the SCIM guard. */
export function contextOf(request: FastifyRequest): GrantedContext {
  const context = request.scim;
  if (context?.grant === undefined) throw new Error('the request did not pass the guard of the SCIM endpoint');
  return context as GrantedContext;
}

/** What serves requests, and where. */
type Serving = { readonly app: Database; readonly baseUrl: string };

/** What provisioning needs to know of a request. `status` is what the log says if it succeeds. */
export function provisioningOf(request: FastifyRequest, serving: Serving, status: number): ProvisioningRequest {
  const context = contextOf(request);
  context.status = status;
  return { ...provisioningWith(context, serving, request.headers), flush: true };
}

/** What provisioning needs to know of an operation of a bulk, which flushes for all of them. */
export function provisioningOfOperation(
  context: GrantedContext,
  serving: Serving,
  version: string | undefined,
): ProvisioningRequest {
  return { ...provisioningWith(context, serving, { 'if-match': version }), flush: false };
}

/** The headers that bind a change to a version (RFC 9110 §13.1). */
type Conditions = { 'if-match'?: string | undefined; 'if-none-match'?: string | undefined };

function provisioningWith(
  { grant, now, record }: GrantedContext,
  { app: db, baseUrl }: Serving,
  { 'if-match': ifMatch, 'if-none-match': ifNoneMatch }: Conditions,
): Omit<ProvisioningRequest, 'flush'> {
  return {
    db,
    // Its own, since others run at the same time by what was true when they began.
    organization: { ...grant.organization },
    learn: (governed) => Object.assign(grant.organization, governed),
    baseUrl,
    types: grant.types,
    connectionId: grant.connectionId,
    token: { id: grant.tokenId, name: grant.tokenName, provider: grant.provider },
    now,
    newId: newUuid,
    isExpectedVersion:
      ifMatch === undefined && ifNoneMatch === undefined
        ? undefined
        : (version) => matchesIfMatch(ifMatch, version) && isNoneOfIfNoneMatch(ifNoneMatch, version),
    record,
  };
}
