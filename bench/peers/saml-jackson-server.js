// The directory sync of saml-jackson as its guide for Express has it, on node:http alone: a route that hands the request
// to directorySyncController.requests.handle and sends what it returns. Arguments: the database's connection string.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { controllers } from '@boxyhq/saml-jackson';

const [connectionString] = process.argv.slice(2);
// Standard output is for the line that says where we listen.
const logger = { info: () => undefined, warn: console.error, error: console.error };
// The events go to the application, which has nothing to do with them here: the other way is a webhook for each.
const onEvent = async () => undefined;
const { directorySyncController } = await controllers({
  externalUrl: 'http://127.0.0.1',
  samlPath: '/api/oauth/saml',
  scimPath: '/api/scim/v2.0',
  // Pages are cut to pageLimit, which is 50 unless set: Okta asks for 100. The ttl options only concern sessions.
  db: { engine: 'sql', type: 'postgres', url: connectionString, pageLimit: 100, ttl: 300, cleanupLimit: 1000 },
  logger,
});
const { data: directory, error } = await directorySyncController.directories.create({
  name: 'bench',
  tenant: 'acme',
  product: 'bench',
  type: 'okta-scim-v2',
});
if (error) throw new Error(error.message);

const answer = async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const [, , , , directoryId, resourceType, resourceId] = url.pathname.split('/');
  const directoryRequest = {
    method: request.method,
    body: request.headers['content-length'] === undefined ? undefined : await json(request),
    directoryId,
    resourceType,
    resourceId,
    apiSecret: request.headers.authorization?.replace('Bearer ', ''),
    query: {
      count: url.searchParams.has('count') ? Number(url.searchParams.get('count')) : undefined,
      startIndex: url.searchParams.has('startIndex') ? Number(url.searchParams.get('startIndex')) : undefined,
      filter: url.searchParams.get('filter') ?? undefined,
    },
  };
  const { status, data } = await directorySyncController.requests.handle(directoryRequest, onEvent);
  const text = JSON.stringify(data);
  response.writeHead(status, { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

const server = createServer((request, response) => {
  answer(request, response).catch((cause) => {
    console.error(cause);
    response.writeHead(500, { 'content-length': 0 }).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const baseUrl = `http://127.0.0.1:${server.address().port}${directory.scim.path}`;
  console.log(JSON.stringify({ baseUrl, token: directory.scim.secret }));
});
process.on('SIGTERM', () => process.exit(0));
