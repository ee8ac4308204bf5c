import type { FastifyInstance, FastifyRequest } from 'fastify';
import { limits } from '../../limits.ts';
import { createTeam, patchTeam, replaceTeam } from '../../provisioning/change-team.ts';
import { deleteTeam } from '../../provisioning/delete-team.ts';
import { noSuchGroup } from '../../provisioning/team-refusals.ts';
import { notFound } from '../../scim/errors.ts';
import { groupType } from '../../scim/resource-types.ts';
import { findTeam } from '../../store/teams.ts';
import { contextOf, provisioningOf } from './context.ts';
import { answerList, derivedOf, printingOf, queryOf, teamsSeenIn } from './listing.ts';
import { locationOf, type Printing, printInPieces, printWritten } from './representation.ts';
import { idOf, type ScimOptions, scimBaseUrlOf, sendResource, sendUnlessHeld } from './scim-routes.ts';

type ById = { Params: { organization: string; id: string } };

/** /Groups (RFC 7644 §3). */
export function groupRoutes(app: FastifyInstance, options: ScimOptions): void {
  const { app: db, baseUrl } = options;
  const reads = { config: { guard: 'scim-token', tokenScopes: ['groups:read'] } } as const;
  const writes = {
    config: { guard: 'scim-token', tokenScopes: ['groups:write'], bodyValuesMax: limits.groupValuesMax },
    bodyLimit: limits.groupBytesMax,
  } as const;
  const printing = (request: FastifyRequest) =>
    printingOf(queryOf(request), contextOf(request).grant.types.group, scimBaseUrlOf(request, baseUrl));

  app.get('/Groups', reads, async (request, reply) => {
    contextOf(request).record.resourceType = groupType.name;
    return reply.send(await answerList(request, options, queryOf(request), printing(request)));
  });

  app.post('/Groups', writes, async (request, reply) => {
    const how = printing(request);
    const stored = await createTeam(provisioning(request, 201), request.body, asked(how));
    reply.code(201).header('location', locationOf(how, stored.id));
    return sendResource(reply, stored, printWritten(stored, how, request));
  });

  app.get<ById>('/Groups/:id', reads, async (request, reply) => {
    const how = printing(request);
    const { grant, record } = contextOf(request);
    record.resourceType = groupType.name;
    const id = idOf(request, noSuchGroup);
    const stored = await findTeam(db, grant.organization.id, id, derivedOf(how, teamsSeenIn(request)));
    if (stored === undefined) throw notFound(noSuchGroup(id));
    record.resourceId = stored.id;
    return sendUnlessHeld(reply, stored, () => printInPieces(stored, how));
  });

  app.put<ById>('/Groups/:id', writes, async (request, reply) => {
    const how = printing(request);
    const stored = await replaceTeam(provisioning(request, 200), idOf(request, noSuchGroup), request.body, asked(how));
    return sendResource(reply, stored, printWritten(stored, how, request));
  });

  // RFC 7644 §3.5.2: 204 unless the client asked for attributes. A group's answer would carry all of its members.
  app.patch<ById>('/Groups/:id', writes, async (request, reply) => {
    const how = printing(request);
    const isBodyWanted = queryOf(request).attributes !== undefined;
    const answer = isBodyWanted ? asked(how) : undefined;
    const { stored } = await patchTeam(
      provisioning(request, isBodyWanted ? 200 : 204),
      idOf(request, noSuchGroup),
      request.body,
      answer,
    );
    if (stored === undefined) return reply.code(204).send();
    return sendResource(reply, stored, printWritten(stored, how, request));
  });

  app.delete<ById>('/Groups/:id', writes, async (request, reply) => {
    await deleteTeam(provisioning(request, 204), idOf(request, noSuchGroup));
    return reply.code(204).send();
  });

  // What the provider has just written is a team of its own, in which it sees whom it asked for.
  const asked = (how: Printing) => derivedOf(how, 'all');

  const provisioning = (request: FastifyRequest, status: number) => {
    contextOf(request).record.resourceType = groupType.name;
    return provisioningOf(request, options, status);
  };
}
