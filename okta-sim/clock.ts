/** Time as the simulator sees it. `virtual` time passes only in waits, and every wait takes no time. */
export type Clock = { virtual: boolean; now(): Date; wait(ms: number): Promise<void> };

/** Waits as long as Okta would. */
export function realClock(): Clock {
  return {
    virtual: false,
    now: () => new Date(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

/**
 * Waits end at once, but in the order in which they would have ended: a pause of 300 s ends after
 * every think time of 250 ms that began beside it.
 */
export function virtualClock(start: Date): Clock {
  let now = start.getTime();
  let pumping = false;
  const sleepers: { due: number; wake: () => void }[] = [];

  function pump(): void {
    const next = sleepers.shift();
    if (!next) {
      pumping = false;
      return;
    }
    now = Math.max(now, next.due);
    next.wake();
    setImmediate(pump);
  }

  return {
    virtual: true,
    now: () => new Date(now),
    wait: (ms) =>
      new Promise((wake) => {
        const due = now + ms;
        const later = sleepers.findIndex((sleeper) => sleeper.due > due);
        sleepers.splice(later === -1 ? sleepers.length : later, 0, { due, wake });
        if (pumping) return;
        pumping = true;
        setImmediate(pump);
      }),
  };
}
