import type { Command } from 'commander';
import { type ConnectionOptions, repeated, withConnection } from './command-options.ts';
import type { Okta } from './okta.ts';
import { type OktaState, type OktaUser, readState, type UserProfile } from './state.ts';
import { type Outcome, printOutcome, table } from './terminal.ts';

type WithOkta = (options: ConnectionOptions, act: (okta: Okta) => Promise<Outcome>) => Promise<void>;

/** The commands of an Okta admin's day. Each changes the directory of the state file and sends what follows. */
export function addDirectoryCommands(program: Command, stateFile: string, withOkta: WithOkta): void {
  const command = (name: string, description: string): Command =>
    withConnection(program.command(name).description(description), stateFile);
  const withSet = (set: Command): Command =>
    set.option('--set <attribute=value>', 'attribute of the Okta profile; empty takes it away (repeatable)', repeated);

  withSet(command('assign', 'assign the app to users; who is new is added, who is deactivated is activated'))
    .argument('<login...>')
    .action((logins: string[], options: ConnectionOptions & { set?: string[] }) =>
      withOkta(options, async (okta) => {
        for (const login of logins) {
          const user = okta.users.find(login) ?? okta.users.add(newProfile(login));
          if (options.set) okta.users.change(user.id, readChanges(options.set));
          if (user.status === 'DEPROVISIONED') okta.users.activate(user.id);
          okta.app.assign(user.id);
        }
        return settle(okta);
      }),
    );

  withSet(command('update', 'change the profile of a user'))
    .argument('<login>')
    .action((login: string, options: ConnectionOptions & { set?: string[] }) =>
      withOkta(options, async (okta) => {
        okta.users.change(findUser(okta, login).id, readChanges(options.set ?? []));
        return settle(okta);
      }),
    );

  command('set-password', 'change the password of a user; sent when toApp.syncPassword is on')
    .argument('<login>')
    .argument('<password>')
    .action((login: string, password: string, options: ConnectionOptions) =>
      withOkta(options, async (okta) => {
        okta.users.setPassword(findUser(okta, login).id, password);
        return settle(okta);
      }),
    );

  command('deactivate', 'deactivate users in Okta, or only take the app away')
    .argument('<login...>')
    .option('--unassign', 'leave the Okta user active')
    .action((logins: string[], options: ConnectionOptions & { unassign?: boolean }) =>
      withOkta(options, async (okta) => {
        for (const login of logins) {
          const { id } = findUser(okta, login);
          if (options.unassign) okta.app.unassign(id);
          else okta.users.deactivate(id);
        }
        return settle(okta);
      }),
    );

  command('push-group', 'push a group by name; members may join or leave first')
    .argument('<name>')
    .option('--member <login>', 'joins the group (repeatable)', repeated)
    .option('--remove-member <login>', 'leaves the group (repeatable)', repeated)
    .option('--rename <name>', 'new name of the group')
    .option('--later', 'without Push group memberships immediately')
    .action(
      (
        name: string,
        options: ConnectionOptions & { member?: string[]; removeMember?: string[]; rename?: string; later?: boolean },
      ) =>
        withOkta(options, async (okta) => {
          const group = okta.groups.find(name) ?? okta.groups.add(name);
          const ids = (logins: string[] = []): string[] => logins.map((login) => findUser(okta, login).id);
          okta.groups.addMembers(group.id, ids(options.member));
          okta.groups.removeMembers(group.id, ids(options.removeMember));
          if (options.rename !== undefined) okta.groups.rename(group.id, options.rename);
          okta.push.group(group.id, !options.later);
          return settle(okta);
        }),
    );

  command('push-now', 'push everything of a group over what the app has')
    .argument('<name>')
    .action((name: string, options: ConnectionOptions) =>
      withOkta(options, async (okta) => {
        okta.push.now(findGroup(okta, name));
        return settle(okta);
      }),
    );

  command('unlink', 'end the push of a group')
    .argument('<name>')
    .option('--delete', 'delete the group in the app')
    .action((name: string, options: ConnectionOptions & { delete?: boolean }) =>
      withOkta(options, async (okta) => {
        okta.push.unlink(findGroup(okta, name), options.delete ?? false);
        return settle(okta);
      }),
    );

  command('import', 'Import Now').action((options: ConnectionOptions) =>
    withOkta(options, async (okta) => {
      okta.app.importNow();
      const outcome = await settle(okta);
      const rows = okta.engine.state.app.importedUsers.map(({ userName, active, result }) => [
        userName,
        active ? 'active' : 'inactive',
        result,
      ]);
      const json = { ...(outcome.json as object), importedUsers: okta.engine.state.app.importedUsers };
      return { ...outcome, json, text: `${table(['account', 'state', 'result'], rows)}\n\n${outcome.text}` };
    }),
  );

  command('retry', 'retry failed tasks and group pushes, as an admin under Tasks').action(
    (options: ConnectionOptions) =>
      withOkta(options, async (okta) => {
        okta.retryTasks();
        return settle(okta);
      }),
  );

  program
    .command('status')
    .description("what Okta's admin sees: assignments, Push Groups, Tasks; sends nothing")
    .option('--state <file>', "Okta's memory", stateFile)
    .option('--json', 'print one JSON document on stdout')
    .action(({ state: file, json }: { state: string; json?: boolean }) => {
      const state = readState(file);
      if (!state) throw new Error(`there is no state file ${file}; okta-sim assign begins one`);
      printOutcome(status(state), json ?? false);
    });

  command('force-sync', 'push the profile of every provisioned user').action((options: ConnectionOptions) =>
    withOkta(options, async (okta) => {
      okta.app.forceSync();
      return settle(okta);
    }),
  );
}

/** Sends what is queued, and tells what an admin would see. */
async function settle(okta: Okta): Promise<Outcome> {
  const from = okta.engine.state.log.length;
  const { tasks, mappingsInError } = await okta.settle();
  const entries = okta.engine.state.log.slice(from);
  const problems = [
    ...tasks.map(({ message }) => message),
    ...mappingsInError.map(({ error }) => error ?? 'a group push is in error'),
  ];
  const lines = entries.map(({ eventType, outcome, target }) => `${outcome.result.padEnd(7)}  ${eventType}  ${target}`);
  const text = [...lines, ...problems].join('\n') || 'Nothing to send.';
  return { text, json: { log: entries, tasks, mappingsInError }, ok: problems.length === 0 };
}

function status(state: OktaState): Outcome {
  const users = Object.values(state.app.users);
  const mappings = Object.values(state.app.mappings);
  const assignments = users.map((user) => [
    user.userName,
    user.assigned ? 'assigned' : '',
    user.status,
    user.externalId ?? '',
  ]);
  const pushes = mappings.map(({ groupId, status: push, origin, pushedMembers }) => [
    state.groups[groupId]?.name ?? groupId,
    push,
    origin,
    Object.keys(pushedMembers).length,
  ]);
  const text = [
    table(['user', 'assignment', 'state', 'id in the app'], assignments),
    table(['group', 'state', 'origin', 'members'], pushes),
    ...state.tasks.map(({ message }) => message),
    ...mappings.map(({ error }) => error).filter((error) => error !== undefined),
  ].join('\n\n');
  return { text, json: { users, mappings, tasks: state.tasks }, ok: true };
}

function findUser(okta: Okta, login: string): OktaUser {
  const user = okta.users.find(login);
  if (!user) throw new Error(`Okta has no user ${login}; okta-sim assign adds one`);
  return user;
}

function findGroup(okta: Okta, name: string): string {
  const group = okta.groups.find(name);
  if (!group) throw new Error(`Okta has no group ${name}; okta-sim push-group adds one`);
  return group.id;
}

function readChanges(assignments: string[]): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new Error(`expected attribute=value, not ${assignment}`);
    changes[assignment.slice(0, at)] = assignment.slice(at + 1) || null;
  }
  return changes;
}

/** A person from nothing but a login: Okta needs names, so they are made of the address. */
function newProfile(login: string): UserProfile {
  const [local = login] = login.split('@');
  const [first = local, last = 'Doe'] = local.split(/[._+-]/);
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  return {
    login,
    email: login,
    firstName: capital(first),
    lastName: capital(last),
    displayName: `${capital(first)} ${capital(last)}`,
  };
}
