import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { BuildEnvironment, OpenEnvironmentOptions } from './build-environment.ts';
import { limitedGroup } from './control-group.ts';
import { detectHost } from './detect-host.ts';
import { directExec } from './direct-exec.ts';
import { findHiddenPlaces } from './hidden-places.ts';
import type { MachineTarget } from './host.ts';
import { defaultMaxProcesses, imageSandbox } from './image-sandbox.ts';
import { describeAttempt, imageUnavailable, noNetworkIsolation, unavailable } from './isolation-unavailable.ts';
import { makeRootDirectories } from './root-directories.ts';
import type { Attempt, SandboxMechanism } from './sandbox-attempts.ts';
import { trySandboxes } from './sandbox-attempts.ts';
import type { SandboxMaker } from './sandbox-maker.ts';
import type { WorkDirs } from './sandbox-view.ts';
import type { Sandbox } from './sandboxed-exec.ts';
import { sandboxedExec } from './sandboxed-exec.ts';
import { systemSandbox } from './system-sandbox.ts';
import { hostPaths, imagePaths, makeWorkDirs, removePrivateDirs } from './work-dirs.ts';

/** What is there to try; an argument for tests and for `doctor`. */
export interface EnvironmentDeps {
  /** @default all */
  readonly mechanisms?: readonly SandboxMechanism[];
  /** Where plain directories would be made. @default '/' */
  readonly base?: string;
  /** How many processes and threads may run at a time in the root file system of an image. @default 4096 */
  readonly maxProcesses?: number;
}

interface Opening {
  readonly options: OpenEnvironmentOptions;
  readonly deps: EnvironmentDeps;
  readonly dirs: WorkDirs;
  readonly host: MachineTarget;
}

/**
 * Opens the build environment that was asked for; `auto` is the first that works, `real` before `mapped`.
 * Throws ISOLATION_UNAVAILABLE when there is no way to what was asked for: `real`, `image`, or no network.
 */
export async function openEnvironment(
  options: OpenEnvironmentOptions,
  deps: EnvironmentDeps = {},
): Promise<BuildEnvironment> {
  const opening: Opening = {
    options,
    deps,
    dirs: await makeWorkDirs(options.root),
    host: options.host ?? options.buildRoot?.machine ?? (await detectHost()),
  };
  if (options.isolation === 'image') return await openImage(opening);
  if (options.isolation === 'mapped') return openMapped(opening);
  const { environment, attempts } = await openReal(opening);
  if (environment !== undefined) return environment;
  if (options.network === 'none') throw noNetworkIsolation(attempts);
  if (options.isolation === 'real') throw unavailable(attempts);
  tellWhyMapped(attempts, options.report);
  return openMapped(opening);
}

function tellWhyMapped(attempts: readonly Attempt[], report: Report): void {
  for (const attempt of attempts) report({ type: 'debug', message: describeAttempt(attempt) });
  const reason = attempts[0]?.reason ?? 'no isolation is possible here';
  report({ type: 'info', message: `Building in mapped directories: ${reason}` });
}

interface RealOutcome {
  readonly environment?: BuildEnvironment;
  readonly attempts: readonly Attempt[];
}

async function openReal(opening: Opening): Promise<RealOutcome> {
  const { options, deps, dirs } = opening;
  const hidden = findHiddenPlaces([options.store, dirs.aside, ...(options.hidden ?? [])]);
  const sandbox = systemSandbox({ workDirs: dirs, hidden, network: options.network ?? 'host' });
  const { maker, attempts } = await trySandboxes({
    sandbox,
    signal: options.signal,
    ...(deps.mechanisms === undefined ? {} : { mechanisms: deps.mechanisms }),
  });
  if (maker !== undefined) {
    tellUser(maker, sandbox.user, options.report);
    const exec = sandboxedExec({ maker, sandbox });
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
  if (process.getuid?.() !== 0 || options.network === 'none') return { attempts };
  return openRootDirectories(opening, attempts);
}

/** In the root file system of an image, or not at all: what it is asked for cannot be had otherwise. */
async function openImage(opening: Opening): Promise<BuildEnvironment> {
  const { options, deps, dirs } = opening;
  const { buildRoot, network = 'host', report } = options;
  if (buildRoot === undefined)
    throw new TsbuildpackError('INTERNAL', 'Cannot build in an image: its root file system was not named');
  const { maxProcesses = defaultMaxProcesses } = deps;
  const group = process.getuid?.() === 0 ? limitedGroup(maxProcesses) : undefined;
  const sandbox = imageSandbox({ buildRoot, workDirs: dirs, network, maxProcesses, controlGroup: group?.dir });
  const mechanisms = deps.mechanisms;
  const { maker, attempts } = await trySandboxes({
    sandbox,
    signal: options.signal,
    ...(mechanisms && { mechanisms }),
  });
  if (maker === undefined) {
    group?.remove();
    throw imageUnavailable(buildRoot.dir, attempts);
  }
  tellUser(maker, sandbox.user, report);
  tellGaps({ maker, hasFilter: sandbox.confinement?.filter !== undefined, hasGroup: group !== undefined }, report);
  const base = common(opening, sandboxedExec({ maker, sandbox }));
  return {
    ...base,
    isolation: 'image',
    mechanism: maker.mechanism,
    hides: true,
    paths: imagePaths(dirs, sandbox.home),
    env: buildRoot.env,
    async close(): Promise<void> {
      await base.close();
      group?.remove();
    },
  };
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
  if (opening.options.network === 'none') throw noNetworkIsolation([]);
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

interface Gaps {
  readonly maker: SandboxMaker;
  readonly hasFilter: boolean;
  readonly hasGroup: boolean;
}

/** What this sandbox lacks that another would have. */
function tellGaps({ maker, hasFilter, hasGroup }: Gaps, report: Report): void {
  if (!maker.filters || !hasFilter)
    report({ type: 'debug', message: `No system calls are filtered: ${maker.mechanism} takes no filter here` });
  if (process.getuid?.() === 0 && !hasGroup)
    report({ type: 'debug', message: 'The number of processes is not limited: root may make no control group here' });
}

function tellUser(maker: SandboxMaker, { uid, gid }: Sandbox['user'], report: Report): void {
  if (process.getuid?.() !== 0) return;
  if (maker.mechanism === 'runc')
    report({ type: 'debug', message: 'Running buildpacks as root of a user namespace, without privileges' });
  else if (maker.runsAsRoot)
    report({
      type: 'info',
      message: 'Running buildpacks as root without privileges: this machine allows no user namespaces',
    });
  else report({ type: 'debug', message: `Running buildpacks as the build user (${uid}:${gid}) in a user namespace` });
}
