import { type Static, Type } from 'typebox';
import { closed, listOf, named, nullable, oneOf, pageParameters, Time } from './parts.ts';

/** One line of the request log: a SCIM request, what came of it, and who sent it. */
const requestProperties = {
  id: Type.String({ description: 'The reference that the answer and every error named.' }),
  at: Time,
  method: Type.String(),
  path: Type.String({ description: 'Path and query as sent.' }),
  status: Type.Integer(),
  durationMs: Type.Number(),
  client: nullable(Type.String()),
  address: nullable(Type.String()),
  tokenName: nullable(Type.String()),
  changes: Type.Array(Type.String(), {
    description: 'What it changed, one sentence each; empty for reads, refusals and repetitions.',
  }),
  tolerances: Type.Array(closed({ name: Type.String(), says: Type.String() }), {
    description: 'Where Rollcall accepted what the RFCs do not describe.',
  }),
  detail: Type.Union([Type.String(), Type.Null()], {
    description:
      'Of a refusal the sentence that the provider’s admin was given, else in a few words what was answered.',
  }),
  bulk: Type.Union([closed({ id: Type.String(), index: Type.Integer() }), Type.Null()], {
    description: 'Of an operation of a bulk, the id of the bulk’s own request and the place in it, from 0.',
  }),
};

export const RequestSummary = named('RequestSummary', requestProperties);
export type RequestSummary = Static<typeof RequestSummary>;

export const RequestList = listOf('RequestList', RequestSummary);
export type RequestList = Static<typeof RequestList>;

const Body = Type.Unknown({
  description:
    'The JSON document of the log, passwords masked; a string where it was no JSON, null where there was none.',
});

export const RequestDetail = named('RequestDetail', { ...requestProperties, requestBody: Body, responseBody: Body });
export type RequestDetail = Static<typeof RequestDetail>;

export const RequestQuery = closed({
  ...pageParameters,
  status: Type.Optional(oneOf(['error'], 'Only what was refused or failed.')),
  bulk: Type.Optional(Type.String({ format: 'uuid', description: 'Only the operations of the bulk with this id.' })),
});
