import type { Stats } from 'node:fs';
import { lstatSync } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { joinBytePath, pathBytes } from '../fs/byte-path.ts';
import { readDir } from '../fs/read-dir.ts';
import type { IdMapping } from './id-mapping.ts';
import { hostId } from './id-mapping.ts';
import { runInUserNamespace } from './user-namespace.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Remembers who owned what was extracted, by inode. Names would not do: a later layer may have put a symlink where a directory was, and
 * giving away what lies behind it would give away a file of the caller.
 */
export class ExtractedOwners {
  readonly #owners = new Map<string, Owner>();

  /** To be called for everything that was written, again when it was written again. */
  add(path: BytePath, { uid, gid }: Owner): void {
    const inode = inodeOf(lstatSync(path));
    if (uid === 0 && gid === 0) this.#owners.delete(inode);
    else this.#owners.set(inode, { uid, gid });
  }

  of(stats: Stats): Owner | undefined {
    return this.#owners.get(inodeOf(stats));
  }

  get isEmpty(): boolean {
    return this.#owners.size === 0;
  }
}

export interface ShiftResult {
  /** How many files have an owner that the ranges do not reach; they stay the caller's. */
  readonly unreached: number;
}

/** Gives the files below `root` to their owners in the caller's id ranges. Throws OUTPUT_FAILED. */
export async function shiftOwners(
  root: string,
  owners: ExtractedOwners,
  ids: IdMapping & { readonly kind: 'ranges' },
): Promise<ShiftResult> {
  const groups = new Map<string, BytePath[]>();
  let unreached = 0;
  for (const { path, owner } of owned(root, owners)) {
    if (hostId(owner.uid, ids.uids) === undefined || hostId(owner.gid, ids.gids) === undefined) {
      unreached += 1;
      continue;
    }
    const key = `${owner.uid}:${owner.gid}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  for (const [owner, paths] of groups) {
    // Nothing else reads these names from a list that may be this long.
    const input = Buffer.concat(paths.flatMap((path) => [pathBytes(path), Buffer.from([0])]));
    // oxlint-disable-next-line no-await-in-loop
    const { exitCode, stderr } = await runInUserNamespace(['xargs', '-0', 'chown', '-h', '--', owner], { ids, input });
    if (exitCode === 0) continue;
    throw new TsbuildpackError('OUTPUT_FAILED', `Cannot give files of the bundle to user ${owner} of the image`, {
      detail: stderr.trim(),
    });
  }
  return { unreached };
}

/** The tree as it is now, without following a link. */
function* owned(
  path: BytePath,
  owners: ExtractedOwners,
): Generator<{ readonly path: BytePath; readonly owner: Owner }> {
  const stats = lstatSync(path);
  if (stats.isDirectory()) {
    for (const name of readDir(path)) yield* owned(joinBytePath(path, name), owners);
  }
  const owner = owners.of(stats);
  if (owner !== undefined) yield { path, owner };
}

function inodeOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
