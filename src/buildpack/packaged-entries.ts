import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { Report } from '../events.ts';
import { walk } from '../fs/walk.ts';
import { walkedEntries } from '../layer/directory-entries.ts';
import { directoryEntry, type TarEntry, type TarEntryType } from '../layer/tar-entry.ts';

const root = { uid: 0, gid: 0 };

/**
 * The layer of a buildpackage or builder that holds one buildpack, entry for entry as pack writes it (DST-02, DST-07): owned by root, with
 * two sets of permissions. Git's own directory stays out.
 */
export function* packagedEntries(
  dir: string,
  { id, version }: Pick<BuildpackDescriptor, 'id' | 'version'>,
  report: Report,
): Generator<TarEntry> {
  const parent = `/cnb/buildpacks/${escapeBuildpackId(id)}`;
  yield directoryEntry(parent, root);
  yield* walkedEntries(withoutGit(dir), `${parent}/${version}`, { ...root, mode: packagedMode, report });
}

function* withoutGit(dir: string): ReturnType<typeof walk> {
  const isGit = (relative: unknown): boolean => String(relative) === '.git';
  for (const file of walk(dir, { enter: (relative) => !isGit(relative) })) if (!isGit(file.relative)) yield file;
}

function packagedMode(mode: number, type: TarEntryType): number {
  return type === 'directory' || (mode & 0o111) !== 0 ? 0o755 : 0o644;
}
