import type { Phase, Report } from '../events.ts';
import type { BuildReport } from './create-request.ts';

export interface PhaseClock {
  begin(phase: Phase): void;
  end(): BuildReport['timings'];
}

/** Announces each phase and notes how long the last one took. */
export function phaseClock({ report }: { readonly report: Report }): PhaseClock {
  const timings: { phase: string; milliseconds: number }[] = [];
  let current: { readonly phase: Phase; readonly startedMs: number } | undefined;
  const finish = (): void => {
    if (current === undefined) return;
    timings.push({ phase: current.phase, milliseconds: Math.round(performance.now() - current.startedMs) });
    current = undefined;
  };
  return {
    begin: (phase) => {
      finish();
      current = { phase, startedMs: performance.now() };
      report({ type: 'phase', phase });
    },
    end: () => {
      finish();
      return timings;
    },
  };
}
