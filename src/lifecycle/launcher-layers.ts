import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredProcess } from '../cnb/launch-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import { packageRoot } from '../fs/package-root.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import { directoryEntry, parentEntries, symlinkEntry, type TarEntry } from '../layer/tar-entry.ts';
import type { Platform } from '../oci/platform.ts';
import { formatPlatform } from '../oci/platform.ts';
import { imagePaths } from './image-paths.ts';

const root = { uid: 0, gid: 0 };
const ignore = (): void => {};

/** The launcher's layer: EXP-05. Its mode is the reference's, whatever an installation made of it. */
export function launcherEntries(file: string): Iterable<TarEntry> {
  const options = { ...root, report: ignore, mode: (): number => 0o755 };
  return [...parentEntries(imagePaths.launcher, root), ...directoryEntries(file, imagePaths.launcher, options)];
}

/** One name for each process, all of them the launcher, which looks at the name it was called by: EXP-06. */
export function processEntries(processes: readonly StoredProcess[]): Iterable<TarEntry> {
  const links = processes.map(({ type }) => ({
    ...symlinkEntry(`${imagePaths.processes}/${type}`, imagePaths.launcher, root),
    mode: 0o755,
  }));
  return [...parentEntries(imagePaths.processes, root), directoryEntry(imagePaths.processes, root), ...links];
}

/** The prebuilt launcher for a platform, as the package has it. Throws LAUNCHER_NEEDED where there is none. */
export function launcherFile(platform: Platform): string {
  const file = join(packageRoot(), 'launcher', 'prebuilt', `${platform.os}-${platform.architecture}`, 'launcher');
  if (existsSync(file)) return file;
  throw new TsbuildpackError(
    'LAUNCHER_NEEDED',
    `Cannot put a launcher into an image for ${formatPlatform(platform)}: there is none`,
    {
      hint: 'Launchers are there for linux/amd64 and linux/arm64; build with --launcher none for another platform',
    },
  );
}
