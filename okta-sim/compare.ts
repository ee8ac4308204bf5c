import { type Resource, readGroup, readList } from './answers.ts';
import { readValue } from './attribute-mapping.ts';
import type { Engine } from './engine.ts';
import type { Okta } from './okta.ts';
import type { AppUser, PushMapping } from './state.ts';
import { attributeOf } from './user-body.ts';

/** One line of the table: a count on both sides, and how many of them differ. */
export type ComparisonRow = { what: string; okta: number; app: number; different: number };

export type Comparison = { equal: boolean; rows: ComparisonRow[]; differences: string[] };

/** What the app holds, read as any SCIM client would. */
export type AppContents = { users: Map<string, Resource>; groups: Map<string, Resource> };

const pageSize = 100;

/**
 * Compares what Okta believes with what the app holds: accounts, whether they are active, every value that
 * Okta pushed, groups and their members, and what is there that Okta does not know. Work that Okta has not
 * finished is a difference too. What `others` manage in the same app is known.
 */
export async function compare(okta: Okta, others: readonly Okta[] = []): Promise<Comparison> {
  const { engine } = okta;
  const contents = await readApp(engine);
  const { app } = engine.state;
  const accounts = Object.values(app.users).filter(({ externalId }) => externalId !== undefined);
  const mappings = Object.values(app.mappings).filter(({ externalId }) => externalId !== undefined);
  const elsewhere = others.map((other) => other.engine.state.app);
  const unknownUsers = unknown(contents.users, [
    ...elsewhere.flatMap((other) => Object.values(other.users).map(({ externalId }) => externalId)),
    ...accounts.map(({ externalId }) => externalId),
    ...app.otherAccounts,
    ...app.importedUsers.map(({ externalId }) => externalId),
  ]);
  const unknownGroups = unknown(contents.groups, [
    ...elsewhere.flatMap((other) => Object.values(other.mappings).map(({ externalId }) => externalId)),
    ...elsewhere.flatMap((other) => other.otherGroups),
    ...mappings.map(({ externalId }) => externalId),
    ...app.otherGroups,
    ...app.importedGroups.map(({ externalId }) => externalId),
  ]);
  const held = accounts.map((account) => contents.users.get(account.externalId ?? ''));
  const heldGroups = mappings.map((mapping) => contents.groups.get(mapping.externalId ?? ''));

  const active = checks(accounts, (account, at) => activeDifference(account, held[at]));
  const profiles = checks(accounts, (account, at) => profileDifference(account, held[at]));
  const groups = checks(mappings, (mapping, at) => groupDifference(mapping, heldGroups[at]));
  const members = checks(mappings, (mapping, at) => memberDifference(mapping, heldGroups[at]));
  const unfinished = unfinishedWork(engine);
  const memberships = sum(heldGroups.map((group) => memberIds(group).length));
  const notPushed = sum(mappings.map((mapping, at) => memberCounts(mapping, heldGroups[at]).notPushed));
  const rows: ComparisonRow[] = [
    {
      what: 'active people',
      okta: accounts.filter((account) => account.active).length,
      app: held.filter((user) => user && user.active !== false).length,
      different: active.length,
    },
    {
      what: 'deactivated people',
      okta: accounts.filter((account) => !account.active).length,
      app: held.filter((user) => user?.active === false).length,
      different: 0,
    },
    { what: 'profiles', okta: accounts.length, app: held.filter(Boolean).length, different: profiles.length },
    { what: 'groups', okta: mappings.length, app: heldGroups.filter(Boolean).length, different: groups.length },
    {
      what: 'memberships',
      okta: sum(mappings.map(({ pushedMembers }) => Object.keys(pushedMembers).length)),
      app: memberships - notPushed,
      different: members.length,
    },
    { what: 'members that Okta did not push', okta: 0, app: notPushed, different: 0 },
    { what: 'accounts unknown to Okta', okta: 0, app: unknownUsers.length, different: unknownUsers.length },
    { what: 'groups unknown to Okta', okta: 0, app: unknownGroups.length, different: unknownGroups.length },
    { what: 'unfinished work', okta: unfinished.length, app: 0, different: unfinished.length },
  ];
  const differences = [
    ...active,
    ...profiles,
    ...groups,
    ...members,
    ...unknownUsers.map(({ id, userName }) => `${userName} (${id}) is in the app and Okta does not know of it`),
    ...unknownGroups.map(
      ({ id, displayName }) => `group ${displayName} (${id}) is in the app and Okta does not know of it`,
    ),
    ...unfinished,
  ];
  return { equal: differences.length === 0, rows, differences };
}

/** What is in the app now and not Okta's is left out of later comparisons. */
export async function noteOthers(okta: Okta): Promise<void> {
  const { app } = okta.engine.state;
  const contents = await readApp(okta.engine);
  const users = new Set(Object.values(app.users).map(({ externalId }) => externalId));
  const groups = new Set(Object.values(app.mappings).map(({ externalId }) => externalId));
  app.otherAccounts = [...contents.users.keys()].filter((id) => !users.has(id));
  app.otherGroups = [...contents.groups.keys()].filter((id) => !groups.has(id));
}

/** Reads every account and every group with its members, page by page. */
async function readApp(engine: Engine): Promise<AppContents> {
  const users = await readAll(engine, '/Users');
  const groups = await readAll(engine, '/Groups');
  for (const [id, group] of groups) {
    if (Array.isArray(group.members)) continue;
    const path = `/Groups/${encodeURIComponent(id)}`;
    groups.set(id, readGroup(await engine.client.send({ method: 'GET', path, subject: 'compare', outside: true })));
  }
  return { users, groups };
}

async function readAll(engine: Engine, path: string): Promise<Map<string, Resource>> {
  const all = new Map<string, Resource>();
  for (let startIndex = 1; ; ) {
    const query: [string, number][] = [
      ['startIndex', startIndex],
      ['count', pageSize],
    ];
    const page = readList(await engine.client.send({ method: 'GET', path, query, subject: 'compare', outside: true }));
    for (const resource of page.resources) all.set(resource.id, resource);
    startIndex += page.resources.length;
    if (page.resources.length === 0 || startIndex > page.totalResults) return all;
  }
}

function activeDifference(account: AppUser, held: Resource | undefined): string | undefined {
  if (!held) return `${account.userName} (${account.externalId}) is not in the app`;
  const active = held.active !== false;
  if (active === account.active) return undefined;
  return `${account.userName} is ${active ? 'active' : 'deactivated'} in the app and ${account.active ? 'active' : 'deactivated'} in Okta`;
}

function profileDifference(account: AppUser, held: Resource | undefined): string | undefined {
  if (!held) return undefined;
  const wrong: string[] = [];
  const expect = (name: string, okta: unknown, app: unknown): void => {
    if (!same(okta, app)) wrong.push(`${name}: Okta ${JSON.stringify(okta)}, app ${JSON.stringify(app)}`);
  };
  if (account.pushedUserName !== undefined) expect('userName', account.pushedUserName, held.userName);
  if (account.pushed.length > 0) expect('externalId', account.userId, held.externalId);
  for (const pushed of account.pushed) expect(pushed.externalName, pushed.value, readValue(held, attributeOf(pushed)));
  for (const cleared of account.cleared) expect(cleared.externalName, undefined, readValue(held, attributeOf(cleared)));
  return wrong.length > 0 ? `${account.userName}: ${wrong.join('; ')}` : undefined;
}

/** An empty value and none are the same. */
function same(okta: unknown, app: unknown): boolean {
  const shape = (value: unknown): string => JSON.stringify(value === null || value === '' ? undefined : value) ?? '';
  return shape(okta) === shape(app);
}

function groupDifference(mapping: PushMapping, held: Resource | undefined): string | undefined {
  if (!held) return `group ${mapping.pushedName} (${mapping.externalId}) is not in the app`;
  if (held.displayName === mapping.pushedName) return undefined;
  return `group ${mapping.pushedName} is named ${JSON.stringify(held.displayName)} in the app`;
}

function memberDifference(mapping: PushMapping, held: Resource | undefined): string | undefined {
  if (!held) return undefined;
  const { missing, tooMany, doubled } = memberCounts(mapping, held);
  if (missing + tooMany + doubled === 0) return undefined;
  return `group ${mapping.pushedName}: ${missing} members missing in the app, ${tooMany} too many, ${doubled} listed twice`;
}

type MemberCounts = { missing: number; tooMany: number; doubled: number; notPushed: number };

/** The members of a group that differ. Those that a linked group had before are no difference: Okta leaves them there. */
function memberCounts(mapping: PushMapping, held: Resource | undefined): MemberCounts {
  const believed = new Set(Object.values(mapping.pushedMembers));
  const real = memberIds(held);
  const distinct = new Set(real);
  const missing = [...believed].filter((id) => !distinct.has(id)).length;
  const others = [...distinct].filter((id) => !believed.has(id)).length;
  const [tooMany, notPushed] = mapping.additive ? [0, others] : [others, 0];
  return { missing, tooMany, doubled: real.length - distinct.size, notPushed };
}

function unfinishedWork({ state }: Engine): string[] {
  const jobs = state.jobs.filter(({ kind }) => kind !== 'deleteUser');
  const broken = Object.values(state.app.mappings).filter(({ status }) => status === 'ERROR');
  return [
    ...state.tasks.map(({ message }) => message),
    ...broken.map(({ error, groupId }) => error ?? `the push of ${groupId} is in error`),
    ...jobs.map(({ kind, subject }) => `${kind} of ${subject} is still to be done`),
  ];
}

function unknown(held: Map<string, Resource>, known: (string | undefined)[]): Resource[] {
  const ids = new Set(known);
  return [...held.values()].filter(({ id }) => !ids.has(id));
}

function memberIds(group: Resource | undefined): string[] {
  const members = Array.isArray(group?.members) ? (group.members as { value?: unknown }[]) : [];
  return members.map(({ value }) => String(value));
}

function checks<T>(list: T[], difference: (one: T, at: number) => string | undefined): string[] {
  return list.map(difference).filter((text) => text !== undefined);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
