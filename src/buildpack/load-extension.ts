import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseBuildPlan } from '../cnb/build-plan.ts';
import { parseBuildpackDescriptor, type BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { readRegularFile } from '../fs/read-regular-file.ts';
import type { Buildpack, DetectOutcome, DetectRequest } from './buildpack.ts';
import { detectVariables, type DetectFiles } from './buildpack-variables.ts';
import { LastLines, detectExit } from './detect-exit.ts';
import { runDetect } from './directory-buildpack.ts';
import { installDirectory } from './install-directory.ts';
import { refuseEscapes } from './load-buildpack.ts';
import { runGenerate, type ExtensionPlace } from './run-generate.ts';
import { treeDigest } from './tree-digest.ts';

export interface LoadExtensionOptions {
  readonly report: Report;
  /**
   * Somebody else made it, in this directory: nothing of it that we read ourselves may lie outside, and it runs from a copy below
   * /cnb, since its own place is hidden from the build.
   */
  readonly fetchedInto?: string;
}

/**
 * An image extension: what it generates are Dockerfiles, which nobody runs here —
 * https://github.com/buildpacks/spec/blob/main/image_extension.md. Throws BUILDPACK_INVALID, BUILDPACK_API_UNSUPPORTED.
 */
export function loadExtension(root: string, { report, fetchedInto }: LoadExtensionOptions): Buildpack {
  if (fetchedInto !== undefined) refuseEscapes(root, readHere, fetchedInto);
  const file = join(root, 'extension.toml');
  const bin = join(root, 'bin');
  const binFiles = statSync(bin, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(bin) : [];
  const descriptor = parseBuildpackDescriptor(readFileSync(file), file, { binFiles, kind: 'extension' });
  for (const message of descriptor.warnings) report({ type: 'warning', message });
  const place = async (environment: BuildEnvironment): Promise<string> =>
    fetchedInto === undefined ? root : (await installDirectory(environment, descriptor, root, installed)).inside;
  return {
    kind: 'directory',
    isExtension: true,
    descriptor,
    relocatable: false,
    fingerprint: () => Promise.resolve(treeDigest(root)),
    detect: async (request) => detect({ root, dir: await place(request.environment) }, descriptor, request),
    generate: async (request) => runGenerate({ root, dir: await place(request.environment) }, descriptor, request),
    build: () => Promise.reject(noBuild(descriptor)),
  };
}

function noBuild({ id }: BuildpackDescriptor): TsbuildpackError {
  return new TsbuildpackError('INTERNAL', `Cannot build with extension "${id}": it has no build`);
}

const readHere = ['.', 'extension.toml', 'bin', 'bin/detect', 'bin/generate', 'detect', 'detect/plan.toml', 'generate'];

/** Beside buildpacks, where no ID of one leads. */
const installed = '~extensions/';

async function detect(
  { root, dir }: ExtensionPlace,
  descriptor: BuildpackDescriptor,
  request: DetectRequest,
): Promise<DetectOutcome> {
  // EXT-03: without a program it passes, with the plan that it may bring along.
  const outcome = existsSync(join(root, 'bin', 'detect'))
    ? await runDetect(descriptor, request, {
        buildpackDir: dir,
        // A buildpack of the same id runs at the same time, and no id has this character.
        runName: `~${descriptor.id}`,
        variables,
      })
    : detectExit(0, new LastLines(), () => parseBuildPlan(planOf(root), 'the build plan'));
  if (outcome.result !== 'pass') return outcome;
  const wishes = outcome.plan.alternatives.some(({ requires }) => requires.length > 0);
  if (!wishes) return outcome;
  return { result: 'error', reason: 'its plan has "requires", an extension can only provide', output: outcome.output };
}

function planOf(root: string): string {
  const file = join(root, 'detect', 'plan.toml');
  return existsSync(file) ? new TextDecoder().decode(readRegularFile(file)) : '';
}

/** EXT-04 */
function variables(files: DetectFiles): Record<string, string> {
  const { CNB_BUILDPACK_DIR: dir = files.buildpackDir, ...rest } = detectVariables(files);
  return { CNB_EXTENSION_DIR: dir, ...rest };
}
