import { checkPatched, type Resource, readGroup, readList, requireSuccess } from './answers.ts';
import { coreGroup } from './attribute-mapping.ts';
import { type Engine, groupSubject, log, options, thinkMs } from './engine.ts';
import { ProvisioningFailure } from './failure.ts';
import type { ScimAnswer, ScimRequest } from './scim-client.ts';
import type { OktaGroup, PushMapping } from './state.ts';
import { patchSchema } from './user-body.ts';

type Member = { value: string; display: string | null };
type Operation = { op: 'add' | 'remove' | 'replace'; path?: string; value?: unknown };
/** `wanted` maps ids of Okta users to ids in the app. */
type Target = { engine: Engine; group: OktaGroup; mapping: PushMapping; wanted: Record<string, string> };

/**
 * Brings the app's group to what Okta has (okta-wire.md §10, §11): creates or links it, renames it, and
 * sends what changed in its members, or all of them when `full`. Sends nothing when nothing changed.
 */
export async function pushGroup(engine: Engine, groupId: string, full: boolean): Promise<void> {
  const mapping = engine.state.app.mappings[groupId];
  const current = engine.state.groups[groupId];
  if (!mapping || !current || mapping.status === 'INACTIVE') return;
  // What is pushed is the group as it is now; a change on the way is the next push.
  const group = { ...current };
  const target = { engine, group, mapping, wanted: provisionedMembers(engine, group, mapping) };
  if (mapping.externalId === undefined) await firstPush(target, full);
  else if (full) await pushEverything(target);
  else await pushChanges(target);
  mapping.status = 'ACTIVE';
  delete mapping.error;
}

/** Unlink with *Delete the group in the target app* (§11.6). A group that is gone already is fine. */
export async function deletePushedGroup(engine: Engine, groupId: string, externalId: string): Promise<void> {
  const answer = await engine.client.send({
    method: 'DELETE',
    path: `/Groups/${encodeURIComponent(externalId)}`,
    subject: groupSubject(groupId),
  });
  if (answer.status !== 404) requireSuccess(answer);
  log(engine, 'application.provision.group_push.delete_appgroup', engine.state.groups[groupId]?.name ?? externalId);
}

/** Members that Okta may push: assigned to the app and provisioned (§10.3). The others are left out. */
function provisionedMembers(engine: Engine, group: OktaGroup, mapping: PushMapping): Record<string, string> {
  const members: Record<string, string> = {};
  for (const userId of group.members) {
    const appUser = engine.state.app.users[userId];
    if (appUser?.externalId === undefined) continue;
    const stays = !options(engine).unknowns.unassignedLeaveGroups && mapping.pushedMembers[userId] !== undefined;
    if (appUser.assigned || stays) members[userId] = appUser.externalId;
  }
  return members;
}

async function firstPush(target: Target, full: boolean): Promise<void> {
  const { engine, group, mapping, wanted } = target;
  const found = await lookup(target);
  if (found) {
    mapping.externalId = found.id;
    mapping.pushedName = String(found.displayName);
    mapping.origin = 'linked';
    // A link adds to what is there; after a failure, or with Push Now, Okta's list replaces it.
    mapping.additive = !full;
    if (full) await pushEverything(target);
    else await pushMembers(target, { rename: true });
    return;
  }
  const aiw = options(engine).profile === 'aiw';
  const members = mapping.immediately && aiw ? memberList(engine, wanted) : [];
  await engine.clock.wait(thinkMs.createGroupAfterLookup);
  const created = await send(target, {
    method: 'POST',
    path: '/Groups',
    body: { schemas: [coreGroup], displayName: group.name, members },
  });
  mapping.externalId = readGroup(created).id;
  mapping.pushedName = group.name;
  mapping.origin = 'created';
  mapping.additive = false;
  log(engine, 'application.provision.group.add', group.name);
  if (!mapping.immediately && aiw) return;
  await engine.clock.wait(thinkMs.loadGroupAfterCreate);
  if (!mapping.immediately) return patchInTurn(target, []);
  await pushEverything(target, options(engine).groupPush.firstMembers);
}

/** Push Now, relinking and repair: the app's list becomes Okta's. */
async function pushEverything(target: Target, style: 'replace' | 'add' = 'replace'): Promise<void> {
  const { engine, group, mapping, wanted } = target;
  if (options(engine).profile === 'aiw') {
    await load(target);
    await engine.clock.wait(thinkMs.updateGroupAfterLoad);
    await put(target, memberList(engine, wanted));
  } else {
    const size = options(engine).groupPush.batchSize;
    const [first = [], ...rest] = batches(memberList(engine, wanted), size);
    const start = style === 'add' ? addMembers(first) : replaceMembers(target, first);
    const nothingToAdd = style === 'add' && first.length === 0;
    await patchInTurn(target, nothingToAdd ? [] : [[start], ...rest.map((batch) => [addMembers(batch)])]);
  }
  mapping.additive = false;
  remember(target);
  log(engine, 'application.provision.group_push.push_memberships', group.name);
}

/** A rename, members in or out: nothing is sent when Okta's group is what was pushed. */
async function pushChanges(target: Target): Promise<void> {
  const rename = target.mapping.pushedName !== nameToPush(target);
  const { joined, left } = differences(target);
  if (rename || joined.length > 0 || left.length > 0) await pushMembers(target, { rename });
}

async function pushMembers(target: Target, { rename }: { rename: boolean }): Promise<void> {
  const { engine, group } = target;
  const { joined, left } = differences(target);
  if (options(engine).profile === 'aiw') {
    const current = await load(target);
    await engine.clock.wait(thinkMs.updateGroupAfterLoad);
    await put(target, mergedMembers(target, current, joined, left));
  } else {
    const size = options(engine).groupPush.batchSize;
    const operations: Operation[][] = batches(left, size).map((batch) => batch.map(removeMember));
    const adds = batches(memberList(engine, Object.fromEntries(joined)), size).map(addMembers);
    // One request carries leavers and joiners when both fit, as captured.
    if (operations.length === 1 && adds.length === 1 && adds[0]) operations[0]?.push(adds[0]);
    else operations.push(...adds.map((add) => [add]));
    await patchInTurn(target, operations);
  }
  remember(target);
  log(
    engine,
    rename && joined.length + left.length === 0
      ? 'application.provision.group.update'
      : 'application.provision.group_push.updated',
    group.name,
  );
}

/** The name operation goes before every membership update (§10.2), in a request of its own or in the same. */
async function patchInTurn(target: Target, operations: Operation[][]): Promise<void> {
  const { mapping, engine } = target;
  const name: Operation = { op: 'replace', value: { id: mapping.externalId, displayName: nameToPush(target) } };
  const [first, ...rest] = operations;
  const together = options(engine).groupPush.requests === 'one' && first !== undefined;
  const requests = together ? [[name, ...first], ...rest] : [[name], ...operations];
  for (const Operations of requests) {
    const answer = await send(target, {
      method: 'PATCH',
      path: groupPath(mapping),
      body: { schemas: [patchSchema], Operations },
    });
    mustExist(target, answer);
    checkPatched(answer, 'displayName');
  }
}

async function lookup(target: Target): Promise<Resource | undefined> {
  const { engine, group } = target;
  const imported = engine.state.app.importedGroups.find((known) => sameName(known.displayName, group.name));
  if (imported) return { id: imported.externalId, displayName: imported.displayName };
  const answer = await send(target, {
    method: 'GET',
    path: '/Groups',
    query: [
      ['filter', `displayName eq ${JSON.stringify(group.name)}`],
      ['startIndex', 1],
      ['count', 100],
    ],
  });
  if (answer.status === 404) return undefined;
  return readList(answer).resources.find(
    ({ displayName }) => typeof displayName === 'string' && sameName(displayName, group.name),
  );
}

async function load(target: Target): Promise<Resource> {
  const answer = await send(target, { method: 'GET', path: groupPath(target.mapping) });
  mustExist(target, answer);
  return readGroup(answer);
}

async function put(target: Target, members: Member[]): Promise<void> {
  const { mapping } = target;
  const body = { schemas: [coreGroup], id: mapping.externalId, displayName: nameToPush(target), members };
  const answer = await send(target, { method: 'PUT', path: groupPath(mapping), body });
  mustExist(target, answer);
  readGroup(answer);
}

function mustExist({ engine, group }: Target, answer: ScimAnswer): void {
  if (answer.status !== 404) return;
  log(engine, 'application.provision.group.verify_exists', group.name, 'there is no such group in the app');
  requireSuccess(answer);
}

function differences({ mapping, wanted }: Target): { joined: [string, string][]; left: string[] } {
  const joined = Object.entries(wanted).filter(([userId, externalId]) => mapping.pushedMembers[userId] !== externalId);
  const left = Object.entries(mapping.pushedMembers).filter(([userId, externalId]) => wanted[userId] !== externalId);
  return { joined, left: left.map(([, externalId]) => externalId) };
}

/** The list that GET returned with Okta's changes, so that members of the app itself stay. */
function mergedMembers(target: Target, current: Resource, joined: [string, string][], left: string[]): Member[] {
  const { engine, wanted } = target;
  const gone = new Set(left);
  const names = new Map(memberList(engine, wanted).map((member) => [member.value, member.display]));
  const list: Member[] = [];
  const seen = new Set<string>();
  for (const member of Array.isArray(current.members) ? (current.members as Partial<Member>[]) : []) {
    if (typeof member.value !== 'string' || gone.has(member.value) || seen.has(member.value)) continue;
    seen.add(member.value);
    list.push({ value: member.value, display: member.display ?? names.get(member.value) ?? null });
  }
  return [...list, ...memberList(engine, Object.fromEntries(joined)).filter(({ value }) => !seen.has(value))];
}

function memberList(engine: Engine, members: Record<string, string>): Member[] {
  return Object.entries(members).map(([userId, value]) => ({
    value,
    display: engine.state.app.users[userId]?.pushedUserName ?? null,
  }));
}

function addMembers(value: Member[]): Operation {
  return { op: 'add', path: 'members', value };
}

function removeMember(externalId: string): Operation {
  return { op: 'remove', path: `members[value eq ${JSON.stringify(externalId)}]` };
}

function replaceMembers(target: Target, members: Member[]): Operation {
  const { patchStyle } = options(target.engine).groupPush;
  if (patchStyle === 'path') return { op: 'replace', path: 'members', value: members };
  if (patchStyle === 'pathless') return { op: 'replace', value: { members } };
  return { op: 'replace', value: { members, id: target.mapping.externalId, displayName: nameToPush(target) } };
}

function batches<T>(list: T[], size: number): T[][] {
  const cut: T[][] = [];
  for (let from = 0; from < list.length; from += size) cut.push(list.slice(from, from + size));
  return cut;
}

function remember(target: Target): void {
  const { engine, group, wanted } = target;
  const ignored = group.members.length - Object.keys(wanted).length;
  if (ignored > 0) log(engine, 'app.user_management.grouppush.mapping.okta.users.ignored', `${group.name}: ${ignored}`);
  target.mapping.pushedName = nameToPush(target);
  target.mapping.pushedMembers = { ...target.wanted };
}

/** A linked group keeps its own name unless *Rename app groups* is on. */
function nameToPush({ engine, group, mapping }: Target): string {
  const renames = mapping.origin === 'created' || options(engine).groupPush.renameAppGroups;
  return renames ? group.name : (mapping.pushedName ?? group.name);
}

function send({ engine, group }: Target, request: Omit<ScimRequest, 'subject'>): Promise<ScimAnswer> {
  return engine.client.send({ ...request, subject: groupSubject(group.id) });
}

function groupPath(mapping: PushMapping): string {
  if (mapping.externalId === undefined) throw new ProvisioningFailure('The group was never pushed');
  return `/Groups/${encodeURIComponent(mapping.externalId)}`;
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
