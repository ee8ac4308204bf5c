/** Okta pauses for this long when a 429 does not say how long in whole seconds. */
const defaultPauseSeconds = 300;

/** Pauses after which Okta gives up and leaves the task to an admin. */
export const rateLimitAttemptsMax = 10;

/**
 * Seconds to wait after the nth 429 in a row (okta-wire.md §15), or undefined when Okta gives up. Only an
 * integer Retry-After counts; a date, a fraction or nothing means five minutes; each further 429 doubles it.
 */
export function pauseSeconds(
  attempt: number,
  retryAfter: string | undefined,
  previousSeconds: number | undefined,
  resets = false,
): number | undefined {
  if (attempt > rateLimitAttemptsMax) return undefined;
  const asked = retryAfter !== undefined && /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) : undefined;
  if (previousSeconds === undefined) return asked ?? defaultPauseSeconds;
  return resets && asked !== undefined ? asked : previousSeconds * 2;
}
