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

const UndoItem = named('UndoItem', { ...ref, from: Value, to: Value, undoes: Events });

const Kept = named('UndoKept', {
  ...ref,
  left: Type.Union([Type.String(), Type.Null()], { description: 'What the events had left.' }),
  now: Type.Union([Type.String(), Type.Null()], { description: 'What it is, since somebody changed it later.' }),
  undoes: Events,
});

export const UndoPlan = named('UndoPlan', {
  digest: Type.String({ description: 'Give it as `If-Match`, in quotation marks, to apply this plan and no other.' }),
  items: Type.Array(UndoItem),
  kept: Type.Array(Kept, { description: 'What stays, because it was changed since.' }),
  impossible: Type.Array(closed({ event: Type.Integer(), says: Type.String(), because: Type.String() }), {
    description: 'What cannot be undone, and why.',
  }),
});
export type UndoPlan = Static<typeof UndoPlan>;

export const UndoOutcome = named('UndoOutcome', {
  done: Type.Array(UndoItem),
  refused: Type.Array(closed({ ...UndoItem.properties, because: Type.String() })),
  returned: Type.Record(Id, Id, {
    description: 'The ids of removed people and teams who came back, by the ids that they had before.',
  }),
});
