import { type ScimError, uniqueness } from '../scim/errors.ts';
import type { AskedMember } from '../store/member-writing.ts';
import { findUserNameHolder } from '../store/members.ts';
import { findTeamsNamed } from '../store/team-list.ts';
import type { AskedTeam } from '../store/team-writing.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { valueConflict } from './value-conflict.ts';

/**
 * The refusal for a member whose name or external id is taken (RFC 7644 §3.3.1), in words an admin can act on. A create
 * that is repeated finds both taken, by the same person; the name is then what helps to find them. Who is there already and
 * gets another name is not created: assigning again would send the same.
 */
export async function memberConflict(
  { db, organization, record, types }: ProvisioningRequest,
  asked: AskedMember,
  constraint: string,
  act: 'create' | 'change',
): Promise<ScimError> {
  if (constraint === 'attribute_values_unique') return valueConflict(types.user, asked.scim);
  const holder = await findUserNameHolder(db, organization.id, asked.userNameKey);
  const isNameTaken = holder !== undefined && holder.id !== record.resourceId;
  if (constraint === 'members_external_id' && !isNameTaken) {
    return uniqueness(
      `externalId "${asked.externalId}" already belongs to another member of this organization. ` +
        'Unassign the other person from the app, or give this one another external id',
    );
  }
  if (act === 'change') {
    return uniqueness(
      `userName "${asked.userName}" already belongs to another member of this organization${isNameTaken ? ` (id ${holder.id}, ${holder.status})` : ''}. ` +
        'Give this person another username in the provider, or free the name here by giving that member another one or removing them',
    );
  }
  return uniqueness(
    `userName "${asked.userName}" already belongs to a member of this organization${isNameTaken ? ` (${holder.status})` : ''}. ` +
      'To link that member instead of creating one, assign the person again so that the provider looks for the userName first',
  );
}

/** The refusal for a team whose name or external id is taken. */
export async function teamConflict(
  { db, organization, record, types }: ProvisioningRequest,
  asked: AskedTeam,
  constraint: string,
): Promise<ScimError> {
  if (constraint === 'attribute_values_unique') return valueConflict(types.group, asked.scim);
  if (constraint === 'teams_name_in_force') {
    const found = await findTeamsNamed(db, organization, [asked.displayName]);
    const holder = found.find(({ id }) => id !== record.resourceId);
    return uniqueness(
      `The name "${asked.displayName}" is in force for another team of this organization, which the provider calls otherwise. ` +
        `Give that team another name in Rollcall (rollcall team rename <org> ${holder?.id ?? '<team>'} <name>), or this group in the provider`,
    );
  }
  return constraint === 'teams_external_id'
    ? uniqueness(`externalId "${asked.externalId}" already belongs to another team of this organization`)
    : uniqueness(
        `A team named "${asked.displayName}" already exists in this organization. ` +
          'Link the pushed group to it, or rename one of the two',
      );
}
