import type { AccessOfCreated, FeedEventBody } from '../events/feed.ts';
import type { AccessRules } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { Resource } from '../scim/schema.ts';
import type { MemberInForce } from '../store/member-writing.ts';
import { memberRef, profileData } from './references.ts';

/** Role and license of a person who is here from now on, as the changes that bring them leave them. */
function accessData(changes: readonly Change[], rules: AccessRules): AccessOfCreated {
  let data: AccessOfCreated = { role: rules.roleByDefault };
  for (const change of changes) {
    if (change.kind === 'member.role') {
      const { reason, to } = change;
      data = {
        ...data,
        role: to.role,
        ...(to.customRoles.length === 0 ? {} : { customRoles: to.customRoles }),
        ...(reason.rule === 'role-by-default' ? {} : { roleReason: reason }),
      };
    }
    if (change.kind !== 'member.license') continue;
    if (change.to !== undefined) data = { ...data, license: change.to };
    if (change.waitsFor !== undefined) data = { ...data, waitsFor: change.waitsFor };
  }
  return data;
}

/**
 * What the feed says of a person who is here from now on.
 *
 * @param returns the id of the removed member who came back
 */
export function createdEvent(
  id: string,
  resource: Resource,
  inForce: MemberInForce,
  access: { changes: readonly Change[]; rules: AccessRules },
  returns: string | undefined,
): FeedEventBody {
  const data = {
    member: memberRef(id, resource),
    status: inForce.status,
    ...profileData(inForce),
    ...accessData(access.changes, access.rules),
    ...(returns === undefined ? {} : { returns }),
    reason: inForce.statusReason,
  };
  return { kind: 'member.created', data };
}
