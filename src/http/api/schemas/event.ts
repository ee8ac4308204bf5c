import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { closed, named, Time } from './parts.ts';

export const Event = named(
  'Event',
  {
    seq: Type.Integer({
      description: 'Its number in the organization: 1, 2, 3 … without gaps, in the order of commits.',
    }),
    at: Time,
    kind: Type.String({ description: 'What happened: a kind of docs/reference/events.md.' }),
    data: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'What docs/reference/events.md says of the kind.',
    }),
    actor: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'Who did it: `type` is token, operator, key, member, link or rollcall.',
    }),
    requestId: Type.Optional(Type.String({ description: 'The SCIM request that caused it.' })),
  },
  'Something that happened in an organization.',
);

export const EventPage = named('EventPage', {
  items: Type.Array(Event),
  next: Type.Integer({ description: 'Give it as `after` to go on.' }),
});
export type EventPage = Static<typeof EventPage>;

export const EventQuery = closed({
  after: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: 'The number of the last event that was seen. The header `Last-Event-ID` wins over it.',
  }),
  limit: Type.Integer({ minimum: 1, maximum: limits.eventPageMax, default: 100, description: 'Events at most.' }),
  wait: Type.Integer({
    minimum: 0,
    maximum: limits.eventWaitSecondsMax,
    default: 0,
    description: 'Seconds to wait for an event when there is none yet.',
  }),
});
