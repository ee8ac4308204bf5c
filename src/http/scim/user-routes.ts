import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ChangedMember, noSuchUser, patchMember, replaceMember } from '../../provisioning/change-member.ts';
import { createMember } from '../../provisioning/create-member.ts';
import { deleteMember } from '../../provisioning/delete-member.ts';
import { notFound } from '../../scim/errors.ts';
import { userType } from '../../scim/resource-types.ts';
import { findMember } from '../../store/members.ts';
import { contextOf, provisioningOf } from './context.ts';
import { answerList, derivedOf, printingOf, queryOf, teamsSeenIn, withGroups } from './listing.ts';
import { locationOf, type Printing, printResource, printWritten } from './representation.ts';
import { idOf, type ScimOptions, scimBaseUrlOf, sendResource, sendUnlessHeld } from './scim-routes.ts';

type ById = { Params: { organization: string; id: string } };

/** /Users (RFC 7644 §3). */
export function userRoutes(app: FastifyInstance, options: ScimOptions): void {
  const { app: db, baseUrl } = options;
  const reads = { config: { guard: 'scim-token', tokenScopes: ['users:read'] } } as const;
  const writes = { config: { guard: 'scim-token', tokenScopes: ['users:write'] } } as const;
  const printing = (request: FastifyRequest) =>
    printingOf(queryOf(request), contextOf(request).grant.types.user, scimBaseUrlOf(request, baseUrl));

  app.get('/Users', reads, async (request, reply) => {
    contextOf(request).record.resourceType = userType.name;
    return reply.send(await answerList(request, options, queryOf(request), printing(request)));
  });

  app.post('/Users', writes, async (request, reply) => {
    const how = printing(request);
    const created = await createMember(provisioning(request, 201), request.body);
    reply.code(201).header('location', locationOf(how, created.stored.id));
    return answerWritten(reply, how, created);
  });

  app.get<ById>('/Users/:id', reads, async (request, reply) => {
    const how = printing(request);
    const { grant, record } = contextOf(request);
    record.resourceType = userType.name;
    const id = idOf(request, noSuchUser);
    const stored = await findMember(db, grant.organization.id, id, derivedOf(how, teamsSeenIn(request)));
    if (stored === undefined) throw notFound(noSuchUser(id));
    record.resourceId = stored.id;
    return sendUnlessHeld(reply, stored, () => printResource(stored, how));
  });

  app.put<ById>('/Users/:id', writes, async (request, reply) => {
    const how = printing(request);
    return answerWritten(
      reply,
      how,
      await replaceMember(provisioning(request, 200), idOf(request, noSuchUser), request.body),
    );
  });

  app.patch<ById>('/Users/:id', writes, async (request, reply) => {
    const how = printing(request);
    // RFC 7644 §3.5.2: the client that asks for attributes is answered with them.
    const isBodyWanted =
      contextOf(request).grant.profile.patchedUser === 'resource' || queryOf(request).attributes !== undefined;
    const changed = await patchMember(
      provisioning(request, isBodyWanted ? 200 : 204),
      idOf(request, noSuchUser),
      request.body,
    );
    return isBodyWanted ? answerWritten(reply, how, changed) : reply.code(204).send();
  });

  app.delete<ById>('/Users/:id', writes, async (request, reply) => {
    await deleteMember(provisioning(request, 204), idOf(request, noSuchUser));
    return reply.code(204).send();
  });

  const provisioning = (request: FastifyRequest, status: number) => {
    contextOf(request).record.resourceType = userType.name;
    return provisioningOf(request, options, status);
  };

  const answerWritten = (reply: FastifyReply, how: Printing, written: ChangedMember) => {
    const complete = withGroups(written, how);
    return sendResource(reply, complete, printWritten(complete, how, reply.request));
  };
}
