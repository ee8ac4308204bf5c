import { type Command, InvalidArgumentError, Option } from 'commander';
import { couldEnter, momentOf, readPeopleAsOf, readStatusAsOf, TooLongAgo } from '../events/as-of.ts';
import { type AuditFormat, exportAudit } from '../events/audit-export.ts';
import { auditFilter, type FollowingItem, readHistoryWithCauses } from '../events/history.ts';
import type { PersonThen } from '../events/rewind.ts';
import { parseAbout } from '../events/subjects.ts';
import { type Fact, whyOfLicense, whyOfMember, whyOfRole, whyOfTeam } from '../events/why.ts';
import { rolesText } from '../events/words.ts';
import { caseKey } from '../scim/case-key.ts';
import type { EventsAbout } from '../store/event-lists.ts';
import { findUserNameHolder } from '../store/members.ts';
import { OperatorError } from '../store/operator-error.ts';
import { findTeamsNamed } from '../store/team-list.ts';
import { findTeamByDisplayName } from '../store/teams.ts';
import {
  type CommonOptions,
  configOf,
  limitOf,
  rowId,
  time,
  wholeNumber,
  withCommonOptions,
} from './common-options.ts';
import { type Databases, openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { type Column, printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

const whatIsNamed = 'a userName, the name of a team, member:<id>, team:<id>, role:<key>, license:<name> or token:<id>';

type HistoryOptions = CommonOptions & { limit: number; before?: number };
type AsOfOptions = CommonOptions & { limit: number; after?: string; member?: string; team?: string };
type FilterOptions = CommonOptions & {
  from?: Date;
  to?: Date;
  kind?: string[];
  actor?: string;
  actorId?: string;
  about?: EventsAbout;
};

/** Adds `why`, `history`, `as-of`, `audit list` and `audit export`. */
export function addHistoryCommands(program: Command, surroundings: Surroundings): void {
  const why = program
    .command('why')
    .description('say why a person, team, role or license is as it is: the rule, who made it apply, and when')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<what>', whatIsNamed);
  withCommonOptions(why).action(async (org: string, what: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const about = await aboutOf(databases, organization, what);
    const found = await whyOf(databases, organization, about);
    if (found === undefined) throw new OperatorError('not_found', `${organization.slug} has no ${what} now.`);
    if (options.json) return printJson(found, surroundings);
    printTable(found.facts, factColumns, `${organization.slug} has no facts about it.`, surroundings);
  });

  const history = program
    .command('history')
    .description('list what happened to a person, team, role, license or token, the newest first')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<what>', whatIsNamed)
    .option(...limitOf('events'))
    .option('--before <n>', 'go on before the event with this number', wholeNumber(1, Number.MAX_SAFE_INTEGER));
  withCommonOptions(history).action(async (org: string, what: string, options: HistoryOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { limit, before } = options;
    const filter = { about: await aboutOf(databases, organization, what), before };
    const items = await readHistoryWithCauses(databases.app, organization, filter, { order: 'newest', limit });
    if (options.json) return printJson(items, surroundings);
    printTable(items, itemColumns, `${organization.slug} has no events about it.`, surroundings);
  });

  const asOf = program
    .command('as-of')
    .description('list who was in an organization at a time, with teams, role and license')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<time>', 'the time, such as 2030-01-10T14:02:00Z', time)
    .option('--member <id>', 'only this person', rowId)
    .option('--team <id>', 'only who was in this team or waited for it', rowId)
    .option(...limitOf('people', { first: 100 }))
    .option('--after <id>', 'go on after the person with this id', rowId);
  withCommonOptions(asOf).action(async (org: string, at: Date, options: AsOfOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const { member, team, limit, after } = options;
    if (at > new Date()) throw new OperatorError('refused', 'The time is still to come.');
    const moment = await momentOf(databases.app, organization, at).catch((error: unknown) => {
      if (error instanceof TooLongAgo) throw new OperatorError('refused', `${error.message}.`);
      throw error;
    });
    const people = await readPeopleAsOf(databases.app, organization, moment, { member, team }, { limit, after });
    const organizationStatus = await readStatusAsOf(databases.app, organization, moment);
    if (options.json) {
      const shown = people.map((person) => ({ ...person, couldEnter: couldEnter(person, organizationStatus) }));
      return printJson({ at, event: moment.seq, organizationStatus, people: shown }, surroundings);
    }
    if (organizationStatus === 'suspended') {
      surroundings.out(`${organization.slug} was suspended then: nobody could enter.\n`);
    }
    printTable(people, personColumns, `${organization.slug} had nobody then.`, surroundings);
  });

  const audit = program.command('audit').description('read and export everything that happened in an organization');
  const filtered = (name: string, says: string) =>
    withCommonOptions(
      audit
        .command(name)
        .description(says)
        .argument('<org>', 'the slug or id of the organization')
        .option('--from <time>', 'not before this time', time)
        .option('--to <time>', 'not after this time', time)
        .option('--kind <kinds>', 'only these kinds of events, separated by commas', (text) => text.split(','))
        .addOption(
          new Option('--actor <type>', 'only what these did').choices([
            'token',
            'operator',
            'key',
            'member',
            'rollcall',
          ]),
        )
        .option('--actor-id <id>', 'only what the token, key or person with this id did', rowId)
        .option('--about <subject>', 'only what is about this, such as member:<id> or role:<key>', subject),
    );
  filtered('list', 'list what happened, the newest first')
    .option(...limitOf('events'))
    .action(async (org: string, options: FilterOptions & { limit: number }) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const filter = await auditFilter(databases.app, organization, askedOf(options));
      const page = { order: 'newest', limit: options.limit } as const;
      const items = await readHistoryWithCauses(databases.app, organization, filter, page);
      if (options.json) return printJson(items, surroundings);
      printTable(items, itemColumns, `Nothing of that happened in ${organization.slug}.`, surroundings);
    });
  filtered('export', 'print everything that happened, the oldest first')
    .addOption(
      new Option('--format <format>', 'a JSON document on each line, or a table')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .action(async (org: string, options: FilterOptions & { format: AuditFormat }) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const filter = await auditFilter(databases.app, organization, askedOf(options));
      const lines = exportAudit(databases.app, organization, filter, options.json ? 'jsonl' : options.format);
      if (options.json) await printArray(lines, surroundings);
      else for await (const text of lines) surroundings.out(text);
    });
}

const factColumns: Column<Fact>[] = [
  ['fact', ({ fact, team }) => (team === undefined ? fact : `${fact} ${team.name}`)],
  ['value', ({ value }) => value],
  ['because', ({ because }) => because],
  ['by', ({ by }) => by],
  ['since', ({ at }) => at],
  ['event', ({ event }) => event],
  ['request', ({ request }) => request?.id],
];

const itemColumns: Column<FollowingItem>[] = [
  ['seq', ({ seq }) => seq],
  ['at', ({ at }) => at],
  ['what', ({ says }) => says],
  ['by', ({ by }) => by],
  ['address', ({ address }) => address],
  ['request', ({ requestId }) => requestId],
  ['follows from', ({ follows }) => follows?.event],
];

const personColumns: Column<PersonThen>[] = [
  ['userName', ({ userName }) => userName],
  ['status', ({ status }) => status],
  ['role', (person) => rolesText(person)],
  ['license', ({ license }) => license],
  [
    'teams',
    ({ teams }) =>
      teams
        .filter((each) => each.inForce)
        .map((each) => each.name)
        .join(', '),
  ],
  [
    'waits for',
    ({ teams }) =>
      teams
        .filter((each) => !each.inForce)
        .map((each) => each.name)
        .join(', '),
  ],
  ['id', ({ id }) => id],
];

type Organization = Awaited<ReturnType<typeof loadOrganization>>;

/** What an argument names: a subject as it is written, or a person or team by name. */
async function aboutOf({ app }: Databases, organization: Organization, what: string): Promise<EventsAbout> {
  const written = parseAbout(what);
  if (written !== undefined) return written;
  const key = caseKey(what);
  const person = await findUserNameHolder(app, organization.id, key);
  if (person !== undefined) return { member: person.id };
  const [named, ...others] = await findTeamsNamed(app, organization, [what]);
  if (named !== undefined && others.length > 0) {
    const ids = [named, ...others].map(({ id }) => `team:${id}`).join(', ');
    throw new OperatorError('refused', `${organization.slug} has several teams named ${JSON.stringify(what)}: ${ids}.`);
  }
  // One that an admin has renamed is found by the name that the provider asks too.
  const team = named ?? (await findTeamByDisplayName(app, organization.id, key, { wanted: false, reference: '' }));
  if (team !== undefined) return { team: team.id };
  throw new OperatorError(
    'not_found',
    `${organization.slug} has no ${JSON.stringify(what)}: it must be ${whatIsNamed}. Whoever is gone is named by the id.`,
  );
}

async function whyOf({ app }: Databases, organization: Organization, about: EventsAbout) {
  if ('member' in about) return await whyOfMember(app, organization, about.member);
  if ('team' in about) return await whyOfTeam(app, organization, about.team);
  const [kind, key = ''] = about.subject.split(':');
  if (kind === 'role') return await whyOfRole(app, organization, key);
  return kind === 'license' ? await whyOfLicense(app, organization, key) : undefined;
}

function subject(text: string): EventsAbout {
  const about = parseAbout(text);
  if (about === undefined) throw new InvalidArgumentError('It must be such as member:<id>, team:<id> or role:<key>.');
  return about;
}

const askedOf = ({ from, to, kind, actor, actorId, about }: FilterOptions) => ({
  from,
  to,
  kinds: kind,
  actorType: actor,
  actorId,
  about,
});

/** One document, however long it is. */
async function printArray(lines: AsyncIterable<string>, { out }: Surroundings): Promise<void> {
  let isFirst = true;
  out('[');
  for await (const text of lines) {
    const documents = text.trimEnd().split('\n').join(',\n');
    out(isFirst ? documents : `,\n${documents}`);
    isFirst = false;
  }
  out(']\n');
}
