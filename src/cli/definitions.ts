import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type DefinitionKind,
  defineResourceType,
  defineSchema,
  removeResourceType,
  removeSchema,
} from '../provisioning/change-definitions.ts';
import { describeSchema } from '../scim/discovery.ts';
import { findDefinitions } from '../store/definitions.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type Extended = { resourceType: string; required: boolean };
type DefineOptions = CommonOptions & { extends: Extended[]; force?: true };

/** Adds `schema` and `resource-type`, each with `list`, `add`, `change` and `remove`. */
export function addDefinitionCommands(program: Command, surroundings: Surroundings): void {
  const schema = program.command('schema').description('the schemas that an organization defined for itself');
  addSchemaList(schema, surroundings);
  addSchemaDefinition(schema, 'new', surroundings);
  addSchemaDefinition(schema, 'changed', surroundings);
  addSchemaRemoval(schema, surroundings);
  const type = program
    .command('resource-type')
    .description('the resource types that an organization defined for itself');
  addTypeList(type, surroundings);
  addTypeDefinition(type, 'new', surroundings);
  addTypeDefinition(type, 'changed', surroundings);
  addTypeRemoval(type, surroundings);
}

function addSchemaList(schema: Command, surroundings: Surroundings): void {
  const list = schema.command('list').description('list them').argument('<org>', 'the slug or id of the organization');
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { definitions } = await findDefinitions(databases.app, (await loadOrganization(databases, org)).id);
    const { schemas } = definitions;
    if (options.json) {
      const shown = schemas.map((each) => ({ definition: describeSchema(each.schema), extends: each.extends }));
      return printJson(shown, surroundings);
    }
    printTable(
      [...schemas],
      [
        ['urn', (row) => row.schema.id],
        ['name', (row) => row.schema.name],
        ['attributes', (row) => row.schema.attributes.length],
        ['extends', (row) => row.extends.map(({ resourceType }) => resourceType).join(', ')],
      ],
      `${org} has defined no schema yet: rollcall schema add ${org} <file> does.`,
      surroundings,
    );
  });
}

function addSchemaDefinition(schema: Command, kind: DefinitionKind, surroundings: Surroundings): void {
  const command = schema
    .command(kind === 'new' ? 'add' : 'change')
    .description(
      kind === 'new'
        ? 'define a schema, for resource types that it extends or for one of its own'
        : 'put another definition in the place of one; what is stored must stay valid as it is',
    )
    .argument('<org>', 'the slug or id of the organization')
    .argument('[file]', 'the schema as RFC 7643 §7 writes it; without it, or with "-", standard input')
    .option('--extends <type>', 'a resource type that it extends, User or User:required; may be repeated', collect, []);
  if (kind === 'changed') command.option('--force', 'let go of resource types that hold values of it; these stay');
  withCommonOptions(command).action(async (org: string, file: string | undefined, options: DefineOptions) => {
    const document = readDocument(file);
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const input = { document, extends: options.extends };
    const at = { now: new Date() };
    const defined = await defineSchema(databases.app, organization, input, kind, at, options.force === true);
    if (options.json) {
      return printJson({ definition: describeSchema(defined.schema), extends: defined.extends }, surroundings);
    }
    const types = defined.extends.map(({ resourceType }) => resourceType).join(', ');
    surroundings.out(
      `${kind === 'new' ? 'Defined' : 'Changed'} the schema ${defined.schema.id}${types === '' ? '' : `, which extends ${types}`}.\n`,
    );
  });
}

function addSchemaRemoval(schema: Command, surroundings: Surroundings): void {
  const remove = schema
    .command('remove')
    .description('remove a schema')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<urn>', 'the URN of the schema')
    .option('--force', 'also if resources hold values of it, which stay as those of a schema that nobody defined');
  withCommonOptions(remove).action(async (org: string, urn: string, options: CommonOptions & { force?: true }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    await removeSchema(databases.app, organization, urn, { force: options.force === true }, { now: new Date() });
    if (options.json) return printJson({ urn, removed: true }, surroundings);
    surroundings.out(`Removed the schema ${urn}.\n`);
  });
}

function addTypeList(type: Command, surroundings: Surroundings): void {
  const list = type.command('list').description('list them').argument('<org>', 'the slug or id of the organization');
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { definitions } = await findDefinitions(databases.app, (await loadOrganization(databases, org)).id);
    const { resourceTypes } = definitions;
    if (options.json) return printJson(resourceTypes, surroundings);
    printTable(
      [...resourceTypes],
      [
        ['name', (row) => row.name],
        ['endpoint', (row) => row.endpoint],
        ['schema', (row) => row.schema],
        ['extensions', (row) => row.schemaExtensions.map(({ schema }) => schema).join(', ')],
      ],
      `${org} has defined no resource type yet: rollcall resource-type add ${org} <file> does.`,
      surroundings,
    );
  });
}

function addTypeDefinition(type: Command, kind: DefinitionKind, surroundings: Surroundings): void {
  const command = type
    .command(kind === 'new' ? 'add' : 'change')
    .description(
      kind === 'new'
        ? 'define a resource type, whose schema is there already'
        : 'put another definition in the place of one; what is stored must stay valid as it is',
    )
    .argument('<org>', 'the slug or id of the organization')
    .argument('[file]', 'the resource type as RFC 7643 §6 writes it; without it, or with "-", standard input');
  if (kind === 'changed') command.option('--force', 'let go of extensions that resources hold values of; these stay');
  withCommonOptions(command).action(
    async (org: string, file: string | undefined, options: CommonOptions & { force?: true }) => {
      const document = readDocument(file);
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const at = { now: new Date() };
      const force = options.force === true;
      const defined = await defineResourceType(databases.app, organization, document, kind, at, force);
      if (options.json) return printJson(defined, surroundings);
      const { name, endpoint } = defined;
      surroundings.out(`${kind === 'new' ? 'Defined' : 'Changed'} the resource type ${name}, served at ${endpoint}.\n`);
    },
  );
}

function addTypeRemoval(type: Command, surroundings: Surroundings): void {
  const remove = type
    .command('remove')
    .description('remove a resource type')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<name>', 'the name of the resource type')
    .option('--force', 'also if there are resources of it, which are deleted');
  withCommonOptions(remove).action(async (org: string, name: string, options: CommonOptions & { force?: true }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const force = { force: options.force === true };
    const resources = await removeResourceType(databases.app, organization, name, force, { now: new Date() });
    if (options.json) return printJson({ name, removed: true, resources }, surroundings);
    surroundings.out(`Removed the resource type ${name}${resources === 0 ? '' : ` and its ${resources} resources`}.\n`);
  });
}

function collect(text: string, all: Extended[]): Extended[] {
  const [resourceType = '', rule, ...rest] = text.split(':');
  if (resourceType === '' || rest.length > 0 || (rule !== undefined && rule !== 'required')) {
    throw new InvalidArgumentError('It must be the name of a resource type, such as User, or User:required.');
  }
  return [...all, { resourceType, required: rule === 'required' }];
}

/** The JSON document of a file, or of standard input. */
function readDocument(file: string | undefined): unknown {
  const isInput = file === undefined || file === '-';
  const name = isInput ? 'standard input' : file;
  let text: string;
  try {
    text = readFileSync(isInput ? 0 : file, 'utf8');
  } catch (error) {
    throw new OperatorError('setting_invalid', `${name} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperatorError('setting_invalid', `${name} is not JSON: ${(error as Error).message}.`);
  }
}
