import { isBuiltInRole } from '../organization/roles.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { lockRole, updateTeamGrants } from '../store/role-writing.ts';
import { lockTeam } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, nothingChanged } from './change-access.ts';
import { assertLicense } from './give-access.ts';
import { assertMayGive, assertMayMakeOwners } from './may-give.ts';
import { changeAccessAsPlanned, type PlannedWork } from './plan-access.ts';

/**
 * Maps a team to the role and the license that it gives to those who are in it; null takes a mapping away, and what is not
 * named stays. A mapping is of the team and not of its name, so that no name ever grants anything.
 *
 * @param version of the plan that was shown; without it whatever the change comes to happens
 * @returns false if nothing differs
 * @throws OperatorError if there is no such team, role or license; forbidden if the role has permissions that the caller lacks; changed if the plan is another one than the version names
 */
export async function mapTeam(
  db: Database,
  org: { id: string },
  teamId: string,
  gives: TeamGives,
  at: Acting,
  version?: string,
): Promise<boolean> {
  return (await changeAccessAsPlanned(db, org, teamMapping(teamId, gives, at), at, version)).isChanged;
}

/** The same, to be planned before. */
export const teamMapping = (teamId: string, gives: TeamGives, at: Acting): PlannedWork => ({
  work: teamMapped(teamId, gives, at),
  about: () => ({ team: teamId, gives }),
});

/** What a team gives to those who are in it; null is nothing, and what is not named stays. */
export type TeamGives = { role?: string | null | undefined; license?: string | null | undefined };

/**
 * The same, to be carried out with other changes.
 *
 * @param isExpected whether the caller knows what the team gives; what it throws refuses the change
 */
export function teamMapped(
  teamId: string,
  gives: TeamGives,
  at: Acting,
  isExpected: (before: { role: string | null; license: string | null }) => void = () => undefined,
): AccessWork {
  return async (tx, { rules }) => {
    // A team whose creation is held may be mapped before it is here.
    const team = (await lockTeam(tx, teamId)) ?? (await lockTeam(tx, teamId, 'here'));
    if (team === undefined) throw new OperatorError('not_found', `There is no team ${teamId} in this organization.`);
    const before = { role: team.grants.role ?? null, license: team.grants.license ?? null };
    isExpected(before);
    const after = {
      role: gives.role === undefined ? before.role : gives.role,
      license: gives.license === undefined ? before.license : gives.license,
    };
    if (before.role === after.role && before.license === after.license) {
      return nothingChanged;
    }
    if (after.role !== before.role) {
      if (before.role === 'owner') await assertMayMakeOwners(tx, at);
      if (after.role !== null) await assertMayGive(tx, { roles: [after.role] }, at);
      if (after.role !== null && !isBuiltInRole(after.role) && (await lockRole(tx, after.role)) === undefined) {
        throw new OperatorError('setting_invalid', `The organization has no role "${after.role}".`);
      }
    }
    if (after.license !== before.license) {
      await assertMayGive(tx, { license: true }, at);
      if (after.license !== null) assertLicense(after.license, rules.licenses.types);
    }
    updateTeamGrants(tx, teamId, after);
    const data = {
      team: { id: teamId, displayName: team.inForceName ?? (team.scim.displayName as string) },
      before,
      after,
    };
    return { events: [{ kind: 'team.mapped', data }], scope: { of: 'team', id: teamId } };
  };
}
