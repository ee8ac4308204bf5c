/** How the console says what a team is, and whether somebody is in it. */

import type { Mapping } from '../../../src/http/api/schemas/access.ts';
import type { TeamOfMemberList } from '../../../src/http/api/schemas/member.ts';
import type { Team } from '../../../src/http/api/schemas/team.ts';
import type { LocksProps } from '../locks/Locks.tsx';
import { heldText } from '../people/words.ts';

type Sides = Pick<TeamOfMemberList['items'][number], 'asked' | 'inForce' | 'held' | 'reason'>;

/** Why somebody is not in a team that they are asked to be in, by the rule. */
const waits: Record<string, string> = {
  'member-suspended': 'Waits: is suspended',
  'member-invited': 'Waits: has not accepted the invitation',
  'member-held': 'Waits: is not here yet',
  'member-unlicensed': 'Waits: has no license',
  'no-member-by-hand': 'Taken out by hand',
};

/** Whether somebody is in a team, and if not why. */
export function membershipText({ asked, inForce, held, reason }: Sides): string {
  if (held !== null) return `${inForce ? 'In the team, is to leave it' : 'Is to be in the team'}: ${heldText(held)}`;
  if (inForce) return asked ? 'In the team' : 'In the team, put there by hand';
  return waits[reason.rule] ?? 'Waits for the team';
}

/** What the kinds of a team are called, and what each means. */
export const kindWords: Record<Team['origin'], { name: string; means: string }> = {
  local: { name: 'Local', means: 'an admin made it, and says who is in it' },
  synced: { name: 'Synced', means: 'the provider made it, and says who is in it' },
  linked: { name: 'Linked', means: 'an admin made it, and the provider says since then who is in it' },
};

/** What the provider asks of a team and what is not so, each in words. */
export function differencesOfTeam({ name, askedName, origin, isHere, isAskedFor, held }: Team): string[] {
  const because = held === null ? '' : `: ${heldText(held)}`;
  if (!isAskedFor) return [`The provider has deleted the team${because}`];
  if (!isHere) return [`The provider asks for the team${because}`];
  if (origin !== 'local' && askedName !== name) return [`The provider’s name for it is ${askedName}${because}`];
  return held === null ? [] : [`What the provider asks is not in force${because}`];
}

/** What a team gives to those who are in it. */
export const givesText = (gives: Pick<Mapping, 'role' | 'license'> | undefined, none = 'nothing'): string =>
  [gives?.role && `role ${gives.role}`, gives?.license && `license ${gives.license}`].filter(Boolean).join(', ') ||
  none;

/** People in a team, in a word or two. */
export const peopleText = (count: number): string =>
  `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'}`;

/** What the lock on a team keeps from being done by hand. */
export const lockedOfTeam: LocksProps['words'] = {
  'edit-team': 'The name, who is in it, and removing it',
};
