import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '../../organization/permissions.ts';
import { noSuchUser } from '../../provisioning/change-member.ts';
import { changeOwnProfile } from '../../provisioning/change-own-profile.ts';
import { forbidden, notFound, notImplemented } from '../../scim/errors.ts';
import { userType } from '../../scim/resource-types.ts';
import { findMember } from '../../store/members.ts';
import { contextOf, type PersonBehindKey, provisioningOf } from './context.ts';
import { derivedOf, printingOf, queryOf, teamsSeenIn, withGroups } from './listing.ts';
import { type Printing, printResource, printWritten } from './representation.ts';
import { type ScimOptions, scimBaseUrlOf, sendResource, sendUnlessHeld } from './scim-routes.ts';

/**
 * /Me, the alias of the person behind an API key (RFC 7644 §3.11). A provider's token has nobody behind it, so to it the
 * endpoint is not implemented. A person reads their own resource, and changes it as far as it is theirs to change.
 */
export function meRoutes(app: FastifyInstance, options: ScimOptions): void {
  const { app: db, baseUrl } = options;
  // What a person may here, the person's key says.
  const config = { guard: 'scim-token', tokenScopes: [] } as const;
  const personOf = (request: FastifyRequest, reply: FastifyReply, permission: Permission): PersonBehindKey => {
    const { person } = contextOf(request);
    if (person === undefined) {
      throw notImplemented('/Me is not supported: a SCIM token stands for a provider, not for a person');
    }
    // Every answer, a refusal too, names the permanent location (RFC 7644 §3.11).
    reply.header('location', `${scimBaseUrlOf(request, baseUrl)}${userType.endpoint}/${person.memberId}`);
    if (!person.may.has(permission)) throw forbidden(`This API key lacks the scope ${permission}`);
    return person;
  };
  const printing = (request: FastifyRequest) =>
    printingOf(queryOf(request), contextOf(request).grant.types.user, scimBaseUrlOf(request, baseUrl));

  app.get('/Me', { config }, async (request, reply) => {
    const person = personOf(request, reply, 'me:read');
    const { grant, record } = contextOf(request);
    const how = printing(request);
    record.resourceType = userType.name;
    record.resourceId = person.memberId;
    const stored = await findMember(db, grant.organization.id, person.memberId, derivedOf(how, teamsSeenIn(request)));
    if (stored === undefined) throw notFound(noSuchUser(person.memberId));
    return sendUnlessHeld(reply, stored, () => printResource(stored, how));
  });

  for (const [method, kind] of [
    ['PUT', 'replace'],
    ['PATCH', 'patch'],
  ] as const) {
    app.route({
      method,
      url: '/Me',
      config,
      handler: async (request, reply) => {
        const { memberId, userName } = personOf(request, reply, 'me:write');
        const how = printing(request);
        contextOf(request).record.resourceType = userType.name;
        const actor = { type: 'member' as const, id: memberId, userName, key: contextOf(request).grant.tokenId };
        const changing = { ...provisioningOf(request, options, 200), actor };
        return answer(reply, how, await changeOwnProfile(changing, memberId, kind, request.body));
      },
    });
  }

  app.route({
    method: ['POST', 'DELETE'],
    url: '/Me',
    config,
    handler: async (request, reply) => {
      personOf(request, reply, 'me:write');
      throw forbidden('Nobody makes or removes themselves here: ask an admin of the organization');
    },
  });

  const answer = (
    reply: FastifyReply,
    how: Printing,
    changed: Awaited<ReturnType<typeof changeOwnProfile>>,
  ): FastifyReply => {
    const complete = withGroups(changed, how);
    return sendResource(reply, complete, printWritten(complete, how, reply.request));
  };
}
