import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LayerHandle, LayerOptions, Target } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext, BuiltinBuildpack, Event, ResolvedInput } from '../../src/buildpack/builtin.ts';
import { detectHost } from '../../src/environment/detect-host.ts';
import { packageRoot } from '../../src/fs/package-root.ts';
import { spawnLines } from '../../src/fs/spawn.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

export interface ContextOptions {
  /** Files of the workspace, or a folder to copy. */
  readonly files: Readonly<Record<string, string | Uint8Array>> | string;
  /** @default '.' */
  readonly appPath?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly hostEnv?: Readonly<Record<string, string>>;
  readonly target?: Target;
  /** Where everything is made. @default a new directory */
  readonly root?: string;
  /** Layers of caches, to be shared by builds. @default in the root */
  readonly caches?: string;
  readonly pinned?: string;
  /** @default in the root */
  readonly toolchains?: string;
  /** @default the workspace */
  readonly sourceDir?: string;
}

export interface TestContext {
  readonly context: BuiltinBuildContext;
  readonly events: Event[];
  readonly inputs: ResolvedInput[];
  readonly root: string;
  readonly homeDir: string;
  readonly started: Started[];
}

/** A program that was started, with what it found. */
export interface Started {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names in its home, and the modes of the files. */
  readonly home: Readonly<Record<string, string>>;
}

const path = process.env['PATH'] ?? '';

/** A build in a directory of its own, as `mapped` has it: paths inside are those outside, programs really run. */
export async function testContext(buildpack: BuiltinBuildpack, options: ContextOptions): Promise<TestContext> {
  const root = options.root ?? temporaryDirectory('builtin');
  const dirs = directories(root);
  fill(dirs.workspace, options.files);
  const events: Event[] = [];
  const inputs: ResolvedInput[] = [];
  const started: Started[] = [];
  const report = (event: Event): void => void events.push(event);
  const host = await detectHost();
  const appDir = join(dirs.workspace, options.appPath ?? '.');
  const all: Record<string, string> = { PATH: path, ...options.hostEnv };
  const context: BuiltinBuildContext = {
    appDir,
    workspaceDir: dirs.workspace,
    platformDir: dirs.platform,
    buildpackDir: packageRoot(),
    appImageDir: join('/workspace', options.appPath ?? '.'),
    layersDir: dirs.layers,
    layersImageDir: '/layers/test',
    homeDir: dirs.home,
    tmpDir: dirs.tmp,
    inside: { appDir, workspaceDir: dirs.workspace, layersDir: dirs.layers, tmpDir: dirs.tmp, homeDir: dirs.home },
    env: { PATH: path, ...options.env },
    hostEnv: Object.fromEntries(Object.entries(all).filter(([name]) => buildpack.inputs.hostEnv.includes(name))),
    host,
    target: options.target ?? { os: 'linux', arch: host.arch },
    plan: [],
    store: {},
    report,
    signal: undefined,
    layer: (name, layerOptions) => Promise.resolve(layer(dirs.layers, options.caches, { name, ...layerOptions })),
    exec: async (argv, execOptions = {}) => {
      const env = { ...(execOptions.inherit !== false && { PATH: path, ...options.env }), ...execOptions.env };
      started.push({ argv, env, home: modesIn(dirs.home) });
      const result = await spawnLines(argv, {
        env,
        cwd: execOptions.cwd ?? appDir,
        onLine: (line, stream) => {
          if (execOptions.showLine?.(line) !== false) report({ type: 'output', source: buildpack.id, stream, line });
        },
      });
      return result;
    },
    log: (line) => report({ type: 'output', source: buildpack.id, stream: 'stdout', line }),
    resolve: async (_name, resolver) => {
      const input = await resolver(options.pinned);
      inputs.push(input);
      return input;
    },
    toolchain: async (key, fillToolchain) => {
      const dir = join(options.toolchains ?? join(root, 'toolchains'), key);
      if (existsSync(dir)) return dir;
      mkdirSync(dir, { recursive: true });
      await fillToolchain(dir);
      return dir;
    },
    remember: async (_question, find) => ({ value: await find(), validUntil: '2100-01-01T00:00:00.000Z' }),
    hostVariable: (name) => all[name],
    sourceDir: options.sourceDir ?? dirs.workspace,
    architectures: [options.target?.arch ?? host.arch],
  };
  return { context, events, inputs, root, homeDir: dirs.home, started };
}

function directories(root: string): Record<'workspace' | 'layers' | 'platform' | 'home' | 'tmp', string> {
  const dir = (name: string): string => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  return {
    workspace: dir('workspace'),
    layers: dir('layers'),
    platform: dir('platform'),
    home: dir('home'),
    tmp: dir('tmp'),
  };
}

function fill(workspace: string, files: ContextOptions['files']): void {
  if (typeof files === 'string') {
    cpSync(files, workspace, { recursive: true });
    return;
  }
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), content);
  }
}

function layer(
  layersDir: string,
  caches: string | undefined,
  { name, toolCache }: LayerOptions & { name: string },
): LayerHandle {
  const dir = join(layersDir, name);
  if (toolCache === true && caches !== undefined && !existsSync(dir)) {
    mkdirSync(join(caches, name), { recursive: true });
    symlinkSync(join(caches, name), dir);
  }
  mkdirSync(dir, { recursive: true });
  return { name, path: dir, imagePath: `/layers/test/${name}`, state: 'empty', cause: 'new' };
}

function modesIn(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir).map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)]),
  );
}

/** Lines that the buildpack and its children wrote, warnings included. */
export function lines(events: readonly Event[]): string {
  const shown = events.map((event) => {
    if (event.type === 'output') return event.line;
    return event.type === 'warning' || event.type === 'info' ? event.message : '';
  });
  return shown.filter((line) => line !== '').join('\n');
}
