import { TsbuildpackError } from '../errors.ts';
import { dirname, join } from 'node:path';
import type { RanBuildpack, BuildOutcome, SbomFile } from '../buildpack/buildpack.ts';
import type { ApiVersion } from '../cnb/api-version.ts';
import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import type { BomEntry } from '../cnb/bom.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import { asMaps, writeJson } from '../cnb/json.ts';
import { jsonFromToml } from '../cnb/toml-json.ts';
import type { BuildPaths } from '../environment/build-environment.ts';
import { readRegularFile } from '../fs/read-regular-file.ts';
import { makeOwnDirectory, replaceFile } from './layers-directory.ts';

type Outputs = readonly { readonly buildpack: RanBuildpack; readonly outcome: BuildOutcome }[];

const trees = ['launch', 'build'] as const;

/**
 * Copies SBOM files to `<layers>/sbom/{launch,build,cache}/<buildpack>[/<layer>]/sbom.<ext>` (SBM-06, SBM-07) and writes the
 * `sbom.legacy.json` of launch and build, which are always there since Platform API 0.9 (SBM-09).
 */
export async function routeSboms(
  outputs: Outputs,
  { layers }: BuildPaths,
  platformApi: ApiVersion = currentPlatformApi,
): Promise<void> {
  if (!atLeast(platformApi, '0.8')) return;
  const root = join(layers.host, 'sbom');
  await makeOwnDirectory(root, { empty: true });
  for (const tree of atLeast(platformApi, '0.9') ? trees : []) {
    await makeOwnDirectory(join(root, tree));
    const entries = outputs.flatMap(({ buildpack, outcome }) =>
      outcome.bom[tree].map((entry) => legacy(entry, buildpack)),
    );
    // As the reference writes it, null included: the file is part of an image layer.
    await replaceFile(join(root, tree, 'sbom.legacy.json'), `${writeJson(entries.length === 0 ? null : entries)}\n`);
  }
  for (const { buildpack, outcome } of outputs) {
    for (const sbom of outcome.sboms) await copySbom(sbom, buildpack, root);
  }
}

async function copySbom(sbom: SbomFile, { descriptor }: RanBuildpack, root: string): Promise<void> {
  const content = contentOf(sbom.path, descriptor.id);
  for (const tree of sbom.trees) {
    const about = [tree, escapeBuildpackId(descriptor.id), ...(sbom.layer === undefined ? [] : [sbom.layer])];
    const file = join(root, ...about, `sbom.${sbom.extension}`);
    await makeParents(root, dirname(file));
    await replaceFile(file, content);
  }
}

function contentOf(file: string, id: string): Uint8Array {
  try {
    return readRegularFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TsbuildpackError('BUILD_OUTPUT_INVALID', `Cannot use SBOM "${file}" of buildpack "${id}": ${why}`, {
      cause: error,
    });
  }
}

async function makeParents(root: string, dir: string): Promise<void> {
  if (dir === root) return;
  await makeParents(root, dirname(dir));
  await makeOwnDirectory(dir);
}

function legacy({ name, metadata }: BomEntry, { descriptor: { id, version } }: RanBuildpack): object {
  return { name, metadata: metadata === undefined ? null : asMaps(jsonFromToml(metadata)), buildpack: { id, version } };
}
