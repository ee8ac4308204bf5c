import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAddressCommands } from './addresses.ts';
import { addApiKeyCommands } from './api-keys.ts';
import { addConfigurationCommands } from './configuration.ts';
import { addConnectionCommands } from './connection.ts';
import { addHealthCommands } from './connection-health.ts';
import { addDefinitionCommands } from './definitions.ts';
import { addDomainCommands } from './domains.ts';
import { addEventCommands } from './events.ts';
import { addHeldCommands } from './held.ts';
import { addHistoryCommands } from './history.ts';
import { addLicenseCommands } from './licenses.ts';
import { addMailCommands } from './mail.ts';
import { addMemberEditCommands } from './member-edits.ts';
import { addMemberCommands } from './members.ts';
import { addMigrateCommand } from './migrate.ts';
import { addOperatorKeyCommand } from './operator-key.ts';
import { addOrganizationCommands } from './organizations.ts';
import { addPolicyCommands } from './policy.ts';
import { addReconcileCommands } from './reconcile.ts';
import { addRemovedCommand } from './removed.ts';
import { addRequestCommands } from './requests.ts';
import { addRoleCommands } from './roles.ts';
import { addScimCommands } from './scim-connection.ts';
import { addServeCommand } from './serve.ts';
import { addSignInCommands } from './sign-in.ts';
import type { Surroundings } from './surroundings.ts';
import { addTeamEditCommands } from './team-edits.ts';
import { addTeamCommands } from './teams.ts';
import { addTokenCommands } from './tokens.ts';
import { addUndoCommands } from './undo.ts';

/**
 * Runs the `rollcall` command and resolves to its exit code. A failure is one sentence on standard error.
 *
 * @param args without the names of Node and of the program
 */
export async function run(args: string[], surroundings: Surroundings): Promise<number> {
  try {
    await rollcallCommand(surroundings).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // commander has written its message already, and --help and --version end this way too
    if (error instanceof CommanderError) return error.exitCode;
    surroundings.err(`rollcall: ${sentenceOf(error, surroundings)}\n`);
    return 1;
  }
}

/** The `rollcall` command with all its subcommands. */
export function rollcallCommand(surroundings: Surroundings): Command {
  const program = new Command('rollcall')
    .description('Puts a customer’s identity provider in charge of who is in an organization.')
    .version(readVersion())
    .showHelpAfterError('(rollcall --help lists the commands)')
    .configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err })
    .exitOverride();
  addServeCommand(program, surroundings);
  addMigrateCommand(program, surroundings);
  addOrganizationCommands(program, surroundings);
  addTokenCommands(program, surroundings);
  addApiKeyCommands(program, surroundings);
  addScimCommands(program, surroundings);
  addConnectionCommands(program, surroundings);
  addSignInCommands(program, surroundings);
  addHeldCommands(program, surroundings);
  addHealthCommands(program, surroundings);
  addReconcileCommands(program, surroundings);
  addAddressCommands(program, surroundings);
  addConfigurationCommands(program, surroundings);
  addPolicyCommands(program, surroundings);
  addMemberCommands(program, surroundings);
  addMemberEditCommands(program, surroundings);
  addMailCommands(program, surroundings);
  addDomainCommands(program, surroundings);
  addTeamCommands(program, surroundings);
  addTeamEditCommands(program, surroundings);
  addRoleCommands(program, surroundings);
  addLicenseCommands(program, surroundings);
  addRequestCommands(program, surroundings);
  addDefinitionCommands(program, surroundings);
  addEventCommands(program, surroundings);
  addHistoryCommands(program, surroundings);
  addRemovedCommand(program, surroundings);
  addUndoCommands(program, surroundings);
  addOperatorKeyCommand(program, surroundings);
  return program;
}

function readVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}

/** Nobody but a developer of Rollcall can use a stack, who asks for it with the log level. */
function sentenceOf(error: unknown, { env }: Surroundings): string {
  if (!(error instanceof Error)) return String(error);
  if (env.ROLLCALL_LOG_LEVEL === 'debug' || env.ROLLCALL_LOG_LEVEL === 'trace') return error.stack ?? error.message;
  return error.message;
}
