import { type Static, Type } from 'typebox';
import { type ProviderName, providers } from '../../../organization/providers.ts';
import { closed, named, nullable, oneOf, Time } from './parts.ts';
import { ReconciliationReport } from './reconciliation.ts';

const Answers = named('Answers', {
  requests: Type.Integer(),
  errors: Type.Integer({ description: 'Answers of 400 and above.' }),
  errorShare: Type.Number({ description: 'Errors among the requests, from 0 to 1.' }),
  byAnswer: Type.Array(closed({ status: Type.Integer(), scimType: nullable(Type.String()), count: Type.Integer() })),
});

/** How the connection of an organization does. */
export const ConnectionHealth = named('ConnectionHealth', {
  connection: Type.String(),
  state: Type.String({ description: 'The state of the connection.' }),
  endedAt: nullable(
    Type.String({
      format: 'date-time',
      description:
        'When it was disconnected; `lastHour` and `lastDay` are then those before, for as long as the counts are kept, two weeks.',
    }),
  ),
  lastCall: nullable(closed({ at: Time, address: nullable(Type.String()), client: nullable(Type.String()) })),
  silenceAllowedMs: nullable(
    Type.Integer({
      description:
        'How long the provider may be silent, as it called in the last two weeks; null while it has no rhythm.',
    }),
  ),
  isSilent: Type.Boolean({ description: 'Whether it has been silent for longer.' }),
  lastHour: Answers,
  lastDay: Answers,
  expiringTokens: Type.Array(
    closed({
      id: Type.String(),
      name: Type.String(),
      expiresAt: Time,
      daysLeft: Type.Integer(),
      replacedBy: nullable(Type.String({ description: 'The id of the token that is taking over from it.' })),
    }),
    { description: 'Tokens in force that expire within 30 days, the next first.' },
  ),
  differences: Type.Array(
    closed({
      of: oneOf(['members', 'teams', 'memberships']),
      rule: Type.String({ description: 'What explains them, in the same words as a comparison.' }),
      because: Type.String({ description: 'The same in a sentence.' }),
      count: Type.Integer(),
    }),
    { description: 'How often what is in force is not what was asked.' },
  ),
  differencesExact: Type.Boolean({ description: 'They are counted up to a bound; false where there are more.' }),
  reconciliation: nullable(
    closed({
      at: Time,
      explained: ReconciliationReport.properties.explained,
      drift: ReconciliationReport.properties.drift,
      repaired: Type.Boolean(),
    }),
  ),
});
export type ConnectionHealth = Static<typeof ConnectionHealth>;

export const FindingsQuery = closed({
  days: Type.Integer({
    minimum: 1,
    maximum: 14,
    default: 7,
    description: 'Over how many days the traffic is looked at. After a repair, one day shows whether it helped.',
  }),
});

const Finding = named('Finding', {
  id: Type.String({ description: 'Which finding it is, for programs.' }),
  severity: oneOf(['problem', 'warning', 'notice']),
  says: Type.String({ description: 'What is so.' }),
  fix: Type.String({ description: 'What to do, in the words of the provider’s console.' }),
  count: nullable(Type.Integer({ description: 'Requests that show it.' })),
  lastAt: nullable(Time),
  requests: Type.Array(Type.String(), { description: 'The last of these requests in the log, the newest first.' }),
});

/** What the setup doctor found. */
export const ConnectionFindings = named('ConnectionFindings', {
  provider: nullable(
    closed({
      name: oneOf(Object.keys(providers) as ProviderName[]),
      title: Type.String(),
    }),
  ),
  scimProfile: Type.String(),
  since: Time,
  findings: Type.Array(Finding, { description: 'The most urgent first; none for a setup that works well.' }),
});
export type ConnectionFindings = Static<typeof ConnectionFindings>;
