import { mkdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { OpenEnvironmentOptions } from '../../src/environment/build-environment.ts';
import type { EnvironmentDeps } from '../../src/environment/open-environment.ts';
import { openEnvironment } from '../../src/environment/open-environment.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import type { DriverAnswer, DriverExec, DriverExecAnswer, DriverRequest } from './environment-contract.ts';

/** A program for the tests: opens an environment as whoever runs it, runs what it is asked for, tells what came of it. */
async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as DriverRequest;
  const events: Event[] = [];
  process.stdout.write(JSON.stringify({ ...(await answer(request, events)), events }));
}

async function answer(request: DriverRequest, events: Event[]): Promise<Omit<DriverAnswer, 'events'>> {
  const { execs = [], deps = {}, ...options } = request;
  mkdirSync(request.root, { recursive: true });
  try {
    return await useEnvironment({ ...options, report: (event) => events.push(event) }, deps, execs);
  } catch (error) {
    return { results: [], error: described(error) };
  }
}

async function useEnvironment(
  options: Omit<OpenEnvironmentOptions, 'target'>,
  deps: EnvironmentDeps,
  execs: readonly DriverExec[],
): Promise<Omit<DriverAnswer, 'events'>> {
  const environment = await openEnvironment({ ...options, target: { os: 'linux', arch: 'amd64' } }, deps);
  const results: DriverExecAnswer[] = [];
  try {
    for (const { abortAfterMs, argv, ...rest } of execs) {
      const lines: string[] = [];
      const settings = { env: { PATH: '/usr/bin:/bin' }, cwd: environment.paths.app.inside, ...rest };
      const signal = abortAfterMs === undefined ? {} : { signal: AbortSignal.timeout(abortAfterMs) };
      try {
        // oxlint-disable-next-line no-await-in-loop
        const result = await environment.exec(argv, { ...settings, ...signal, onLine: (line) => lines.push(line) });
        results.push({ ...result, lines });
      } catch (error) {
        results.push({ lines, error: described(error) });
      }
    }
    const { isolation, mechanism, hides, paths } = environment;
    return { isolation, mechanism, hides, paths, results };
  } finally {
    await environment.close();
  }
}

function described(error: unknown): { code: string; message: string; detail?: string; hint?: string } {
  if (!(error instanceof TsbuildpackError)) return { code: 'not ours', message: String(error) };
  const { code, message, detail, hint } = error;
  return { code, message, ...(detail === undefined ? {} : { detail }), ...(hint === undefined ? {} : { hint }) };
}

await main();
