/** The resource types of one organization: those that everybody has, with what the organization defined for itself. */

import { asciiLower } from './ascii.ts';
import { type Definitions, definedTypes } from './definitions.ts';
import { everyType, scopeOfAll } from './every-type.ts';
import { groupType, resourceTypes, userType } from './resource-types.ts';
import { type AttributeScope, leavesOf, type ResourceType } from './schema.ts';

export type OrganizationTypes = {
  /** Raised by each change of the definitions. */
  readonly version: number;
  readonly user: ResourceType;
  readonly group: ResourceType;
  readonly all: readonly ResourceType[];
  /** What a query over all of them may name. */
  readonly every: AttributeScope;
  /** Names of the attributes that are never returned, in lower case: what no log keeps. */
  readonly secrets: ReadonlySet<string>;
};

/** What an organization has that defined nothing. */
export const builtInTypes: OrganizationTypes = {
  version: 0,
  user: userType,
  group: groupType,
  all: resourceTypes,
  every: everyType,
  secrets: secretsOf(resourceTypes),
};

/** The types that an organization's definitions make. */
export function organizationTypes(definitions: Definitions, version: number): OrganizationTypes {
  const { schemas, resourceTypes: own } = definitions;
  if (schemas.length === 0 && own.length === 0) return { ...builtInTypes, version };
  const all = definedTypes(definitions);
  const [user, group] = all as [ResourceType, ResourceType];
  return { version, user, group, all, every: scopeOfAll(all), secrets: secretsOf(all) };
}

function secretsOf(types: readonly ResourceType[]): ReadonlySet<string> {
  const schemas = types.flatMap(({ schema, extensions }) => [schema, ...extensions.map((each) => each.schema)]);
  const secret = schemas.flatMap(({ attributes }) =>
    leavesOf(attributes).filter(({ returned }) => returned === 'never'),
  );
  return new Set(secret.map(({ name }) => asciiLower(name)));
}

/** The type that is served at an endpoint, such as `/Users`. */
export function findTypeByEndpoint(types: OrganizationTypes, endpoint: string): ResourceType | undefined {
  return types.all.find((each) => each.endpoint === endpoint);
}
