/** How the console says what a person is. */
import type { Member } from '../../../src/http/api/schemas/member.ts';
import type { LocksProps } from '../locks/Locks.tsx';

type Status = Member['status'];

/** What the states of a person are called, and the color of each. */
export const statusWords: Record<Status, { name: string; color: string }> = {
  active: { name: 'Active', color: 'green' },
  invited: { name: 'Invited', color: 'blue' },
  suspended: { name: 'Suspended', color: 'orange' },
  held: { name: 'Not here yet', color: 'gray' },
  removed: { name: 'Removed', color: 'gray' },
};

/** The states to choose from; those who were removed have a list of their own. */
export const statusChoices = [
  { value: '', label: 'Everybody' },
  ...(['active', 'suspended', 'invited', 'held'] as const).map((value) => ({ value, label: statusWords[value].name })),
];

export const originWords: Record<Member['origin'], string> = {
  local: 'Made here',
  provisioned: 'The provider',
  claimed: 'Made here, taken over by the provider',
};

const heldWords: Record<NonNullable<Member['held']>['why'], string> = {
  off: 'the connection is off',
  observing: 'the connection observes',
  paused: 'the connection is paused',
  braked: 'the brake holds it',
  settling: 'it is being put in force now',
  discarded: 'an admin has discarded it',
};

/** Why what is asked of a person or a team is not in force. */
export const heldText = ({ why }: NonNullable<Member['held']>): string => heldWords[why];

/** What the provider asks of a person and what is not so, each in words. */
export function differencesOf(member: Member & Partial<{ askedName: string; askedEmail: string | null }>): string[] {
  const { status, origin, askedActive, isAskedFor, held, waitingEmail, askedName, askedEmail } = member;
  const isManaged = origin !== 'local';
  const because = held === null ? '' : `: ${heldText(held)}`;
  if (!isAskedFor && status !== 'removed') return [`The provider has deleted the person${because}`];
  const differences: string[] = [];
  if (status === 'held') differences.push(`The provider asks for the person${because}`);
  else if (isManaged && askedActive && status === 'suspended') {
    differences.push(`The provider says active${because}`);
  } else if (isManaged && !askedActive && (status === 'active' || status === 'invited')) {
    differences.push(`The provider says inactive${because}`);
  } else if (held !== null) differences.push(`What the provider asks is not in force${because}`);
  if (isManaged && status !== 'held' && askedName !== undefined && askedName !== member.name) {
    differences.push(`The provider’s name for the person is ${askedName}`);
  }
  if (waitingEmail !== null) {
    differences.push(`The address ${waitingEmail.address} waits until the person has confirmed it`);
  } else if (isManaged && status !== 'held' && typeof askedEmail === 'string' && askedEmail !== member.email) {
    differences.push(`The provider’s address for the person is ${askedEmail}`);
  }
  return differences;
}

/** The license, or the one that the person waits for. */
export const licenseText = ({ license, waitsFor }: Pick<Member, 'license' | 'waitsFor'>): string =>
  license ?? (waitsFor === null ? '—' : `waits for ${waitsFor}`);

/** What each lock on a person keeps from being done by hand. */
export const lockedOfPerson: LocksProps['words'] = {
  'edit-member': 'The name, the address and the status, and removing the person',
  'give-access': 'Role and license',
};
