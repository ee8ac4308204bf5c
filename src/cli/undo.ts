import type { Command } from 'commander';
import type { UndoItem } from '../events/undo-plan.ts';
import { type FactRef, valueText } from '../events/undo-steps.ts';
import { applyUndo, nothingBack, PlanChanged, planUndo, type ShownUndo, type Undone } from '../provisioning/undo.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, rowId, time, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { type Column, printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type UndoOptions = CommonOptions & {
  event?: number;
  member?: string;
  team?: string;
  token?: string;
  operator?: true;
  from?: Date;
  to?: Date;
};

/** Adds `undo plan` and `undo apply`. */
export function addUndoCommands(program: Command, surroundings: Surroundings): void {
  const undo = program.command('undo').description('put an earlier state in force, after its plan was shown');
  const command = (name: string, says: string) =>
    withCommonOptions(
      undo
        .command(name)
        .description(says)
        .argument('<org>', 'the slug or id of the organization')
        .option('--event <n>', 'undo one event', wholeNumber(1, Number.MAX_SAFE_INTEGER))
        .option('--member <id>', 'undo what happened to a person since --from', rowId)
        .option('--team <id>', 'undo what happened to a team since --from', rowId)
        .option('--token <id>', 'undo what a SCIM token did from --from to --to', rowId)
        .option('--operator', 'undo what the operator did from --from to --to')
        .option('--from <time>', 'the beginning of what is undone', time)
        .option('--to <time>', 'the end of what is undone (default: now)', time),
    );

  command('plan', 'show what undoing would put back, what stays and what cannot be undone').action(
    async (org: string, options: UndoOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const plan = await planUndo(databases.app, organization, undoneOf(options));
      const { items, kept, impossible, names, digest } = plan;
      const refusal = nothingBack(plan) ?? null;
      if (options.json) return printJson({ items, kept, impossible, refusal, digest, names }, surroundings);
      const back = items.filter((item) => item.refusal === undefined);
      printTable(back, [...refColumns(names), ...itemColumns], 'Nothing would be put back.', surroundings);
      for (const { refusal, ...item } of items) {
        if (refusal !== undefined) surroundings.out(`Would not be put back: ${refText(item, names)}: ${refusal}\n`);
      }
      for (const { left, now, ...ref } of kept) {
        const [is, was] = [valueText(ref.fact, now), valueText(ref.fact, left)];
        surroundings.out(`Stays: ${refText(ref, names)} is ${is} and no longer ${was}.\n`);
      }
      for (const { event, says, because } of impossible) {
        surroundings.out(`Cannot be undone: event ${event}, ${says}: ${because}.\n`);
      }
      surroundings.out(`The digest of this plan is ${digest}.\n`);
      if (refusal !== null) surroundings.out(`It would be refused. ${refusal}\n`);
    },
  );

  command('apply', 'undo what a plan showed')
    .requiredOption('--digest <digest>', 'of the plan that was seen')
    .action(async (org: string, options: UndoOptions & { digest: string }) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const undone = undoneOf(options);
      const assertPossible = (plan: ShownUndo) => {
        const because = nothingBack(plan);
        if (because !== undefined) throw new OperatorError('refused', because);
      };
      const at = { now: new Date() };
      const { names, ...outcome } = await applyUndo(
        databases.app,
        organization,
        undone,
        options.digest,
        at,
        assertPossible,
      ).catch((error: unknown) => {
        if (!(error instanceof PlanChanged)) throw error;
        throw new OperatorError('changed', 'It would come to something else by now: rollcall undo plan shows it.');
      });
      if (options.json) return printJson(outcome, surroundings);
      printTable(outcome.done, [...refColumns(names), ...itemColumns], 'Nothing was put back.', surroundings);
      for (const { because, ...item } of outcome.refused) {
        surroundings.out(`Not put back: ${refText(item, names)}: ${because}\n`);
      }
    });
}

function undoneOf({ event, member, team, token, operator, from, to = new Date() }: UndoOptions): Undone {
  if (event !== undefined) return { event };
  if (from !== undefined) {
    if (member !== undefined) return { member, since: from };
    if (team !== undefined) return { team, since: from };
    if (token !== undefined) return { actor: { type: 'token', id: token }, from, to };
    if (operator) return { actor: { type: 'operator' }, from, to };
  }
  throw new OperatorError(
    'setting_invalid',
    'Say what is undone: --event, or --from with one of --member, --team, --token and --operator.',
  );
}

type Names = Record<string, string>;

const refColumns = (names: Names): Column<FactRef>[] => [
  ['fact', ({ fact }) => fact],
  ['of', (ref) => refText(ref, names)],
];

const itemColumns: Column<UndoItem>[] = [
  ['now', ({ fact, from }) => valueText(fact, from)],
  ['then', ({ fact, to }) => valueText(fact, to)],
  ['events', ({ undoes }) => undoes.join(', ')],
];

const refText = (ref: FactRef, names: Names) =>
  [
    'member' in ref ? (names[ref.member] ?? ref.member) : undefined,
    'team' in ref ? `team ${names[ref.team] ?? ref.team}` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' in ');
