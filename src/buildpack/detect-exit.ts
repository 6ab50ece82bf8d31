import type { BuildPlan } from '../cnb/build-plan.ts';
import { TsbuildpackError } from '../errors.ts';
import type { DetectOutcome } from './buildpack.ts';
import { couldNotStart } from './could-not-start.ts';

// Enough to see what went wrong; a program that writes for ever must not fill our memory.
const mostLines = 2000;

/** The last lines that a program wrote. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= 2 * mostLines) this.#lines.splice(0, mostLines);
  }

  list(): readonly string[] {
    return this.#lines.slice(-mostLines);
  }
}

/** What an exit status of `bin/detect` means (DET-02); the plan is read only when it passed (DET-09). */
export function detectExit(exitCode: number, written: LastLines, readPlan: () => BuildPlan): DetectOutcome {
  const lines = written.list();
  const output = lines.join('\n');
  if (exitCode === 100) return { result: 'fail', reason: lastLine(lines) ?? 'its bin/detect said no', output };
  if (exitCode !== 0) return { result: 'error', reason: `its bin/detect ended with status ${exitCode}`, output };
  try {
    return { result: 'pass', plan: readPlan(), output };
  } catch (error) {
    if (!(error instanceof TsbuildpackError)) throw error;
    return { result: 'error', reason: withHint(error), output };
  }
}

/** What becomes of a program that could not be run to its end. */
export function failedToRun(
  error: unknown,
  { signal, lines }: { readonly signal: AbortSignal | undefined; readonly lines: LastLines },
): DetectOutcome {
  signal?.throwIfAborted();
  if (couldNotStart(error)) {
    return { result: 'error', reason: error.message, output: lines.list().join('\n') };
  }
  throw error;
}

export function withHint({ message, hint }: TsbuildpackError): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

function lastLine(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line.trim() !== '')?.trim();
}
