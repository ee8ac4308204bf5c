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

/** The columns of a row as they are stored: each is one array of all rows' values, with the type that its elements come as. */
const stored: readonly { name: string; type: string; from?: string; of: (request: LoggedRequest) => unknown }[] = [
  { name: 'id', type: 'uuid', of: ({ id }) => id },
  { name: 'at', type: 'timestamptz', of: ({ at }) => at },
  { name: 'connection_id', type: 'uuid', of: ({ connectionId }) => connectionId },
  { name: 'token_id', type: 'uuid', of: ({ tokenId }) => tokenId },
  { name: 'token_name', type: 'text', of: ({ tokenName }) => storable(tokenName) },
  { name: 'client', type: 'text', of: ({ client }) => storable(client) },
  { name: 'address', type: 'text', of: ({ address }) => address },
  { name: 'method', type: 'text', of: ({ method }) => method },
  { name: 'path', type: 'text', of: ({ path }) => storable(path) },
  { name: 'status', type: 'int', of: ({ status }) => status },
  { name: 'duration_us', type: 'int', of: ({ durationUs }) => durationUs },
  { name: 'request_body', type: 'text', of: ({ requestBody }) => storable(requestBody) },
  { name: 'response_body', type: 'text', of: ({ responseBody }) => storable(responseBody) },
  { name: 'detail', type: 'text', of: ({ detail }) => storable(detail) },
  { name: 'resource_type', type: 'text', of: ({ resourceType }) => resourceType },
  { name: 'resource_id', type: 'uuid', of: ({ resourceId }) => resourceId },
  { name: 'changes', type: 'jsonb', of: ({ changes }) => storableChanges(changes) },
  // Lists of different lengths cannot be an array's elements, so each comes as text; our names for them need no quotes.
  { name: 'tolerances', type: 'text', from: '::text[]', of: ({ tolerances }) => `{${tolerances.join(',')}}` },
  { name: 'bulk_id', type: 'uuid', of: ({ bulk }) => bulk?.id },
  { name: 'bulk_index', type: 'int', of: ({ bulk }) => bulk?.index },
];

const names = stored.map(({ name }) => name).join(', ');

/**
 * An array of each column, so that one prepared statement serves any number of rows: taking a document apart costs PostgreSQL
 * twice as much. As the results of subqueries they have no length that a plan could be made for anew at each execution. The
 * counter's row is read only to name the organization, which keeps the statement on one shard of a distributed database.
 */
const insertText = `insert into scim_requests (org_id, ${names})
  select c.org_id, ${stored.map(({ name, from = '' }) => `x.${name}${from}`).join(', ')}
    from event_counters c, unnest(${stored.map(({ type }, index) => `(select $${index + 2}::${type}[])`).join(', ')}) as x (${names})
   where c.org_id = $1`;

function insertStatement(orgId: string, requests: readonly LoggedRequest[], name: string): Statement {
  return { name, text: insertText, values: [orgId, ...stored.map(({ of }) => requests.map(of))] };
}

/**
 * Paths, details, bodies and names are written by clients, and PostgreSQL's text holds no NUL: one such row would take those
 * that travel with it along.
 */
function storable(text: string | undefined): string | undefined {
  return text?.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text;
}

/** As JSON text; a jsonb holds neither NUL nor half a character. */
function storableChanges(changes: readonly LoggedChange[]): string {
  if (changes.length === 0) return '[]';
  const text = JSON.stringify(changes);
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text;
  return JSON.stringify(changes, (_key, value) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '\ufffd') : value,
  );
}
