import fastify from 'fastify';
import type { FeedWatch } from '../../src/events/feed-watch.ts';
import { rememberAddresses } from '../../src/http/addresses.ts';
import { apiAuthentication } from '../../src/http/api/authentication.ts';
import { managementApi } from '../../src/http/api/management-api.ts';
import { apiDescription } from '../../src/http/api/openapi.ts';
import { createCursors } from '../../src/http/scim/cursors.ts';
import { openDatabase } from '../../src/store/database.ts';

/** docs/reference/openapi.json: the management API, as its routes declare it. */
export async function openApiDocument(): Promise<string> {
  return `${JSON.stringify(await describe(), undefined, 2)}\n`;
}

/** docs/reference/api.md: the same, to read. */
export async function apiDocument(): Promise<string> {
  const { paths, components, tags } = readable(await describe());
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  const sections = tags.map((tag) => {
    const of = operations.filter((each) => each.tags?.[0] === tag);
    return `## ${tag}\n\n${of.map((each) => printOperation(each)).join('\n')}`;
  });
  const schemas = Object.entries(components.schemas).map(([name, schema]) => printSchema(name, schema));
  return `# The management API

Generated from the routes; [openapi.json](openapi.json) is the same for programs, and a running Rollcall serves it at
\`/api/v1/openapi.json\`. [The guide](../guides/management-api.md) tells how keys, lists, creations and refusals work.

${sections.join('\n')}
## Schemas

${schemas.join('\n')}`;
}

type Schema = {
  type?: string;
  $ref?: string;
  description?: string;
  enum?: string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
};

type Operation = {
  operationId: string;
  summary: string;
  description?: string;
  tags?: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
};

type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
  tags: string[];
};

function readable(description: unknown): Document {
  const document = description as Document;
  const all = Object.values(document.paths).flatMap((path) => Object.values(path));
  return { ...document, tags: [...new Set(all.flatMap(({ tags }) => tags ?? []))] };
}

function printOperation(operation: Operation & { method: string; path: string }): string {
  const { method, path, summary, description, security, parameters = [], requestBody, responses } = operation;
  const scope = security.find((each) => each.apiKey !== undefined)?.apiKey?.[0];
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const answers = Object.entries(responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { content }]) =>
      `${status} ${Object.values(content ?? {}).map(({ schema }) => typeOf(schema))}`.trim(),
    );
  const queries = parameters.filter((each) => each.in !== 'path');
  return `### \`${method} ${path}\`

${summary}.${description === undefined ? '' : ` ${description}`}

- scope: ${scope === undefined ? (security.length === 0 ? 'none, it is public' : 'the operator only') : `\`${scope}\``}
${queries.map((each) => `- ${each.in === 'header' ? 'header ' : ''}\`${each.name}\`: ${typeOf(each.schema)}${sentence(each.description ?? each.schema.description)}\n`).join('')}${body === undefined ? '' : `- body: ${typeOf(body)}\n`}- answer: ${answers.join(', ')}
`;
}

function printSchema(name: string, { description, properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(
    ([property, schema]) =>
      `| \`${property}\`${required.includes(property) ? '' : '?'} | ${typeOf(schema)} | ${cell(schema.description ?? '')} |`,
  );
  const table = rows.length === 0 ? '' : `| property | type | |\n|---|---|---|\n${rows.join('\n')}\n`;
  return `### ${name}\n\n${description === undefined ? '' : `${description}\n\n`}${table}`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => typeOf(each)).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ');
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeOf(schema.items)}`;
  const bounds =
    schema.minimum === undefined && schema.maximum === undefined
      ? ''
      : ` from ${schema.minimum ?? ''} to ${schema.maximum ?? ''}`;
  const usual = schema.default === undefined ? '' : `, default ${schema.default}`;
  return `${schema.format ?? schema.type ?? 'anything'}${bounds}${usual}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const sentence = (text: string | undefined) => (text === undefined ? '' : `. ${text}`);

async function describe(): Promise<unknown> {
  const nobody = openDatabase({
    connectionString: 'postgresql://127.0.0.1:1/none',
    role: undefined,
    max: 1,
    applicationName: 'rollcall documents',
  });
  const watch: FeedWatch = {
    async *follow() {},
    whenKeyEnds: () => () => undefined,
    tell: () => undefined,
    stop: () => undefined,
  };
  const guesses = { spendGuess: () => undefined, giveBackGuess: () => undefined };
  const app = fastify();
  let described: unknown;
  await app.register(
    async (api) => {
      await managementApi(api, {
        app: nobody,
        jobs: nobody,
        authentication: apiAuthentication(nobody, '', guesses, rememberAddresses(nobody)),
        watch,
        secretKey: '',
        lookUpDomain: async () => ({ is: 'proven' }),
        rates: { admitKey: () => undefined, ...guesses },
        recorder: { noteKeyUse: () => undefined },
        cursors: createCursors(''),
        baseUrl: '',
        version: '',
        startedAt: new Date(0),
        builtIn: true,
        now: () => new Date(0),
      });
      api.addHook('onReady', async () => {
        described = apiDescription(api);
      });
    },
    { prefix: '/api/v1' },
  );
  await app.ready();
  await app.close();
  await nobody.end();
  return described;
}
