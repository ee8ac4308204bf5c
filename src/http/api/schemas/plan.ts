import { type Static, Type } from 'typebox';
import { closed, named, nullable, oneOf, Reason } from './parts.ts';

/** Something that would change: what of whom, from what to what, and why. */
export const PlannedItem = closed({
  kind: oneOf([
    'member.status',
    'member.profile',
    'member.waiting_address',
    'member.linked',
    'team.linked',
    'member.role',
    'member.license',
    'member.rights_narrowed',
    'held.discarded',
    'team.name',
    'team.removed',
    'membership',
    'member.origin',
    'member.handed_over',
    'team.origin',
    'team.handed_over',
  ]),
  id: Type.String({ description: 'The person, or the team.' }),
  name: Type.String(),
  team: Type.Optional(closed({ id: Type.String(), name: Type.String() })),
  from: nullable(Type.String({ description: 'In force now; null for what is not there yet.' })),
  to: nullable(Type.String()),
  reason: Reason,
  because: Type.String({ description: 'The reason in words.' }),
  refusal: Type.Optional(
    Type.String({ description: 'Why it does not happen and stays held, and the way out. Only where it does.' }),
  ),
});
export type PlannedItem = Static<typeof PlannedItem>;

/** Items name people. */
export const showsItems = Type.Boolean({
  description:
    'Whether the caller may read members (`members:read`) and so gets the items; without it there are only the counts, and a refusal names nobody.',
});

/** What a page of every plan has; some say more. */
export const planProperties = {
  version: Type.String({
    description: 'Give it as `If-Match` with the change, so that what happens is what was shown.',
  }),
  counts: Type.Record(Type.String(), Type.Integer(), { description: 'How many items there are of each kind.' }),
  items: Type.Array(PlannedItem),
  showsItems,
  refusal: nullable(
    Type.String({
      description:
        'Why the change would be refused, in the words in which it is, and the way out: who would be missing to administer the organization, how many seats are missing, what provisioning needs. Null if it would not be. The items are what would happen otherwise.',
    }),
  ),
  nextCursor: nullable(Type.String()),
};

export const Plan = named('Plan', planProperties);
export type Plan = Static<typeof Plan>;
