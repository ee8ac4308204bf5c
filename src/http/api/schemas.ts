import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { limits } from '../../limits.ts';

/**
 * What the operator API answers, as JSON Schemas that validate, serialize and type (one source for the server and,
 * by `import type`, for the console). Times are RFC 3339 in UTC, durations are milliseconds.
 * Only listed properties leave the server: every object is closed, and Fastify serializes by these schemas (R26).
 */

const closed = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const Time = Type.String({ format: 'date-time' });

/** RFC 9457 problem details. `type` is about:blank: the status code and the two texts say it all. */
export const Problem = closed({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
});
export type Problem = Static<typeof Problem>;

export const Status = closed({
  version: Type.String(),
  startedAt: Time,
  baseUrl: Type.String(),
  postgresql: closed({ version: Type.String(), builtIn: Type.Boolean() }),
  organizations: Type.Integer(),
  /** Counted up to a bound; not exact where there are more. */
  requestsLastHour: closed({ count: Type.Integer(), exact: Type.Boolean() }),
});
export type Status = Static<typeof Status>;

export const Organization = closed({
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  plan: Type.Union([Type.Literal('free'), Type.Literal('pro'), Type.Literal('enterprise')]),
  status: Type.Union([Type.Literal('active'), Type.Literal('suspended')]),
  /** State of the connection to the identity provider. */
  scim: Type.Union([Type.Literal('off'), Type.Literal('observing'), Type.Literal('on'), Type.Literal('paused')]),
  scimBaseUrl: Type.String(),
  members: Type.Integer(),
  teams: Type.Integer(),
  /** SCIM tokens that are neither revoked nor expired. */
  tokens: Type.Integer(),
  lastRequestAt: nullable(Time),
});
export type Organization = Static<typeof Organization>;

export const OrganizationList = closed({ organizations: Type.Array(Organization) });
export type OrganizationList = Static<typeof OrganizationList>;

/** One line of the request log: a SCIM request, what came of it, and who sent it. */
const requestProperties = {
  id: Type.String(),
  at: Time,
  method: Type.String(),
  /** Path and query as sent. */
  path: Type.String(),
  status: Type.Integer(),
  durationMs: Type.Number(),
  client: nullable(Type.String()),
  address: nullable(Type.String()),
  tokenName: nullable(Type.String()),
  /** What it changed in the organization, one sentence each; empty for reads, refusals and repetitions. */
  changes: Type.Array(Type.String()),
  /** Where Rollcall accepted what the RFCs do not describe: the tolerance's name (src/scim/quirks.ts) and its sentence. */
  tolerances: Type.Array(closed({ name: Type.String(), says: Type.String() })),
  /** Of a refusal the sentence that the provider's admin was given, else in a few words what was answered. */
  detail: nullable(Type.String()),
};

export const RequestSummary = closed(requestProperties);
export type RequestSummary = Static<typeof RequestSummary>;

export const RequestList = closed({
  requests: Type.Array(RequestSummary),
  /** Give it as `before` to continue with older requests; null when there are none. */
  nextBefore: nullable(Type.String()),
});
export type RequestList = Static<typeof RequestList>;

/** Bodies are the JSON documents of the log, passwords masked; a string where it was no JSON, null where there was none. */
export const RequestDetail = closed({
  ...requestProperties,
  requestBody: Type.Unknown(),
  responseBody: Type.Unknown(),
});
export type RequestDetail = Static<typeof RequestDetail>;

export const OrganizationParams = closed({ organization: Type.String({ minLength: 1, maxLength: 100 }) });
export type OrganizationParams = Static<typeof OrganizationParams>;

export const RequestParams = closed({
  organization: Type.String({ minLength: 1, maxLength: 100 }),
  id: Type.String({ format: 'uuid' }),
});
export type RequestParams = Static<typeof RequestParams>;

export const RequestQuery = closed({
  limit: Type.Integer({ minimum: 1, maximum: limits.requestLogPageMax, default: limits.requestLogPageDefault }),
  before: Type.Optional(Type.String({ format: 'uuid' })),
  status: Type.Optional(Type.Literal('error')),
});
export type RequestQuery = Static<typeof RequestQuery>;
