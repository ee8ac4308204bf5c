import { addAbortSignal, Readable } from 'node:stream';
import { Type } from 'typebox';
import { couldEnter, momentOf, readPeopleAsOf, readStatusAsOf, TooLongAgo } from '../../events/as-of.ts';
import { exportAudit } from '../../events/audit-export.ts';
import type { FollowingItem as Item } from '../../events/history.ts';
import { auditFilter, readHistoryWithCauses } from '../../events/history.ts';
import type { PersonThen as Person } from '../../events/rewind.ts';
import { parseAbout } from '../../events/subjects.ts';
import { type Fact, type Why as Reasons, whyOfLicense, whyOfMember, whyOfRole, whyOfTeam } from '../../events/why.ts';
import { limits } from '../../limits.ts';
import type { Permission } from '../../organization/permissions.ts';
import type { Database } from '../../store/database.ts';
import type { EventFilter, EventsAbout } from '../../store/event-lists.ts';
import type { KeptRequest } from '../../store/reason-names.ts';
import { callerOf, isAllowed, type NamedOrganization, organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { type PageRequest, pageOf } from './paging.ts';
import { problem } from './problem.ts';
import {
  AsOfQuery,
  AuditExportQuery,
  AuditQuery,
  type HistoryItem,
  HistoryList,
  HistoryQuery,
  PeopleThen,
  type PersonThen,
  Why,
  WordParams,
} from './schemas/history.ts';
import { ItemParams, OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['History'];

/** Why things are as they are, how they came to be so, what they were, and all of that as an audit. */
export function historyRoutes(api: TypedInstance, options: ApiOptions): void {
  thingRoutes(api, options);
  auditRoutes(api, options);
  asOfRoute(api, options);
}

/** What has a history and reasons: where its path is, who may read it, and how its events and its reasons are found. */
const things = [
  {
    path: 'members/:id',
    noun: 'member',
    params: ItemParams,
    scope: 'members:read',
    about: (id: string): EventsAbout => ({ member: id }),
    why: whyOfMember,
  },
  {
    path: 'teams/:id',
    noun: 'team',
    params: ItemParams,
    scope: 'teams:read',
    about: (id: string): EventsAbout => ({ team: id }),
    why: whyOfTeam,
  },
  {
    path: 'roles/:key',
    noun: 'role',
    params: WordParams,
    scope: 'roles:read',
    about: (key: string): EventsAbout => ({ subject: `role:${key}` }),
    why: whyOfRole,
  },
  {
    path: 'licenses/:key',
    noun: 'license',
    params: WordParams,
    scope: 'licenses:read',
    about: (key: string): EventsAbout => ({ subject: `license:${key}` }),
    why: whyOfLicense,
  },
  {
    path: 'tokens/:id',
    noun: 'token',
    params: ItemParams,
    scope: 'tokens:read',
    about: (id: string): EventsAbout => ({ subject: `token:${id}` }),
    why: undefined,
  },
] as const satisfies {
  path: string;
  noun: string;
  params: typeof ItemParams | typeof WordParams;
  scope: Permission;
  about: (id: string) => EventsAbout;
  why: ((db: Database, org: { id: string }, id: string) => Promise<Reasons | undefined>) | undefined;
}[];

function thingRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app } = options;
  for (const { path, noun, params, scope, about, why } of things) {
    const named = (request: { params: unknown }) =>
      Object.values(request.params as Record<string, string>).at(-1) ?? '';
    const Noun = noun.charAt(0).toUpperCase() + noun.slice(1);
    api.get(
      `/organizations/:organization/${path}/history`,
      {
        config: { guard: 'management', scope: 'events:read' },
        schema: {
          operationId: `read${Noun}History`,
          summary: `Read the history of a ${noun}, the newest first`,
          description: 'As far back as events are kept, also of what is no longer there.',
          tags,
          params,
          querystring: HistoryQuery,
          response: { 200: HistoryList },
        },
      },
      async (request) => {
        const org = organizationOf(request);
        const id = named(request);
        const list = `history of ${noun} ${id}`;
        const { items, nextCursor } = await historyPage(options, org, { about: about(id) }, list, request.query);
        // A role or license that nobody has had yet is there, and has no history.
        if (items.length === 0 && (await why?.(app, org, id)) === undefined)
          throw problem('not_found', `The events of ${org.slug} know no ${noun} ${id}.`);
        // Where people called from is for those who audit.
        if (isAllowed(callerOf(request), 'audit:read')) return { items, nextCursor };
        return { items: items.map((item) => ({ ...item, address: null })), nextCursor };
      },
    );
    if (why === undefined) continue;
    api.get(
      `/organizations/:organization/${path}/why`,
      {
        config: { guard: 'management', scope },
        schema: {
          operationId: `explain${Noun}`,
          summary: `Say why a ${noun} is as it is`,
          description: 'For each fact in force the rule, who or what made it apply, and when.',
          tags,
          params,
          response: { 200: Why },
        },
      },
      async (request) => {
        const org = organizationOf(request);
        const id = named(request);
        const found = await why(app, org, id);
        if (found === undefined) throw problem('not_found', `There is no ${noun} ${id} in this organization.`);
        return { of: found.of, facts: found.facts.map(shownFact) };
      },
    );
  }
}

function auditRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app } = options;
  const config = { guard: 'management', scope: 'audit:read' } as const;

  api.get(
    '/organizations/:organization/audit',
    {
      config,
      schema: {
        operationId: 'readAudit',
        summary: 'Read the audit, the newest first',
        description: 'Everything that happened, by time, kind, actor and what it is about.',
        tags,
        params: OrganizationParams,
        querystring: AuditQuery,
        response: { 200: HistoryList },
      },
    },
    async (request) => {
      const { limit, cursor, ...asked } = request.query;
      const org = organizationOf(request);
      const filter = await filterOf(app, org, asked);
      const list = `audit ${JSON.stringify(asked)}`;
      return await historyPage(options, org, filter, list, { limit, cursor });
    },
  );

  api.get(
    '/organizations/:organization/audit/export',
    {
      config,
      schema: {
        operationId: 'exportAudit',
        summary: 'Export the audit, the oldest first',
        description:
          'As JSON Lines or CSV. In CSV, a cell that a spreadsheet would take for a formula begins with an apostrophe.',
        tags,
        params: OrganizationParams,
        querystring: AuditExportQuery,
        produces: ['application/jsonl', 'text/csv'],
        response: { 200: Type.String({ description: 'The audit as text.' }) },
      },
    },
    async (request, reply) => {
      const { format, ...asked } = request.query;
      const org = organizationOf(request);
      const lines = Readable.from(exportAudit(app, org, await filterOf(app, org, asked), format));
      addAbortSignal(AbortSignal.timeout(limits.auditExportSecondsMax * 1000), lines);
      const type = format === 'csv' ? 'text/csv' : 'application/jsonl';
      const name = `rollcall-audit-${org.slug}.${format}`;
      reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.type(`${type}; charset=utf-8`).send(lines as never);
    },
  );
}

function asOfRoute(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;
  api.get(
    '/organizations/:organization/as-of',
    {
      config: { guard: 'management', scope: 'members:read' },
      schema: {
        operationId: 'readPeopleAsOf',
        summary: 'Read who was in the organization at a time',
        description:
          'With status, teams, role and license as they were in force then. While the organization was suspended nobody could enter. It goes back as far as events are kept.',
        tags,
        params: OrganizationParams,
        querystring: AsOfQuery,
        response: { 200: PeopleThen },
      },
    },
    async (request) => {
      const { at: text, member, team, ...page } = request.query;
      const org = organizationOf(request);
      const at = new Date(text);
      if (at > now()) throw problem('invalid_request', 'The time is still to come.');
      const moment = await momentOf(app, org, at).catch(refuseTooLongAgo);
      const organizationStatus = await readStatusAsOf(app, org, moment);
      const list = `as of ${text} ${member ?? ''} ${team ?? ''}`;
      const people = await pageOf(
        options,
        { owner: org.id, list, page },
        ({ limit, from }) => readPeopleAsOf(app, org, moment, { member, team }, { limit, after: from?.id }),
        (person) => shownPerson(person, organizationStatus),
      );
      return { at: at.toISOString(), event: moment.seq, organizationStatus, ...people };
    },
  );
}

async function historyPage(
  options: ApiOptions,
  org: NamedOrganization,
  filter: EventFilter,
  list: string,
  page: PageRequest,
): Promise<{ items: HistoryItem[]; nextCursor: string | null }> {
  const before = filter.before ?? Number.MAX_SAFE_INTEGER;
  return await pageOf(
    options,
    { owner: org.id, list, page },
    async ({ limit, from }) =>
      (
        await readHistoryWithCauses(
          options.app,
          org,
          { ...filter, before: from === undefined ? before : Number(from.id) },
          { order: 'newest', limit },
        )
      ).map((item) => ({ id: String(item.seq), item })),
    ({ item }) => shownItem(item),
  );
}

type Asked = {
  from?: string | undefined;
  to?: string | undefined;
  kind?: string | undefined;
  actor?: string | undefined;
  actorId?: string | undefined;
  about?: string | undefined;
};

/** @throws ApiProblem invalid_request for a person or team without an id */
async function filterOf(db: Database, org: NamedOrganization, asked: Asked): Promise<EventFilter> {
  const { from, to, kind, actor, actorId, about: text } = asked;
  const about = text === undefined ? undefined : parseAbout(text);
  if (text !== undefined && about === undefined) {
    throw problem(
      'invalid_request',
      `"${text}" names nothing: a person or team is written as member:<id> or team:<id>.`,
    );
  }
  return await auditFilter(db, org, {
    about,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
    kinds: kind?.split(','),
    actorType: actor,
    actorId,
  });
}

function refuseTooLongAgo(error: unknown): never {
  if (!(error instanceof TooLongAgo)) throw error;
  throw problem(
    'events_gone',
    `${error.message}, and what was before them is no longer known. Ask for a time since then.`,
  );
}

const shownItem = ({ at, data, actor, requestId, address, follows, ...item }: Item): HistoryItem => ({
  ...item,
  follows: follows === undefined ? null : { event: follows.event ?? null, because: follows.because },
  at: at.toISOString(),
  data: data as Record<string, unknown>,
  actor: actor as Record<string, unknown>,
  requestId: requestId ?? null,
  address: address ?? null,
});

function shownFact({ team, reason, by, at, event, request, ...fact }: Fact) {
  const kept = request?.kept;
  return {
    ...fact,
    team: team ?? null,
    reason: reason ?? null,
    by: by ?? null,
    at: at?.toISOString() ?? null,
    event: event ?? null,
    request:
      request === undefined
        ? null
        : {
            id: request.id,
            kept: kept === undefined ? null : keptRequest(kept),
          },
  };
}

const keptRequest = ({ at, method, path, status }: KeptRequest) => ({ at: at.toISOString(), method, path, status });

const shownPerson = (person: Person, organization: 'active' | 'suspended'): PersonThen => ({
  id: person.id,
  userName: person.userName,
  name: person.name,
  email: person.email ?? null,
  origin: person.origin,
  status: person.status,
  couldEnter: couldEnter(person, organization),
  role: person.role,
  customRoles: [...person.customRoles],
  license: person.license ?? null,
  waitsFor: person.waitsFor ?? null,
  teams: person.teams,
});
