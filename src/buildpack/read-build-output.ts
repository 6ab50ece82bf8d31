import { join } from 'node:path';
import { parseBuildToml } from '../cnb/build-toml.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { Launch } from '../cnb/launch.ts';
import { parseLaunch } from '../cnb/launch.ts';
import { parseStoreToml } from '../cnb/store-toml.ts';
import type { Report } from '../events.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildOutcome } from './buildpack.ts';
import type { ChildFiles } from './child-files.ts';
import { readLayers, setAsideIgnoredLayers } from './read-layers.ts';
import { listSbomFiles, readSbomFiles } from './read-sbom-files.ts';

export interface BuildOutput {
  /** Host path of the buildpack's layers directory. */
  readonly dir: string;
  readonly descriptor: BuildpackDescriptor;
  /** Names of the plan entries that it was given. */
  readonly planned: readonly string[];
  readonly files: ChildFiles;
  readonly report: Report;
}

const noLaunch: Launch = { processes: [], labels: [], slices: [], bom: [], warnings: [] };

/**
 * Reads what a build left, of whatever kind the buildpack is, and sets ignored layers aside.
 * Throws BUILD_OUTPUT_INVALID naming the file and what is wrong with it.
 */
export async function readBuildOutput({ dir, descriptor, planned, files, report }: BuildOutput): Promise<BuildOutcome> {
  const document = <T>(name: string, parse: Parse<T>): T | undefined => {
    const file = join(dir, name);
    const bytes = files.read(file);
    return bytes && parse(bytes, file);
  };
  const layers = await setAsideIgnoredLayers(readLayers(dir, files));
  const build = document('build.toml', parseBuildToml) ?? { unmet: [], bom: [] };
  refuseUnplanned(build.unmet, { dir, planned });
  const sboms = readSbomFiles(dir, files, { layers, descriptor });
  const launch = document('launch.toml', (bytes, file) => parseLaunch(bytes, file, descriptor.api)) ?? noLaunch;
  const store = document('store.toml', parseStoreToml);
  for (const warning of launch.warnings) report({ type: 'warning', message: warning });
  if (build.bom.length + launch.bom.length > 0 && listSbomFiles(dir, files).length === 0) {
    report({
      type: 'warning',
      message: `Buildpack "${descriptor.id}" writes its bill of materials in the deprecated "bom" table`,
      hint: 'Its authors should write <layer>.sbom.<ext>, launch.sbom.<ext> or build.sbom.<ext>',
    });
  }
  return {
    layers,
    processes: launch.processes,
    labels: launch.labels,
    slices: launch.slices,
    unmet: build.unmet,
    bom: { launch: launch.bom, build: build.bom },
    sboms,
    ...(store !== undefined && { store }),
  };
}

type Parse<T> = (bytes: Uint8Array, file: string) => T;

/** BLD-08 */
function refuseUnplanned(unmet: readonly string[], { dir, planned }: Pick<BuildOutput, 'dir' | 'planned'>): void {
  const unplanned = unmet.find((name) => !planned.includes(name));
  if (unplanned === undefined) return;
  throw new TsbuildpackError(
    'BUILD_OUTPUT_INVALID',
    `Cannot use "${join(dir, 'build.toml')}": "${unplanned}" is unmet, but nobody asked for it`,
  );
}
