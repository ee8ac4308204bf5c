/** What admins do alike to people and to teams: make one, bring one back, open its locks and remove it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Acting, Creating } from '../../provisioning/acting.ts';
import type { Database } from '../../store/database.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import type { ApiOptions } from './management-api.ts';
import { Hours, ItemParams, named, Unlocked } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

type Id = { id: string };
type Done<Result> = (db: Database, org: NamedOrganization, id: string, at: Acting) => Promise<Result>;

/** What is said of one of these routes, and what it runs. */
type Described<Run> = { operationId: string; summary: string; description?: string; run: Run };

/** People or teams, and what is done to one of them. */
export type SharedEdits = {
  /** As the path names them. */
  of: 'members' | 'teams';
  /** One of them, in words. */
  noun: string;
  config: { guard: 'management'; scope: 'members:write' | 'teams:write' };
  tags: string[];
  created: ReturnType<typeof createdSchema>;
  /** `act` is the last part of the path. */
  bringBack: Described<(db: Database, org: NamedOrganization, id: string, at: Creating<Id>) => Promise<Id>> & {
    act: string;
  };
  unlock: Described<
    (db: Database, org: NamedOrganization, id: string, hours: number, at: Acting) => Promise<Date | undefined>
  >;
  remove: Described<Done<unknown>>;
};

/** The answer to what makes one of them. */
export const createdSchema = (title: string) => named(title, { id: Type.String() });

/** Makes something in the organization of the path, of which the id is shown. */
export async function createInOrganization(
  request: FastifyRequest,
  reply: FastifyReply,
  options: ApiOptions,
  of: 'members' | 'teams',
  create: (org: NamedOrganization, at: Creating<Id>) => Promise<Id>,
): Promise<Id> {
  const org = organizationOf(request);
  return await createOnce(request, reply, options, {
    orgId: async () => org.id,
    create: (at: Creating<Id>) => create(org, at),
    show: (created) => created,
    location: ({ id }) => `${org.slug}/${of}/${id}`,
  });
}

/** Adds the routes that bring one back, open its locks and remove it. */
export function sharedEditRoutes(api: TypedInstance, options: ApiOptions, edited: SharedEdits): void {
  const { app, now } = options;
  const { of, noun, config, tags, created } = edited;
  const path = `/organizations/:organization/${of}/:id`;

  const { act, run: bringBack, ...broughtBack } = edited.bringBack;
  api.post(
    `${path}/${act}`,
    { config, schema: { ...broughtBack, tags, params: ItemParams, response: { 201: created } } },
    (request, reply) =>
      createInOrganization(request, reply, options, of, (org, at) => bringBack(app, org, request.params.id, at)),
  );

  const { run: unlock, ...unlocked } = edited.unlock;
  api.post(
    `${path}/unlock`,
    {
      config,
      schema: {
        ...unlocked,
        description: 'Then they are closed again by themselves. The provider’s next request wins over what was edited.',
        tags,
        params: ItemParams,
        body: Hours,
        response: { 200: Unlocked },
      },
    },
    async (request) => {
      const { hours } = request.body;
      const until = await unlock(app, organizationOf(request), request.params.id, hours, actingOf(request, now()));
      return { unlockedUntil: until?.toISOString() ?? null };
    },
  );

  const { run: remove, ...removed } = edited.remove;
  api.delete(
    path,
    {
      config,
      schema: {
        ...removed,
        tags,
        params: ItemParams,
        response: { 204: Type.Null({ description: `The ${noun} is removed.` }) },
      },
    },
    async (request, reply) => {
      await remove(app, organizationOf(request), request.params.id, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );
}
