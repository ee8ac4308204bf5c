import { checkPatched, type Resource, readList, readUser, requireSuccess } from './answers.ts';
import { type Engine, loadAppUser, loadUser, log, options, thinkMs, userSubject } from './engine.ts';
import { ProvisioningFailure } from './failure.ts';
import type { ScimAnswer, ScimRequest } from './scim-client.ts';
import type { AppUser, OktaUser } from './state.ts';
import {
  activeBody,
  changedValues,
  createBody,
  passwordFor,
  patchBody,
  rememberAccepted,
  rememberFound,
  updateBody,
} from './user-body.ts';

type Target = { engine: Engine; user: OktaUser; appUser: AppUser };

/** Most accounts that one lookup asks for. */
const lookupCount = 100;

/** Assignment (okta-wire.md §4): look up, then create, or link and push. */
export async function provisionUser(engine: Engine, userId: string): Promise<void> {
  const target = targetOf(engine, userId);
  const { appUser } = target;
  if (!appUser.assigned || !options(engine).supportedActions.pushNewUsers) return;
  const found = await lookup(target);
  if (!found) {
    await create(target);
    return;
  }
  appUser.externalId = found.id;
  appUser.active = found.active !== false;
  rememberFound(appUser, found);
  log(engine, 'application.provision.user.verify_exists', appUser.userName);
  if (!appUser.active) await activate(target);
  if (options(engine).toApp.updateAttributes) await pushProfile(target);
  appUser.status = 'PROVISIONED';
}

/** Profile update (§5), for users that are provisioned; nothing for those that are not. */
export async function updateUser(engine: Engine, userId: string): Promise<void> {
  const target = targetOf(engine, userId);
  const { toApp, supportedActions } = options(engine);
  if (!target.appUser.assigned || !toApp.updateAttributes || !supportedActions.pushProfileUpdates) return;
  if (target.appUser.externalId === undefined) return;
  await pushProfile(target);
  target.appUser.status = 'PROVISIONED';
}

/** Deactivation after the user lost the app (§6). Without *Deactivate Users* Okta only forgets the link. */
export async function deactivateUser(engine: Engine, userId: string): Promise<void> {
  const target = targetOf(engine, userId);
  const { user, appUser } = target;
  if (appUser.assigned || appUser.externalId === undefined || !appUser.active) return;
  const { profile, toApp, unknowns } = options(engine);
  if (!toApp.deactivateUsers) {
    appUser.status = 'DEPROVISIONED';
    return;
  }
  if (profile === 'aiw') {
    const current = await load(target);
    await engine.clock.wait(thinkMs.deactivateAfterLoad);
    await put(target, activeBody(user, current, false));
  } else {
    if (unknowns.granularDeprovisioning !== 'off') await removeGrants(target);
    if (unknowns.getBeforeDeactivate) await load(target);
    await patch(target, { active: false });
  }
  appUser.active = false;
  appUser.status = 'DEPROVISIONED';
  log(engine, 'application.provision.user.deactivate', appUser.userName);
}

/** Password sync (§8). */
export async function pushPassword(engine: Engine, userId: string): Promise<void> {
  const target = targetOf(engine, userId);
  const { user, appUser } = target;
  if (!appUser.assigned || appUser.externalId === undefined || options(engine).toApp.syncPassword === 'off') return;
  const password = passwordFor(engine, user);
  if (options(engine).profile === 'aiw') {
    const current = await load(target);
    await engine.clock.wait(thinkMs.updateAfterLoad);
    const { body, accepted } = updateBody(engine, user, appUser, current);
    await put(target, { ...body, password });
    rememberAccepted(appUser, accepted);
  } else {
    await patch(target, { password });
  }
  const source = options(engine).toApp.syncPassword === 'okta' ? 'push_okta_password' : 'push_password';
  log(engine, `application.provision.user.${source}`, appUser.userName);
}

/** The DELETE of granular deprovisioning (§6.1, assumed shape). The account is gone afterwards. */
export async function deleteUser(engine: Engine, userId: string): Promise<void> {
  const target = targetOf(engine, userId);
  const { appUser } = target;
  if (appUser.assigned || appUser.externalId === undefined) return;
  const answer = await send(target, { method: 'DELETE', path: userPath(appUser) });
  if (answer.status !== 404) requireSuccess(answer);
  delete appUser.externalId;
  delete appUser.pushedUserName;
  appUser.pushed = [];
  appUser.cleared = [];
  log(engine, 'application.provision.user.delete', appUser.userName);
}

async function lookup(target: Target): Promise<Resource | undefined> {
  const { engine, appUser } = target;
  const { uniqueIdentifier, unknowns } = options(engine);
  const filter = `${uniqueIdentifier} eq ${JSON.stringify(appUser.userName)}`;
  const answer = await send(target, {
    method: 'GET',
    path: '/Users',
    query: [
      ['filter', filter],
      ['startIndex', 1],
      ['count', lookupCount],
    ],
  });
  if (answer.status === 404) return undefined;
  const { resources } = readList(answer);
  if (resources.length > 1 && unknowns.multipleMatches === 'error') {
    throw new ProvisioningFailure(`Multiple users found for ${filter}`);
  }
  // A server that answers with somebody else's account is not believed.
  if (uniqueIdentifier !== 'userName') return resources[0];
  return resources.find(({ userName }) => typeof userName === 'string' && sameName(userName, appUser.userName));
}

async function create(target: Target): Promise<void> {
  const { engine, user, appUser } = target;
  if (!options(engine).toApp.createUsers) throw new ProvisioningFailure('Matching user not found');
  await engine.clock.wait(thinkMs.createAfterLookup);
  const { body, accepted } = createBody(engine, user, appUser);
  const answer = await send(target, { method: 'POST', path: '/Users', body });
  appUser.externalId = readUser(answer, 'Create new').id;
  appUser.active = true;
  appUser.status = 'PROVISIONED';
  rememberAccepted(appUser, accepted);
  log(engine, 'application.provision.user.push', appUser.userName);
}

async function activate(target: Target): Promise<void> {
  const { engine, user, appUser } = target;
  if (options(engine).profile === 'aiw') {
    const current = await load(target);
    await engine.clock.wait(thinkMs.activateAfterLoad);
    await put(target, activeBody(user, current, true));
  } else {
    await patch(target, { active: true });
  }
  appUser.active = true;
  log(engine, 'application.provision.user.reactivate', appUser.userName);
}

async function pushProfile(target: Target): Promise<void> {
  const { engine, user, appUser } = target;
  if (options(engine).profile === 'oin' && options(engine).unknowns.patchUsers) {
    const { body, accepted } = changedValues(engine, user, appUser);
    if (body) await patch(target, body);
    rememberAccepted(appUser, accepted);
  } else {
    const current = await load(target);
    await engine.clock.wait(thinkMs.updateAfterLoad);
    const { body, accepted } = updateBody(engine, user, appUser, current);
    await put(target, body);
    rememberAccepted(appUser, accepted);
  }
  log(engine, 'application.provision.user.push_profile', appUser.userName);
}

async function removeGrants(target: Target): Promise<void> {
  const { engine, appUser } = target;
  if (appUser.roles.length === 0 && appUser.entitlements.length === 0) return;
  await patch(target, { roles: [], entitlements: [] });
  Object.assign(appUser, { roles: [], entitlements: [], pushedGrants: { roles: [], entitlements: [] } });
  log(engine, 'application.provision.user.remove_entitlements', appUser.userName);
}

async function load(target: Target): Promise<Resource> {
  const answer = await send(target, { method: 'GET', path: userPath(target.appUser) });
  mustExist(answer);
  return readUser(answer, 'Get');
}

async function put(target: Target, body: unknown): Promise<void> {
  const answer = await send(target, { method: 'PUT', path: userPath(target.appUser), body });
  mustExist(answer);
  if (answer.text === '' && answer.status < 300 && !options(target.engine).unknowns.emptyPutIsError) return;
  readUser(answer, 'Update');
}

async function patch(target: Target, value: Record<string, unknown>): Promise<void> {
  const answer = await send(target, { method: 'PATCH', path: userPath(target.appUser), body: patchBody(value) });
  mustExist(answer);
  checkPatched(answer, 'id');
}

/** An account that Okta knows and the app does not: only an admin can help, by assigning the user anew. */
function mustExist(answer: ScimAnswer): void {
  if (answer.status === 404) throw new ProvisioningFailure('Matching user not found', { status: 404 });
}

function send({ engine, user }: Target, request: Omit<ScimRequest, 'subject'>): Promise<ScimAnswer> {
  return engine.client.send({ ...request, subject: userSubject(user.id) });
}

function userPath(appUser: AppUser): string {
  return `/Users/${encodeURIComponent(appUser.externalId ?? '')}`;
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function targetOf(engine: Engine, userId: string): Target {
  return { engine, user: loadUser(engine, userId), appUser: loadAppUser(engine, userId) };
}
