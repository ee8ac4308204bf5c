import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { closed, listOf, named, nullable, oneOf, Time } from './parts.ts';
import { PlannedItem } from './plan.ts';

export const ReconciliationStart = named('ReconciliationStart', {
  repair: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Whether what does not follow is put right, in pieces that are each one transaction with its events. Without it nothing is changed but the report.',
    }),
  ),
});

export const ReconciliationQuery = closed({
  wait: Type.Integer({
    minimum: 0,
    maximum: limits.reconcileWaitSecondsMax,
    default: limits.reconcileWaitSecondsMax,
    description: 'Seconds to wait for the end. It goes on in the background, and is read by its id.',
  }),
});

const findings = {
  compared: closed({ members: Type.Integer(), memberships: Type.Integer() }),
  explained: Type.Array(
    closed({
      of: oneOf(['members', 'teams', 'memberships']),
      rule: Type.String({ description: 'The rule of the reason, a word of docs/reference/events.md, or `held-…`.' }),
      because: Type.String({ description: 'The rule in words.' }),
      waitsForAdmin: Type.Boolean({ description: 'Whether it stays until an admin does something.' }),
      count: Type.Integer(),
    }),
    { description: 'Differences between what was asked and what is in force that a reason explains.' },
  ),
  drift: Type.Record(Type.String(), Type.Integer(), {
    description:
      'What does not follow from what was asked, by kind; `count` are numbers of people, teams, administrators and seats that the rows do not bear out.',
  }),
  repaired: Type.Boolean(),
  refused: Type.Array(Type.String(), {
    description:
      'What stays as it is because nobody would administer the organization without it, or because there are not enough seats: ids of people, or `counts`.',
  }),
};

/** What a comparison of a whole organization has found. */
export const ReconciliationReport = named('ReconciliationReport', {
  version: Type.String({
    description: 'Give it as `If-Match`, in quotation marks, to repair only if the same does not follow.',
  }),
  ...findings,
  items: Type.Array(PlannedItem, {
    description: `The first of what does not follow, ${limits.driftShownMax} at most, with what a repair puts in force.`,
  }),
});
export type ReconciliationReport = Static<typeof ReconciliationReport>;

const runProperties = {
  id: Type.String(),
  at: Type.String({ format: 'date-time', description: 'The moment that it shows.' }),
  by: Type.String({ description: 'Who asked for it, in words.' }),
  repair: Type.Boolean({ description: 'Whether it was to put right what does not follow.' }),
  state: oneOf(
    ['running', 'done', 'failed', 'interrupted'],
    '`failed` has a problem. `interrupted` is one that ended with its process.',
  ),
  progress: closed({
    compared: Type.Integer({ description: 'People compared so far.' }),
    of: Type.Integer({ description: 'People there were when it began.' }),
    repaired: Type.Integer({ description: 'People repaired so far.' }),
    toRepair: Type.Integer(),
  }),
  endedAt: nullable(Time),
  problem: nullable(Type.String({ description: 'Why it did not do what was asked.' })),
};

/** A comparison of a whole organization: one that runs, or one that has ended. */
export const Reconciliation = named('Reconciliation', {
  ...runProperties,
  report: nullable(ReconciliationReport),
});
export type Reconciliation = Static<typeof Reconciliation>;

/** The same in a list: without the things that do not follow. */
export const ListedReconciliation = named('ListedReconciliation', {
  ...runProperties,
  report: nullable(closed(findings)),
});
export type ListedReconciliation = Static<typeof ListedReconciliation>;
export const ReconciliationList = listOf('ReconciliationList', ListedReconciliation);
export type ReconciliationList = Static<typeof ReconciliationList>;
