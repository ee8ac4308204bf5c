import type { AccessRules } from '../organization/access.ts';
import { brakeCounts, brakeFacts, brakeLimits, counted, empties } from '../organization/brake.ts';
import type { Change } from '../organization/plan.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { countInForce, type MembershipsMet } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Assumptions } from './assumptions.ts';
import { askBrake, type Braking } from './brake.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

/** What a change of a team would do: whom it meets, and what it is planned to change. */
type PlannedLeaving = {
  teamId: string;
  met: MembershipsMet;
  people: readonly PersonAccess[];
  changes: readonly Change[];
  rules: AccessRules;
};

/**
 * Asks the brake about those who leave a team in force. The size of the team is read only where so many leave at once that it may
 * be emptied.
 */
export async function brakeLeavers(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  assumptions: Assumptions,
  { teamId, met, people, changes, rules }: PlannedLeaving,
): Promise<Braking> {
  const leaving = met.leavers.filter(({ inForce }) => inForce).length;
  if (leaving === 0) return { held: undefined, rest: { events: [] } };
  const roles = new Map(people.map(({ memberId, inForce }) => [memberId, inForce.role]));
  const counts = {
    ...brakeCounts(changes, rules.licenses, (id) => roles.get(id)),
    ...counted({ emptiedTeams: leaving }),
  };
  const isMany =
    leaving > brakeFacts.emptiedTeams.floor && brakeLimits(request.organization.policy).emptiedTeams !== undefined;
  const isEmptied = isMany && empties(leaving, await countInForce(tx, teamId));
  return await askBrake(tx, request, assumptions, counts, isEmptied ? ['emptiedTeams'] : []);
}
