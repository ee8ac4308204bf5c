import { ProvisioningFailure } from './failure.ts';
import { remoteReason, type ScimAnswer } from './scim-client.ts';

export type Resource = Record<string, unknown> & { id: string };

export type ListPage = { totalResults: number; startIndex: number; itemsPerPage: number; resources: Resource[] };

/** Throws what an admin would read when the answer is no success. */
export function requireSuccess(answer: ScimAnswer): void {
  if (answer.status >= 200 && answer.status < 300) return;
  // Okta tries again where waiting may help; 501 says that it will not.
  const transient = answer.status >= 500 && answer.status !== 501;
  throw new ProvisioningFailure(remoteReason(answer), { status: answer.status, transient });
}

/**
 * Reads a list as strictly as Okta: the three counts must be JSON numbers and there must be a list of
 * resources, also when it is empty. The lower-case spellings of old servers are accepted.
 */
export function readList(answer: ScimAnswer): ListPage {
  requireSuccess(answer);
  const body = readJson(answer, 'No results for users returned');
  const resources = body.Resources ?? body.resources;
  const totalResults = body.totalResults ?? body.totalresults;
  const { startIndex, itemsPerPage } = body;
  if (!Array.isArray(resources)) throw new ProvisioningFailure('No results for users returned');
  if (!isInteger(totalResults) || !isInteger(startIndex) || !isInteger(itemsPerPage)) {
    throw new ProvisioningFailure('totalResults, startIndex and itemsPerPage must be numbers');
  }
  return { totalResults, startIndex, itemsPerPage, resources: resources.filter(isResource) };
}

/** Reads the answer to POST /Users or PUT /Users/{id}; `verb` is the word of Okta's message. */
export function readUser(answer: ScimAnswer, verb: 'Create new' | 'Update' | 'Get'): Resource {
  requireSuccess(answer);
  const empty = `${verb} user returned empty user.`;
  const body = readJson(answer, empty);
  if (!Array.isArray(body.schemas) || body.schemas.length === 0)
    throw new ProvisioningFailure("No schema's defined in scim user");
  if (!isResource(body)) throw new ProvisioningFailure(empty);
  return body;
}

/** Reads the answer to a POST, GET or PUT of a group. */
export function readGroup(answer: ScimAnswer): Resource {
  requireSuccess(answer);
  const body = readJson(answer, 'The group returned by the remote server is empty');
  if (!isResource(body) || typeof body.displayName !== 'string') {
    throw new ProvisioningFailure('The group returned by the remote server has no id or no displayName');
  }
  return body;
}

/** Checks the answer to a PATCH: 204, or 200 with at least the id (and the name of a group). */
export function checkPatched(answer: ScimAnswer, required: 'id' | 'displayName'): void {
  requireSuccess(answer);
  if (answer.status === 204) return;
  const body = readJson(answer, `${answer.status} without a body`);
  if (!isResource(body) || body[required] === undefined) {
    throw new ProvisioningFailure(`The resource returned by the remote server has no ${required}`);
  }
}

function readJson(answer: ScimAnswer, whenEmpty: string): Record<string, unknown> {
  if (answer.jsonError !== undefined) throw new ProvisioningFailure(answer.jsonError);
  if (typeof answer.json !== 'object' || answer.json === null) throw new ProvisioningFailure(whenEmpty);
  return answer.json as Record<string, unknown>;
}

function isResource(value: unknown): value is Resource {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { id?: unknown }).id === 'string' &&
    (value as Resource).id !== ''
  );
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
