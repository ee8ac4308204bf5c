import { Type } from 'typebox';
import { domainRecord } from '../../organization/domains.ts';
import type { Creating } from '../../provisioning/acting.ts';
import { type AddedDomain, addDomain, checkDomain, removeDomain } from '../../provisioning/change-domains.ts';
import { listDomains, type StoredDomain } from '../../store/domains.ts';
import { actingOf, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import type { ApiOptions } from './management-api.ts';
import { Domain, DomainList, DomainParams, NewDomain } from './schemas/domain.ts';
import { OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Domains'];
const read = { guard: 'management', scope: 'domains:read' } as const;
const write = { guard: 'management', scope: 'domains:write' } as const;

/** The domains of addresses that an organization shows to be its own. */
export function domainRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now, lookUpDomain } = options;

  api.get(
    '/organizations/:organization/domains',
    {
      config: read,
      schema: {
        operationId: 'listDomains',
        summary: 'List the domains of an organization, by their names',
        description: 'There are never so many that a page would not hold them.',
        tags,
        params: OrganizationParams,
        response: { 200: DomainList },
      },
    },
    async (request) => ({ items: (await listDomains(app, organizationOf(request))).map(shown), nextCursor: null }),
  );

  api.post(
    '/organizations/:organization/domains',
    {
      config: write,
      schema: {
        operationId: 'addDomain',
        summary: 'Add a domain',
        description: 'It counts for nothing until the DNS has its record.',
        tags,
        params: OrganizationParams,
        body: NewDomain,
        response: { 201: Domain },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const at = now();
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: (acting: Creating<AddedDomain>) => addDomain(app, org, request.body.name, acting),
        show: (added) => shown({ ...added, ...fresh, createdAt: at }),
        location: ({ name }) => `${org.slug}/domains/${encodeURIComponent(name)}`,
      });
    },
  );

  api.post(
    '/organizations/:organization/domains/:domain/check',
    {
      config: write,
      schema: {
        operationId: 'checkDomain',
        summary: 'Look for the record of a domain now',
        tags,
        params: DomainParams,
        response: { 200: Domain },
      },
    },
    async (request) =>
      shown(
        await checkDomain(app, organizationOf(request), request.params.domain, lookUpDomain, actingOf(request, now())),
      ),
  );

  api.delete(
    '/organizations/:organization/domains/:domain',
    {
      config: write,
      schema: {
        operationId: 'removeDomain',
        summary: 'Remove a domain',
        description: 'What is in force by it stays.',
        tags,
        params: DomainParams,
        response: { 204: Type.Null({ description: 'It is removed.' }) },
      },
    },
    async (request, reply) => {
      await removeDomain(app, organizationOf(request), request.params.domain, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );
}

const fresh = { state: 'pending', checkedAt: undefined, provenAt: undefined, failures: 0, problem: undefined } as const;

function shown({ name, state, token, createdAt, checkedAt, provenAt, problem }: StoredDomain): Domain {
  return {
    name,
    state,
    record: domainRecord(name, token),
    createdAt: createdAt.toISOString(),
    checkedAt: checkedAt?.toISOString() ?? null,
    provenAt: provenAt?.toISOString() ?? null,
    problem: problem ?? null,
  };
}
