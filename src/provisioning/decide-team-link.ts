import { caseKey } from '../scim/case-key.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateTeam, updateTeamLinking } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { askedByHand, nameTaken } from './edit-team.ts';
import { teamToChange } from './locked.ts';
import { teamRef } from './references.ts';

/**
 * What an admin decides about a local team that the provider came upon: it is linked with the provider's next push, or keeps to
 * itself under another name, so that the group becomes a team of its own.
 */
export type LinkDecision = { readonly decision: 'link' } | { readonly decision: 'create'; readonly rename: string };

/**
 * Settles what is to become of a local team that the provider came upon (K11).
 *
 * @throws OperatorError not_found, or refused if nothing waits for it or the name is taken
 */
export async function decideTeamLink(
  db: Database,
  org: { id: string },
  id: string,
  decision: LinkDecision,
  at: Acting,
): Promise<void> {
  const rename = decision.decision === 'create' ? decision.rename : '';
  await commitByHand(
    db,
    org,
    at,
    async (tx, { now }) => {
      const team = await teamToChange(tx, id, at);
      const { inForceName: before, origin, linkAskedAt } = team;
      if (linkAskedAt === undefined) {
        throw new OperatorError('refused', `Nothing is to be decided about the team "${before}".`);
      }
      const settled = {
        kind: 'team.link_settled' as const,
        data: { team: teamRef(id, before), decision: decision.decision },
      };
      if (decision.decision === 'link') {
        updateTeamLinking(tx, id, { origin, linking: 'allowed' });
        return { result: undefined, events: [settled] };
      }
      // Of two names that differ in their letter case the group could still not have one.
      if (caseKey(rename) === caseKey(before)) {
        throw new OperatorError(
          'refused',
          `The team has the name "${before}", and letter case makes no other name; it needs another one.`,
        );
      }
      const asked = askedByHand(rename);
      const version = team.version + 1;
      updateTeam(tx, { id, connectionId: undefined, origin, version, asked, inForceName: rename, now });
      updateTeamLinking(tx, id, { origin, linking: 'refused' });
      const changed = { displayName: { before, after: rename } };
      const data = { team: teamRef(id, rename), changed, inForce: { before, after: rename } };
      return { result: undefined, events: [settled, { kind: 'team.updated', data }] };
    },
    () => nameTaken(rename),
  );
}
