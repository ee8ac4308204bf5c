import type { FastifyBaseLogger, FastifyError } from 'fastify';
import { limits } from '../../limits.ts';
import {
  internal,
  invalidSyntax,
  invalidValue,
  payloadTooLarge,
  ScimError,
  tooManyRequests,
  unavailable,
  unsupportedMediaType,
} from '../../scim/errors.ts';
import { databaseFault } from '../../store/database-errors.ts';

/** When to come back after an outage. Seconds. */
const retryAfterSeconds = 5;

/** When to come back after the organization's own requests stood in the way. Seconds. */
const busyRetryAfterSeconds = 1;

/**
 * The SCIM error for whatever went wrong (RFC 7644 §3.12). What the client cannot help is a 500 or 503 with a fixed
 * sentence: a store that is away is never an empty list or a 404, which a provider would act on.
 *
 * @param bodyBytesMax bytes that a body of the request may have
 */
export function toScimError(error: unknown, bodyBytesMax: number = limits.bodyBytesMax): ScimError {
  if (error instanceof ScimError) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return payloadTooLarge(
      `The body is larger than ${bodyBytesMax / 1024 / 1024} MB, the largest that is accepted here`,
    );
  }
  if (
    code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ||
    code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' ||
    statusCode === 415
  ) {
    return statusCode === 400
      ? invalidSyntax('The body is not as long as its Content-Length says')
      : unsupportedMediaType('The body must be sent as application/scim+json or application/json');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return invalidSyntax('The request could not be read');
  }
  switch (databaseFault(error).kind) {
    case 'bad-input':
      return invalidValue('A value holds characters or a number that cannot be stored');
    case 'unavailable':
      // A connection that is lost at the commit does not tell whether it was one.
      return unavailable(
        'The database cannot be reached. Repeat the request later: if it was carried out all the same, that does no harm',
        retryAfterSeconds,
      );
    case 'too-slow':
      return unavailable(
        'The database needed too long and was stopped; nothing was changed. Ask for less: a narrower filter, or pages by cursor',
        retryAfterSeconds,
      );
    case 'definitions-changed':
      return unavailable(
        'The schemas of the organization have just been changed; nothing was stored. Send the request again',
        busyRetryAfterSeconds,
      );
    case 'busy':
      return tooManyRequests(
        'The organization has more requests running than it may have at once; nothing was changed. Send fewer at the same time',
        busyRetryAfterSeconds,
      );
    default:
      return internal('Rollcall failed to answer; nothing was changed. Whoever runs it finds the cause in its log');
  }
}

/** Whether an error is a failure of ours, to be logged with its cause. What is not supported is none. */
export const isOurFault = ({ status }: ScimError) => status >= 500 && status !== 501;

/**
 * Logs what went wrong with its cause, if it is a failure of ours. That schemas are changed while others write is none, only
 * worth a warning: the client is told to send its request again.
 *
 * @param reference of the request, as the client has it
 * @param sentence what failed
 */
export function logFailure(log: FastifyBaseLogger, error: unknown, reference: string, sentence: string): void {
  if (databaseFault(error).kind === 'definitions-changed') {
    log.warn({ reference }, `${sentence}: the schemas of the organization were changed meanwhile`);
  } else if (isOurFault(toScimError(error))) {
    log.error({ err: error, reference }, sentence);
  }
}
