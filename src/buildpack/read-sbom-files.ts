import { join } from 'node:path';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuiltLayer, SbomFile } from './buildpack.ts';
import type { ChildFiles } from './child-files.ts';

// https://github.com/buildpacks/spec/blob/main/buildpack.md#software-bill-of-materials
const mediaTypes: Readonly<Record<SbomFile['extension'], string>> = {
  'cdx.json': 'application/vnd.cyclonedx+json',
  'spdx.json': 'application/spdx+json',
  'syft.json': 'application/vnd.syft+json',
};
const extensions: readonly SbomFile['extension'][] = ['cdx.json', 'spdx.json', 'syft.json'];

/** Names of files that are SBOMs, whatever their kind (SBM-02). */
export function listSbomFiles(dir: string, files: ChildFiles): readonly string[] {
  return (files.list(dir) ?? [])
    .map(({ name }) => name)
    .filter((name) => /\.sbom\..*\.json$/s.test(name))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The SBOM files of a buildpack and where each belongs. Throws BUILD_OUTPUT_INVALID for a kind that it did not declare. */
export function readSbomFiles(dir: string, files: ChildFiles, { layers, descriptor }: SbomOwner): readonly SbomFile[] {
  return listSbomFiles(dir, files).flatMap((name) => {
    // Up to the first dot, so a layer with a dot in its name has no SBOM (SBM-04).
    const about = name.split('.', 1)[0] ?? '';
    const place = placeOf(about, layers);
    const path = files.resolve(join(dir, name));
    return place === undefined || path === undefined
      ? []
      : [{ path, extension: extensionOf(name, descriptor), ...place }];
  });
}

interface SbomOwner {
  readonly layers: readonly BuiltLayer[];
  readonly descriptor: Pick<BuildpackDescriptor, 'id' | 'sbomFormats'>;
}

function placeOf(about: string, layers: readonly BuiltLayer[]): Pick<SbomFile, 'trees' | 'layer'> | undefined {
  if (about === 'launch' || about === 'build') return { trees: [about] };
  const layer = layers.find(({ name }) => name === about);
  // Of a layer without a TOML file: nobody's (SBM-05).
  if (layer === undefined) return undefined;
  return { trees: [layer.launch ? 'launch' : 'build', ...(layer.cache ? (['cache'] as const) : [])], layer: about };
}

function extensionOf(name: string, { id, sbomFormats }: SbomOwner['descriptor']): SbomFile['extension'] {
  const extension = extensions.find((text) => name.endsWith(`.sbom.${text}`));
  if (extension === undefined) {
    throw new TsbuildpackError(
      'BUILD_OUTPUT_INVALID',
      `Cannot use "${name}" of buildpack "${id}": no known SBOM format`,
      {
        hint: `Name it <layer>.sbom.<${extensions.join(' | ')}>`,
      },
    );
  }
  if (!sbomFormats.includes(mediaTypes[extension])) {
    const problem = `its buildpack.toml does not declare "${mediaTypes[extension]}"`;
    throw new TsbuildpackError('BUILD_OUTPUT_INVALID', `Cannot use "${name}" of buildpack "${id}": ${problem}`, {
      hint: 'Add it to sbom-formats',
    });
  }
  return extension;
}
