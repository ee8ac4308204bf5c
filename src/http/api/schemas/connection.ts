import { type Static, Type } from 'typebox';
import { brakeKinds } from '../../../organization/brake.ts';
import { choiceSays, disconnectChoices } from '../../../organization/disconnecting.ts';
import { connectionStates, everyConnectionState } from '../../../organization/holding.ts';
import { closed, Id, listOf, named, nullable, oneOf, pageParameters, Time } from './parts.ts';
import { planProperties } from './plan.ts';
import { Confirm, PolicyPlan } from './policy.ts';

const connectionProperties = {
  id: Type.String(),
  provider: Type.String({ description: 'Who provisions by it, as an admin said.' }),
  scimProfile: Type.String({ description: 'How it reads what the provider sends.' }),
  state: oneOf(everyConnectionState),
  scimBaseUrl: Type.String(),
  hasProvisioning: Type.Boolean({
    description:
      'Whether the plan of the organization has provisioning. Without it a connection that is off stays off.',
  }),
  createdAt: Time,
  updatedAt: Time,
};

export const Connection = named('Connection', connectionProperties);
export type Connection = Static<typeof Connection>;

export const ConnectionChange = named('ConnectionChange', {
  state: oneOf(
    connectionStates,
    'Off refuses the provider’s requests; everything provisioned stays, and the connection ends if the policy says so (`turnOff` is `discard`). Observing and paused take them, store what is asked and put nothing in force. On puts in force what was held, and what is asked.',
  ),
  confirm: Confirm,
});

export type ConnectionChange = Static<typeof ConnectionChange>;

/** What became of what was held when a connection was turned on, or of a batch that was let go. */
export const Settling = named('Settling', {
  isDone: Type.Boolean({ description: 'False where it takes longer: it goes on in the background.' }),
  refused: Type.Array(Type.String(), {
    description:
      'People and teams that stay held, because nobody else would administer the organization or because an admin has to name whom the provider takes over. The plan of the batch says of each why (`refusal`); then let the batch go again.',
  }),
});

export const SwitchedConnection = named('SwitchedConnection', {
  ...connectionProperties,
  settling: nullable(Settling),
  warnings: Type.Array(Type.String(), { description: 'What an admin should know of who signs people in, in words.' }),
});
export type SwitchedConnection = Static<typeof SwitchedConnection>;

/** Which page of the plan of a switch. */
export const ConnectionPlanQuery = closed({
  to: oneOf(connectionStates, 'The state that the plan is for.'),
  ...pageParameters,
});

const Warnings = Type.Array(Type.String(), {
  description:
    'What an admin should know that nobody has to confirm, in words: of who signs people in, and that the connection ends by it.',
});

/** A page of the plan of a switch. */
export const ConnectionPlan = named('ConnectionPlan', {
  ...planProperties,
  confirm: PolicyPlan.properties.confirm,
  warnings: Warnings,
});
export type ConnectionPlan = Static<typeof ConnectionPlan>;

/** A page of the plan of letting a batch go. */
export const HeldPlan = named('HeldPlan', {
  ...planProperties,
  discardRefusal: nullable(
    Type.String({
      description: 'Why discarding the batch would be refused, and the way out. Null if it would not be.',
    }),
  ),
  warnings: Warnings,
});
export type HeldPlan = Static<typeof HeldPlan>;

const DisconnectChoice = oneOf(
  disconnectChoices,
  Object.entries(choiceSays)
    .map(([choice, says]) => `\`${choice}\`: ${says}.`)
    .join(' '),
);

export const DisconnectPlanQuery = closed({ choice: DisconnectChoice, ...pageParameters });

/** A page of the plan of a disconnecting. */
export const DisconnectPlan = named('DisconnectPlan', {
  ...planProperties,
  owners: Type.Array(closed({ id: Id, userName: Type.String() }), {
    description: 'Owners whom it is about: then only an owner or the operator disconnects.',
  }),
});

export type DisconnectPlan = Static<typeof DisconnectPlan>;

export const Disconnecting = named('Disconnecting', { choice: DisconnectChoice });

/** What became of a disconnecting. */
export const Disconnected = named('Disconnected', {
  disconnected: closed({
    connection: Type.String({ description: 'The connection that ends.' }),
    choice: DisconnectChoice,
    isDone: Type.Boolean({ description: 'False where it takes longer: it goes on in the background.' }),
    kept: Type.Array(Type.String(), {
      description: 'People who stay as they are, because nobody else administers the organization by now: their ids.',
    }),
  }),
  connection: Connection,
});
export type Disconnected = Static<typeof Disconnected>;

export const ListedConnection = named('ListedConnection', {
  id: Type.String(),
  provider: Type.String(),
  scimProfile: Type.String(),
  state: oneOf(everyConnectionState),
  choice: nullable(oneOf(disconnectChoices, 'What became, or becomes, of what it provisioned.')),
  createdAt: Time,
  endedAt: nullable(Time),
});
export type ListedConnection = Static<typeof ListedConnection>;
export const ConnectionList = listOf('ConnectionList', ListedConnection);
export type ConnectionList = Static<typeof ConnectionList>;

export const HeldBatch = named('HeldBatch', {
  id: Type.String(),
  connection: Type.String(),
  cause: oneOf(['connection', 'brake'], 'The state of the connection holds it, or the brake does.'),
  kinds: Type.Array(oneOf(brakeKinds), {
    description: 'What the brake holds from now on, as long as the batch is open: kinds of changes.',
  }),
  state: oneOf(['open', 'settling', 'released', 'discarded']),
  openedAt: Time,
  endedAt: nullable(Time),
  members: Type.Integer({ description: 'People of whom it holds something.' }),
  teams: Type.Integer(),
  memberships: Type.Integer(),
});
export type HeldBatch = Static<typeof HeldBatch>;
export const HeldBatchList = listOf('HeldBatchList', HeldBatch);
export type HeldBatchList = Static<typeof HeldBatchList>;

export const ReleasedBatch = named('ReleasedBatch', { batch: HeldBatch, settling: Settling });
export type ReleasedBatch = Static<typeof ReleasedBatch>;

export const ForecastItem = named('ForecastItem', {
  kind: oneOf(['member', 'team']),
  id: Type.String(),
  name: Type.String({ description: 'The userName of the person, or the name of the team.' }),
  outcome: oneOf(
    ['links', 'asks', 'refuses'],
    'The provider takes it over, is refused until an admin has decided, or is refused.',
  ),
  because: Type.String({ description: 'The reason in words.' }),
});
export type ForecastItem = Static<typeof ForecastItem>;
export const ForecastList = listOf('ForecastList', ForecastItem);
export type ForecastList = Static<typeof ForecastList>;
