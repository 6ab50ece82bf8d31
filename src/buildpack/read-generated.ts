import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { checkExtendConfig } from '../cnb/extend-config.ts';
import { parseBuildDockerfile, parseRunDockerfile } from '../cnb/extension-dockerfile.ts';
import { TsbuildpackError } from '../errors.ts';
import type { GeneratedDockerfile, GenerateRequest } from './buildpack.ts';
import { childFiles, type ChildFiles } from './child-files.ts';
import { listSbomFiles } from './read-sbom-files.ts';

/** Documents of a few KB. */
const maxFileBytes = 1 << 20;

interface Output {
  /** For messages. */
  readonly extension: string;
  readonly dir: string;
  readonly files: ChildFiles;
}

/** What an extension left in its output directory: that of the run image first. Throws DOCKERFILE_INVALID, GENERATE_FAILED. */
export function readGenerated(
  { id, version }: BuildpackDescriptor,
  { environment, output, report }: GenerateRequest,
): readonly GeneratedDockerfile[] {
  const read = { extension: `${id}@${version}`, dir: output.host, files: childFiles(environment.paths) };
  const config = contentOf('extend-config.toml', read);
  if (config !== undefined) checkExtendConfig(config, `extend-config.toml of ${read.extension}`);
  const dockerfiles = [
    ...dockerfile('run.Dockerfile', parseRunDockerfile, read),
    ...dockerfile('build.Dockerfile', parseBuildDockerfile, read),
  ];
  for (const message of dockerfiles.flatMap(({ warnings }) => warnings)) report({ type: 'warning', message });
  refuseTwoContexts(read);
  // SBM-17: they would be of no image, so nobody looks at them.
  for (const name of outputError(read, () => listSbomFiles(read.dir, read.files))) {
    report({ type: 'warning', message: `"${name}" of ${read.extension} is ignored: extensions have no SBOM files` });
  }
  return dockerfiles;
}

function dockerfile(name: string, parse: typeof parseRunDockerfile, output: Output): readonly GeneratedDockerfile[] {
  const content = contentOf(name, output);
  if (content === undefined) return [];
  const text = new TextDecoder().decode(content);
  return [{ ...parse(text, `${name} of ${output.extension}`), path: join(output.dir, name) }];
}

function contentOf(name: string, output: Output): Uint8Array | undefined {
  const { dir, files, extension } = output;
  return outputError(output, () => {
    const path = files.resolve(join(dir, name));
    if (path !== undefined && statSync(path).size > maxFileBytes) {
      throw new TsbuildpackError('GENERATE_FAILED', `Cannot use ${name} of ${extension}: it is larger than 1 MiB`);
    }
    return files.read(join(dir, name));
  });
}

/** EXT-15 */
function refuseTwoContexts(output: Output): void {
  const isThere = (name: string): boolean => {
    const path = outputError(output, () => output.files.resolve(join(output.dir, name)));
    return path !== undefined && statSync(path).isDirectory();
  };
  if (!isThere('context')) return;
  const other = ['context.build', 'context.run'].find(isThere);
  if (other === undefined) return;
  throw new TsbuildpackError(
    'GENERATE_FAILED',
    `Cannot use the output of ${output.extension}: there is "${other}" beside "context"`,
    { hint: 'A context is for both images, or each has its own' },
  );
}

/** What cannot be read is the extension's doing, in this phase. */
function outputError<T>({ extension }: Output, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TsbuildpackError) || error.code !== 'BUILD_OUTPUT_INVALID') throw error;
    const { message, hint } = error;
    const parts = { detail: message, cause: error, ...(hint !== undefined && { hint }) };
    throw new TsbuildpackError('GENERATE_FAILED', `Cannot use the output of ${extension}`, parts);
  }
}
