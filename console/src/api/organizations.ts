/** The organizations, and the server that has them. */
import type { Organization, OrganizationList } from '../../../src/http/api/schemas/organization.ts';
import type { Status } from '../../../src/http/api/schemas/status.ts';
import { ask, askWithKeptKey, pathOf } from './transport.ts';

/** Asks with the given key instead of the kept one: to try a key before keeping it. */
export async function fetchStatus(key: string, signal?: AbortSignal): Promise<Status> {
  return await ask<Status>('/status', key, signal);
}

export async function loadStatus(signal: AbortSignal): Promise<Status> {
  return await askWithKeptKey('/status', signal);
}

export async function loadOrganizations(signal: AbortSignal): Promise<OrganizationList> {
  return await askWithKeptKey('/organizations?limit=200', signal);
}

export async function loadOrganization(slug: string, signal: AbortSignal): Promise<Organization> {
  return await askWithKeptKey(pathOf(slug), signal);
}
