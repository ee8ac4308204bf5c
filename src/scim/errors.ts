/**
 * Every refusal of the SCIM endpoint. An error is made only by the function named after it, so that the tables below
 * are the complete list (docs/reference/errors.md is generated from them).
 */

/**
 * The scimTypes of RFC 7644 §3.12, table 9, and RFC 9865 §2.1, table 3, with the status they travel with and when Rollcall
 * uses them. A section is one of RFC 7644 unless it names another.
 */
export const scimTypes = {
  //               status  section      when
  invalidFilter: [
    400,
    '3.4.2.2',
    'the filter is malformed, names an unknown attribute, asks for too much, or the comparison is not supported',
  ],
  uniqueness: [409, '3.3.1', 'a value is already in use or reserved'],
  mutability: [400, '3.5.2', 'the change is not compatible with the mutability of the attribute'],
  invalidSyntax: [400, '3.12', 'the body is not the JSON or the message that the request needs'],
  invalidPath: [400, '3.5.2', 'the path of a PATCH operation, or sortBy, is malformed or names nothing that exists'],
  noTarget: [400, '3.5.2', 'the path of a PATCH operation selects nothing that could be changed'],
  invalidValue: [400, '3.12', 'a required value is missing, or a value does not fit its attribute'],
  invalidCursor: [
    400,
    '9865 §2.1',
    'the cursor was not given for this query, or was altered; begin again with an empty one',
  ],
  expiredCursor: [
    400,
    '9865 §2.1',
    'the cursor was given longer ago than the cursorTimeout; begin again with an empty one',
  ],
  invalidCount: [400, '9865 §2.1', 'the count of a query by cursor is no whole number, or not that of its first page'],
  sensitive: [403, '7.5.2', 'the request would reveal an attribute that is never returned'],
} as const satisfies Record<string, readonly [status: number, section: string, when: string]>;

/** Refusals that have a status and no scimType (RFC 7644 §3.12, table 8). */
export const plainErrors = {
  unauthorized: [401, '3.12', 'the token is missing, unknown, expired or revoked'],
  forbidden: [403, '3.12', 'the token may not do this'],
  notFound: [404, '3.12', 'there is no such resource or endpoint in this organization'],
  methodNotAllowed: [405, '3.2', 'the endpoint does not support the method'],
  conflict: [409, '3.7.1', 'an operation of a bulk needs a resource that another one was to create and did not'],
  preconditionFailed: [412, '3.14', 'the resource is not at a version that If-Match and If-None-Match let pass'],
  payloadTooLarge: [413, '3.7.4', 'the request is larger than a limit, which the detail names'],
  unsupportedMediaType: [415, '3.1', 'the body is neither application/scim+json nor application/json'],
  tooManyRequests: [429, '3.12', 'the rate limit is reached; Retry-After says when to come back'],
  internal: [500, '3.12', 'Rollcall failed; the reference finds the cause in its log'],
  notImplemented: [501, '3.12', 'the operation is not supported'],
  unavailable: [503, '3.12', 'the database cannot be reached; ask again after the time that Retry-After gives'],
} as const satisfies Record<string, readonly [status: number, section: string, when: string]>;

export type ScimType = keyof typeof scimTypes;

/** A refusal that a SCIM client may see. `detail` is read by an admin: it never carries a secret. */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly detail: string;
  /** Whole seconds for the Retry-After header; set on 429 and 503 only. */
  declare readonly retryAfterSeconds?: number;

  constructor(status: number, scimType: ScimType | undefined, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
    this.detail = detail;
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}

export const invalidFilter = (detail: string) => typed('invalidFilter', detail);
export const uniqueness = (detail: string) => typed('uniqueness', detail);
export const mutability = (detail: string) => typed('mutability', detail);
export const invalidSyntax = (detail: string) => typed('invalidSyntax', detail);
export const invalidPath = (detail: string) => typed('invalidPath', detail);
export const noTarget = (detail: string) => typed('noTarget', detail);
export const invalidValue = (detail: string) => typed('invalidValue', detail);
export const invalidCursor = (detail: string) => typed('invalidCursor', detail);
export const expiredCursor = (detail: string) => typed('expiredCursor', detail);
export const invalidCount = (detail: string) => typed('invalidCount', detail);
export const sensitive = (detail: string) => typed('sensitive', detail);

export const unauthorized = (detail: string) => plain('unauthorized', detail);
export const forbidden = (detail: string) => plain('forbidden', detail);
export const notFound = (detail: string) => plain('notFound', detail);
export const methodNotAllowed = (detail: string) => plain('methodNotAllowed', detail);
export const conflict = (detail: string) => plain('conflict', detail);
export const preconditionFailed = (detail: string) => plain('preconditionFailed', detail);
export const payloadTooLarge = (detail: string) => plain('payloadTooLarge', detail);
export const unsupportedMediaType = (detail: string) => plain('unsupportedMediaType', detail);
export const notImplemented = (detail: string) => plain('notImplemented', detail);
export const internal = (detail: string) => plain('internal', detail);

/** `retryAfterSeconds` is rounded up to a whole second: Okta reads nothing else (OK11). */
export const tooManyRequests = (detail: string, retryAfterSeconds: number) =>
  plain('tooManyRequests', detail, retryAfterSeconds);

/** `retryAfterSeconds` is rounded up to a whole second: Okta reads nothing else (OK11). */
export const unavailable = (detail: string, retryAfterSeconds: number) =>
  plain('unavailable', detail, retryAfterSeconds);

/** The same refusal with a further sentence. */
export const withSentence = (error: ScimError, sentence: string) =>
  new ScimError(error.status, error.scimType, `${error.detail}. ${sentence}`, error.retryAfterSeconds);

export type ErrorBody = {
  schemas: [typeof errorSchema];
  status: string;
  scimType?: ScimType;
  detail: string;
};

/** RFC 7644 §3.12. */
export const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';

/**
 * The body of an error response (RFC 7644 §3.12). `reference` is the request's id in the request log; the detail ends
 * with it, because the detail is the only part that an identity provider shows to its admin.
 */
export function errorBody(error: ScimError, reference: string): ErrorBody {
  return {
    schemas: [errorSchema],
    status: String(error.status),
    ...(error.scimType === undefined ? {} : { scimType: error.scimType }),
    detail: `${error.detail} (reference ${reference})`,
  };
}

function typed(scimType: ScimType, detail: string): ScimError {
  return new ScimError(scimTypes[scimType][0], scimType, detail);
}

function plain(name: keyof typeof plainErrors, detail: string, retryAfterSeconds?: number): ScimError {
  return new ScimError(plainErrors[name][0], undefined, detail, retryAfterSeconds);
}
