const turnMs = 20;

/** Undefined when it is not time yet; to be awaited else. */
export type Turn = () => Promise<void> | undefined;

/**
 * Synchronous calls are four times as fast as promises for many small files, but starve timers, signals and progress. Call the function
 * this gives now and then, and await what it gives: it lets other work run when 20 ms have passed.
 */
export function takeTurns(signal?: AbortSignal): Turn {
  let since = performance.now();
  async function pause(): Promise<void> {
    signal?.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
  return () => (performance.now() - since < turnMs ? undefined : pause());
}
