/**
 * What a settling brings about, foreseen piece by piece and without a change: the plans are those of the settling itself, and what
 * they have given and taken so far is what the next piece finds.
 */
import { limits } from '../limits.ts';
import { type AccessRules, accessRules } from '../organization/access.ts';
import type { Change, MembershipSides, Rule, Source } from '../organization/plan.ts';
import { readNamesOf } from '../store/access-lists.ts';
import { type AccessCounts, type AdministratorCounts, noAccessCounts, type Seats } from '../store/access-writing.ts';
import type { Governed } from '../store/governing.ts';
import { type HeldPerson, readHeldPeople, readIdsOfTeam } from '../store/held-rows.ts';
import type { HeldTeam } from '../store/held-team-rows.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Remembered } from '../store/remembered.ts';
import {
  addCounts,
  countsOf,
  freeSeats,
  giveSeats,
  licensedAnew,
  planAccessAgain,
  planLicensed,
} from './access-in-force.ts';
import { lastAdministratorOf } from './assumptions.ts';
import { beginningAnew } from './begin-anew.ts';
import { rememberedOfGoing, withRemembered } from './bring-back.ts';
import { leavingOf } from './dissolve-team.ts';
import { accessAfter } from './foreseen-access.ts';
import { ForeseenLine } from './foreseen-line.ts';
import {
  accessOf,
  addressItems,
  type HeldItem,
  isGoing,
  itemsOf,
  linkItems,
  narrowedItem,
  planPeople,
  refused,
} from './held-plan.ts';
import { memberInForce } from './member-in-force.ts';
import { isMembership } from './membership-events.ts';
import { NarrowingRights } from './narrowed-rights.ts';

/** What a settling begins with. */
export type Beginning = {
  readonly governed: Governed;
  readonly seats: readonly Seats[];
  readonly administrators: AdministratorCounts;
  /** The teams that go after the people. */
  readonly ending: ReadonlySet<string>;
  readonly now: Date;
  /** Those who wait for seats, if others than the rows say. */
  readonly line?: ForeseenLine | undefined;
};

/**
 * A settling as it would go on from one moment. Those people are known by heart whom a later piece finds otherwise than they are
 * stored: who waited for a seat or does now, who was given one, and who is in a team that goes. Of others who have another role or
 * license by it, how far their rights reached is.
 */
export class Foresight {
  readonly #tx: OrgTransaction;
  readonly #beginning: Beginning;
  readonly #rules: AccessRules;
  /** How many seats have been taken and are waited for since. */
  #counts: AccessCounts = noAccessCounts;
  readonly #known = new Map<string, HeldPerson>();
  /** Those who have gone by now, by the keys of their userNames. */
  readonly #gone = new Map<string, Remembered>();
  #planned: { found: readonly HeldPerson[]; plan: Promise<Planned> } | undefined;
  /** The teams that have gone by now. */
  readonly #ended = new Set<string>();
  readonly #line: ForeseenLine;
  readonly #narrowing = new NarrowingRights();

  constructor(tx: OrgTransaction, beginning: Beginning) {
    const { policy, licenses } = beginning.governed;
    this.#tx = tx;
    this.#line = beginning.line ?? new ForeseenLine(tx);
    this.#beginning = beginning;
    this.#rules = accessRules(policy, licenses);
  }

  /** Settles a piece of people as settlePeople does. */
  async *settle(found: readonly HeldPerson[]): AsyncGenerator<HeldItem[], void> {
    this.#line.later();
    const planned = await this.#plan(found);
    this.#planned = undefined;
    for (const [userNameKey, remembered] of planned.gone) this.#gone.set(userNameKey, remembered);
    yield this.#itemsOf(planned);
    this.#counts = addCounts(this.#counts, this.#apply(planned.people.map(withAccess), planned.changes));
    yield* this.#giveSeats();
  }

  /** Whether a piece of people would leave somebody who owns and who administers the organization. */
  async leavesAdministrators(found: readonly HeldPerson[]): Promise<boolean> {
    const { people, changes } = await this.#plan(found);
    const { owners, admins } = addCounts(this.#counts, countsOf(people.map(accessOf), changes));
    return lastAdministratorOf(this.#beginning.administrators, { owners, admins }) === undefined;
  }

  /** What would change for people, who stay held instead. */
  async itemsOfRefused(found: readonly HeldPerson[], refusal: string): Promise<HeldItem[]> {
    return refused(this.#itemsOf(await this.#plan(found)), refusal);
  }

  /** The plan of a piece as things are by now. Whoever asks of the same piece twice has it made once. */
  async #plan(found: readonly HeldPerson[]): Promise<Planned> {
    if (this.#planned?.found !== found) this.#planned = { found, plan: this.#planAnew(found) };
    return await this.#planned.plan;
  }

  async #planAnew(found: readonly HeldPerson[]): Promise<Planned> {
    const { policy, knowsPeople, domains } = this.#beginning.governed;
    const now = found.map((person) => this.#asFound(person));
    const gone = rememberedOfGoing(now, policy);
    const context = {
      policy,
      knowsPeople,
      now: this.#beginning.now,
      lock: false,
      gone: new Map([...this.#gone, ...gone]),
    };
    const { people } = await withRemembered(this.#tx, beginningAnew(now, policy), context);
    return {
      people,
      gone,
      changes: planPeople(people, { rules: this.#rules, policy, domains, freeSeats: this.#free() }),
    };
  }

  #itemsOf({ people, changes }: Planned): HeldItem[] {
    const { policy, domains } = this.#beginning.governed;
    return [
      ...linkItems(people),
      ...itemsOf(changes, { people, teams: [] }),
      ...addressItems(people, { policy, domains }),
    ];
  }

  /** Whether the end of a team, after all people, would leave somebody who owns and who administers the organization. */
  async leavesAdministratorsWithout({ id, administers }: Pick<HeldTeam, 'id' | 'administers'>): Promise<boolean> {
    if (!administers) return true;
    let counts = this.#counts;
    for await (const people of this.#peopleOf(id)) {
      const access = people.map((person) => withoutTeams(person, new Set([id])).access);
      const context = { rules: this.#rules, source: {}, freeSeats: this.#free() };
      counts = addCounts(counts, countsOf(access, planAccessAgain(access, context)));
    }
    const { owners, admins } = counts;
    return lastAdministratorOf(this.#beginning.administrators, { owners, admins }) === undefined;
  }

  /** Those in a team who are here by now, page by page. */
  async *#peopleOf(team: string): AsyncGenerator<HeldPerson[], void> {
    let after: string | undefined;
    for (;;) {
      const ids = await readIdsOfTeam(this.#tx, team, { after, limit: limits.planPageRows });
      after = ids.at(-1);
      if (after === undefined) return;
      yield await this.#read(ids);
    }
  }

  /** Ends a team as dissolveTeam does, after all people. */
  async *dissolve(
    { id, gives, source }: Pick<HeldTeam, 'id' | 'gives' | 'source'>,
    rule: Rule = 'asked-removed',
  ): AsyncGenerator<HeldItem[], void> {
    this.#line.later();
    const reason = { rule, ...source };
    let left: HeldPerson[] = [];
    const settleLeft = () => {
      const step = left.slice(0, limits.peoplePerStepMax);
      left = left.slice(step.length);
      const { items, counts } = this.#settleAccess(step, this.#free(), source);
      this.#counts = addCounts(this.#counts, counts);
      return items;
    };
    for await (const people of this.#peopleOf(id)) {
      const memberships = people.flatMap((person) => person.memberships.filter(({ teamId }) => teamId === id));
      yield itemsOf(leavingOf(id, memberships, reason), { people, teams: [] });
      if (gives) left.push(...people.map((person) => withoutTeams(person, new Set([id]))));
      if (left.length >= limits.peoplePerStepMax) yield settleLeft();
    }
    this.#ended.add(id);
    if (left.length > 0) yield settleLeft();
    if (gives) yield* this.#giveSeats();
  }

  /** Whose rights are narrower by all of it, once nothing more is to come. */
  async *narrowed(): AsyncGenerator<HeldItem[], void> {
    const narrowed = await this.#narrowing.narrowed(this.#tx, this.#beginning.administrators, this.#counts);
    for (let from = 0; from < narrowed.length; from += limits.planPageRows) {
      const page = narrowed.slice(from, from + limits.planPageRows);
      const names = await readNamesOf(
        this.#tx,
        page.map(({ memberId }) => memberId),
      );
      yield page.map((each) => narrowedItem(each, names.get(each.memberId) ?? ''));
    }
  }

  /** Gives the seats that are free to those who have waited longest, as giveFreeSeats does. */
  async *#giveSeats(): AsyncGenerator<HeldItem[], void> {
    const given: HeldItem[] = [];
    this.#counts = await giveSeats(this.#beginning.seats, this.#counts, {
      waiting: (license, limit) => this.#line.take(license, limit),
      settle: async (ids, free) => {
        const { items, counts } = this.#settleAccess(await this.#read(ids), free, {});
        given.push(...items);
        return counts;
      },
    });
    if (given.length > 0) yield given;
  }

  /** Settles roles and licenses as settleAccess does. */
  #settleAccess(
    people: readonly HeldPerson[],
    free: ReadonlyMap<string, number>,
    source: Source,
  ): { items: HeldItem[]; counts: AccessCounts } {
    const rules = this.#rules;
    const access = people.map((person) => person.access);
    const planned = planAccessAgain(access, { rules, source, freeSeats: free });
    const licensed = licensedAnew(access, planned, rules);
    const memberships = people
      .filter(({ id }) => licensed.has(id))
      .flatMap((person) =>
        person.memberships.map(({ teamId, memberId, inForce, isByHand }): MembershipSides => {
          const { memberStatus } = person.access;
          return { teamId, memberId, asked: true, inForce, isByHand, memberStatus };
        }),
      );
    const changes = [...planned, ...planLicensed(memberships, licensed, source)];
    return { items: itemsOf(changes, { people, teams: [] }), counts: this.#apply(people, changes) };
  }

  #free(): Map<string, number> {
    return freeSeats(this.#beginning.seats, this.#counts);
  }

  /** Takes changes for done. Returns by how much they change the counts. */
  #apply(people: readonly HeldPerson[], changes: readonly Change[]): AccessCounts {
    this.#narrowing.note(
      people.map(({ access }) => access),
      changes,
    );
    const changesOf = Map.groupBy(changes, (change) => ('memberId' in change ? change.memberId : ''));
    for (const person of people) {
      const after = personAfter(person, changesOf.get(person.id) ?? []);
      const waited = person.access.inForce.waitsFor;
      const waits = after.access.inForce.waitsFor;
      this.#line.move(person.id, waited, waits);
      const isFoundAgain =
        waits !== undefined ||
        waited !== undefined ||
        person.memberships.some(({ teamId }) => this.#beginning.ending.has(teamId));
      if (isFoundAgain || this.#known.has(person.id)) this.#known.set(person.id, after);
    }
    return countsOf(
      people.map(({ access }) => access),
      changes,
    );
  }

  /** Those of some people who are here by now, as they are by now, by rising id. */
  async #read(ids: readonly string[]): Promise<HeldPerson[]> {
    const stored = await readHeldPeople(this.#tx, undefined, ids, false);
    return stored
      .map((person) => withoutTeams(this.#known.get(person.id) ?? person, this.#ended))
      .filter(({ isAskedFor, inForce: { status } }) => status !== 'held' && (isAskedFor || status !== 'removed'));
  }

  /** A person of a piece as the settling finds them: whoever was given a seat before has it. */
  #asFound(person: HeldPerson): HeldPerson {
    const known = this.#known.get(person.id);
    if (known === undefined) return person;
    const inForce = new Map(known.memberships.map((each) => [each.teamId, each.inForce]));
    return {
      ...person,
      access: { ...person.access, inForce: known.access.inForce },
      memberships: person.memberships.map((each) => ({ ...each, inForce: inForce.get(each.teamId) ?? each.inForce })),
    };
  }
}

/** The plan of one piece, and who has gone by it. */
type Planned = { people: readonly HeldPerson[]; gone: ReadonlyMap<string, Remembered>; changes: readonly Change[] };

/** A person with what is asked of their license, for which the plan takes it. */
const withAccess = (person: HeldPerson): HeldPerson => ({ ...person, access: accessOf(person) });

/** A person after changes, with no more than what a plan about roles, licenses and memberships reads. */
function personAfter(person: HeldPerson, changes: readonly Change[]): HeldPerson {
  const inForce = memberInForce(person.inForce, changes);
  const access = accessAfter(person.access.inForce, changes);
  const planned = new Map(changes.filter(isMembership).map((change) => [change.teamId, change.to]));
  return {
    ...person,
    scim: { userName: person.scim.userName },
    source: undefined,
    inForce: { ...person.inForce, ...inForce },
    access: { ...person.access, memberStatus: inForce.status, inForce: access },
    memberships: person.memberships
      .filter(({ asked }) => asked && !isGoing(person))
      .map((each) => ({ ...each, source: undefined, inForce: planned.get(each.teamId) ?? each.inForce })),
  };
}

/** A person who is not in some teams, with what they gave taken away. */
function withoutTeams(person: HeldPerson, teams: ReadonlySet<string>): HeldPerson {
  if (teams.size === 0) return person;
  const stays = ({ teamId }: { teamId: string }) => !teams.has(teamId);
  const { access, memberships } = person;
  const { teamGrants, licenseClaims } = access;
  return {
    ...person,
    access: {
      ...access,
      teamGrants: teamGrants.filter(stays),
      licenseClaims: { ...licenseClaims, byTeams: licenseClaims.byTeams.filter(stays) },
    },
    memberships: memberships.filter(stays),
  };
}
