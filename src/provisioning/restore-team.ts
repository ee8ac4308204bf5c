import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import { isBuiltInRole } from '../organization/roles.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { forget, lockRemovedTeam } from '../store/remembered.ts';
import { lockRole, updateTeamGrants } from '../store/role-writing.ts';
import { insertTeam } from '../store/team-writing.ts';
import type { Creating } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { askedByHand, nameTaken } from './edit-team.ts';
import { assertMayGive, saysOf } from './may-give.ts';
import { teamRef } from './references.ts';

/**
 * Brings a removed team back while it is remembered (K13): a local team of the same name, without people, that gives what the
 * removed one gave. It has an id of its own, since to the provider the old one is gone for good (RFC 7644 §3.6).
 *
 * @throws OperatorError not_found if no such team is remembered, or refused if the name is taken
 */
export async function restoreTeam(
  db: Database,
  org: { id: string },
  removedId: string,
  at: Creating<{ id: string }>,
): Promise<{ id: string }> {
  const id = newUuid({ msecs: at.now.getTime() });
  let name = '';
  return await commitByHand(
    db,
    org,
    at,
    async (tx, { source, now, rules }) => {
      const removed = await lockRemovedTeam(tx, removedId, now);
      if (removed === undefined) {
        throw new OperatorError(
          'not_found',
          `No removed team ${removedId} is remembered in this organization: teams --removed lists those that are.`,
        );
      }
      name = removed.name;
      // A role or license that has ended since then is not given again.
      const isKnown = async (role: string) => isBuiltInRole(role) || (await lockRole(tx, role)) !== undefined;
      const role = removed.role !== null && (await isKnown(removed.role)) ? removed.role : null;
      const isLicense = removed.license !== null && rules.licenses.types.includes(removed.license);
      const license = isLicense ? removed.license : null;
      const gives = { roles: role === null ? [] : [role], license: license !== null };
      await assertMayGive(tx, gives, at, saysOf(`The team "${name}"`, 'gives', gives));
      insertTeam(tx, {
        id,
        connectionId: undefined,
        origin: 'local',
        asked: askedByHand(name),
        inForceName: name,
        now,
      });
      forget(tx, 'teams', [removedId], now);
      const team = teamRef(id, name);
      const reason = { rule: 'restored-by-hand' as const, ...source };
      const events: FeedEventBody[] = [{ kind: 'team.created', data: { team, returns: removedId, reason } }];
      if (role !== null || license !== null) {
        updateTeamGrants(tx, id, { role, license });
        const before = { role: null, license: null };
        events.push({ kind: 'team.mapped', data: { team, before, after: { role, license } } });
      }
      const created = { id };
      at.remember?.(tx, created);
      return { result: created, events, teams: 1 };
    },
    () => nameTaken(name),
  );
}
