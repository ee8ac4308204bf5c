import type { Database } from './database.ts';
import { type OrgTransaction, queryOrganization, type Statement } from './organization-transaction.ts';

/** One line of what a request changed, for people: `created member ada@acme.example`. */
export type LoggedChange = { kind: string; id: string; says: string };

/** Where in a bulk an operation stands: the id of the bulk's own row, and its place from 0. */
export type BulkPlace = { id: string; index: number };

/** A SCIM request, or an operation of a bulk, as the log keeps it. Bodies are redacted before they come here. */
export type LoggedRequest = {
  /** A UUIDv7 that carries the time of arrival. It is the reference that answers and errors name. */
  id: string;
  at: Date;
  connectionId: string | undefined;
  tokenId: string | undefined;
  tokenName: string | undefined;
  /** The User-Agent header. */
  client: string | undefined;
  address: string;
  method: string;
  path: string;
  status: number;
  durationUs: number;
  requestBody: string | undefined;
  responseBody: string | undefined;
  /** The detail of a refusal, or in a few words what was answered. */
  detail: string | undefined;
  resourceType: string | undefined;
  resourceId: string | undefined;
  changes: readonly LoggedChange[];
  tolerances: readonly string[];
  /** Undefined for what is no operation of a bulk. */
  bulk: BulkPlace | undefined;
};

/** Stores the rows of requests in the transaction that they describe. */
export function insertRequestsOf(tx: OrgTransaction, requests: readonly LoggedRequest[]): void {
  tx.send(insertStatement(tx.orgId, requests, 'request-insert'));
}

/**
 * Stores rows of requests that changed nothing. A request whose commit was answered by nobody may have stored its row all
 * the same; that row stays, and those that travel with it are not lost.
 */
export async function insertRequests(db: Database, orgId: string, requests: readonly LoggedRequest[]): Promise<void> {
  const { text, values } = insertStatement(orgId, requests, '');
  const statement = { name: 'requests-insert', text: `${text} on conflict (org_id, id) do nothing`, values };
  await queryOrganization(db, orgId, statement);
}

/** The log of an organization, or of the operations of one bulk, newest first; `before` is the id of the last one seen. */
export async function listRequests(
  db: Database,
  org: { id: string },
  page: { limit: number; before?: string; onlyErrors?: boolean; bulk?: string },
): Promise<LoggedRequest[]> {
  const rows = await queryOrganization<RequestRow>(db, org.id, {
    text: `select ${columns} from scim_requests r
      where r.org_id = $1 and ($2::uuid is null or r.id < $2) and (not $3 or r.status >= 400)
        and ($5::uuid is null or r.bulk_id = $5)
      order by r.id desc limit $4`,
    values: [org.id, page.before, page.onlyErrors ?? false, page.limit, page.bulk],
  });
  return rows.map(loggedRequest);
}

export async function findRequest(db: Database, org: { id: string }, id: string): Promise<LoggedRequest | undefined> {
  const [row] = await queryOrganization<RequestRow>(db, org.id, {
    text: `select ${columns} from scim_requests r where r.org_id = $1 and r.id = $2`,
    values: [org.id, id],
  });
  return row === undefined ? undefined : loggedRequest(row);
}

const columns = `r.id, r.at, r.connection_id, r.token_id, r.token_name, r.client, r.address, r.method, r.path, r.status,
  r.duration_us, r.request_body, r.response_body, r.detail, r.resource_type, r.resource_id, r.changes, r.tolerances,
  r.bulk_id, r.bulk_index`;

type RequestRow = {
  id: string;
  at: Date;
  connection_id: string | null;
  token_id: string | null;
  token_name: string | null;
  client: string | null;
  address: string | null;
  method: string;
  path: string;
  status: number;
  duration_us: number;
  request_body: string | null;
  response_body: string | null;
  detail: string | null;
  resource_type: string | null;
  resource_id: string | null;
  changes: LoggedChange[];
  tolerances: string[];
  bulk_id: string | null;
  bulk_index: number | null;
};

const loggedRequest = (row: RequestRow): LoggedRequest => ({
  id: row.id,
  at: row.at,
  connectionId: row.connection_id ?? undefined,
  tokenId: row.token_id ?? undefined,
  tokenName: row.token_name ?? undefined,
  client: row.client ?? undefined,
  address: row.address ?? '',
  method: row.method,
  path: row.path,
  status: row.status,
  durationUs: row.duration_us,
  requestBody: row.request_body ?? undefined,
  responseBody: row.response_body ?? undefined,
  detail: row.detail ?? undefined,
  resourceType: row.resource_type ?? undefined,
  resourceId: row.resource_id ?? undefined,
  changes: row.changes,
  tolerances: row.tolerances,
  bulk: row.bulk_id === null || row.bulk_index === null ? undefined : { id: row.bulk_id, index: row.bulk_index },
});

/**
 * One document for all rows: PostgreSQL takes it apart, so that one prepared statement serves any number of them. The
 * counter's row is read only to name the organization, which keeps the statement on one shard of a distributed database.
 */
function insertStatement(orgId: string, requests: readonly LoggedRequest[], name: string): Statement {
  return {
    name,
    text: `insert into scim_requests (org_id, id, at, connection_id, token_id, token_name, client, address, method, path, status,
        duration_us, request_body, response_body, detail, resource_type, resource_id, changes, tolerances, bulk_id, bulk_index)
      select c.org_id, x.id, x.at, x.connection_id, x.token_id, x.token_name, x.client, x.address, x.method, x.path, x.status,
        x.duration_us, x.request_body, x.response_body, x.detail, x.resource_type, x.resource_id, x.changes, x.tolerances,
        x.bulk_id, x.bulk_index
      from event_counters c, jsonb_to_recordset($2::jsonb) as x (id uuid, at timestamptz, connection_id uuid, token_id uuid,
        token_name text, client text, address text, method text, path text, status int, duration_us int, request_body text,
        response_body text, detail text, resource_type text, resource_id uuid, changes jsonb, tolerances text[],
        bulk_id uuid, bulk_index int)
      where c.org_id = $1`,
    values: [orgId, rowsDocument(requests)],
  };
}

/**
 * The rows as JSON. Paths, details and client names are written by clients, and a jsonb holds neither NUL nor half a
 * character: one such row would take those that travel with it along, so they are replaced where there are any.
 */
function rowsDocument(requests: readonly LoggedRequest[]): string {
  const rows = requests.map(row);
  const text = JSON.stringify(rows);
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text;
  return JSON.stringify(rows, (_key, value) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '\ufffd') : value,
  );
}

const row = (request: LoggedRequest) => ({
  id: request.id,
  at: request.at,
  connection_id: request.connectionId,
  token_id: request.tokenId,
  token_name: request.tokenName,
  client: request.client,
  address: request.address,
  method: request.method,
  path: request.path,
  status: request.status,
  duration_us: request.durationUs,
  request_body: request.requestBody,
  response_body: request.responseBody,
  detail: request.detail,
  resource_type: request.resourceType,
  resource_id: request.resourceId,
  changes: request.changes,
  tolerances: request.tolerances,
  bulk_id: request.bulk?.id,
  bulk_index: request.bulk?.index,
});
