/** How long signals count as the same Ctrl-C: a terminal sends it to every process, and npm and bin/ pass theirs on too. */
const echoMs = 300;

/**
 * Resolves when the process is told to stop: by Ctrl-C, by SIGTERM, by the end of its terminal, or by the death of the
 * process in bin/ that started it. Another Ctrl-C after that ends the process at once.
 */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const stop = (): void => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > echoMs) process.exit(130);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    if (process.channel) {
      process.once('disconnect', resolve);
      // the channel only tells of the other's death and is no reason to live
      process.channel.unref();
    }
  });
}

/**
 * Waits for the work, or throws the reason of the signal as soon as it is aborted. The work then goes on, and whoever needs its
 * end has arranged for it before.
 */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
