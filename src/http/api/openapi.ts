import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { permissions } from '../../organization/permissions.ts';
import type { Guard } from '../guard.ts';
import { Problem } from './schemas/parts.ts';

type Json = { [name: string]: unknown };

/**
 * Makes the OpenAPI 3.1 document of the routes that are registered on `app` after it, from the schemas that validate and
 * serialize them, and serves it at /openapi.json. It holds no secret and asks for no key.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Rollcall management API',
        // Of the API, which is not that of the program.
        version: '1',
        description: 'For the console, for operators and for products. See docs/guides/management-api.md.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          operatorKey: { type: 'http', scheme: 'bearer', description: 'The operator key: everything, everywhere.' },
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: `An API key of one organization, with scopes:\n\n${scopeList()}`,
          },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const { guard, scope } = (route.config ?? {}) as { guard?: Guard; scope?: string };
      const security =
        guard === 'public' ? [] : [{ operatorKey: [] }, ...(scope === undefined ? [] : [{ apiKey: [scope] }])];
      const isHidden = schema?.hide === true || schema?.operationId === undefined;
      return { schema: { ...schema, security, hide: isHidden } as NonNullable<typeof schema>, url };
    },
  });

  let text: string | undefined;
  app.get(
    '/openapi.json',
    {
      config: { guard: 'public' },
      schema: { hide: true },
    },
    async (_request, reply) => {
      text ??= JSON.stringify(apiDescription(app));
      return reply.type('application/json; charset=utf-8').header('cache-control', 'public, max-age=300').send(text);
    },
  );
}

const scopeList = () =>
  Object.entries(permissions)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
    .join('\n');

/** Every creation takes it (create-once.ts). */
const idempotency: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same request with the same key has the same answer for a day, and creates nothing again.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** The document, once all routes are registered. */
export function apiDescription(app: FastifyInstance): Json {
  const document = structuredClone(app.swagger()) as unknown as Json & {
    components: Json;
    paths: Record<string, Record<string, { parameters?: Json[]; responses: Json }>>;
  };
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const parameter of operation.parameters ?? []) {
      // The schema of a query says what a handler finds: one with a default is always there, and need not be sent.
      if (Object.hasOwn(parameter.schema as Json, 'default')) parameter.required = false;
    }
    if (operation.responses['201'] !== undefined) operation.parameters = [...(operation.parameters ?? []), idempotency];
    operation.responses.default = {
      description: 'A refusal.',
      content: { 'application/problem+json': { schema: structuredClone(Problem) } },
    };
  }
  const schemas: Json = {};
  const paths = withNames(document.paths, schemas);
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, paths, components: { ...document.components, schemas: sorted } };
}

/** Moves each schema that has a title to the components, and refers to it there. */
function withNames(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((each) => withNames(each, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const changed = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withNames(each, schemas)]));
  const { title } = changed;
  if (typeof title !== 'string' || typeof changed.type !== 'string') return changed;
  const { title: _, ...schema } = changed;
  const known = schemas[title];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`two different schemas are called ${title}`);
  }
  schemas[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}
