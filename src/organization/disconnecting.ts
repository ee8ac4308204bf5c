/**
 * Disconnecting: the provider stops managing an organization for good, and somebody chooses what becomes of what it provisioned.
 * Whatever is chosen, people and teams that an admin made stay, and what was held and is not in force never comes.
 */
import type { MemberOrigin, MemberStatus, TeamOrigin } from './lifecycle.ts';

export const disconnectChoices = ['keep', 'suspend', 'remove', 'hand-over'] as const;

/**
 * `keep`: people and teams stay in force, and are an admin's from now on. `suspend`: the same, and people are suspended. `remove`:
 * people and the teams that the provider made are removed. `hand-over`: all stay as they are, for the next provider to take over.
 */
export type DisconnectChoice = (typeof disconnectChoices)[number];

export const choiceSays: Record<DisconnectChoice, string> = {
  keep: 'people and teams stay as they are, and are edited by hand from now on',
  suspend: 'people are suspended, and teams are edited by hand from now on',
  remove: 'people and the teams of the provider are removed, and remembered for a time',
  'hand-over': 'people and teams stay as they are, and the next provider takes them over by their names',
};

/** What an admin should know of turning off where the policy makes that the end of the connection. */
export const endsForGood =
  'Turning off ends the connection for good (setting turnOff): its SCIM tokens are refused, and there is a new connection to set up.';

/** A person or a team as it matters when the connection ends. */
export type Leaving<Origin> = {
  readonly origin: Origin;
  /** Whether it is in force at all, and not only asked for. */
  readonly isHere: boolean;
  /** Whether the provider has deleted it, which was held, and somebody else has the name since. */
  readonly isNameTaken: boolean;
};

/** What becomes of it; `drop` ends what only was asked for. */
export type Fate = DisconnectChoice | 'drop';

/** What becomes of a person of the connection. Whoever was local only while a change was held stays so. */
export function fateOfMember({ origin, isHere, isNameTaken }: Leaving<MemberOrigin>, choice: DisconnectChoice): Fate {
  if (!isHere) return 'drop';
  if (origin === 'local') return 'keep';
  return isNameTaken ? 'remove' : choice;
}

/** What becomes of a team of the connection: one that an admin made is given back. */
export function fateOfTeam({ origin, isHere, isNameTaken }: Leaving<TeamOrigin>, choice: DisconnectChoice): Fate {
  if (!isHere) return 'drop';
  if (isNameTaken && origin !== 'local') return 'remove';
  if (choice === 'hand-over' && origin !== 'local') return 'hand-over';
  return choice === 'remove' && origin === 'synced' ? 'remove' : 'keep';
}

/** Whether somebody is in force by it: whoever is `held` is only asked for. */
export const isInForce = (status: MemberStatus): boolean => status !== 'held' && status !== 'removed';

/** Whether a provider that was disconnected managed a person or a team, and no other has taken it over yet. */
export const isHandedOver = ({ origin, connectionId }: { origin: string; connectionId: string | undefined }): boolean =>
  origin !== 'local' && connectionId === undefined;
