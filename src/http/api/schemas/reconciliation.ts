import { type Static, Type } from 'typebox';
import { PlannedItem } from './connection.ts';
import { closed, named, nullable, oneOf, Time } from './parts.ts';

export const ReconciliationStart = named('ReconciliationStart', {
  repair: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Whether what does not follow is put right, in pieces that are each one transaction with its events. Without it nothing is changed but the report.',
    }),
  ),
});

/** What a comparison of a whole organization has found. */
export const Reconciliation = named('Reconciliation', {
  at: Time,
  compared: closed({ members: Type.Integer(), memberships: Type.Integer() }),
  explained: Type.Array(
    closed({
      of: oneOf(['members', 'teams', 'memberships']),
      rule: Type.String({ description: 'The rule of the reason, a word of docs/reference/events.md, or `held-…`.' }),
      count: Type.Integer(),
    }),
    { description: 'Differences between what was asked and what is in force that a reason explains.' },
  ),
  drift: Type.Record(Type.String(), Type.Integer(), {
    description:
      'What does not follow from what was asked, by kind; `count` are numbers of people, teams, administrators and seats that the rows do not bear out.',
  }),
  items: Type.Array(PlannedItem, { description: 'The first of these, 100 at most, with what a repair puts in force.' }),
  repaired: Type.Boolean(),
  refused: Type.Array(Type.String(), {
    description:
      'What stays as it is because nobody would administer the organization without it, or because there are not enough seats: ids of people, or `counts`.',
  }),
});
export type Reconciliation = Static<typeof Reconciliation>;

export const LastReconciliation = named('LastReconciliation', { last: nullable(Reconciliation) });
