/**
 * Holding: what the provider asked is stored in full and answered as always, and is not put in force yet, because the connection
 * observes or is paused. Rows whose sides differ for that reason name the batch that holds them.
 */
import type { BrakeKind } from './brake.ts';

/** The states between which a connection is switched. */
export const connectionStates = ['off', 'observing', 'on', 'paused'] as const;
export type SwitchedState = (typeof connectionStates)[number];

/** With those of a connection that ends (disconnecting.ts). */
export const everyConnectionState = [...connectionStates, 'disconnecting', 'disconnected'] as const;
export type ConnectionState = (typeof everyConnectionState)[number];

/** Whether it is a state to which a connection is switched. */
export const isSwitched = (state: ConnectionState): state is SwitchedState =>
  connectionStates.some((each) => each === state);

/** Whether a connection takes no requests: it is off, or it ends or has ended. */
export const takesNothing = (state: ConnectionState | undefined): boolean =>
  state === 'off' || state === 'disconnecting' || state === 'disconnected';

/** A batch that is not done with. While it is `settling` it is being put in force, and holds nothing new. */
export type HeldBatch = {
  readonly id: string;
  readonly connection: string;
  /** The state of the connection, or the brake, which holds some kinds of changes only (brake.ts). */
  readonly cause: 'connection' | 'brake';
  readonly kinds: readonly BrakeKind[];
  readonly state: 'open' | 'settling';
};

/** What holds things back in an organization at the moment. */
export type Holding = {
  /** The state of each connection, by its id. */
  readonly connectionStates: Readonly<Record<string, ConnectionState>>;
  readonly heldBatches: readonly HeldBatch[];
};

/**
 * The batch into which a request's change goes instead of being in force; undefined if it is put in force. What a person writes
 * of themselves goes there too while something of them is held: changes of one person stay in their order.
 *
 * @param connectionId the connection that asks; undefined for a person who writes their own profile
 * @param heldBy the batch that holds the person or team now
 */
export function batchHolding(
  { connectionStates, heldBatches }: Holding,
  { connectionId, heldBy }: { connectionId: string | undefined; heldBy: string | undefined },
): string | undefined {
  if (connectionId === undefined) {
    const holding = heldBatches.find(({ id }) => id === heldBy);
    // What was discarded stays asked, and is not for the person to put in force.
    if (holding === undefined) return heldBy;
    if (holding.cause === 'brake') return holding.state === 'open' ? holding.id : undefined;
    return connectionStates[holding.connection] === 'on' ? undefined : holding.id;
  }
  const batch = heldBatches.find(({ connection, cause }) => cause === 'connection' && connection === connectionId);
  return batch !== undefined && connectionStates[batch.connection] !== 'on' ? batch.id : undefined;
}

/** The open batch of the brake of a connection. */
export const brakeBatch = (
  { heldBatches }: Pick<Holding, 'heldBatches'>,
  connectionId: string,
): HeldBatch | undefined =>
  heldBatches.find(
    ({ connection, cause, state }) => cause === 'brake' && connection === connectionId && state === 'open',
  );

/**
 * What becomes of whoever comes under a name that somebody has who is to go, by the batch that holds the going: both wait in an open
 * one; of one that is being put in force, or is over, the one goes as the other comes.
 */
export const stateOfGoing = (
  { heldBatches }: Pick<Holding, 'heldBatches'>,
  heldBy: string,
): HeldBatch['state'] | 'over' => heldBatches.find(({ id }) => id === heldBy)?.state ?? 'over';
