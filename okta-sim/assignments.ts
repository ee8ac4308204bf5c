import { applicationUsername, type Engine, enqueue, loadAppUser, loadUser, options, userSubject } from './engine.ts';
import { enqueueMembershipPushes } from './jobs.ts';
import type { AppUser } from './state.ts';

export type AssignmentDetails = { userName?: string; profile?: Record<string, unknown> };

/** Assigns the app to a user directly. The app profile given here fills attributes that are mapped from nothing. */
export function assignUser(engine: Engine, userId: string, details: AssignmentDetails = {}): AppUser {
  const appUser = assign(engine, userId, details);
  appUser.direct = true;
  return appUser;
}

/** Assigns the app to a group: its active members now, and whoever joins later. */
export function assignGroup(engine: Engine, groupId: string): void {
  const { app, groups, users } = engine.state;
  if (!app.assignedGroups.includes(groupId)) app.assignedGroups.push(groupId);
  for (const userId of groups[groupId]?.members ?? []) {
    if (users[userId]?.status !== 'DEPROVISIONED') assignThroughGroup(engine, userId, groupId);
  }
}

/** A member of an assigned group gets the app. */
export function assignThroughGroup(engine: Engine, userId: string, groupId: string): void {
  const appUser = assign(engine, userId, {});
  if (!appUser.groupIds.includes(groupId)) appUser.groupIds.push(groupId);
}

/** Roles and entitlements of a user in the app (okta-wire.md §14); they go out with the next push, which this queues. */
export function grant(engine: Engine, userId: string, grants: Partial<Pick<AppUser, 'roles' | 'entitlements'>>): void {
  if (!options(engine).entitlements) throw new Error('the app has no entitlement management');
  const appUser = loadAppUser(engine, userId);
  Object.assign(appUser, grants);
  enqueue(engine, 'update', userSubject(userId));
}

/** Takes the direct assignment away; the app stays while a group still gives it. */
export function unassignUser(engine: Engine, userId: string): void {
  const appUser = engine.state.app.users[userId];
  if (!appUser) return;
  appUser.direct = false;
  endIfUnassigned(engine, appUser);
}

/** Takes the app away from a group. */
export function unassignGroup(engine: Engine, groupId: string): void {
  const { app } = engine.state;
  app.assignedGroups = app.assignedGroups.filter((id) => id !== groupId);
  for (const appUser of Object.values(app.users)) unassignThroughGroup(engine, appUser.userId, groupId);
}

/** Who leaves an assigned group loses what it gave. */
export function unassignThroughGroup(engine: Engine, userId: string, groupId: string): void {
  const appUser = engine.state.app.users[userId];
  if (!appUser?.groupIds.includes(groupId)) return;
  appUser.groupIds = appUser.groupIds.filter((id) => id !== groupId);
  endIfUnassigned(engine, appUser);
}

/** Deactivation in Okta ends every assignment; activation brings none back (okta-wire.md §7). */
export function endAssignments(engine: Engine, userId: string): void {
  const appUser = engine.state.app.users[userId];
  if (!appUser?.assigned) return;
  appUser.direct = false;
  appUser.groupIds = [];
  endIfUnassigned(engine, appUser);
}

/** Assigns without a word to the app: what was assigned before provisioning was enabled (§3). */
export function assignSilently(engine: Engine, userId: string): AppUser {
  const appUser = findOrStage(engine, userId);
  Object.assign(appUser, { assigned: true, direct: true });
  return appUser;
}

function assign(engine: Engine, userId: string, { userName, profile }: AssignmentDetails): AppUser {
  const user = loadUser(engine, userId);
  if (user.status === 'DEPROVISIONED')
    throw new Error(`the user ${user.profile.login} is deactivated and cannot be assigned`);
  const appUser = findOrStage(engine, userId);
  const anew = !appUser.assigned || appUser.status === 'ERROR';
  appUser.assigned = true;
  appUser.userName = userName ?? applicationUsername(engine, user);
  if (profile) appUser.appProfile = profile;
  if (anew) enqueue(engine, 'provision', userSubject(userId));
  return appUser;
}

function endIfUnassigned(engine: Engine, appUser: AppUser): void {
  if (!appUser.assigned || appUser.direct || appUser.groupIds.length > 0) return;
  const { membershipsFirst } = options(engine).unknowns;
  appUser.assigned = false;
  if (membershipsFirst) enqueueMembershipPushes(engine, appUser.userId);
  enqueue(engine, 'deactivate', userSubject(appUser.userId));
  if (!membershipsFirst) enqueueMembershipPushes(engine, appUser.userId);
}

function findOrStage(engine: Engine, userId: string): AppUser {
  const user = loadUser(engine, userId);
  const appUser: AppUser = engine.state.app.users[userId] ?? {
    userId,
    assigned: false,
    direct: false,
    groupIds: [],
    userName: applicationUsername(engine, user),
    active: false,
    status: 'STAGED',
    pushed: [],
    cleared: [],
    roles: [],
    entitlements: [],
  };
  engine.state.app.users[userId] = appUser;
  return appUser;
}
