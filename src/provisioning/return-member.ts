import { v7 as newUuid } from 'uuid';
import { isToAccept } from '../organization/lifecycle.ts';
import { organizationTypes } from '../scim/organization-types.ts';
import { readAccess } from '../store/access-rows.ts';
import type { Database } from '../store/database.ts';
import { readDefinitions } from '../store/definitions.ts';
import { OperatorError } from '../store/operator-error.ts';
import { lockRemovedMember } from '../store/remembered.ts';
import type { Creating } from './acting.ts';
import { assertMayAdd, insertByHand, userNameTaken } from './add-member.ts';
import { commitByHand } from './commit-by-hand.ts';
import { writeDefinedAttributes } from './defined-attributes.ts';
import { assertMayGive, saysOf } from './may-give.ts';

const actOf = { active: 'restored-by-hand', suspended: 'suspended-by-hand', invited: 'invited-by-hand' } as const;

/**
 * Brings a removed person back while they are remembered: a local member with the same profile, the role and license by hand and
 * the teams that an admin had put them into. The id is another one, since to the provider the old one is gone for good (RFC 7644
 * §3.6); the provider's next request about the userName links the member as the policy says (K1). API keys that ended stay ended.
 *
 * @param status what the person is to be; whoever is to be invited is so anew, by mail
 * @throws OperatorError not_found if no such person is remembered, locked (K8), or refused if the userName is taken or there is no
 *   seat
 */
export async function returnMember(
  db: Database,
  org: { id: string },
  removedId: string,
  at: Creating<{ id: string }>,
  status: keyof typeof actOf = 'active',
): Promise<{ id: string }> {
  const id = newUuid({ msecs: at.now.getTime() });
  let userName = '';
  return await commitByHand(
    db,
    org,
    at,
    async (tx, context) => {
      const removed = await lockRemovedMember(tx, removedId, context.now);
      if (removed === undefined) {
        throw new OperatorError(
          'not_found',
          `No removed member ${removedId} is remembered in this organization: members --removed lists those that are.`,
        );
      }
      // Nothing to unlock would help with somebody who is not remembered.
      assertMayAdd(context);
      // What the provider calls the person was the provider's, and it may call somebody new so.
      const { externalId: _, ...own } = removed.scim;
      const resource = { ...own, active: status !== 'suspended' };
      userName = removed.scim.userName as string;
      const isInvited = status === 'active' && isToAccept(removed, context.governed.policy);
      const act = actOf[isInvited ? 'invited' : status];
      const outcome = await insertByHand(tx, { id, resource, act, remembered: removed }, context, at);
      // By what an admin had given, or by a team that the person is in again.
      const [back] = await readAccess(tx, [id]);
      const has = { roles: back === undefined ? [] : [back.inForce.role, ...back.inForce.customRoles] };
      await assertMayGive(tx, has, at, saysOf(userName, 'has', has));
      const { definitions, version } = await readDefinitions(tx);
      const types = organizationTypes(definitions, version);
      const change = { type: types.user, id, before: undefined, after: resource };
      return { ...outcome, definitions: writeDefinedAttributes(tx, { types }, change) };
    },
    () => userNameTaken(userName),
  );
}
