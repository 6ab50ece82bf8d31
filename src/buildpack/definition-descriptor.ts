import { parseApiVersion } from '../cnb/api-version.ts';
import { parseBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildpackDefinition } from './api.ts';

// What our runners speak with a buildpack in TypeScript.
const apiText = '0.12';

type Described = Omit<BuildpackDefinition, 'detect' | 'build'>;

/** The descriptor of a buildpack in TypeScript, as its buildpack.toml would say it. Throws BUILDPACK_INVALID. */
export function definitionDescriptor(definition: Described): BuildpackDescriptor {
  const { version, name, homepage, description, clearEnv = false, network, targets } = definition;
  const id = parseBuildpackId(definition.id);
  if (!/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(version)) {
    throw new TsbuildpackError(
      'BUILDPACK_INVALID',
      `Cannot use buildpack "${id}": its version "${version}" is not X.Y.Z`,
    );
  }
  const api = parseApiVersion(apiText);
  if (api === undefined) throw new TsbuildpackError('INTERNAL', `Cannot read API version ${apiText}`);
  return {
    api,
    apiText,
    id,
    version,
    ...(name !== undefined && { name }),
    ...(homepage !== undefined && { homepage }),
    ...(description !== undefined && { description }),
    keywords: [],
    licenses: [],
    clearEnv,
    ...(network !== undefined && { network }),
    sbomFormats: ['application/vnd.cyclonedx+json', 'application/spdx+json', 'application/vnd.syft+json'],
    execEnv: [],
    targets: targets ?? [{ os: 'linux' }],
    metadata: {},
    warnings: [],
  };
}
