import { type Resource, readList } from './answers.ts';
import { type Engine, enqueue, log, options, userSubject } from './engine.ts';
import { ProvisioningFailure } from './failure.ts';
import { putUser } from './login-index.ts';
import { type AppUser, type ImportedUser, newId } from './state.ts';

/** Okta's page size (okta-wire.md §12). */
const pageSize = 100;

/** Pages after which an import stops: a server whose totalResults runs away must not keep us forever. */
const pagesMax = 100_000;

export type ImportSummary = {
  scanned: number;
  matched: number;
  unmatched: number;
  inactive: number;
  rejected: number;
  groups: number;
};

/**
 * Import Now (§12): reads every account, and groups when the app imports them; matches by username, links
 * what matches, and unassigns users whose account is gone unless the safeguard stops it.
 */
export async function importAccounts(engine: Engine): Promise<ImportSummary> {
  const { app } = engine.state;
  const { supportedActions } = options(engine);
  if (!supportedActions.importUsers) throw new ProvisioningFailure('Import New Users is not enabled for this app');
  const accounts = await readPages(engine, '/Users');
  if (supportedActions.importGroups) {
    const groups = await readPages(engine, '/Groups');
    app.importedGroups = groups.map((group) => ({
      externalId: group.id,
      displayName: String(group.displayName ?? ''),
      members: memberIds(group),
    }));
    log(engine, 'application.provision.group.import', `${groups.length} groups`);
  }
  const before = new Map(app.importedUsers.map((imported) => [imported.externalId, imported]));
  const known = knownUsers(engine);
  app.importedUsers = accounts.map((account) => judge(known, account, before.get(account.id)));
  for (const imported of app.importedUsers) apply(engine, imported);
  unassignMissing(engine, new Set(accounts.map(({ id }) => id)));
  log(engine, 'application.provision.user.import_profile', `${accounts.length} accounts`);
  return summary(app.importedUsers, app.importedGroups.length);
}

/** An admin confirms one row of the import: links the account with its match, or with a new Okta user. */
export function confirmImport(engine: Engine, externalId: string): void {
  const imported = engine.state.app.importedUsers.find((row) => row.externalId === externalId);
  if (!imported) throw new Error(`no imported account has the id ${externalId}`);
  if (imported.result === 'matched') link(engine, imported);
  else if (imported.result === 'unmatched' || imported.result === 'ignored') createOktaUser(engine, imported);
}

/** An admin ignores one row; nothing is sent to the app. */
export function ignoreImport(engine: Engine, externalId: string): void {
  const imported = engine.state.app.importedUsers.find((row) => row.externalId === externalId);
  if (imported) imported.result = 'ignored';
}

async function readPages(engine: Engine, path: '/Users' | '/Groups'): Promise<Resource[]> {
  const all: Resource[] = [];
  let startIndex = 1;
  for (let page = 0; page < pagesMax; page += 1) {
    const query: [string, number][] = [
      ['startIndex', startIndex],
      ['count', pageSize],
    ];
    const list = readList(await engine.client.send({ method: 'GET', path, query, subject: 'import' }));
    all.push(...list.resources);
    const short = list.resources.length < pageSize;
    const { shortPage } = options(engine).import;
    if (list.resources.length === 0 || (short && shortPage === 'stop')) break;
    startIndex += short && shortPage === 'by-received' ? list.resources.length : pageSize;
    if (startIndex > list.totalResults) break;
  }
  return all;
}

function judge(known: KnownUsers, account: Resource, before: ImportedUser | undefined): ImportedUser {
  const name = (account.name ?? {}) as { givenName?: unknown; familyName?: unknown };
  const emails = Array.isArray(account.emails) ? (account.emails as { value?: unknown; primary?: unknown }[]) : [];
  const email = (emails.find(({ primary }) => primary === true) ?? emails[0])?.value;
  const imported: ImportedUser = {
    externalId: account.id,
    userName: words(account.userName),
    email: words(email),
    givenName: words(name.givenName),
    familyName: words(name.familyName),
    active: account.active !== false,
    result: 'unmatched',
  };
  const linked = known.byExternalId.get(account.id);
  if (linked !== undefined) return { ...imported, result: 'linked', userId: linked };
  if (!imported.active) return { ...imported, result: 'skipped-inactive' };
  if (!imported.userName || !imported.email || !imported.givenName || !imported.familyName)
    return { ...imported, result: 'rejected' };
  if (before?.result === 'ignored') return { ...imported, result: 'ignored' };
  const match = known.byName.get(imported.userName.toLowerCase()) ?? known.byName.get(imported.email.toLowerCase());
  return match === undefined ? imported : { ...imported, result: 'matched', userId: match };
}

/** Ids of Okta users by what an import knows of an account: its id, its username or e-mail address in any letter case. */
type KnownUsers = { byExternalId: Map<string, string>; byName: Map<string, string> };

function knownUsers({ state }: Engine): KnownUsers {
  const byExternalId = new Map<string, string>();
  for (const { userId, externalId } of Object.values(state.app.users)) {
    if (externalId !== undefined) byExternalId.set(externalId, userId);
  }
  const byName = new Map<string, string>();
  for (const { id, status, profile } of Object.values(state.users)) {
    if (status === 'DEPROVISIONED') continue;
    byName.set(profile.email.toLowerCase(), id);
    byName.set(profile.login.toLowerCase(), id);
  }
  return { byExternalId, byName };
}

function apply(engine: Engine, imported: ImportedUser): void {
  const settings = options(engine).import;
  if (imported.result === 'linked') followStatus(engine, imported);
  else if (imported.result === 'matched' && settings.confirmMatches === 'automatic') link(engine, imported);
  else if (imported.result === 'unmatched' && settings.unmatched === 'create') createOktaUser(engine, imported);
  else if (imported.result === 'unmatched' && settings.unmatched === 'ignore') imported.result = 'ignored';
}

/** Only a profile source has a say over the Okta user (§12). */
function followStatus(engine: Engine, imported: ImportedUser): void {
  const user = engine.state.users[imported.userId ?? ''];
  const appUser = engine.state.app.users[imported.userId ?? ''];
  if (imported.active || !options(engine).import.profileSource || !user || !appUser?.assigned) return;
  user.status = 'DEPROVISIONED';
  forgetAssignment(appUser);
}

/** Linking sends no POST; the profile is pushed when the app takes updates. */
function link(engine: Engine, imported: ImportedUser): void {
  const userId = imported.userId ?? '';
  const known = engine.state.app.users[userId];
  engine.state.app.users[userId] = {
    pushed: [],
    cleared: [],
    roles: [],
    entitlements: [],
    groupIds: [],
    ...known,
    userId,
    assigned: true,
    direct: true,
    userName: imported.userName,
    pushedUserName: imported.userName,
    externalId: imported.externalId,
    active: true,
    status: 'PROVISIONED',
  };
  imported.result = 'linked';
  if (options(engine).toApp.updateAttributes) enqueue(engine, 'update', userSubject(userId));
}

function createOktaUser(engine: Engine, imported: ImportedUser): void {
  const id = newId(engine.state, '00u');
  const { userName: login, email, givenName: firstName, familyName: lastName } = imported;
  const created = engine.clock.now().toISOString();
  putUser(engine.state, { id, status: 'ACTIVE', profile: { login, email, firstName, lastName }, created });
  imported.userId = id;
  link(engine, imported);
  imported.result = 'created';
}

function unassignMissing(engine: Engine, present: Set<string>): void {
  const linked = Object.values(engine.state.app.users).filter(
    ({ assigned, externalId }) => assigned && externalId !== undefined,
  );
  const missing = linked.filter(({ externalId }) => !present.has(externalId ?? ''));
  if (missing.length === 0) return;
  const { safeguardPercent } = options(engine).import;
  if ((missing.length / linked.length) * 100 > safeguardPercent) {
    throw new ProvisioningFailure(
      `Import safeguard: ${missing.length} of ${linked.length} app assignments would be removed, more than ${safeguardPercent} %`,
    );
  }
  for (const appUser of missing) {
    forgetAssignment(appUser);
    delete appUser.externalId;
    if (options(engine).import.profileSource) engine.state.users[appUser.userId]!.status = 'DEPROVISIONED';
  }
}

function forgetAssignment(appUser: AppUser): void {
  Object.assign(appUser, { assigned: false, direct: false, groupIds: [], active: false, status: 'DEPROVISIONED' });
}

function memberIds(group: Resource): string[] {
  const members = Array.isArray(group.members) ? (group.members as { value?: unknown }[]) : [];
  return members.map(({ value }) => value).filter((value) => typeof value === 'string');
}

function summary(rows: ImportedUser[], groups: number): ImportSummary {
  const count = (...results: ImportedUser['result'][]): number =>
    rows.filter(({ result }) => results.includes(result)).length;
  return {
    scanned: rows.length - count('skipped-inactive'),
    matched: count('matched', 'linked'),
    unmatched: count('unmatched', 'ignored', 'created'),
    inactive: count('skipped-inactive'),
    rejected: count('rejected'),
    groups,
  };
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
