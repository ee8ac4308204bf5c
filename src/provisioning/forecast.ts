/**
 * What becomes of people and teams that an admin made, or another provider handed over, when the provider comes upon them for
 * the first time (K31).
 */
import { linkRefusal, teamLinkRefusal } from '../organization/linking.ts';
import type { Policy } from '../organization/policy.ts';
import { isAdministrative } from '../organization/roles.ts';
import type { Database } from '../store/database.ts';
import { readGovernedIn } from '../store/governing.ts';
import { type LocalThing, listLocalThings } from '../store/local-rows.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { linkRefusalSays } from './link-member.ts';

/** What a request of the provider about a person of this userName, or a group of this name, brings about. */
export type ForecastItem = {
  kind: LocalThing['kind'];
  id: string;
  name: string;
  /** It is taken over, an admin is asked, or the provider is refused. */
  outcome: 'links' | 'asks' | 'refuses';
  /** Why, in words. */
  because: string;
};

/**
 * A page of the people and teams that no provider manages yet, each with what its first match brings about. The match is by
 * userName or by the name of a team, spelled as it is here. Nothing is changed.
 */
export async function forecast(
  db: Database,
  org: { id: string },
  page: { limit: number; after?: Pick<LocalThing, 'kind' | 'id'> | undefined },
): Promise<ForecastItem[]> {
  const { policy, things } = await inOrganization(db, org.id, async (tx) => ({
    policy: (await readGovernedIn(tx)).policy,
    things: await listLocalThings(tx, page),
  }));
  return things.map((thing) => {
    const { kind, id, name } = thing;
    return { kind, id, name, ...(kind === 'member' ? ofMember(thing, policy) : ofTeam(thing, policy)) };
  });
}

type Outcome = Pick<ForecastItem, 'outcome' | 'because'>;

function ofMember(
  { role, isBreakGlass, linking, isHandedOver }: Extract<LocalThing, { kind: 'member' }>,
  policy: Policy,
): Outcome {
  const refusal = linkRefusal(
    {
      by: 'userName',
      isTrusted: false,
      isSpelledOtherwise: false,
      isBreakGlass,
      isAdministrative: isAdministrative(role),
      isHandedOver,
      linking,
    },
    policy,
  );
  if (refusal !== undefined) return { outcome: 'refuses', because: linkRefusalSays[refusal] };
  return {
    outcome: 'links',
    because: linking === 'allowed' ? allowed : 'the provider takes over who has the userName',
  };
}

function ofTeam({ gives, linking, isHandedOver }: Extract<LocalThing, { kind: 'team' }>, policy: Policy): Outcome {
  if (isHandedOver) return { outcome: 'links', because: 'the provider takes over what was handed over, by its name' };
  const refusal = teamLinkRefusal({ gives, isSpelledOtherwise: false, linking }, policy);
  if (refusal === undefined) {
    return {
      outcome: 'links',
      because: linking === 'allowed' ? allowed : 'the provider takes over the team of the name',
    };
  }
  return { outcome: refusal === 'undecided' ? 'asks' : 'refuses', because: teamRefusalSays[refusal] };
}

const allowed = 'an admin allowed it';

const teamRefusalSays = {
  undecided: 'an admin is asked whether it is the same team (setting groupNameClash)',
  policy: 'the organization links no team by its name (setting groupNameClash)',
  gives: 'the team gives a role or a license, and a name never grants anything',
  spelling: 'the name is spelled otherwise, and letter case counts here (setting matchLetterCase)',
  parted: 'an admin parted the team from the identity provider',
} as const;
