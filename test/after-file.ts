type Action = () => void | Promise<void>;

const actions: Action[] = [];

/** Has something done after the last test of the file, the latest first. Unlike a hook, it may be asked for anywhere. */
export function afterFile(action: Action): void {
  actions.push(action);
}

/** Called after each test file, by test/setup/temporary-files.ts. */
export async function runAfterFile(): Promise<void> {
  // What came later may stand on what came before.
  // oxlint-disable-next-line no-await-in-loop
  for (const action of actions.splice(0).toReversed()) await action();
}
