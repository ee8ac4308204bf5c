import type { FeedEventBody } from '../events/feed.ts';
import type { AccessRules } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { Resource } from '../scim/schema.ts';
import type { MemberInForce } from '../store/member-writing.ts';
import { accessData } from './access-of-request.ts';
import { memberRef, profileData } from './references.ts';

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
