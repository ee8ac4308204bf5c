import { isDeepStrictEqual } from 'node:util';
import { limits } from '../limits.ts';
import { canonicalResource } from '../scim/canonical-resource.ts';
import { ScimError } from '../scim/errors.ts';
import { indexedValues } from '../scim/indexed-values.ts';
import {
  type Attribute,
  findAttribute,
  leavesOf,
  type Resource,
  type ResourceType,
  type Schema,
} from '../scim/schema.ts';
import { assertRequired } from '../scim/validate.ts';
import { deleteAttributeValues, replaceAttributeValues } from '../store/attribute-value-writing.ts';
import { type CheckedResource, countResources, readResourcesOf } from '../store/definition-check.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/**
 * Holds a changed resource type against what is stored: every resource must be valid under the new definition exactly as it
 * is, so that nothing has to be rewritten and nothing is lost. Then the values of what is defined anew are indexed.
 *
 * @param force lets go of an extension that has values; they stay, as those of a schema that nobody defined
 * @throws OperatorError naming what is stored
 */
export async function holdAgainstStored(
  tx: OrgTransaction,
  before: ResourceType,
  after: ResourceType,
  { force }: { force: boolean },
): Promise<void> {
  for (const { schema } of before.extensions) {
    if (after.extensions.some((each) => each.schema.id === schema.id)) continue;
    await letGo(tx, before, schema, force);
  }
  if (!isDeepStrictEqual(before.schema, after.schema)) {
    await checkAll(tx, after, { old: before.schema, now: after.schema, urn: undefined });
  }
  for (const { schema, required } of after.extensions) {
    const old = before.extensions.find((each) => each.schema.id === schema.id);
    if (required && old?.required !== true) await assertAllHave(tx, after, schema);
    if (isDeepStrictEqual(old?.schema, schema)) continue;
    await checkAll(tx, after, { old: old?.schema, now: schema, urn: schema.id });
  }
}

/** An extension is taken from a type. */
async function letGo(tx: OrgTransaction, type: ResourceType, schema: Schema, force: boolean): Promise<void> {
  const held = await countResources(tx, type, { urn: schema.id, has: true, examples: limits.definitionExamplesMax });
  if (held.count > 0 && !force) {
    throw refused(
      `${listed(held)} of the type ${type.name} hold values of ${schema.id}`,
      'Remove the values first, or force it: then they stay as they are, as values of a schema that nobody defined',
    );
  }
  deleteAttributeValues(tx, type.name, schema.id);
}

async function assertAllHave(tx: OrgTransaction, type: ResourceType, schema: Schema): Promise<void> {
  const missing = await countResources(tx, type, {
    urn: schema.id,
    has: false,
    examples: limits.definitionExamplesMax,
  });
  if (missing.count === 0) return;
  throw refused(
    `${schema.id} cannot be required: ${listed(missing)} of the type ${type.name} have no value of it`,
    'Define it without required, give all of them values, and require it then',
  );
}

type Changed = { old: Schema | undefined; now: Schema /** Undefined for the core schema. */; urn: string | undefined };

async function checkAll(tx: OrgTransaction, type: ResourceType, changed: Changed): Promise<void> {
  const limit = limits.definitionCheckBatch;
  const { old, now, urn } = changed;
  const gone = old === undefined ? [] : old.attributes.filter((each) => isGone(each, now.attributes));
  let after: string | undefined;
  for (;;) {
    const page = await readResourcesOf(tx, type, { urn, after, limit });
    for (const resource of page) {
      checkOne(type, resource, gone, urn);
      replaceAttributeValues(tx, { type, id: resource.id, isNew: false }, indexedValues(type, resource.scim));
    }
    after = page.at(-1)?.id;
    if (page.length < limit) return;
  }
}

/** Throws for a resource that is not what the new definition would make of it. */
function checkOne(
  type: ResourceType,
  { name, scim }: CheckedResource,
  gone: readonly Attribute[],
  urn: string | undefined,
): void {
  const held = (urn === undefined ? scim : scim[urn]) as Resource;
  for (const attribute of gone) {
    if (!holds(held, attribute)) continue;
    throw refused(
      `${type.name} ${name} holds a value of ${attribute.name}, which the new definition has not, or not with all of its sub-attributes`,
      'Remove the values first, or keep the attribute',
    );
  }
  let canonical: Resource;
  try {
    canonical = canonicalResource(type, scim, { readOnly: 'keep', tolerances: new Set() });
    assertRequired(type, canonical);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    throw refused(
      `${type.name} ${name} is stored and would not be valid: ${error.detail}`,
      'Change what is stored first, or define the attribute so that it fits',
    );
  }
  const fits = urn === undefined ? sameBut(canonical, scim) : isDeepStrictEqual(canonical[urn], held);
  if (fits) return;
  throw refused(
    `${type.name} ${name} holds ${short(held)}, which the new definition would write as ${short(urn === undefined ? canonical : canonical[urn])}`,
    'Change what is stored first, or define the attribute so that it fits',
  );
}

/** `schemas` follows from the rest. */
function sameBut({ schemas: _, ...left }: Resource, { schemas: __, ...right }: Resource): boolean {
  return isDeepStrictEqual(left, right);
}

/** Whether an attribute, or one of its sub-attributes, is no longer defined. */
function isGone(attribute: Attribute, now: readonly Attribute[]): boolean {
  const same = findAttribute(now, attribute.name);
  if (same === undefined) return true;
  const subs = leavesOf(same.subAttributes ?? []);
  return attribute.subAttributes?.some((sub) => findAttribute(subs, sub.name) === undefined) ?? false;
}

function holds(holder: Resource, { name }: Attribute): boolean {
  return Object.hasOwn(holder, name);
}

const listed = ({ count, names }: { count: number; names: string[] }) =>
  `${count} ${count === 1 ? 'resource' : 'resources'} (${names.join(', ')}${count > names.length ? ' and others' : ''})`;

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

const refused = (what: string, wayOut: string) => new OperatorError('refused', `${what}. ${wayOut}.`);
