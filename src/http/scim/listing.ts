import type { FastifyRequest } from 'fastify';
import { caseKey } from '../../scim/case-key.ts';
import { invalidValue } from '../../scim/errors.ts';
import { type Filter, parseFilter } from '../../scim/filter.ts';
import { listResponseText, parseListQuery } from '../../scim/list-response.ts';
import { parseProjection, wants } from '../../scim/projection.ts';
import { groupType, userType } from '../../scim/resource-types.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { Database } from '../../store/database.ts';
import { type DerivedOptions, findMemberByUserName, type StoredResource } from '../../store/members.ts';
import type { PageMarks } from '../../store/page-marks.ts';
import { listGroups, listUsers, type ResourcePage } from '../../store/resource-list.ts';
import { findTeamByDisplayName } from '../../store/teams.ts';
import { contextOf } from './context.ts';
import { type Printing, printResource } from './representation.ts';

/** The query of a request, each parameter as one text; unknown ones are nobody's concern (E22). */
export type Query = Partial<Record<'filter' | 'startIndex' | 'count' | 'attributes' | 'excludedAttributes', string>>;

/** @throws ScimError invalidValue if a parameter that Rollcall reads is given twice */
export function queryOf(request: FastifyRequest): Query {
  const given = request.query as Record<string, string | string[] | undefined>;
  for (const name of ['filter', 'startIndex', 'count', 'attributes', 'excludedAttributes']) {
    if (Array.isArray(given[name])) throw invalidValue(`${name} is given more than once`);
  }
  return given as Query;
}

/** How the resources of a request are printed. */
export function printingOf(request: FastifyRequest, type: ResourceType, scimBaseUrl: string): Printing {
  const { attributes, excludedAttributes } = queryOf(request);
  return { type, scimBaseUrl, projection: parseProjection({ attributes, excludedAttributes }, type) };
}

/** Whether the derived attribute is part of the answer, and the address that its references begin with. */
export function derivedOf({ type, scimBaseUrl, projection }: Printing): DerivedOptions {
  const [wanted, other] =
    type.name === 'User' ? [wants(projection, 'groups'), groupType] : [wants(projection, 'members'), userType];
  return { wanted, reference: `${scimBaseUrl}${other.endpoint}/` };
}

/** Answers GET of an endpoint: a page of all resources, or of those that match a filter (RFC 7644 §3.4.2). */
export async function answerList(
  request: FastifyRequest,
  db: Database,
  marks: PageMarks,
  printing: Printing,
): Promise<string> {
  const { grant, now, record } = contextOf(request);
  const { type } = printing;
  const query = queryOf(request);
  const { startIndex, count } = parseListQuery(query);
  const filter = query.filter === undefined ? undefined : parseFilter(query.filter, type, record.tolerances);
  const derived = derivedOf(printing);
  const orgId = grant.organization.id;

  const lookUp = startIndex === 1 && count > 0 && filter !== undefined ? nameLookUp(filter, type) : undefined;
  const page =
    lookUp !== undefined
      ? onePage(await lookUp(db, orgId, derived))
      : await (type.name === 'User' ? listUsers : listGroups)(db, orgId, {
          filter,
          startIndex,
          count,
          derived,
          marks,
          now,
        });

  record.detail = `answered ${page.resources.length} of ${page.totalResults}`;
  if (page.resources.length === 1) record.resourceId = page.resources[0]?.id;
  const resources = page.resources.map((stored) => printResource(stored, printing));
  return listResponseText({ totalResults: page.totalResults, startIndex, resources });
}

type LookUp = (db: Database, orgId: string, derived: DerivedOptions) => Promise<StoredResource | undefined>;

/**
 * The filter that every provider begins with, `userName eq "…"` or `displayName eq "…"`, names one resource at most, and
 * is answered by one prepared statement instead of one for the total and one for the page.
 */
function nameLookUp(filter: Filter, type: ResourceType): LookUp | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string') return undefined;
  const { attribute, extension } = filter.target;
  if (extension !== undefined) return undefined;
  const key = caseKey(filter.value);
  if (type.name === 'User' && attribute.name === 'userName') {
    return (db, orgId, derived) => findMemberByUserName(db, orgId, key, derived);
  }
  if (type.name === 'Group' && attribute.name === 'displayName') {
    return (db, orgId, derived) => findTeamByDisplayName(db, orgId, key, derived);
  }
  return undefined;
}

function onePage(found: StoredResource | undefined): ResourcePage {
  return found === undefined ? { totalResults: 0, resources: [] } : { totalResults: 1, resources: [found] };
}
