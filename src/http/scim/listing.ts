import type { FastifyRequest } from 'fastify';
import { caseKey } from '../../scim/case-key.ts';
import { invalidFilter } from '../../scim/errors.ts';
import { type Filter, parseFilter, printFilter } from '../../scim/filter.ts';
import { type ListQuery, listQueryOf } from '../../scim/list-query.ts';
import { listResponseText, parsePaging } from '../../scim/list-response.ts';
import { parseProjection, wants } from '../../scim/projection.ts';
import { groupType, userType } from '../../scim/resource-types.ts';
import type { AttributeScope, ResourceType } from '../../scim/schema.ts';
import { parseSort, printSort } from '../../scim/sort.ts';
import type { Database } from '../../store/database.ts';
import { type DerivedOptions, findMemberByUserName, groupsText, type StoredResource } from '../../store/members.ts';
import type { PageMarks } from '../../store/page-marks.ts';
import { listAllTypes, listOneType, type PageQuery, type ResourcePage } from '../../store/resource-list.ts';
import { findTeamByDisplayName } from '../../store/teams.ts';
import { type TeamsSeen, teamsSeenBy } from '../../store/teams-seen.ts';
import { contextOf } from './context.ts';
import type { Cursors } from './cursors.ts';
import { type Printing, printResource } from './representation.ts';

/** What lists are read with. */
export type ListOptions = { app: Database; marks: PageMarks; cursors: Cursors };

/** @throws ScimError invalidValue if a parameter that Rollcall reads is given twice */
export function queryOf(request: FastifyRequest): ListQuery {
  return listQueryOf(request.query as Record<string, string | string[] | undefined>);
}

/** How the resources of a request are printed. */
export function printingOf(query: ListQuery, type: ResourceType, scimBaseUrl: string): Printing {
  const { attributes, excludedAttributes } = query;
  return { type, scimBaseUrl, projection: parseProjection({ attributes, excludedAttributes }, type) };
}

/** Whether the derived attribute is part of the answer, what is seen of it, and the address that its references begin with. */
export function derivedOf({ type, scimBaseUrl, projection }: Printing, teams: TeamsSeen): DerivedOptions {
  switch (type.kind) {
    case 'User':
      return { wanted: wants(projection, 'groups'), reference: `${scimBaseUrl}${groupType.endpoint}/`, teams };
    case 'Group':
      return { wanted: wants(projection, 'members'), reference: `${scimBaseUrl}${userType.endpoint}/`, teams };
    case 'Custom':
      return { wanted: false, reference: '' };
  }
}

/** A user who was written, with the groups, if they are part of the answer. */
export function withGroups(
  { stored, teams }: { stored: StoredResource; teams: readonly { id: string; displayName: string }[] },
  printing: Printing,
): StoredResource {
  const { wanted, reference } = derivedOf(printing, 'all');
  return wanted ? { ...stored, derived: groupsText(teams, reference) } : stored;
}

/** Answers a query of one endpoint: a page of all resources, or of those that match a filter (RFC 7644 §3.4.2). */
export async function answerList(
  request: FastifyRequest,
  options: ListOptions,
  query: ListQuery,
  printing: Printing,
): Promise<string> {
  const { type } = printing;
  const derived = derivedOf(printing, teamsSeenIn(request));
  return await answerPage(request, options, query, type, [printing], async (orgId, page) => {
    const isFirst = page.cursor === undefined ? page.startIndex === 1 : page.cursor.after === undefined;
    const lookUp = isFirst && page.count > 0 && page.filter !== undefined ? nameLookUp(page.filter, type) : undefined;
    if (lookUp !== undefined) return onePage(type, await lookUp(options.app, orgId, derived));
    return await listOneType(options.app, orgId, type, { ...page, derived });
  });
}

/** Answers a query at the root of the endpoint: all resources in one list (RFC 7644 §3.4.2.1). */
export async function answerListOfAll(
  request: FastifyRequest,
  options: ListOptions,
  query: ListQuery,
  scimBaseUrl: string,
): Promise<string> {
  const { types } = contextOf(request).grant;
  const printings = new Map(types.all.map((type) => [type, printingOf(query, type, scimBaseUrl)]));
  const derived = (type: ResourceType) => derivedOf(printings.get(type) as Printing, teamsSeenIn(request));
  return await answerPage(request, options, query, types.every, [...printings.values()], (orgId, page) =>
    listAllTypes(options.app, orgId, types.all, { ...page, derived }),
  );
}

type ReadPage = (orgId: string, query: PageQuery) => Promise<ResourcePage>;

async function answerPage(
  request: FastifyRequest,
  { marks, cursors }: ListOptions,
  query: ListQuery,
  scope: AttributeScope,
  printings: readonly Printing[],
  readPage: ReadPage,
): Promise<string> {
  const { grant, now, record } = contextOf(request);
  const orgId = grant.organization.id;
  const { countAboveMaximum, filters } = grant.organization.policy;
  const paging = parsePaging(query, countAboveMaximum);
  const filter = query.filter === undefined ? undefined : parseFilter(query.filter, scope, record.tolerances);
  if (filters === 'names-only' && filter !== undefined && !isByName(filter)) {
    throw invalidFilter('This organization takes the filters userName eq and displayName eq only (setting filters)');
  }
  const sort = parseSort(query, scope, record.tolerances);
  const { count } = paging;
  // What a list is selected or sorted by means what the schemas say: by others, it is another list.
  const schemasVersion = filter === undefined && sort === undefined ? undefined : grant.schemasVersion;
  const list = JSON.stringify([scope.name, filter && printFilter(filter), sort && printSort(sort), schemasVersion]);
  const owner = { orgId, list, count, stays: "Filter, sortBy, sortOrder and the organization's schemas" };

  const [startIndex, cursor] =
    paging.kind === 'index'
      ? [paging.startIndex, undefined]
      : [1, { after: paging.cursor === undefined ? undefined : cursors.open(owner, paging.cursor, now) }];
  const teams = teamsSeenIn(request);
  const scimBaseUrl = printings[0]?.scimBaseUrl ?? '';
  const read = { filter, sort, schemasVersion, startIndex, count, cursor, teams, scimBaseUrl };
  const page = await readPage(orgId, { ...read, marks, reader: grant.tokenId, now });

  record.detail = `answered ${page.resources.length} of ${page.totalResults}`;
  if (page.resources.length === 1) record.resourceId = page.resources[0]?.id;
  const resources = page.resources.map((stored) =>
    printResource(stored, printings.find(({ type }) => type === stored.type) as Printing),
  );
  const { totalResults, next } = page;
  return paging.kind === 'index'
    ? listResponseText({ totalResults, startIndex, resources })
    : listResponseText({ totalResults, nextCursor: next && cursors.seal(owner, next, now), resources });
}

/** What the provider that asks sees of teams. */
export const teamsSeenIn = (request: FastifyRequest): TeamsSeen =>
  teamsSeenBy(contextOf(request).grant.organization.policy);

/** Whether a filter is one of the two that every provider needs (K28). */
const isByName = (filter: Filter): boolean =>
  filter.kind === 'compare' &&
  filter.operator === 'eq' &&
  filter.target.extension === undefined &&
  (filter.target.attribute.name === 'userName' || filter.target.attribute.name === 'displayName');

type LookUp = (db: Database, orgId: string, derived: DerivedOptions) => Promise<StoredResource | undefined>;

/**
 * The filter that every provider begins with, `userName eq "…"` or `displayName eq "…"` of a group, names one resource at
 * most, and is answered by one prepared statement instead of one for the total and one for the page.
 */
function nameLookUp(filter: Filter, type: ResourceType): LookUp | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string') return undefined;
  const { attribute, extension } = filter.target;
  if (extension !== undefined) return undefined;
  const key = caseKey(filter.value);
  if (type.kind === 'User' && attribute.name === 'userName') {
    return (db, orgId, derived) => findMemberByUserName(db, orgId, key, derived);
  }
  if (type.kind === 'Group' && attribute.name === 'displayName') {
    return (db, orgId, derived) => findTeamByDisplayName(db, orgId, key, derived);
  }
  return undefined;
}

function onePage(type: ResourceType, found: StoredResource | undefined): ResourcePage {
  return found === undefined
    ? { totalResults: 0, resources: [], next: undefined }
    : { totalResults: 1, resources: [{ ...found, type }], next: undefined };
}
