import { mkdirSync } from 'node:fs';
import { within } from '../buildpack/buildpack-variables.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { formatReference, parseReference } from '../registry/reference.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { CreateDependencies } from './create-request.ts';
import { targetFor, type DetectGroupRequest } from './detect-group.ts';
import type { Detected } from './detect.ts';
import { generate, type Generated, type OwnedDockerfile } from './generate.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';

/** The run image that an extension chose, in the report and in lock files. */
const switchedRunImageInput = 'extension-run-image';

export interface ApplyExtensionsOptions {
  readonly environment: BuildEnvironment;
  readonly request: DetectGroupRequest;
  readonly deps: CreateDependencies;
  readonly inputs: ResolvedInputs;
  readonly resolveRunImage: (place: string, pinned: string | undefined) => Promise<RunImage>;
}

/** What a build goes on with when its extensions have generated. */
export interface Applied {
  readonly detected: Detected;
  /** In place of any other. */
  readonly runImage?: RunImage;
}

/**
 * Runs the extensions of the group where buildpacks run. All that can come of them here is another run image: what Dockerfiles would change
 * is refused before anything is built (EXT-23). Throws DOCKERFILES_UNSUPPORTED, what generate() throws and the errors of registries.
 */
export async function applyExtensions(detected: Detected, options: ApplyExtensionsOptions): Promise<Applied> {
  if (detected.extensions.length === 0) return { detected };
  const generated = await generateBeside(detected, options);
  refuseInstructions(generated);
  const { plan, runImage: name } = generated;
  const settled = { ...detected, plan };
  if (name === undefined) return { detected: settled };
  const { inputs, deps, resolveRunImage } = options;
  const chooser = generated.dockerfiles.findLast(({ base }) => base !== undefined)?.extension.descriptor.id ?? '';
  const found = await resolveRunImage(placeOf(name, chooser), inputs.pinned(switchedRunImageInput));
  const reason = `extension ${chooser} chose it`;
  inputs.add({ ...found.input, name: switchedRunImageInput, reason });
  deps.report({ type: 'info', message: `Standing on ${name}, because ${reason}` });
  return { detected: settled, runImage: found };
}

/** In a directory that no layer is made of. */
async function generateBeside(
  { extensions, plan }: Detected,
  { environment, request, deps }: ApplyExtensionsOptions,
): Promise<Generated> {
  const { env, operatorEnv, bindings, source } = request;
  const { hostEnv, report, signal } = deps;
  const output = within(environment.paths.tmp, 'generated');
  await removeTree(output.host);
  mkdirSync(output.host);
  try {
    const settings = { env, ...(operatorEnv && { operatorEnv }), ...(bindings && { bindings }) };
    const parts = { extensions, plan, target: targetFor(request), appPath: source.appPath, output, ...settings };
    return await generate(parts, { environment, hostEnv, report, signal });
  } finally {
    await removeTree(output.host);
  }
}

/** Foreign text: only a registry is asked for it, never a folder or a daemon of this machine. */
function placeOf(name: string, extension: string): string {
  try {
    return `docker://${formatReference(parseReference(name))}`;
  } catch (error) {
    throw new TsbuildpackError(
      'GENERATE_FAILED',
      `Cannot take "${name}" for a run image, as extension "${extension}" wants: it is no name of an image`,
      { hint: 'Its run.Dockerfile has to say FROM with the name of an image in a registry', cause: error },
    );
  }
}

function refuseInstructions({ dockerfiles }: Generated): void {
  const changing = dockerfiles.filter(({ isIgnored, instructions }) => !isIgnored && instructions.length > 0);
  const [first] = changing;
  if (first === undefined) return;
  const { id, version } = first.extension.descriptor;
  throw new TsbuildpackError(
    'DOCKERFILES_UNSUPPORTED',
    `Cannot build with extension "${id}@${version}": its ${first.kind}.Dockerfile changes the ${first.kind} image, and Dockerfiles are not run here`,
    {
      detail: changing.flatMap(instructionLines).join('\n'),
      hint: 'Take a builder or a run image that has what it adds, or leave image extensions out: --no-extensions',
    },
  );
}

const mostLines = 5;

function instructionLines({ kind, extension, instructions }: OwnedDockerfile): readonly string[] {
  const shown = instructions.slice(0, mostLines).map(({ name, text, line }) => {
    const start = text.length > 100 ? `${text.slice(0, 100)}…` : text;
    return `${kind}.Dockerfile of ${extension.descriptor.id}, line ${line}: ${name} ${start}`;
  });
  const more = instructions.length - shown.length;
  return more > 0 ? [...shown, `… and ${more} more`] : shown;
}
