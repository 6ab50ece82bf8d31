import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeLaunchMetadata, type LaunchMetadata } from '../cnb/launch-metadata.ts';
import type { PathPair } from '../environment/build-environment.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import { contentEntry, directoryEntry, parentEntries, type TarEntry } from '../layer/tar-entry.ts';
import type { Platform } from '../oci/platform.ts';
import type { ExportContext } from './export-context.ts';
import { launcherEntries, launcherFile, processEntries } from './launcher-layers.ts';
import type { ExportedLayer } from './pack-layers.ts';

/** `<layers>/sbom/launch`, where the build phase put what buildpacks wrote: EXP-08. */
export async function exportSbom(layers: PathPair, context: ExportContext): Promise<ExportedLayer | undefined> {
  const dir = join(layers.host, 'sbom', 'launch');
  if (!existsSync(dir)) return undefined;
  const path = join(layers.image, 'sbom', 'launch');
  const entries = function* (): Generator<TarEntry> {
    yield* parentEntries(path, context.owner);
    yield* directoryEntries(dir, path, { ...context.owner, report: context.report });
  };
  return await context.pack({ name: 'sbom', createdBy: 'Software Bill-of-Materials', entries });
}

export interface LauncherLayers {
  readonly launcher: ExportedLayer;
  readonly config: ExportedLayer;
  readonly processes: ExportedLayer | undefined;
}

/** Launcher, its configuration and the names of the processes: what makes a container start. */
export async function exportLauncher(
  launch: LaunchMetadata,
  platform: Platform,
  { pack, owner, paths }: ExportContext,
): Promise<LauncherLayers> {
  const file = launcherFile(platform);
  const launcher = await pack({
    name: 'launcher',
    createdBy: 'Buildpacks Application Launcher',
    entries: () => launcherEntries(file),
  });
  const directory = join(paths.layers.image, 'config');
  const config = await pack({
    name: 'config',
    createdBy: 'Buildpacks Launcher Config',
    entries: () => [
      ...parentEntries(directory, owner),
      directoryEntry(directory, owner),
      contentEntry(join(directory, 'metadata.toml'), writeLaunchMetadata(launch), owner),
    ],
  });
  if (launch.processes.length === 0) return { launcher, config, processes: undefined };
  const processes = await pack({
    name: 'process-types',
    createdBy: 'Buildpacks Process Types',
    entries: () => processEntries(launch.processes),
  });
  return { launcher, config, processes };
}
