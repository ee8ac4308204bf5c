import { assignThroughGroup, endAssignments, unassignThroughGroup } from './assignments.ts';
import {
  applicationUsername,
  type Engine,
  enqueue,
  expressionScope,
  groupSubject,
  loadUser,
  options,
  userSubject,
} from './engine.ts';
import { dependsOnGroups, evaluate } from './expression.ts';
import { dropUser, findByLogin, putUser } from './login-index.ts';
import { applyPushRules, unlinkGroup } from './push-mappings.ts';
import { newId, type OktaGroup, type OktaUser, type UserProfile } from './state.ts';

/** Adds an active user to the directory. Throws when the login is taken. */
export function addUser(engine: Engine, profile: UserProfile, password?: string): OktaUser {
  const { state, clock } = engine;
  if (findUserByLogin(engine, profile.login)) throw new Error(`the login ${profile.login} is taken`);
  const id = newId(state, '00u');
  const created = clock.now().toISOString();
  const user: OktaUser = { id, status: 'ACTIVE', profile, created, ...(password !== undefined && { password }) };
  putUser(state, user);
  applyGroupRules(engine, user);
  return user;
}

export function findUserByLogin(engine: Engine, login: string): OktaUser | undefined {
  return findByLogin(engine.state, login);
}

export function findGroupByName(engine: Engine, name: string): OktaGroup | undefined {
  return Object.values(engine.state.groups).find((group) => group.name === name);
}

/** Replaces the whole profile; pushes it when a mapped attribute or the application username changed. */
export function replaceProfile(engine: Engine, userId: string, profile: UserProfile): void {
  const user = loadUser(engine, userId);
  const namesake = findUserByLogin(engine, profile.login);
  if (namesake && namesake.id !== userId) throw new Error(`the login ${profile.login} is taken`);
  const before = JSON.stringify(mappedPart(engine, user));
  const { login } = user.profile;
  user.profile = profile;
  putUser(engine.state, user, login);
  applyGroupRules(engine, user);
  const appUser = engine.state.app.users[userId];
  if (!appUser?.assigned) return;
  if (options(engine).usernameUpdate === 'create-and-update') appUser.userName = applicationUsername(engine, user);
  if (JSON.stringify(mappedPart(engine, user)) !== before) enqueue(engine, 'update', userSubject(userId));
}

/** Changes some attributes; `null` takes one away. */
export function changeProfile(engine: Engine, userId: string, changes: Record<string, unknown>): void {
  const profile = { ...loadUser(engine, userId).profile, ...changes };
  for (const [name, value] of Object.entries(changes)) if (value === null) delete profile[name];
  replaceProfile(engine, userId, profile);
}

/** Deactivation in Okta: the app is taken away. Group memberships stay, but are not pushed any more. */
export function deactivateOktaUser(engine: Engine, userId: string): void {
  loadUser(engine, userId).status = 'DEPROVISIONED';
  endAssignments(engine, userId);
}

/** Activation by itself sends nothing; the app has to be assigned again (okta-wire.md §7). */
export function activateOktaUser(engine: Engine, userId: string): void {
  loadUser(engine, userId).status = 'ACTIVE';
}

/** Suspension and its end send nothing (§6). */
export function suspendOktaUser(engine: Engine, userId: string, suspended: boolean): void {
  const user = loadUser(engine, userId);
  if (user.status === 'DEPROVISIONED') throw new Error(`the user ${user.profile.login} is deactivated`);
  user.status = suspended ? 'SUSPENDED' : 'ACTIVE';
}

/** Deletes a deactivated user. Nothing is sent (§6); the account of the app has no Okta user any more. */
export function deleteOktaUser(engine: Engine, userId: string): void {
  const { state } = engine;
  const user = loadUser(engine, userId);
  if (user.status !== 'DEPROVISIONED') throw new Error(`the user ${user.profile.login} must be deactivated first`);
  const externalId = state.app.users[userId]?.externalId;
  if (externalId !== undefined) state.app.otherAccounts.push(externalId);
  for (const group of Object.values(state.groups)) group.members = group.members.filter((id) => id !== userId);
  state.tasks = state.tasks.filter(({ job }) => job.subject !== userSubject(userId));
  delete state.app.users[userId];
  dropUser(state, user);
}

/** Gives a user another password, which the app is told where it syncs passwords (okta-wire.md §8). */
export function setPassword(engine: Engine, userId: string, password: string): void {
  loadUser(engine, userId).password = password;
  if (options(engine).toApp.syncPassword !== 'off') enqueue(engine, 'password', userSubject(userId));
}

/** Makes a group, which is pushed if a push rule fits its name. */
export function addGroup(engine: Engine, name: string, members: string[] = []): OktaGroup {
  const group: OktaGroup = { id: newId(engine.state, '00g'), name, members: [], byRule: [] };
  engine.state.groups[group.id] = group;
  applyPushRules(engine, group);
  addMembers(engine, group.id, members);
  return group;
}

/** Renames a group; the app is told if the group is pushed. */
export function renameGroup(engine: Engine, groupId: string, name: string): void {
  const group = loadGroup(engine, groupId);
  group.name = name;
  applyPushRules(engine, group);
  groupChanged(engine, group, []);
}

/** Puts users into a group: with the apps that it assigns, and into the pushed group. */
export function addMembers(engine: Engine, groupId: string, userIds: string[]): void {
  const group = loadGroup(engine, groupId);
  const present = new Set(group.members);
  const joined = userIds.filter((userId) => !present.has(userId));
  group.members.push(...joined);
  if (engine.state.app.assignedGroups.includes(groupId)) {
    for (const userId of userIds)
      if (loadUser(engine, userId).status !== 'DEPROVISIONED') assignThroughGroup(engine, userId, groupId);
  }
  if (joined.length > 0) groupChanged(engine, group, joined);
}

/** Takes users out of a group, and from the app that it assigned to them. */
export function removeMembers(engine: Engine, groupId: string, userIds: string[]): void {
  const group = loadGroup(engine, groupId);
  const leaving = new Set(userIds);
  group.members = group.members.filter((id) => !leaving.has(id));
  group.byRule = group.byRule.filter((id) => !leaving.has(id));
  for (const userId of userIds) unassignThroughGroup(engine, userId, groupId);
  groupChanged(engine, group, userIds);
}

/** Deletes the Okta group; its push mapping goes with it, and the app's group when `deleteInApp`. */
export function deleteGroup(engine: Engine, groupId: string, deleteInApp: boolean): void {
  removeMembers(engine, groupId, [...loadGroup(engine, groupId).members]);
  if (engine.state.app.mappings[groupId]) unlinkGroup(engine, groupId, deleteInApp);
  engine.state.app.assignedGroups = engine.state.app.assignedGroups.filter((id) => id !== groupId);
  for (const rule of engine.state.groupRules) rule.groupIds = rule.groupIds.filter((id) => id !== groupId);
  delete engine.state.groups[groupId];
}

/** A group rule: users for whom the expression is true are members, and stop being so when it is not. */
export function addGroupRule(engine: Engine, name: string, expression: string, groupIds: string[]): void {
  engine.state.groupRules.push({ id: newId(engine.state, '0pr'), name, expression, groupIds });
  for (const user of Object.values(engine.state.users)) applyGroupRules(engine, user);
}

function applyGroupRules(engine: Engine, user: OktaUser): void {
  if (user.status === 'DEPROVISIONED') return;
  for (const rule of engine.state.groupRules) {
    const belongs = evaluate(rule.expression, expressionScope(engine, user)) === true;
    for (const group of rule.groupIds.map((id) => loadGroup(engine, id))) {
      const ruled = group.byRule.includes(user.id);
      if (belongs && !group.members.includes(user.id)) {
        group.byRule.push(user.id);
        addMembers(engine, group.id, [user.id]);
      } else if (!belongs && ruled) {
        removeMembers(engine, group.id, [user.id]);
      }
    }
  }
}

/** Pushes the group when it is pushed, and users whose mapping looks at their groups (behaviors.md B62). */
function groupChanged(engine: Engine, group: OktaGroup, userIds: string[]): void {
  const mapping = engine.state.app.mappings[group.id];
  if (mapping && mapping.status !== 'INACTIVE' && mapping.status !== 'ERROR')
    enqueue(engine, 'push', groupSubject(group.id));
  if (!options(engine).mapping.some(({ from }) => dependsOnGroups(from))) return;
  for (const userId of userIds) {
    if (engine.state.app.users[userId]?.assigned) enqueue(engine, 'update', userSubject(userId));
  }
}

/** What the app would get to see of a user: a change in anything else causes no traffic. */
function mappedPart(engine: Engine, user: OktaUser): unknown {
  const scope = expressionScope(engine, user);
  const userName = options(engine).usernameUpdate === 'create-and-update' ? applicationUsername(engine, user) : '';
  return [userName, ...options(engine).mapping.map(({ from }) => evaluate(from, scope))];
}

function loadGroup(engine: Engine, groupId: string): OktaGroup {
  const group = engine.state.groups[groupId];
  if (!group) throw new Error(`there is no Okta group ${groupId}`);
  return group;
}
