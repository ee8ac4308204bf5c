import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import Format, { IsDateTime } from 'typebox/format';
import { limits } from '../../../limits.ts';

/**
 * What schemas of the management API are made of. One schema validates, types, serializes and documents; the console takes
 * its types by `import type`. Times are RFC 3339 in UTC, durations are milliseconds.
 */

/** An object with these properties and no others: only what is listed enters or leaves the server (R12, R26). */
export const closed = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

/** A closed object that the documentation calls by a name, wherever it is used. */
export const named = <Properties extends TProperties>(title: string, properties: Properties, description?: string) =>
  Type.Object(properties, {
    additionalProperties: false,
    title,
    ...(description === undefined ? {} : { description }),
  });

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** One of these words. */
export const oneOf = <const Words extends readonly string[]>(words: Words, description?: string) =>
  Type.Unsafe<Words[number]>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  });

/**
 * A time of a request is one that a JavaScript date holds and prints again in this form. RFC 3339 has more: the second 60, which
 * is none of any date, and times whose year in UTC has another number of digits.
 */
Format.Set('date-time', (text) => IsDateTime(text) && /^\d{4}-/.test(utcOf(text)));

const utcOf = (text: string) => {
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
};

export const Time = Type.String({ format: 'date-time' });

export const Id = Type.String({ format: 'uuid' });

/** A name that people give. */
export const Name = Type.String({ minLength: 1, maxLength: 200 });

export const OrganizationParams = closed({
  organization: Type.String({ minLength: 1, maxLength: 100, description: 'The slug or the id of the organization.' }),
});

/** The path of one thing of an organization. */
export const ItemParams = closed({ ...OrganizationParams.properties, id: Id });

/** The query parameters of every list. */
export const pageParameters = {
  limit: Type.Integer({
    minimum: 1,
    maximum: limits.apiPageMax,
    default: limits.apiPageDefault,
    description: 'Items at most.',
  }),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1_000, description: 'The `nextCursor` of the page before.' }),
  ),
};

/** For how long locks are open. */
export const Hours = closed({
  hours: Type.Integer({ minimum: 0, maximum: limits.unlockHoursMax, description: 'Zero closes the locks now.' }),
});

/** Until when locks are open. */
export const Unlocked = named('Unlocked', { unlockedUntil: Type.Union([Time, Type.Null()]) });

/** Until when locks are open, of what is shown. */
export const UnlockedUntil = Type.Union([Time, Type.Null()], {
  description: 'Until when an admin has opened the locks; null if they are closed, or there are none.',
});

/** What keeps an admin from editing something that the provider manages. */
export const Locks = Type.Array(
  named(
    'Lock',
    {
      edit: oneOf(
        ['edit-member', 'give-access', 'edit-team'],
        'What is not done by hand: the name, the address or the status of a person, or removing them; a role or a license; the name of a team, who is in it, or removing it.',
      ),
      setting: Type.String({ description: 'The setting of the policy that says so.' }),
      wayOut: Type.String({ description: 'Where the change belongs, and the ways to make it here all the same.' }),
    },
    'What keeps an admin from an edit.',
  ),
  { description: 'What keeps an admin from editing; empty where nothing does.' },
);

/** The beginning of what is searched. */
export const Search = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: limits.indexedStringLengthMax, description }));

/** One page of a list. */
export const listOf = <Item extends TSchema>(title: string, item: Item) =>
  named(title, {
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Give it as `cursor` for the next page, within an hour; null on the last one.',
    }),
  });

/** Why what the provider asks of a person, a team or a membership is not in force. */
export const HeldBy = nullable(
  Type.Object(
    {
      batch: Type.String({ description: 'The held batch.' }),
      why: oneOf(['off', 'observing', 'paused', 'braked', 'settling', 'discarded']),
    },
    {
      additionalProperties: false,
      title: 'HeldBy',
      description: 'What holds the difference between what is asked and what is in force; null if nothing does.',
    },
  ),
);

/** What a person is to the organization; whoever is held is asked for and not here yet. */
export const MemberStatus = oneOf(['held', 'invited', 'active', 'suspended', 'removed']);

/** Whether an admin made the person, or the provider, which may have taken over one whom an admin made. */
export const Origin = oneOf(['local', 'provisioned', 'claimed']);

export const IsBreakGlass = Type.Boolean({
  description: 'Whether the person is a way in that no request of the provider touches.',
});

/** A reason of the plan: the rule, and the request and token that made it apply. */
export const Reason = Type.Object(
  { rule: Type.String(), request: Type.Optional(Type.String()), token: Type.Optional(Type.String()) },
  { additionalProperties: true, title: 'Reason', description: 'Why a fact is in force.' },
);

/** RFC 9457 problem details. `type` is about:blank: the status and the code say it all. */
export const Problem = named('Problem', {
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String({ description: 'Which refusal it is, for programs: a word of docs/reference/errors.md.' }),
  detail: Type.String({ description: 'One sentence for people.' }),
  errors: Type.Optional(
    Type.Array(
      closed({
        in: Type.String({ description: 'path, query or body' }),
        pointer: Type.String({ description: 'A JSON Pointer to the value.' }),
        detail: Type.String(),
      }),
    ),
  ),
  scope: Type.Optional(Type.String({ description: 'The scope that the key lacks.' })),
});
export type Problem = Static<typeof Problem>;
