/** As many as a registry on the other side of an ocean needs to keep a line busy; more only compete. */
const defaultLimit = 4;

/** Does the work for all items, a few at a time. After a failure no more are begun, and the first one is thrown when all have ended. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  limit: number = defaultLimit,
): Promise<void> {
  const rest = [...items];
  const failures: unknown[] = [];
  async function worker(): Promise<void> {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        await work(item);
      } catch (error) {
        failures.push(error);
        rest.length = 0;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
