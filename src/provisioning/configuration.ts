import { isDeepStrictEqual } from 'node:util';
import { type Policy, PolicyError, withSettings } from '../organization/policy.ts';
import type { ProfileName } from '../scim/profiles.ts';
import { listLicenses, listRoles } from '../store/access-lists.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { readGoverned, updatePolicy } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { readOrganizationFacts } from '../store/organizations.ts';
import type { Acting } from './acting.ts';
import { changeAccess, nothingChanged } from './change-access.ts';
import { changeOrganization } from './change-organization.ts';
import { removeRole, writeRole } from './change-role.ts';
import { setSeats } from './change-seats.ts';
import { setScimProfile } from './set-scim-profile.ts';
import { switchConnection } from './switch-connection.ts';

/** A custom role in a configuration. */
export type ConfiguredRole = { key: string; name: string; permissions: readonly string[] };

/** What admins decided about an organization. It names no people, no teams and no secrets, so it fits another organization. */
export type Configuration = {
  name: string;
  connection: { state: 'off' | 'observing' | 'on' | 'paused'; scimProfile: ProfileName };
  policy: Readonly<Record<string, string>>;
  /** All custom roles: a role that is not among them is removed. */
  roles: readonly ConfiguredRole[];
  /** Seats of each license; null is any number. A license that is not among them stays as it is. */
  seats: Readonly<Record<string, number | null>>;
};

/** What of a configuration is to be as given; parts that are left out stay as they are. */
export type WantedConfiguration = { readonly [Part in keyof Configuration]?: Partial<Configuration[Part]> | undefined };

/** One difference: `after` is undefined for what is to be removed, `before` for what is new. */
export type ConfigurationChange = { path: string; before?: unknown; after?: unknown };

export async function readConfiguration(db: Database, org: { id: string }): Promise<Configuration> {
  const [facts, connection, { policy }, roles, licenses] = await Promise.all([
    readOrganizationFacts(db, org),
    readConnection(db, org),
    readGoverned(db, org.id),
    listRoles(db, org),
    listLicenses(db, org),
  ]);
  return {
    name: facts.name,
    connection: { state: connection.state, scimProfile: connection.scimProfile as ProfileName },
    policy: policy as unknown as Record<string, string>,
    roles: roles.map(({ key, name, permissions }) => ({ key, name, permissions: [...permissions].sort() })),
    seats: Object.fromEntries(licenses.map(({ license, seats }) => [license, seats ?? null])),
  };
}

/**
 * What would change. Nothing differs after the changes were applied.
 *
 * @throws OperatorError if a setting or a value does not exist
 */
export function planConfiguration(before: Configuration, wanted: WantedConfiguration): ConfigurationChange[] {
  assertSettings(wanted.policy ?? {});
  const roles = wanted.roles as readonly ConfiguredRole[] | undefined;
  return [
    ...differences('', { name: before.name }, { name: wanted.name as string | undefined }),
    ...differences('connection/', before.connection, wanted.connection ?? {}),
    ...differences('policy/', before.policy, wanted.policy ?? {}),
    ...(roles === undefined ? [] : roleDifferences(before.roles, roles)),
    ...differences('seats/', before.seats, wanted.seats ?? {}),
  ];
}

/**
 * Applies the changes of a plan, each as its own transaction with its events, in their order. What fails ends it; what came
 * before stays, so that applying the same configuration again goes on where it ended.
 *
 * @throws OperatorError of the change that is not possible
 */
export async function applyConfiguration(
  db: Database,
  org: { id: string },
  changes: readonly ConfigurationChange[],
  at: Acting,
): Promise<void> {
  const policy = changes.filter(({ path }) => path.startsWith('policy/'));
  const isPolicyFirst = policy[0];
  for (const change of changes) {
    const [part, key = ''] = change.path.split('/') as [string, string?];
    if (part === 'name') await changeOrganization(db, org, { name: change.after as string }, at);
    if (part === 'connection') await applyConnection(db, org, key, change.after as string, at);
    // Settings that belong together change together.
    if (part === 'policy' && change === isPolicyFirst) await applyPolicy(db, org, policy, at);
    if (part === 'roles' && change.after === undefined) await removeRole(db, org, key, at);
    if (part === 'roles' && change.after !== undefined) await writeRole(db, org, change.after as ConfiguredRole, at);
    if (part === 'seats') await setSeats(db, org, key, (change.after as number | null) ?? undefined, at);
  }
}

async function applyConnection(
  db: Database,
  org: { id: string },
  key: string,
  value: string,
  at: Acting,
): Promise<void> {
  if (key === 'scimProfile') await setScimProfile(db, org, value as ProfileName, at);
  else if (value === 'on' || value === 'off') await switchConnection(db, org, value, at);
  else throw new OperatorError('setting_invalid', 'A configuration turns a connection on or off, and nothing else.');
}

async function applyPolicy(
  db: Database,
  org: { id: string },
  changes: readonly ConfigurationChange[],
  at: Acting,
): Promise<void> {
  const settings = Object.fromEntries(
    changes.map(({ path, after }) => [path.slice('policy/'.length), after as string]),
  );
  await changeAccess(db, org, at, async (tx, { policy }) => {
    const after = withSettings(policy, settings);
    const changed = Object.fromEntries(
      (Object.keys(settings) as (keyof Policy)[])
        .filter((name) => policy[name] !== after[name])
        .map((name) => [name, { before: policy[name], after: after[name] }]),
    );
    if (Object.keys(changed).length === 0) return nothingChanged;
    updatePolicy(tx, after, at.now);
    return { events: [{ kind: 'policy.changed', data: { changed } }], scope: { of: 'everyone' }, policy: after };
  });
}

function assertSettings(settings: Readonly<Record<string, string | undefined>>): void {
  try {
    withSettings({} as Policy, settings as Record<string, string>);
  } catch (error) {
    if (error instanceof PolicyError) throw new OperatorError('setting_invalid', `${error.message}.`);
    throw error;
  }
}

/** Of what is wanted, what differs. */
function differences(
  prefix: string,
  before: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): ConfigurationChange[] {
  return Object.entries(wanted)
    .filter(([key, after]) => after !== undefined && !isDeepStrictEqual(before[key], after))
    .map(([key, after]) => ({
      path: `${prefix}${key}`,
      ...(before[key] === undefined ? {} : { before: before[key] }),
      after,
    }));
}

function roleDifferences(before: readonly ConfiguredRole[], wanted: readonly ConfiguredRole[]): ConfigurationChange[] {
  const byKey = (roles: readonly ConfiguredRole[]) =>
    Object.fromEntries(
      roles.map((role) => [role.key, { ...role, permissions: [...new Set(role.permissions)].sort() }]),
    );
  const [had, has] = [byKey(before), byKey(wanted)];
  const removed = Object.entries(had).filter(([key]) => has[key] === undefined);
  return [
    ...differences('roles/', had, has),
    ...removed.map(([key, role]) => ({ path: `roles/${key}`, before: role })),
  ];
}
