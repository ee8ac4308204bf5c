import { createRequire } from 'node:module';
import type { FastifyServerOptions } from 'fastify';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type Compilers = Required<NonNullable<SchemaController['compilersFactory']>>;
type SerializerCompiler = ReturnType<Compilers['buildSerializer']>;
type Serializer = ReturnType<SerializerCompiler>;

/**
 * The compilers of schemas that Fastify is to use. They work at the first use of a schema instead of at the start: most of what a
 * process describes is never asked of it, and compiling all of it takes as long as the rest of a start.
 */
export const lazyCompilers: SchemaController = {
  compilersFactory: {
    // The management API, whose requests have schemas, says itself what checks them.
    buildValidator: () => (route) => {
      throw new Error(`the route ${route.url} has a schema, and nothing that checks it`);
    },
    buildSerializer:
      (...given): SerializerCompiler =>
      (route) => {
        let serialize: Serializer | undefined;
        return (data) => {
          serialize ??= loadSerializers()(...given)(route);
          return serialize(data);
        };
      },
  },
};

/** Fastify's own one, which it would load at its start, with a library for JSON schemas that nothing else needs. */
function loadSerializers(): Compilers['buildSerializer'] {
  const load = createRequire(createRequire(import.meta.url).resolve('fastify'));
  const select = load('@fastify/fast-json-stringify-compiler') as () => Compilers['buildSerializer'];
  return select();
}
