import type { MemberRef, TeamRef } from '../events/feed.ts';
import type { Resource } from '../scim/schema.ts';

/** How events name a member. */
export function memberRef(id: string, { userName, externalId }: Resource): MemberRef {
  return {
    id,
    userName: userName as string,
    ...(externalId === undefined ? {} : { externalId: externalId as string }),
  };
}

/** How events name a team. */
export const teamRef = (id: string, displayName: string): TeamRef => ({ id, displayName });

/** What events say of a person's profile in force. */
export const profileData = ({ name, email }: { name: string; email: string | undefined }) => ({
  name,
  ...(email === undefined ? {} : { email }),
});
