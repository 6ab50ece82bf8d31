import { availableParallelism } from 'node:os';
import type { Answered, SandboxPrograms, SandboxTask } from './sandbox.ts';
import { bundleProgram, runInSandbox } from './sandbox.ts';
import type { Scenario } from './scenario.ts';

/** So many at a time in one namespace: enough to pay for its start, few enough that all processors end together. */
const batchSize = 10;

let bundled: Promise<void> | undefined;

/** Runs scenarios through one side, in as many namespaces at a time as the machine has processors. Answers come in the scenarios' order. */
export async function runScenarios(
  side: SandboxTask['side'],
  scenarios: readonly Scenario[],
  { recorded, turns = 'own', ...programs }: SandboxPrograms & Partial<Pick<SandboxTask, 'recorded' | 'turns'>> = {},
): Promise<readonly Answered[]> {
  bundled ??= bundleProgram();
  await bundled;
  const partOf = <T>(list: readonly T[], index: number): readonly T[] =>
    list.slice(index * batchSize, (index + 1) * batchSize);
  const batches = Array.from({ length: Math.ceil(scenarios.length / batchSize) }, (_, index) => ({
    side,
    scenarios: partOf(scenarios, index),
    turns,
    ...(recorded && { recorded: partOf(recorded, index) }),
  }));
  const answers = new Map<number, readonly Answered[]>();
  const waiting = [...batches.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, batch] = next;
      answers.set(index, await runInSandbox(batch, programs));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return batches.flatMap((_, index) => answers.get(index) ?? []);
}
