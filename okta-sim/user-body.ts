import {
  addressKey,
  coreUser,
  listName,
  type MappedAttribute,
  type MappedValues,
  mappedValues,
  readValue,
  removeValue,
  writeValue,
} from './attribute-mapping.ts';
import { type Engine, expressionScope, options } from './engine.ts';
import { letters } from './random.ts';
import type { AppUser, Grants, OktaUser, PushedValue } from './state.ts';

type Json = Record<string, unknown>;

export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A body, and what Okta will believe once the app has accepted it: the profile may change meanwhile. */
export type Composed<T> = { body: T; accepted: Accepted };

export type Accepted = {
  userName: string | undefined;
  pushed: PushedValue[];
  cleared: PushedValue[];
  grants: Grants;
};

/**
 * The body of POST /Users (okta-wire.md §4.2), key by key in Okta's order. There is always a password:
 * eight random characters, or what password sync would send.
 */
export function createBody(engine: Engine, user: OktaUser, appUser: AppUser): Composed<Json> {
  const body: Json = { schemas: [coreUser], userName: appUser.userName };
  const extensions: MappedAttribute[] = [];
  const values = valuesOf(engine, user, appUser, 'create');
  for (const { attribute, value } of values.values()) {
    if (attribute.externalNamespace === coreUser) writeValue(body, attribute, value);
    else extensions.push(attribute);
  }
  writeGrants(engine, body, appUser);
  body.externalId = user.id;
  for (const attribute of extensions) writeValue(body, attribute, values.get(addressKey(attribute))?.value);
  body.groups = [];
  body.password = passwordFor(engine, user);
  body.active = true;
  const pushed = pushedValues(values);
  return { body, accepted: { userName: appUser.userName, pushed, cleared: [], grants: grantsOf(appUser) } };
}

/** Okta's password of the user, or eight random characters. */
export function passwordFor(engine: Engine, user: OktaUser): string {
  if (options(engine).toApp.syncPassword === 'okta' && user.password !== undefined) return user.password;
  return letters(8, engine.state.seed, 'password', user.id, engine.state.lastJob);
}

/**
 * The body of a profile PUT (§5): what GET returned, with Okta's values laid over it. What Okta does not
 * map, down to `id` and `meta`, goes back as it came.
 */
export function updateBody(engine: Engine, user: OktaUser, appUser: AppUser, current: Json): Composed<Json> {
  const body = structuredClone(current);
  if (writesUserName(engine, appUser)) body.userName = appUser.userName;
  const values = valuesOf(engine, user, appUser, 'update');
  for (const { attribute, value } of values.values()) writeValue(body, attribute, value);
  for (const attribute of clearedAttributes(engine, appUser, values)) clear(engine, body, attribute);
  writeGrants(engine, body, appUser);
  body.externalId = user.id;
  body.groups ??= [];
  return { body, accepted: acceptedUpdate(engine, appUser, values) };
}

/** The body of a PUT that only switches the account (§4.3, §6): everything else is the server's. */
export function activeBody(user: OktaUser, current: Json, active: boolean): Json {
  return { ...structuredClone(current), externalId: user.id, active };
}

/** A path-less replace, Okta's only form of PATCH on users. */
export function patchBody(value: Json): Json {
  return { schemas: [patchSchema], Operations: [{ op: 'replace', value }] };
}

/** What changed since the last push, as a partial user (§5.2, assumed shape); undefined when nothing did. */
export function changedValues(engine: Engine, user: OktaUser, appUser: AppUser): Composed<Json | undefined> {
  const value: Json = {};
  if (writesUserName(engine, appUser) && appUser.pushedUserName !== appUser.userName) value.userName = appUser.userName;
  const values = valuesOf(engine, user, appUser, 'update');
  const before = new Map(appUser.pushed.map((pushed) => [addressKeyOf(pushed), pushed.value]));
  const cleared = options(engine).unknowns.clearedValue === 'keep' ? [] : clearedAttributes(engine, appUser, values);
  const changed = [...values]
    .filter(([key, { value: now }]) => JSON.stringify(before.get(key)) !== JSON.stringify(now))
    .map(([, { attribute }]) => attribute);
  const lists = new Set([...changed, ...cleared].map(listName));
  for (const attribute of cleared) {
    const list = listName(attribute);
    if (list === undefined) writeValue(value, attribute, clearedMark(engine));
    else value[list] = [];
  }
  // A list is replaced as a whole, so all of its mapped values go along with the one that changed.
  for (const { attribute, value: now } of values.values()) {
    const list = listName(attribute);
    if (list === undefined ? changed.includes(attribute) : lists.has(list)) writeValue(value, attribute, now);
  }
  // A linked account gets Okta's id with the first push; after that it has not changed.
  if (appUser.pushed.length === 0) value.externalId = user.id;
  if (JSON.stringify(appUser.pushedGrants) !== JSON.stringify(grantsOf(appUser))) writeGrants(engine, value, appUser);
  delete value.schemas;
  const body = Object.keys(value).length > 0 ? value : undefined;
  return { body, accepted: acceptedUpdate(engine, appUser, values) };
}

/** Notes what a successful write left in the app, so that Okta's belief can be compared with it. */
export function rememberAccepted(appUser: AppUser, { userName, pushed, cleared, grants }: Accepted): void {
  const filled = new Set(pushed.map(addressKeyOf));
  appUser.cleared = [...appUser.cleared, ...cleared].filter((value) => !filled.has(addressKeyOf(value)));
  appUser.pushed = pushed;
  appUser.pushedGrants = grants;
  if (userName !== undefined) appUser.pushedUserName = userName;
}

/** What a linked account holds, for values that Okta was not allowed to write. */
export function rememberFound(appUser: AppUser, resource: Json): void {
  appUser.pushedUserName ??= typeof resource.userName === 'string' ? resource.userName : appUser.userName;
}

/** The mapped attribute of a remembered value. */
export function attributeOf(pushed: PushedValue): MappedAttribute {
  return {
    name: pushed.externalName,
    from: 'null',
    externalName: pushed.externalName,
    externalNamespace: pushed.externalNamespace,
  };
}

function valuesOf(engine: Engine, user: OktaUser, appUser: AppUser, operation: 'create' | 'update'): MappedValues {
  const { mapping } = options(engine);
  const values = mappedValues(mapping, expressionScope(engine, user), operation);
  // What is mapped from nothing takes the value that was given with the assignment.
  for (const attribute of mapping) {
    const given = appUser.appProfile?.[attribute.name];
    if (!attribute.externalNamespace || typeof given !== 'string' || given === '') continue;
    if (attribute.from === 'null' && !values.has(addressKey(attribute)))
      values.set(addressKey(attribute), { attribute, value: given });
  }
  return values;
}

function acceptedUpdate(engine: Engine, appUser: AppUser, values: MappedValues): Accepted {
  const kept = appUser.pushed.filter((pushed) => keptFromCreate(engine, pushed));
  const keeps = options(engine).unknowns.clearedValue === 'keep';
  const cleared = keeps ? [] : clearedAttributes(engine, appUser, values);
  return {
    userName: writesUserName(engine, appUser) ? appUser.userName : undefined,
    pushed: [...pushedValues(values), ...kept],
    cleared: cleared.map((attribute) => pushedValue(attribute, undefined)),
    grants: grantsOf(appUser),
  };
}

function pushedValues(values: MappedValues): PushedValue[] {
  return [...values.values()].map(({ attribute, value }) => pushedValue(attribute, value));
}

function writesUserName(engine: Engine, appUser: AppUser): boolean {
  return options(engine).usernameUpdate === 'create-and-update' || appUser.pushedUserName === undefined;
}

function clearedAttributes(engine: Engine, appUser: AppUser, values: MappedValues): MappedAttribute[] {
  return appUser.pushed
    .filter((pushed) => !values.has(addressKeyOf(pushed)) && !keptFromCreate(engine, pushed))
    .map(attributeOf);
}

/** An attribute that is applied on create only keeps the value that it was created with. */
function keptFromCreate(engine: Engine, pushed: PushedValue): boolean {
  const attribute = options(engine).mapping.find((mapped) => addressKey(mapped) === addressKeyOf(pushed));
  return attribute === undefined || attribute.applyOn === 'create';
}

function clear(engine: Engine, body: Json, attribute: MappedAttribute): void {
  const { clearedValue } = options(engine).unknowns;
  if (clearedValue === 'omit') removeValue(body, attribute);
  else if (clearedValue !== 'keep' && readValue(body, attribute) !== undefined)
    writeValue(body, attribute, clearedMark(engine));
}

function clearedMark(engine: Engine): string | null {
  return options(engine).unknowns.clearedValue === 'empty' ? '' : null;
}

/** Without entitlement management Okta has no say in roles; with it, what it took away is an empty list. */
function writeGrants(engine: Engine, body: Json, { roles, entitlements, pushedGrants }: AppUser): void {
  if (!options(engine).entitlements) return;
  if (roles.length > 0 || pushedGrants?.roles.length) body.roles = roles;
  if (entitlements.length > 0 || pushedGrants?.entitlements.length) body.entitlements = entitlements;
}

function grantsOf({ roles, entitlements }: AppUser): Grants {
  return { roles, entitlements };
}

function pushedValue(attribute: MappedAttribute, value: unknown): PushedValue {
  return { externalName: attribute.externalName, externalNamespace: attribute.externalNamespace ?? '', value };
}

function addressKeyOf(pushed: PushedValue): string {
  return `${pushed.externalNamespace} ${pushed.externalName}`;
}
