import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildExecResult } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { GoProject } from './find-project.ts';
import { lendCredentials } from './lend-credentials.ts';
import { networkEnv } from './network.ts';
import type { Toolchain } from './toolchain.ts';
import type { UserGoSettings } from './user-go-settings.ts';

export interface GoCommandOptions {
  readonly toolchain: Toolchain;
  readonly project: GoProject;
  readonly settings: UserGoSettings;
  /** Dependencies are vendored: nothing is ever fetched. */
  readonly offline: boolean;
  /** Inside paths of the caches. */
  readonly buildCache: string;
  readonly moduleCache: string;
}

export interface RunOptions {
  /** May fetch modules, with the user's credentials: for commands that run no code of a dependency. */
  readonly fetch: boolean;
  readonly cgo: boolean;
  /** C compiler, when it is not Go's default. */
  readonly compiler?: string | undefined;
  /** Show what it writes to both streams. @default true */
  readonly show?: boolean;
}

export type RunGo = (args: readonly string[], options: RunOptions) => Promise<BuildExecResult>;

/** Compilers and code generation that the user may choose with build variables; never taken from the host. */
const passedOn =
  /^(?:CC|CXX|AR|PKG_CONFIG(?:_.*)?|CGO_(?!ENABLED$).*|GOEXPERIMENT|GODEBUG|GOFIPS140|GO386|GOAMD64|GOARM|GOARM64|GOMIPS|GOMIPS64|GOPPC64|GORISCV64|GOWASM)$/;

/**
 * The go command with an environment of its own: caches in layers, no settings but those handed on here, the network only where
 * `fetch` says so.
 */
export function goCommand(context: BuiltinBuildContext, options: GoCommandOptions): RunGo {
  const { toolchain, settings, offline } = options;
  const base = baseEnv(context, options);
  switchTelemetryOff(context);
  const go = join(toolchain.root, 'bin', 'go');
  return async (args, { fetch, cgo, compiler, show = true }) => {
    const online = fetch && !offline;
    const network = online ? networkEnv(context, settings) : { env: { GOPROXY: 'off' }, readable: [] };
    const env = {
      ...base,
      ...network.env,
      CGO_ENABLED: cgo ? '1' : '0',
      ...(compiler === undefined ? {} : { CC: compiler }),
    };
    const exec = (): Promise<BuildExecResult> =>
      context.exec([go, ...args], {
        env,
        cwd: context.inside.appDir,
        show,
        readable: [toolchain.root, ...network.readable],
      });
    try {
      return await (online ? lendCredentials(context, exec) : exec());
    } catch (error) {
      if (error instanceof TsbuildpackError && error.code.startsWith('COMMAND_')) {
        throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot start "${go}" in the build environment`, {
          cause: error,
        });
      }
      throw error;
    }
  };
}

/** What go starts to count its own use outlives it, and would write into a home that is being removed: https://go.dev/doc/telemetry */
function switchTelemetryOff({ homeDir }: BuiltinBuildContext): void {
  const dir = join(homeDir, '.config', 'go', 'telemetry');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'mode'), 'off');
}

function baseEnv(context: BuiltinBuildContext, options: GoCommandOptions): Record<string, string> {
  const { env, inside, target } = context;
  const { toolchain, project, buildCache, moduleCache } = options;
  // The environment of the build is laid under this one: what is not set here would come through.
  const unset = Object.keys(env).filter((name) => /^(?:GO|CGO_)/.test(name) && !passedOn.test(name));
  return {
    ...Object.fromEntries(unset.map((name) => [name, ''])),
    PATH: [join(toolchain.root, 'bin'), env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(':'),
    HOME: inside.homeDir,
    TMPDIR: inside.tmpDir,
    LC_ALL: 'C',
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GO111MODULE: 'on',
    GOWORK: project.workFile === undefined ? 'off' : insidePath(context, project.workFile),
    GOPATH: join(inside.homeDir, 'go'),
    GOCACHE: buildCache,
    GOMODCACHE: moduleCache,
    // Else the module cache could not be removed by whoever owns it.
    GOFLAGS: ['-modcacherw', env['GOFLAGS'] ?? ''].join(' ').trim(),
    GOOS: target.os,
    GOARCH: target.arch,
    ...variantEnv(context),
  };
}

/** `linux/arm/v6` is what GOARM=6 compiles for; a build variable of the user comes first. */
function variantEnv({ env, target }: Pick<BuiltinBuildContext, 'env' | 'target'>): Record<string, string> {
  const number = /^v(\d)$/.exec(target.variant ?? '')?.[1];
  if (number === undefined) return {};
  if (target.arch === 'arm') return { GOARM: env['GOARM'] ?? number };
  return target.arch === 'amd64' ? { GOAMD64: env['GOAMD64'] ?? `v${number}` } : {};
}

/** Where a child finds a path of the workspace. */
function insidePath(
  { workspaceDir, inside }: Pick<BuiltinBuildContext, 'workspaceDir' | 'inside'>,
  path: string,
): string {
  return path.startsWith(workspaceDir) ? `${inside.workspaceDir}${path.slice(workspaceDir.length)}` : path;
}
