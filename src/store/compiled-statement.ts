import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';
import type { Statement } from './organization-transaction.ts';

/**
 * Compiles a statement that is composed at run time. The parts that are fixed texts may call the given parameters `$1`, `$2`
 * and so on; everything else that varies is a value of the template.
 */
export function compileStatement(parameters: readonly unknown[], body: RawBuilder<unknown>): Statement {
  // Parameters are numbered as they appear. What stands before the mark only makes these appear first.
  const declared = parameters.map((each) => sql`${each}`);
  const { sql: text, parameters: values } = sql`${sql.join(declared)}${sql.raw(mark)}${body}`.compile(compiler);
  return { text: text.slice(text.indexOf(mark) + mark.length), values };
}

const mark = '\u0000';

/** Only compiles: connections and transactions are ours. */
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
