import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseStoreToml } from '../cnb/store-toml.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { TsbuildpackError } from '../errors.ts';
import { packageRoot } from '../fs/package-root.ts';
import type { BuiltinBuildContext, BuiltinBuildpack, BuiltinDetectContext, BuiltinExecOptions } from './builtin.ts';
import type { Buildpack, BuildOutcome, BuildRequest, DetectOutcome, RunRequest } from './buildpack.ts';
import { childFiles } from './child-files.ts';
import { definitionDescriptor } from './definition-descriptor.ts';
import { withHint } from './detect-exit.ts';
import { keyedLayers } from './keyed-layers.ts';
import { movedPaths } from './map-paths.ts';
import { planFromResult } from './plan-from-result.ts';
import { readBuildOutput } from './read-build-output.ts';
import { toolDigest } from './tool-digest.ts';
import { writeBuildResult } from './write-build-result.ts';

/** A buildpack of ours: runs in our process, and what it starts in the build environment. */
export function builtinBuildpack(definition: BuiltinBuildpack): Buildpack {
  const descriptor = definitionDescriptor(definition);
  return {
    kind: 'builtin',
    descriptor,
    relocatable: definition.relocatable ?? false,
    pure: { hostEnv: definition.inputs.hostEnv },
    ...(definition.stacks && { stacks: definition.stacks }),
    fingerprint: async () => toolDigest(),
    detect: (request) => detect(definition, request),
    build: (request) => build(definition, descriptor, request),
    ...(definition.resolveInputs && {
      resolveInputs: async (request: BuildRequest) =>
        await definition.resolveInputs?.(buildContext(definition, request)),
    }),
  };
}

async function detect(definition: BuiltinBuildpack, request: RunRequest): Promise<DetectOutcome> {
  try {
    const result = await definition.detect(detectContext(definition, request));
    if (!result.pass) {
      const { reason, wanted } = result;
      return { result: 'fail', reason, output: '', ...(wanted && { wanted }) };
    }
    const { reason, stack } = result;
    const plan = planFromResult(result);
    return { result: 'pass', plan, output: '', ...(reason !== undefined && { reason }), ...(stack && { stack }) };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (!(error instanceof TsbuildpackError)) throw error;
    return { result: 'error', reason: withHint(error), output: error.detail ?? '' };
  }
}

async function build(
  definition: BuiltinBuildpack,
  descriptor: Buildpack['descriptor'],
  request: BuildRequest,
): Promise<BuildOutcome> {
  const result = await definition.build(buildContext(definition, request));
  writeBuildResult(request.layers.host, result);
  return readBuildOutput({
    dir: request.layers.host,
    descriptor,
    planned: request.plan.map(({ name }) => name),
    files: childFiles(request.environment.paths),
    report: request.report,
  });
}

function detectContext(definition: BuiltinBuildpack, request: RunRequest): BuiltinDetectContext {
  const { environment, app, env, target, hostEnv } = request;
  return {
    appDir: app.host,
    workspaceDir: environment.paths.app.host,
    platformDir: environment.paths.platform.host,
    buildpackDir: packageRoot(),
    env,
    target,
    host: environment.host,
    hostEnv: declared(definition.inputs.hostEnv, hostEnv),
  };
}

function buildContext(definition: BuiltinBuildpack, request: BuildRequest): BuiltinBuildContext {
  const { environment, app, layers, report, signal, services } = request;
  const { paths } = environment;
  const log = (line: string): void => report({ type: 'output', source: definition.id, stream: 'stdout', line });
  return {
    ...detectContext(definition, request),
    appImageDir: app.image,
    layersDir: layers.host,
    layersImageDir: layers.image,
    homeDir: paths.home.host,
    tmpDir: paths.tmp.host,
    inside: {
      appDir: app.inside,
      workspaceDir: paths.app.inside,
      layersDir: layers.inside,
      tmpDir: paths.tmp.inside,
      homeDir: paths.home.inside,
    },
    plan: request.plan.map(({ name, metadata }) => ({ name, metadata: plainTableFromToml(metadata) })),
    store: storeOf(layers.host),
    report,
    signal,
    layer: keyedLayers({
      dir: layers.host,
      imageDir: layers.image,
      moved: movedPaths(paths),
      onLayer: ({ name, state, cause }) =>
        report({ type: 'debug', message: `Layer ${definition.id}:${name} is ${state}${cause ? `: ${cause}` : ''}` }),
    }),
    exec: execIn(definition, request),
    log,
    resolve: (name, resolver) => services.resolve(name, resolver),
    toolchain: (key, fill) => services.toolchain(key, fill),
    remember: (question, find) => services.remember(question, find),
    hostVariable: (name) => request.hostEnv[name],
    sourceDir: services.sourceDir,
    architectures: services.architectures ?? [request.target.arch],
  };
}

function execIn(definition: BuiltinBuildpack, request: BuildRequest): BuiltinBuildContext['exec'] {
  const { environment, app, env, report, signal } = request;
  return (argv, options: BuiltinExecOptions = {}) => {
    const { cwd = app.inside, input, readable, writable, show = true, showLine, inherit = true } = options;
    const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
      if (showLine?.(line) !== false) report({ type: 'output', source: definition.id, stream, line });
    };
    return environment.exec(argv, {
      env: { ...(inherit && env), ...options.env },
      cwd,
      ...(input !== undefined && { input }),
      ...(readable && { readable }),
      ...(writable && { writable }),
      ...(signal && { signal }),
      ...(show && { onLine }),
    });
  };
}

/** Variables of the host that a buildpack declares, where they are set. */
function declared(names: readonly string[], hostEnv: RunRequest['hostEnv']): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = hostEnv[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function storeOf(dir: string): Record<string, unknown> {
  const file = join(dir, 'store.toml');
  return existsSync(file) ? plainTableFromToml(parseStoreToml(readFileSync(file), file)) : {};
}
