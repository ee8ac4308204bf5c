/** An e-mail address that waits for a person to confirm it, and until when; what is over waits for the next mail. */
export type WaitingAddress = { address: string; until: Date };

/** The columns of it. */
export type WaitingRow = { waiting_address: string | null; waiting_until: Date | null };

export const waitingOf = ({
  waiting_address: address,
  waiting_until: until,
}: WaitingRow): WaitingAddress | undefined => (address === null || until === null ? undefined : { address, until });
