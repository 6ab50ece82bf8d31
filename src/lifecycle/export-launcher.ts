import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeLaunchMetadata, type LaunchMetadata } from '../cnb/launch-metadata.ts';
import type { PathPair } from '../environment/build-environment.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import { contentEntry, directoryEntry, parentEntries, type TarEntry } from '../layer/tar-entry.ts';
import type { Platform } from '../oci/platform.ts';
import type { ExportContext } from './export-context.ts';
import { launcherEntries, launcherFile as ownLauncher, processEntries } from './launcher-layers.ts';
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
  { platform, launcherFile }: { readonly platform: Platform; readonly launcherFile?: string | undefined },
  { pack, owner, paths, relocation, report }: ExportContext,
): Promise<LauncherLayers> {
  const file = launcherFile ?? ownLauncher(platform);
  const launcher = await pack({
    name: 'launcher',
    createdBy: 'Buildpacks Application Launcher',
    entries: () => launcherEntries(file),
  });
  const directory = join(paths.layers.image, 'config');
  const config = await pack({
    name: 'config',
    createdBy: 'Buildpacks Launcher Config',
    entries: function* () {
      yield* parentEntries(directory, owner);
      // The build phase left it there with the paths of the build, which are those of the image (EXP-07).
      if (!relocation)
        return yield* directoryEntries(join(paths.layers.host, 'config'), directory, { ...owner, report });
      yield directoryEntry(directory, owner);
      yield contentEntry(join(directory, 'metadata.toml'), writeLaunchMetadata(launch), owner);
    },
  });
  if (launch.processes.length === 0) return { launcher, config, processes: undefined };
  const processes = await pack({
    name: 'process-types',
    createdBy: 'Buildpacks Process Types',
    entries: () => processEntries(launch.processes),
  });
  return { launcher, config, processes };
}
