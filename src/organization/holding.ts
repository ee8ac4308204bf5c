/**
 * Holding: what the provider asked is stored in full and answered as always, and is not put in force yet. A connection that
 * observes or is paused holds everything; the brake holds what takes too much away at once. Rows whose sides differ for that
 * reason name the batch that holds them.
 */

export type ConnectionState = 'off' | 'observing' | 'on' | 'paused';

/** A batch that is not done with. While it is `settling` it is being put in force, and holds nothing new. */
export type HeldBatch = {
  readonly id: string;
  readonly connection: string;
  readonly cause: 'connection' | 'brake';
  readonly state: 'open' | 'settling';
};

/** What holds things back in an organization at the moment. */
export type Holding = {
  /** The state of each connection, by its id. */
  readonly connectionStates: Readonly<Record<string, ConnectionState>>;
  readonly heldBatches: readonly HeldBatch[];
};

/**
 * The batch into which a request's change goes instead of being in force; undefined if it is put in force. What a batch holds
 * already it holds whole, until it is let go: changes of one person or team stay in their order.
 *
 * @param connectionId the connection that asks; undefined for a person who writes the own profile
 * @param heldBy the batch that holds the person or team now
 */
export function batchHolding(
  { connectionStates, heldBatches }: Holding,
  { connectionId, heldBy }: { connectionId: string | undefined; heldBy: string | undefined },
): string | undefined {
  const isOpen = ({ state }: HeldBatch) => state === 'open';
  const holds = (connection: string) => {
    const state = connectionStates[connection];
    return state === 'observing' || state === 'paused';
  };
  if (connectionId !== undefined && holds(connectionId)) {
    return heldBatches.find(({ connection, cause }) => connection === connectionId && cause === 'connection')?.id;
  }
  return heldBatches.find(
    (batch) =>
      batch.id === heldBy && isOpen(batch) && (batch.cause === 'brake' || connectionStates[batch.connection] !== 'on'),
  )?.id;
}
