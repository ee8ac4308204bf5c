import type { FeedEventBody } from '../events/feed.ts';
import { teamAfter } from '../organization/lifecycle.ts';
import { takeOverMemberships } from '../store/by-hand-writing.ts';
import type { Database } from '../store/database.ts';
import { partTeams } from '../store/disconnect-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateTeam, updateTeamLinking } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { askedTeam } from './asked-team.ts';
import { commitByHand } from './commit-by-hand.ts';
import { nameTaken } from './edit-team.ts';
import { assertDeletionNotHeld, teamToChange } from './locked.ts';
import { teamRef } from './references.ts';

/**
 * Parts a team from the provider: it stays as it is, with its people and what it gives, and is an admin's to edit. The provider
 * does not take it over again until an admin allows it. One that the provider has deleted, which an admin discarded, becomes an
 * admin's altogether.
 *
 * @returns false if no provider manages the team
 * @throws OperatorError not_found, or refused while the batch holds that the provider deleted the team, or if another team has got the
 *   name meanwhile
 */
export async function unlinkTeam(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  let name = '';
  return await commitByHand(
    db,
    org,
    at,
    async (tx, { now }) => {
      const found = await teamToChange(tx, id, at);
      const { origin, inForceName, scim, version, isAskedFor } = found;
      await assertDeletionNotHeld(tx, found, `the team "${inForceName}"`);
      if (teamAfter(origin, 'unlinked-by-hand') === undefined) return { result: false, events: [] };
      name = inForceName;
      if (!isAskedFor) partTeams(tx, [id], 'local', now);
      updateTeamLinking(tx, id, { origin: 'local', linking: 'refused' });
      takeOverMemberships(tx, { teamIds: [id] });
      const team = teamRef(id, inForceName);
      const events: FeedEventBody[] = [{ kind: 'team.unlinked', data: { team, before: origin, after: 'local' } }];
      // A local team has one name: what the provider had asked is free again.
      if (scim.displayName !== inForceName) {
        const asked = askedTeam({ ...scim, displayName: inForceName });
        const local = { id, connectionId: undefined, origin: 'local', linking: 'refused' } as const;
        updateTeam(tx, { ...local, version: version + 1, asked, inForceName, now });
        const changed = { displayName: { before: scim.displayName, after: inForceName } };
        events.push({ kind: 'team.updated', data: { team, changed } });
      }
      return { result: true, events, teams: isAskedFor ? 0 : 1 };
    },
    () => nameTaken(name),
  );
}

/**
 * Lets the provider take over a local team, which it does with its next request about the team, whatever the policy.
 *
 * @returns false if it was allowed before
 * @throws OperatorError not_found, or refused if a provider manages the team
 */
export async function allowTeamLinking(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx) => {
    const { origin, linking, inForceName } = await teamToChange(tx, id, at);
    if (origin !== 'local') {
      throw new OperatorError('refused', `The team "${inForceName}" is managed by the provider already.`);
    }
    if (linking === 'allowed') return { result: false, events: [] };
    updateTeamLinking(tx, id, { origin, linking: 'allowed' });
    return { result: true, events: [{ kind: 'team.linking_allowed', data: { team: teamRef(id, inForceName) } }] };
  });
}
