import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { BuildEnvironment, OpenEnvironmentOptions } from './build-environment.ts';
import { detectHost } from './detect-host.ts';
import { directExec } from './direct-exec.ts';
import { findHiddenPlaces } from './hidden-places.ts';
import type { MachineTarget } from './host.ts';
import { makeRootDirectories } from './root-directories.ts';
import type { Attempt, SandboxMechanism } from './sandbox-attempts.ts';
import { trySandboxes } from './sandbox-attempts.ts';
import type { SandboxMaker } from './sandbox-maker.ts';
import type { WorkDirs } from './sandbox-view.ts';
import { sandboxedExec } from './sandboxed-exec.ts';
import { hostPaths, imagePaths, makeWorkDirs, removePrivateDirs } from './work-dirs.ts';

/** What is there to try; an argument for tests and for `doctor`. */
export interface EnvironmentDeps {
  /** @default all */
  readonly mechanisms?: readonly SandboxMechanism[];
  /** Where plain directories would be made. @default '/' */
  readonly base?: string;
}

interface Opening {
  readonly options: OpenEnvironmentOptions;
  readonly deps: EnvironmentDeps;
  readonly dirs: WorkDirs;
  readonly host: MachineTarget;
}

/**
 * Opens the build environment that was asked for; `auto` is the first that works, `real` before `mapped`.
 * Throws ISOLATION_UNAVAILABLE when `real` was asked for and there is no way to it.
 */
export async function openEnvironment(
  options: OpenEnvironmentOptions,
  deps: EnvironmentDeps = {},
): Promise<BuildEnvironment> {
  const opening: Opening = {
    options,
    deps,
    dirs: await makeWorkDirs(options.root),
    host: options.host ?? (await detectHost()),
  };
  if (options.isolation === 'mapped') return openMapped(opening);
  const { environment, attempts } = await openReal(opening);
  if (environment !== undefined) return environment;
  if (options.isolation === 'real') throw unavailable(attempts);
  for (const attempt of attempts) options.report({ type: 'debug', message: describe(attempt) });
  options.report({
    type: 'info',
    message: `Building in mapped directories: ${attempts[0]?.reason ?? 'no isolation is possible here'}`,
  });
  return openMapped(opening);
}

interface RealOutcome {
  readonly environment?: BuildEnvironment;
  readonly attempts: readonly Attempt[];
}

async function openReal(opening: Opening): Promise<RealOutcome> {
  const { options, deps, dirs } = opening;
  const hidden = findHiddenPlaces([options.store, dirs.aside, ...(options.hidden ?? [])]);
  const { maker, attempts } = await trySandboxes({
    workDirs: dirs,
    hidden,
    signal: options.signal,
    ...(deps.mechanisms === undefined ? {} : { mechanisms: deps.mechanisms }),
  });
  if (maker !== undefined) {
    tellUser(maker, options.report);
    const exec = sandboxedExec({ maker, workDirs: dirs, hidden });
    return {
      environment: {
        ...common(opening, exec),
        isolation: 'real',
        mechanism: maker.mechanism,
        hides: true,
        paths: imagePaths(dirs),
      },
      attempts,
    };
  }
  if (process.getuid?.() !== 0) return { attempts };
  return openRootDirectories(opening, attempts);
}

async function openRootDirectories(opening: Opening, attempts: readonly Attempt[]): Promise<RealOutcome> {
  const { options, deps, dirs } = opening;
  const mechanism = 'directories at /';
  const made = await makeRootDirectories({
    ...(deps.base === undefined ? {} : { base: deps.base }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onWait: (pid) =>
      options.report({
        type: 'info',
        message: `Waiting for another build (process ${pid}) that uses /workspace and /layers`,
      }),
  });
  if ('refused' in made) return { attempts: [...attempts, { mechanism, works: false, reason: made.refused }] };
  options.report({
    type: 'warning',
    message: 'Running buildpacks as root, without isolation: this container allows no namespaces',
    hint: unprotected,
  });
  const base = common(opening, directExec);
  const environment: BuildEnvironment = {
    ...base,
    isolation: 'real',
    mechanism,
    hides: false,
    paths: hostPaths({ ...dirs, ...made.dirs }),
    async close(): Promise<void> {
      await made.close();
      await base.close();
    },
  };
  return { environment, attempts: [...attempts, { mechanism, works: true }] };
}

// A buildpack that runs `kill -9 -1` there ends every process of the machine.
const unprotected =
  'They can do to this machine whatever root can: use buildpacks that you trust, or build as another user';

function openMapped(opening: Opening): BuildEnvironment {
  if (process.getuid?.() === 0)
    opening.options.report({
      type: 'warning',
      message: 'Running buildpacks as root, without isolation',
      hint: unprotected,
    });
  return {
    ...common(opening, directExec),
    isolation: 'mapped',
    mechanism: 'mapped directory',
    hides: false,
    paths: hostPaths(opening.dirs),
  };
}

/** What every environment does alike: its children end with it, and nothing starts after that. */
function common(
  { options, dirs, host }: Opening,
  run: BuildEnvironment['exec'],
): Pick<BuildEnvironment, 'host' | 'target' | 'exec' | 'close'> {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    host,
    target: options.target,
    async exec(argv, execOptions) {
      const signals = [options.signal, execOptions.signal, closing.signal].filter((signal) => signal !== undefined);
      const result = run(argv, { ...execOptions, signal: AbortSignal.any(signals) });
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    async close(): Promise<void> {
      closing.abort(new TsbuildpackError('INTERNAL', 'Cannot start a program: the build environment was closed'));
      await Promise.allSettled(running);
      await removePrivateDirs(dirs);
    },
  };
}

function tellUser(maker: SandboxMaker, report: Report): void {
  if (process.getuid?.() !== 0) return;
  if (maker.runsAsRoot)
    report({
      type: 'info',
      message: 'Running buildpacks as root without privileges: this machine allows no user namespaces',
    });
  else report({ type: 'debug', message: 'Running buildpacks as the build user (1001:1000) in a user namespace' });
}

function unavailable(attempts: readonly Attempt[]): TsbuildpackError {
  const remedies = [...new Set(attempts.map(({ remedy }) => remedy).filter((remedy) => remedy !== undefined))];
  return new TsbuildpackError(
    'ISOLATION_UNAVAILABLE',
    'Cannot make an isolated build environment: no way to it works here',
    {
      detail: attempts.map(describe).join('\n'),
      hint: [...remedies, 'Use --isolation mapped for buildpacks that can be relocated, as the built-in ones can'].join(
        '\n',
      ),
    },
  );
}

function describe({ mechanism, works, reason }: Attempt): string {
  return works ? `${mechanism}: works` : `${mechanism}: ${reason ?? 'does not work'}`;
}
