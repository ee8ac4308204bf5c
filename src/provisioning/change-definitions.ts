import { isDeepStrictEqual } from 'node:util';
import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { equalIgnoringCase } from '../scim/ascii.ts';
import { shown } from '../scim/attribute-name.ts';
import {
  checkDefinitions,
  type Definitions,
  definedTypes,
  parseResourceType,
  parseSchema,
  type ResourceTypeDefinition,
  type SchemaDefinition,
} from '../scim/definitions.ts';
import { ScimError } from '../scim/errors.ts';
import { hasIndexedValues, indexedValues } from '../scim/indexed-values.ts';
import type { ResourceType } from '../scim/schema.ts';
import { deleteAttributeValues } from '../store/attribute-value-writing.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { countResources, readResourcesOf } from '../store/definition-check.ts';
import {
  deleteResourceType,
  deleteSchema,
  lockDefinitions,
  upsertResourceType,
  upsertSchema,
} from '../store/definition-writing.ts';
import { readDefinitions } from '../store/definitions.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { markAllDeleted } from '../store/resource-writing.ts';
import { by, type Creating } from './acting.ts';
import { holdAgainstStored } from './hold-against-stored.ts';

/** A schema as its definer wrote it. */
export type SchemaInput = { document: unknown; extends: readonly { resourceType: string; required: boolean }[] };

/** Who defines, and whether they know the definitions that there are; what `isExpected` throws refuses the change. */
export type Defining<Result> = Creating<Result> & { isExpected?: ((before: Definitions) => void) | undefined };

/** Whether what is defined must be new, or must be there already. */
export type DefinitionKind = 'new' | 'changed';

/**
 * Defines a schema of the organization, or changes it. Every process obeys it within limits.tokenCacheMs.
 *
 * @throws ScimError for a document that is no schema or does not fit the others; OperatorError `refused` if what is stored
 *   does not fit it, `not_found` if there is nothing to change
 */
export async function defineSchema(
  db: Database,
  org: { id: string },
  input: SchemaInput,
  kind: DefinitionKind,
  at: Defining<SchemaDefinition>,
  force = false,
): Promise<SchemaDefinition> {
  const definition: SchemaDefinition = { schema: parseSchema(input.document), extends: input.extends };
  const { id, name } = definition.schema;
  await changeDefinitions(db, org, at, async (tx, before, hold) => {
    const isSame = (each: SchemaDefinition) => equalIgnoringCase(each.schema.id, id);
    const held = before.schemas.find(isSame);
    if (kind === 'changed' && held === undefined) throw noSuchSchema(id);
    if (held !== undefined && held.schema.id !== id) {
      throw new OperatorError(
        'refused',
        `The schema is defined as ${held.schema.id}; write its URN in the same letters.`,
      );
    }
    if (kind === 'changed' && isDeepStrictEqual(held, JSON.parse(JSON.stringify(definition)))) return undefined;
    const others = kind === 'changed' ? before.schemas.filter((each) => !isSame(each)) : before.schemas;
    const after = { ...before, schemas: [...others, definition] };
    await hold(after, force);
    upsertSchema(tx, definition, at.now);
    at.remember?.(tx, definition);
    const data = {
      schema: { id, name },
      extends: definition.extends.map((each) => each.resourceType),
      ...(held === undefined ? {} : { before: held }),
      after: definition,
    };
    return { kind: held === undefined ? 'schema.defined' : 'schema.changed', data };
  });
  return definition;
}

/**
 * Removes a schema that no resource type is made of.
 *
 * @param force also if resources hold values of it, which stay as those of a schema that nobody defined
 * @throws OperatorError `refused` while it is used, `not_found`
 */
export async function removeSchema(
  db: Database,
  org: { id: string },
  urn: string,
  { force }: { force: boolean },
  at: Defining<never>,
): Promise<void> {
  await changeDefinitions(db, org, at, async (tx, before, hold) => {
    const held = before.schemas.find((each) => equalIgnoringCase(each.schema.id, urn));
    if (held === undefined) throw noSuchSchema(urn);
    const user = before.resourceTypes.find((type) =>
      [type.schema, ...type.schemaExtensions.map((each) => each.schema)].some((each) => equalIgnoringCase(each, urn)),
    );
    if (user !== undefined) {
      throw new OperatorError(
        'refused',
        `The resource type ${user.name} uses the schema ${held.schema.id}; remove or change the resource type first.`,
      );
    }
    const after = { ...before, schemas: before.schemas.filter((each) => each !== held) };
    await hold(after, force);
    deleteSchema(tx, urn);
    return { kind: 'schema.removed', data: { schema: { id: held.schema.id, name: held.schema.name }, before: held } };
  });
}

/**
 * Defines a resource type of the organization, or changes it. Every process serves it within limits.tokenCacheMs.
 *
 * @throws ScimError for a document that is no resource type or does not fit the others; OperatorError `refused` if what is
 *   stored does not fit it, `not_found` if there is nothing to change
 */
export async function defineResourceType(
  db: Database,
  org: { id: string },
  document: unknown,
  kind: DefinitionKind,
  at: Defining<ResourceTypeDefinition>,
  force = false,
): Promise<ResourceTypeDefinition> {
  const definition = parseResourceType(document);
  await changeDefinitions(db, org, at, async (tx, before, hold) => {
    const held = before.resourceTypes.find((each) => each.name === definition.name);
    if (kind === 'changed' && held === undefined) throw noSuchResourceType(definition.name);
    if (kind === 'changed' && isDeepStrictEqual(held, definition)) return undefined;
    const others = kind === 'changed' ? before.resourceTypes.filter((each) => each !== held) : before.resourceTypes;
    await hold({ ...before, resourceTypes: [...others, definition] }, force);
    upsertResourceType(tx, definition, at.now);
    at.remember?.(tx, definition);
    return {
      kind: held === undefined ? 'resource_type.defined' : 'resource_type.changed',
      data: { resourceType: named(definition), ...(held === undefined ? {} : { before: held }), after: definition },
    };
  });
  return definition;
}

/**
 * Removes a resource type.
 *
 * @param force also if there are resources of it, which are deleted
 * @returns how many resources were deleted
 * @throws OperatorError `refused` while it is used, `not_found`
 */
export async function removeResourceType(
  db: Database,
  org: { id: string },
  name: string,
  { force }: { force: boolean },
  at: Defining<never>,
): Promise<number> {
  let resources = 0;
  await changeDefinitions(db, org, at, async (tx, before) => {
    const held = before.resourceTypes.find((each) => equalIgnoringCase(each.name, name));
    if (held === undefined) throw noSuchResourceType(name);
    const after = { ...before, resourceTypes: before.resourceTypes.filter((each) => each !== held) };
    try {
      checkDefinitions(after);
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      throw new OperatorError(
        'refused',
        `The resource type ${held.name} is still needed. Without it: ${error.detail}.`,
      );
    }
    const type = typeNamed(before, held.name);
    const { count } = type ? await countResources(tx, type, { urn: undefined, has: true, examples: 0 }) : { count: 0 };
    if (count > 0 && !force) {
      throw new OperatorError(
        'refused',
        `There ${count === 1 ? 'is 1 resource' : `are ${count} resources`} of the type ${held.name}. Delete them first, or force it: then they are deleted.`,
      );
    }
    resources = await markAllDeleted(tx, held.name, at.now);
    deleteAttributeValues(tx, held.name);
    deleteResourceType(tx, held.name);
    return { kind: 'resource_type.removed', data: { resourceType: named(held), resources, before: held } };
  });
  return resources;
}

type Work = (
  tx: OrgTransaction,
  before: Definitions,
  /** Holds that the definitions that are to be fit together, and what is stored fits them. */
  hold: (after: Definitions, force: boolean) => Promise<void>,
) => Promise<FeedEventBody | undefined>;

/** Runs a change of the definitions, which excludes every change of a resource that depends on them. */
async function changeDefinitions(db: Database, org: { id: string }, at: Defining<never>, work: Work): Promise<void> {
  let wanted: Definitions | undefined;
  try {
    await inOrganization(db, org.id, async (tx) => {
      lockDefinitions(tx);
      const { definitions } = await readDefinitions(tx);
      at.isExpected?.(definitions);
      const event = await work(tx, definitions, async (after, force) => {
        wanted = after;
        await holdAll(tx, definitions, after, force);
      });
      if (event !== undefined) appendEvents(tx, [event], by(at));
    });
  } catch (error) {
    const fault = databaseFault(error);
    if (fault.kind !== 'unique' || fault.constraint !== 'attribute_values_unique') throw error;
    const types = wanted === undefined ? [] : definedTypes(wanted);
    const both = await inOrganization(db, org.id, (tx) => findSameValue(tx, types));
    throw new OperatorError(
      'refused',
      `${both ?? 'Two stored resources have the same value of an attribute'}, which is to be unique. Give one of them another value first.`,
    );
  }
}

/**
 * The first two live resources that have a value which the definitions want only once, in words. It is asked only when the database
 * refused them, since it reads the resources again.
 */
async function findSameValue(tx: OrgTransaction, types: readonly ResourceType[]): Promise<string | undefined> {
  const holders = new Map<string, string>();
  const limit = limits.definitionCheckBatch;
  for (const type of types.filter(hasIndexedValues)) {
    let after: string | undefined;
    for (;;) {
      const page = await readResourcesOf(tx, type, { urn: undefined, after, limit });
      for (const { id, name, scim } of page) {
        for (const { attribute, key, scope } of indexedValues(type, scim)) {
          if (scope === undefined) continue;
          const alone = JSON.stringify([attribute, scope, key]);
          const who = `${type.name} ${name === id ? id : `${name} (${id})`}`;
          const other = holders.get(alone);
          if (other !== undefined) return `${other} and ${who} both have ${attribute} "${shown(key)}"`;
          holders.set(alone, who);
        }
      }
      after = page.at(-1)?.id;
      if (page.length < limit) break;
    }
  }
  return undefined;
}

/** Holds that the definitions fit together and that what is stored fits them. */
async function holdAll(tx: OrgTransaction, before: Definitions, after: Definitions, force: boolean): Promise<void> {
  checkDefinitions(after);
  for (const type of definedTypes(after)) {
    const old = typeNamed(before, type.name);
    if (old !== undefined) await holdAgainstStored(tx, old, type, { force });
  }
}

const typeNamed = (definitions: Definitions, name: string) =>
  definedTypes(definitions).find((each) => each.name === name);

const named = ({ name, endpoint, schema }: ResourceTypeDefinition) => ({ name, endpoint, schema });

const noSuchSchema = (urn: string) =>
  new OperatorError('not_found', `There is no schema ${urn} that this organization defined.`);

const noSuchResourceType = (name: string) =>
  new OperatorError('not_found', `There is no resource type ${name} that this organization defined.`);
