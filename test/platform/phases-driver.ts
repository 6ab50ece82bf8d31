import { TsbuildpackError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { runPhase } from '../../src/platform/phases/run-phase.ts';
import type { PhaseAnswer } from './phases-rig.ts';

/** A program for the tests: runs one phase as whoever runs it (the detector refuses root), tells what came of it. */
async function main(): Promise<void> {
  const [phase = '', ...words] = process.argv.slice(2);
  const events: Event[] = [];
  const surroundings = {
    cwd: process.cwd(),
    env: process.env,
    report: (event: Event): void => void events.push(event),
    now: (): Date => new Date(),
    signal: new AbortController().signal,
  };
  process.stdout.write(JSON.stringify({ ...(await answer(phase, words, surroundings)), events }));
}

async function answer(...call: Parameters<typeof runPhase>): Promise<Omit<PhaseAnswer, 'events'>> {
  try {
    await runPhase(...call);
    return { exitCode: 0, message: '' };
  } catch (error) {
    if (error instanceof TsbuildpackError) return { exitCode: error.exitCode, message: error.message };
    return { exitCode: -1, message: error instanceof Error ? (error.stack ?? '') : String(error) };
  }
}

await main();
