import { teamAfter } from '../organization/lifecycle.ts';
import { takeOverMemberships } from '../store/by-hand-writing.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateTeamLinking } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { teamToChange } from './locked.ts';
import { teamRef } from './references.ts';

/**
 * Parts a team from the provider: it stays as it is, with its people and what it gives, and is an admin's to edit. The provider
 * does not take it over again until an admin allows it.
 *
 * @returns false if no provider manages the team
 * @throws OperatorError not_found
 */
export async function unlinkTeam(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx) => {
    const { origin, inForceName } = await teamToChange(tx, id, at);
    if (teamAfter(origin, 'unlinked-by-hand') === undefined) return { result: false, events: [] };
    updateTeamLinking(tx, id, { origin: 'local', linking: 'refused' });
    takeOverMemberships(tx, [id]);
    const data = { team: teamRef(id, inForceName), before: origin, after: 'local' as const };
    return { result: true, events: [{ kind: 'team.unlinked', data }] };
  });
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
