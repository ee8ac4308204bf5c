/**
 * Locks: what an admin may not edit because the identity provider manages it. The API keeps them, whoever asks; the console
 * only shows them.
 */
import type { Policy } from './policy.ts';

/** What an admin is about to do. */
export type Edit =
  | 'add-member' // make a person beside the provider
  | 'edit-member' // the name, the address or the status of a person, or remove them
  | 'give-access' // a role or a license of a person
  | 'edit-team'; // the name of a team, who is in it, or remove it

/** What a lock is on. A new person is managed by nobody yet. */
export type Lockable = {
  /** Whether the provider manages it. */
  readonly isManaged: boolean;
  /** False if the provider has deleted it, which is held. */
  readonly isAskedFor?: boolean;
  /** Until when an admin has unlocked it. */
  readonly unlockedUntil: Date | undefined;
};

export type Lock = {
  readonly setting: 'addByHand' | 'editMembersByHand' | 'editTeamsByHand';
  /** Where the change belongs, and the ways to make it here all the same. */
  readonly wayOut: string;
};

/**
 * The lock that keeps an admin from an edit; undefined if nothing does. An organization that is not connected has none
 * (K8, K9, K10), and *manual updates* opens all (B49).
 */
export function lockOn(
  edit: Edit,
  { isManaged, isAskedFor = true, unlockedUntil }: Lockable,
  { policy, isConnected, now }: { policy: Policy; isConnected: boolean; now: Date },
): Lock | undefined {
  if (!isConnected || policy.manualUpdates === 'on') return undefined;
  if (unlockedUntil !== undefined && unlockedUntil > now) return undefined;
  const way = 'or allow manual updates (setting manualUpdates)';
  switch (edit) {
    case 'add-member':
      if (policy.addByHand === 'allowed') return undefined;
      return {
        setting: 'addByHand',
        wayOut: `Assign the person to the app in the identity provider, ${way}`,
      };
    case 'edit-member':
      if (!isManaged || policy.editMembersByHand === 'allowed') return undefined;
      return {
        setting: 'editMembersByHand',
        wayOut: isAskedFor
          ? `Change the person in the identity provider, unlock the member for some hours, ${way}`
          : `The provider has deleted the person, which is held: let the batch go, or discard it and then remove or unlink the member; or unlock the member for some hours, ${way}`,
      };
    case 'give-access':
      if (!isManaged || policy.editMembersByHand !== 'blocked') return undefined;
      return {
        setting: 'editMembersByHand',
        wayOut: `Unlock the member for some hours, ${way}`,
      };
    case 'edit-team':
      if (!isManaged || policy.editTeamsByHand === 'allowed') return undefined;
      return {
        setting: 'editTeamsByHand',
        wayOut: `Change the group in the identity provider, unlock the team for some hours, ${way}`,
      };
  }
}
