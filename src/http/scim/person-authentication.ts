import type { FastifyRequest } from 'fastify';
import { readApiKey } from '../../provisioning/token-text.ts';
import { unauthorized } from '../../scim/errors.ts';
import type { Database } from '../../store/database.ts';
import { readConnectionGrant } from '../../store/tokens.ts';
import type { FindAddresses } from '../addresses.ts';
import type { ApiAuthentication } from '../api/authentication.ts';
import { ApiProblem } from '../api/problem.ts';
import type { ScimGrant } from './authentication.ts';
import type { PersonBehindKey } from './context.ts';
import type { FindTypes } from './organization-types-cache.ts';

/** Whether a request asks for /Me with an API key: the one place of the endpoint that takes one (security.md R6). */
export function isOfPerson({ routeOptions, headers }: FastifyRequest): boolean {
  if (routeOptions.url?.endsWith('/Me') !== true) return false;
  return readApiKey((headers.authorization ?? '').replace(/^Bearer +/i, '')) !== undefined;
}

/**
 * Finds the person behind an API key, and what the organization's connection lets requests do.
 *
 * @throws ScimError unauthorized
 */
export async function authenticatePerson(
  request: FastifyRequest,
  { app, authentication }: { app: Database; authentication: ApiAuthentication },
  { findTypes, findAddresses }: { findTypes: FindTypes; findAddresses: FindAddresses },
  now: Date,
): Promise<{ grant: ScimGrant; person: PersonBehindKey }> {
  const { authorization } = request.headers;
  const caller = await authentication.authenticate({ authorization, address: request.ip }, now).catch((error) => {
    throw error instanceof ApiProblem ? unauthorized(error.message.replace(/\.$/, '')) : error;
  });
  const name = (request.params as { organization: string }).organization.toLowerCase();
  if (caller.kind !== 'key') throw notOfPerson();
  const { keyId, keyName, organization, member } = caller.grant;
  const isOwn = organization.id === name || organization.slugs.includes(name);
  if (!isOwn || member === undefined) throw notOfPerson();
  const connection = await readConnectionGrant(app, organization.id);
  const types = await findTypes(organization.id, connection.schemasVersion);
  const organizationFrom = await findAddresses(organization.id, connection.addressesVersion);
  return {
    grant: {
      tokenId: keyId,
      tokenName: keyName,
      expiresAt: undefined,
      revokedAt: undefined,
      scopes: new Set(),
      addresses: [],
      tokenFrom: () => ({ isAllowed: true }),
      organizationFrom,
      ...connection,
      types,
    },
    person: { memberId: member.id, userName: member.userName, may: caller.may },
  };
}

const notOfPerson = () => unauthorized('The API key is not one of a person of this organization');
