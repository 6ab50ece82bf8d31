import { join } from 'node:path';
import { filesIn } from '../buildpack/child-files.ts';
import { readLayers } from '../buildpack/read-layers.ts';
import { parseBuildToml } from '../cnb/build-toml.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { GroupEntry } from '../cnb/group.ts';
import { parseLaunchMetadata } from '../cnb/launch-metadata.ts';
import { parseStoreToml } from '../cnb/store-toml.ts';
import { TsbuildpackError } from '../errors.ts';
import { readRegularFile } from '../fs/read-regular-file.ts';
import type { BuildPhaseResult } from './build.ts';

/**
 * What a build phase in another process left in `<layers>`, as the export phase needs it. What stands in config/metadata.toml is there
 * alone: the outcomes hold layers, stores and what build.toml says of materials. Throws BUILD_OUTPUT_INVALID, EXPORT_FAILED.
 */
export function readBuilt(layersDir: string, group: readonly GroupEntry[]): BuildPhaseResult {
  const file = join(layersDir, 'config', 'metadata.toml');
  return {
    outputs: group.map(({ id, version }) => ({
      buildpack: { descriptor: { id, version } },
      outcome: outcomeIn(join(layersDir, escapeBuildpackId(id))),
    })),
    launchMetadata: parseLaunchMetadata(readMetadata(file), file),
  };
}

function readMetadata(file: string): Uint8Array {
  try {
    return readRegularFile(file);
  } catch (error) {
    throw new TsbuildpackError('EXPORT_FAILED', `Cannot read "${file}": the build phase has not written it`, {
      cause: error,
    });
  }
}

function outcomeIn(dir: string): BuildPhaseResult['outputs'][number]['outcome'] {
  const files = filesIn(dir);
  const storeFile = join(dir, 'store.toml');
  const store = files.read(storeFile);
  const buildFile = join(dir, 'build.toml');
  const build = files.read(buildFile);
  return {
    layers: readLayers(dir, files),
    processes: [],
    labels: [],
    slices: [],
    unmet: [],
    bom: { launch: [], build: build ? parseBuildToml(build, buildFile).bom : [] },
    sboms: [],
    ...(store && { store: parseStoreToml(store, storeFile) }),
  };
}
