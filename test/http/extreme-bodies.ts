/** Bodies that fit a schema of the OpenAPI document, each with one value that programs tend to stumble over. */

export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
};

/** Names that every JavaScript object has, or that mean something else than a name. */
export const namesOfObjects = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'length'];

const texts = [
  ...namesOfObjects,
  '',
  ' ',
  'x'.repeat(10_000),
  'a\u0000b',
  '\ud800',
  '\u202e',
  "'",
  '../..',
  'a/b',
  '%00',
];
const times = [
  '9999-12-31T23:59:59-23:59',
  '0000-01-01T00:00:00+23:59',
  '2027-01-01T23:59:60Z',
  '0001-01-01T00:00:00Z',
];
const numbers = [2 ** 31, 2 ** 32, 99_999_999_999, 2 ** 53, 2 ** 53 - 1, 2 ** 63, 1e300, -1, -(2 ** 31) - 1, 0, 0.5];

/** What the properties of a name hold in a body that is to be taken. */
export type Fitting = ReadonlyMap<string, unknown>;

/** One body, and ways to write it otherwise. */
export class Bodies {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #fitting: Fitting;

  constructor(schemas: Readonly<Record<string, Schema>>, fitting: Fitting) {
    this.#schemas = schemas;
    this.#fitting = fitting;
  }

  /** A value that fits, with as little in it as may be. */
  plain(given: Schema, name = ''): unknown {
    const schema = this.#resolved(given);
    if (this.#fitting.has(name)) return this.#fitting.get(name);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return schema.enum[0];
    if (schema.anyOf !== undefined) return this.plain(schema.anyOf[0] as Schema, name);
    switch (schema.type) {
      case 'object':
        return this.#object(schema, schema.required ?? []);
      case 'array':
        return (schema.minItems ?? 0) > 0 ? [this.plain(schema.items ?? {}, name)] : [];
      case 'integer':
      case 'number':
        return schema.minimum ?? 1;
      case 'boolean':
        return true;
      case 'string':
        return schema.format === 'date-time'
          ? '2099-01-01T00:00:00Z'
          : schema.format === 'uuid'
            ? crypto.randomUUID()
            : 'plain';
      default:
        return {};
    }
  }

  /** The same with one extreme value each. */
  extremes(given: Schema, name = ''): unknown[] {
    const schema = this.#resolved(given);
    if (schema.anyOf !== undefined) return schema.anyOf.flatMap((each) => this.extremes(each, name));
    if (schema.enum !== undefined) return [...schema.enum, ...namesOfObjects];
    switch (schema.type) {
      case 'object':
        return this.#extremeObjects(schema, name);
      case 'array': {
        const items = this.extremes(schema.items ?? {}, name).map((each) => [each]);
        const plain = this.plain(schema.items ?? {}, name);
        return [...items, [], [plain, plain]];
      }
      case 'integer':
      case 'number':
        return numbers;
      case 'string':
        return schema.format === 'date-time' ? [...times, ...texts.slice(0, 3)] : texts;
      case 'boolean':
      case 'null':
        return [true, null];
      default:
        return [...texts, ...numbers, ...namesOfObjects.map((each) => Object.fromEntries([[each, each]])), [], null];
    }
  }

  #extremeObjects(schema: Schema, name: string): unknown[] {
    const { properties = {}, additionalProperties = false, required = [] } = schema;
    const fixed = Object.entries(properties).flatMap(([key, each]) =>
      this.extremes(each, key).map((value) => ({ ...this.#object(schema, required), [key]: value })),
    );
    const others = typeof additionalProperties === 'object' ? [additionalProperties] : [];
    const free = others.flatMap((each) => [
      ...texts.map((key) => Object.fromEntries([[key, this.plain(each, `${name}/`)]])),
      // Several keys of one object fit a place for an id or a license alike.
      ...this.extremes(each).flatMap((value) => [{ developer: value }, { [crypto.randomUUID()]: value }]),
    ]);
    return [...fixed, ...free];
  }

  #object({ properties = {} }: Schema, names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(names.map((name) => [name, this.plain(properties[name] ?? {}, name)]));
  }

  #resolved(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : this.#resolved(this.#schemas[name] as Schema);
  }
}
