import { type Static, Type } from 'typebox';
import { closed, Id, named, nullable, oneOf, Time } from './parts.ts';

/** What is undone. */
export const Undone = Type.Union(
  [
    closed({ event: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'One event.' }) }),
    closed({ member: Id, since: Time }),
    closed({ team: Id, since: Time }),
    closed({
      actor: closed({ type: oneOf(['token', 'operator', 'key', 'member', 'link', 'rollcall']), id: Type.Optional(Id) }),
      from: Time,
      to: Time,
    }),
  ],
  {
    title: 'Undone',
    description:
      'One event; what happened to a person or a team since a time; or everything that somebody, such as a SCIM token, did between two times.',
  },
);
export type Undone = Static<typeof Undone>;

const Fact = oneOf(['status', 'profile', 'origin', 'invitation', 'role', 'license', 'membership', 'name', 'gives']);
const Value = nullable(Type.String());
const Named = nullable(closed({ id: Type.String(), name: Type.String() }));

const ref = { fact: Fact, member: Named, team: Named };
const Events = Type.Array(Type.Integer(), { description: 'The events that it is about.' });

const item = { ...ref, from: Value, to: Value, undoes: Events };
const UndoItem = named('UndoItem', item);

const UndoPlanned = named('UndoPlanned', {
  ...item,
  refusal: Type.Optional(
    Type.String({ description: 'Why it is not put back, in the words of the refusal. Only where it is not.' }),
  ),
});

const Kept = named('UndoKept', {
  ...ref,
  left: Type.Union([Type.String(), Type.Null()], { description: 'What the events had left.' }),
  now: Type.Union([Type.String(), Type.Null()], { description: 'What it is, since somebody changed it later.' }),
  undoes: Events,
});

export const UndoPlan = named('UndoPlan', {
  digest: Type.String({ description: 'Give it as `If-Match`, in quotation marks, to apply this plan and no other.' }),
  items: Type.Array(UndoPlanned),
  kept: Type.Array(Kept, { description: 'What stays, because it was changed since.' }),
  impossible: Type.Array(closed({ event: Type.Integer(), says: Type.String(), because: Type.String() }), {
    description: 'What cannot be undone, and why.',
  }),
  refusal: nullable(
    Type.String({
      description:
        'Why all of it would be refused, in the words in which it is: nothing is put back, or the caller lacks a scope. Null if it would not be.',
    }),
  ),
});
export type UndoPlan = Static<typeof UndoPlan>;

export const UndoOutcome = named('UndoOutcome', {
  done: Type.Array(UndoItem),
  refused: Type.Array(closed({ ...item, because: Type.String() })),
  returned: Type.Record(Id, Id, {
    description: 'The ids of removed people and teams who came back, by the ids that they had before.',
  }),
});
export type UndoOutcome = Static<typeof UndoOutcome>;
