import { memberActs, teamActs } from './lifecycle.ts';
import type { Reason, Rule } from './plan.ts';

/** Why something is in force, in the words of an admin: what each rule of a reason says. */
export const ruleSays: Record<Rule, string> = {
  ...memberActs,
  'asked-profile': 'the provider wrote the name or the e-mail address',
  'asked-name': 'the provider wrote the name of the group',
  'asked-member': 'the provider put the person into the group',
  'asked-no-member': 'the provider took the person out of the group',
  'member-by-hand': 'an admin put the person into the team',
  'no-member-by-hand': 'an admin took the person out of the team',
  held: 'the provider asks for it, and it is held back',
  'member-held': 'the person is to be in the team and is not here yet',
  'member-invited': 'the person is to be in the team and has not accepted the invitation yet',
  'member-suspended': 'the person is to be in the team and is suspended',
  'member-removed': 'the person is no longer in the organization',
  'member-unlicensed': 'the person is to be in the team and has no license',
  'role-by-default': 'nobody gave the person another role',
  'role-by-hand': 'an admin gave the person the role',
  'role-by-team': 'a team that an admin mapped to the role gives it',
  'role-below-ceiling':
    'a team is mapped to a stronger role, and the token that filled the team may give no more than this',
  'custom-role-by-team':
    'a team that an admin mapped to a custom role gives that one, and nobody gave the person another role besides',
  'role-by-hand-and-team':
    'an admin gave the person the role, and a team that an admin mapped to a custom role gives that one',
  'license-by-default': 'no other rule gives the person a license',
  'license-by-hand': 'an admin gave the person the license',
  'license-by-team': 'a team that an admin mapped to the license gives it',
  'license-by-sign-in': 'a group in the last sign-in, which an admin mapped to the license, gives it',
  'license-by-attribute': 'the provider’s attribute names it',
  'license-of-inactive': 'whoever is not active has no seat',
  'licenses-unused': 'the organization does not use licenses',
  'no-seat': 'all seats are taken, and the person waits for one',
};

/** The same of what happens to a team. What can happen to both has one name, and other words. */
const teamRuleSays: Record<Rule, string> = { ...ruleSays, ...teamActs, 'asked-name': ruleSays['asked-name'] };

/**
 * Why a change is to be, in the words of an admin.
 *
 * @param kind of the change, or of the item of a plan that shows it. Whoever leaves a team because it goes leaves by the rule of the team
 */
export const whySays = (kind: string, { rule }: Reason): string =>
  (kind.startsWith('team.') || kind === 'membership' ? teamRuleSays : ruleSays)[rule];
