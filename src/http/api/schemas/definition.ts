import { type Static, Type } from 'typebox';
import { closed, listOf, named, OrganizationParams } from './parts.ts';

/** A document of RFC 7643: what it may hold is checked by the readers of such documents, whose refusals name the attribute. */
const Document = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });

const Extends = Type.Array(
  closed({
    resourceType: Type.String({ description: 'Name of the resource type, such as `User`.' }),
    required: Type.Optional(
      Type.Boolean({ description: 'Whether each of its resources must have it. Default: false.' }),
    ),
  }),
  { maxItems: 50, description: 'The resource types that the schema extends; none for the schema of a resource type.' },
);

export const DefinedSchema = named('DefinedSchema', {
  definition: Document('The schema, as RFC 7643 §7 writes it.'),
  extends: Extends,
});
export type DefinedSchema = Static<typeof DefinedSchema>;

export const DefinedSchemaList = listOf('DefinedSchemaList', DefinedSchema);

export const NewSchema = named('NewSchema', {
  definition: Document('The schema, as RFC 7643 §7 writes it. What is left out has the default of §2.2.'),
  extends: Type.Optional(Extends),
});
export type NewSchema = Static<typeof NewSchema>;

export const DefinedResourceType = named('DefinedResourceType', {
  definition: Document('The resource type, as RFC 7643 §6 writes it.'),
});
export type DefinedResourceType = Static<typeof DefinedResourceType>;

export const DefinedResourceTypeList = listOf('DefinedResourceTypeList', DefinedResourceType);

export const SchemaParams = closed({
  ...OrganizationParams.properties,
  urn: Type.String({ minLength: 1, maxLength: 255, description: 'The URN of the schema.' }),
});

export const ResourceTypeParams = closed({
  ...OrganizationParams.properties,
  name: Type.String({ minLength: 1, maxLength: 64, description: 'The name of the resource type.' }),
});

export const Force = closed({
  force: Type.Boolean({
    default: false,
    description: 'Go on although values are stored, as the description of the operation says.',
  }),
});
