import type { AccessRules } from '../organization/access.ts';
import { brakeCounts, brakeFacts, brakeLimits, counted, empties } from '../organization/brake.ts';
import type { Change } from '../organization/plan.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { countInForce, type MembershipsMet } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Assumptions } from './assumptions.ts';
import { askBrake, type Braking } from './brake.ts';
import { type HeldPeople, heldPeople } from './hold-team.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

/** The plan of a change of a team: whom it meets, and what it changes. */
type TeamPlan = { met: MembershipsMet; changes: readonly Change[] };

type OfTeam = { teamId: string; people: readonly PersonAccess[]; rules: AccessRules };

/** A plan beside what the brake says of it: who stays because their leaving is held. */
type Braked<Planned> = Planned & { brake: Braking; staying: HeldPeople | undefined };

/**
 * Plans a change of a team, and asks the brake about those who leave. Who joins does so at once, whatever is held of those who
 * leave.
 *
 * @param all whom the change meets
 * @param plan makes the plan for some of them
 */
export async function planBraked<Planned extends TeamPlan>(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  assumptions: Assumptions,
  { all, plan, ...team }: OfTeam & { all: MembershipsMet; plan: (met: MembershipsMet) => Planned },
): Promise<Braked<Planned>> {
  const wanted = plan(all);
  const brake = await askAboutLeavers(tx, request, assumptions, { ...team, ...wanted });
  if (brake.held === undefined) return { ...wanted, brake, staying: undefined };
  const staying = heldPeople({ ...all, joiners: [] }, brake.held);
  return { ...plan({ ...all, leavers: [] }), brake, staying };
}

/**
 * Asks the brake about those who leave a team in force. The size of the team is read only where so many leave at once that it may
 * be emptied.
 */
async function askAboutLeavers(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  assumptions: Assumptions,
  { teamId, met, people, changes, rules }: OfTeam & TeamPlan,
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
