import { type Static, Type } from 'typebox';
import { closed, named, Time } from './parts.ts';

export const Status = named('Status', {
  version: Type.String(),
  startedAt: Time,
  baseUrl: Type.String(),
  postgresql: closed({ version: Type.String(), builtIn: Type.Boolean() }),
  organizations: Type.Integer(),
  requestsLastHour: closed({
    count: Type.Integer(),
    exact: Type.Boolean({ description: 'Requests are counted up to a bound; false where there are more.' }),
  }),
});
export type Status = Static<typeof Status>;
