import type { FastifyRequest } from 'fastify';
import type { Permission } from '../../organization/permissions.ts';
import type { Acting } from '../../provisioning/acting.ts';
import type { ApiKeyGrant } from '../../store/api-keys.ts';
import { problem } from './problem.ts';

/** Who calls the management API. */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly grant: ApiKeyGrant; readonly may: ReadonlySet<Permission> };

/** The organization that a path names. */
export type NamedOrganization = { readonly id: string; readonly slug: string };

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
    organization: NamedOrganization | null;
  }
}

/** The caller of a request that passed the guard. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('the request did not pass the guard of the management API');
  return request.caller;
}

/** The organization that the request's path names, and that its caller may manage. */
export function organizationOf(request: FastifyRequest): NamedOrganization {
  if (request.organization === null) throw new Error('the path of this route names no organization');
  return request.organization;
}

/** Who changes something with this request, and when: what the functions of src/provisioning/ take. */
export function actingOf(request: FastifyRequest, now: Date): Acting {
  const caller = callerOf(request);
  return { now, actor: actorOf(caller), address: request.ip, ...(caller.kind === 'key' && { may: caller.may }) };
}

/** As the feed names the caller. */
export function actorOf(caller: Caller): NonNullable<Acting['actor']> {
  if (caller.kind === 'operator') return { type: 'operator' };
  const { keyId, keyName, member } = caller.grant;
  return member === undefined
    ? { type: 'key', id: keyId, name: keyName }
    : { type: 'member', id: member.id, userName: member.userName, key: keyId };
}

export const isAllowed = (caller: Caller, permission: Permission): boolean =>
  caller.kind === 'operator' || caller.may.has(permission);

/**
 * Says the same of an organization that is not there and of one that is somebody else's (R7, R9).
 */
export const noSuchOrganization = (slugOrId: string) =>
  problem('not_found', `There is no organization ${slugOrId}, or this key is not one of its keys.`);
