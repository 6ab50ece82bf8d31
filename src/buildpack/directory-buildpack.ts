import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildPlan } from '../cnb/build-plan.ts';
import { parseBuildPlan } from '../cnb/build-plan.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { writeBuildpackPlan } from '../cnb/buildpack-plan.ts';
import type { BuildEnvironment, ExecOptions, ExecResult } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Buildpack, BuildOutcome, BuildRequest, DetectOutcome, DetectRequest, RunRequest } from './buildpack.ts';
import { buildVariables, detectVariables, type DetectFiles } from './buildpack-variables.ts';
import { childFiles } from './child-files.ts';
import { couldNotStart } from './could-not-start.ts';
import { detectExit, failedToRun, LastLines } from './detect-exit.ts';
import { installDirectory } from './install-directory.ts';
import { readBuildOutput } from './read-build-output.ts';
import { withRunDirectory } from './run-files.ts';
import { treeDigest } from './tree-digest.ts';

/**
 * A buildpack in any language — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildpack-interface — from a directory
 * with `buildpack.toml`, `bin/detect` and `bin/build`, or a composite. It runs from a copy below /cnb/buildpacks.
 */
export function directoryBuildpack(root: string, descriptor: BuildpackDescriptor): Buildpack {
  return {
    kind: 'directory',
    descriptor,
    relocatable: false,
    fingerprint: async () => treeDigest(root),
    detect: async (request) => {
      refuseComposite(descriptor);
      const buildpackDir = (await installDirectory(request.environment, descriptor, root)).inside;
      return runDetect(descriptor, request, { buildpackDir, runName: descriptor.id, variables: detectVariables });
    },
    build: (request) => build(root, descriptor, request),
  };
}

interface DetectProgram {
  /** As the program sees it. */
  readonly buildpackDir: string;
  /** Names the directory of this run. */
  readonly runName: string;
  /** How it is told where its files are. */
  readonly variables: (files: DetectFiles) => Record<string, string>;
}

/** Runs the bin/detect of a buildpack or an extension and reads its plan. */
export function runDetect(
  descriptor: BuildpackDescriptor,
  request: DetectRequest,
  { buildpackDir, runName, variables }: DetectProgram,
): Promise<DetectOutcome> {
  const { environment } = request;
  return withRunDirectory(environment, { id: runName, phase: 'detect' }, async (dir) => {
    const planFile = 'plan.toml';
    writeFileSync(join(dir.host, planFile), '');
    const platformDir = environment.paths.platform.inside;
    const files = { api: descriptor.api, buildpackDir, platformDir, planFile: `${dir.inside}/${planFile}` };
    const lines = new LastLines();
    try {
      const { exitCode } = await environment.exec([`${buildpackDir}/bin/detect`, platformDir, files.planFile], {
        ...execOptions(descriptor, request),
        env: { ...request.env, ...variables(files) },
        onLine: (line) => lines.add(line),
      });
      return detectExit(exitCode, lines, () => readPlan(join(dir.host, planFile), environment));
    } catch (error) {
      return failedToRun(error, { signal: request.signal, lines });
    }
  });
}

/** What a buildpack wrote as its build plan. Throws BUILDPACK_FAILED or BUILD_OUTPUT_INVALID. */
export function readPlan(file: string, environment: BuildEnvironment): BuildPlan {
  const bytes = childFiles(environment.paths).read(file);
  if (bytes === undefined) throw new TsbuildpackError('BUILDPACK_FAILED', 'Cannot read the build plan: it was removed');
  return parseBuildPlan(bytes, 'the build plan');
}

async function build(root: string, descriptor: BuildpackDescriptor, request: BuildRequest): Promise<BuildOutcome> {
  refuseComposite(descriptor);
  const { environment, layers } = request;
  const buildpackDir = (await installDirectory(environment, descriptor, root)).inside;
  await withRunDirectory(environment, { id: descriptor.id, phase: 'build' }, async (dir) => {
    writeFileSync(join(dir.host, 'plan.toml'), writeBuildpackPlan({ entries: request.plan }));
    const platformDir = environment.paths.platform.inside;
    const { api } = descriptor;
    const files = { api, buildpackDir, platformDir, layersDir: layers.inside, planFile: `${dir.inside}/plan.toml` };
    const argv = [`${buildpackDir}/bin/build`, files.layersDir, platformDir, files.planFile];
    const options: ExecOptions = {
      ...execOptions(descriptor, request),
      env: { ...request.env, ...buildVariables(files) },
      onLine: (line, stream) => request.report({ type: 'output', source: descriptor.id, stream, line }),
    };
    refuseFailure(descriptor, await started(descriptor, () => environment.exec(argv, options)));
  });
  return readBuildOutput({
    dir: layers.host,
    descriptor,
    planned: request.plan.map(({ name }) => name),
    files: childFiles(environment.paths),
    report: request.report,
  });
}

async function started({ id, version }: BuildpackDescriptor, start: () => Promise<ExecResult>): Promise<ExecResult> {
  try {
    return await start();
  } catch (error) {
    if (!couldNotStart(error)) throw error;
    const { message, hint, detail } = error;
    throw new TsbuildpackError('BUILDPACK_FAILED', `Cannot build with buildpack "${id}@${version}": ${message}`, {
      ...(hint !== undefined && { hint }),
      ...(detail !== undefined && { detail }),
      cause: error,
    });
  }
}

function execOptions(
  { network }: BuildpackDescriptor,
  { app, signal }: RunRequest,
): Pick<ExecOptions, 'cwd' | 'network' | 'signal'> {
  return { cwd: app.inside, ...(network && { network }), ...(signal && { signal }) };
}

/** Throws BUILDPACK_FAILED for another status than 0. */
export function refuseFailure(descriptor: BuildpackDescriptor, { exitCode, stderr }: ExecResult): void {
  if (exitCode === 0) return;
  const name = `${descriptor.id}@${descriptor.version}`;
  const last = stderr.trimEnd().split('\n').slice(-10).join('\n');
  throw new TsbuildpackError(
    'BUILDPACK_FAILED',
    `Cannot build with buildpack "${name}": it ended with status ${exitCode}`,
    {
      ...(last !== '' && { detail: last }),
      hint: 'What it wrote above says why',
    },
  );
}

function refuseComposite({ id, order }: BuildpackDescriptor): void {
  if (order !== undefined) throw new TsbuildpackError('INTERNAL', `Cannot run buildpack "${id}": it is a composite`);
}
