/** Before a token expires its organization is told, this many days ahead. */
export const expiryAlertDays = [30, 14, 7, 1] as const;

const dayMs = 86_400_000;

/** What is known of a token that expires. `alertedDays` is the last alert that was given. */
export type ExpiringToken = {
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly alertedDays: number | undefined;
};

/**
 * The alert that is due, as the days that it is given ahead; undefined if none is. Each is given once. One that would have
 * come before the token was made is left out, and of several that were missed only the most urgent one is given.
 */
export function expiryAlertDue({ createdAt, expiresAt, alertedDays }: ExpiringToken, now: Date): number | undefined {
  if (expiresAt <= now) return undefined;
  const isDue = (days: number) => {
    const at = expiresAt.getTime() - days * dayMs;
    return at <= now.getTime() && at >= createdAt.getTime();
  };
  const due = expiryAlertDays.findLast(isDue);
  return due !== undefined && (alertedDays === undefined || due < alertedDays) ? due : undefined;
}
