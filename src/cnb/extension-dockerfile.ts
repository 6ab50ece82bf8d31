import { TsbuildpackError } from '../errors.ts';
import { parseDockerfile, type DockerfileInstruction, type DockerfileStage } from './dockerfile.ts';

/**
 * What an image extension wants done to the run image or the build image —
 * https://github.com/buildpacks/spec/blob/main/image_extension.md#dockerfile-requirements
 */
export interface ExtensionDockerfile {
  readonly kind: 'run' | 'build';
  /** Another image in place of the base, exactly as it was written; only a run image can be switched. */
  readonly base?: string;
  /** What would change it. */
  readonly instructions: readonly DockerfileInstruction[];
  /** One sentence each. */
  readonly warnings: readonly string[];
}

const baseImage = '${base_image}';
const recommended = new Set(['ADD', 'ARG', 'COPY', 'ENV', 'LABEL', 'RUN', 'SHELL', 'USER', 'WORKDIR']);

/** run.Dockerfile: one stage, on whatever base (EXT-10). Throws DOCKERFILE_INVALID. */
export function parseRunDockerfile(text: string, file: string): ExtensionDockerfile {
  const { base, instructions } = onlyStage(parseDockerfile(text, file).stages, file);
  return {
    kind: 'run',
    ...(base !== baseImage && { base }),
    instructions,
    warnings: warningsOf(instructions, file),
  };
}

/** build.Dockerfile: `ARG base_image`, then `FROM ${base_image}` and nothing else before or beside (EXT-10). Throws DOCKERFILE_INVALID. */
export function parseBuildDockerfile(text: string, file: string): ExtensionDockerfile {
  const { globalArgs, stages } = parseDockerfile(text, file);
  const stage = onlyStage(stages, file);
  const [first, ...others] = globalArgs;
  if (others.length > 0 || first?.[0] !== 'base_image') throw invalid(file, 'it does not begin with "ARG base_image"');
  if (stage.base !== baseImage) throw invalid(file, `it is from "${stage.base}", not from "${baseImage}"`);
  return { kind: 'build', instructions: stage.instructions, warnings: warningsOf(stage.instructions, file) };
}

function onlyStage([stage, ...others]: readonly DockerfileStage[], file: string): DockerfileStage {
  if (stage === undefined) throw invalid(file, 'it has no FROM');
  if (others.length > 0) throw invalid(file, 'it has more than one FROM');
  return stage;
}

function warningsOf(instructions: readonly DockerfileInstruction[], file: string): readonly string[] {
  return instructions
    .filter(({ name }) => !recommended.has(name))
    .map(({ name, line }) => `${name} in line ${line} of "${file}" is not recommended: it may have no effect`);
}

function invalid(file: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('DOCKERFILE_INVALID', `Cannot use "${file}": ${problem}`, {
    hint: 'https://github.com/buildpacks/spec/blob/main/image_extension.md#dockerfile-requirements says what an extension may write',
  });
}
