import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { writeFileAtomic } from '../fs/atomic-file.ts';
import { systemErrorCode } from '../fs/system-error.ts';

/** Where things are in a store. Everything but the format file is under `v1/`. */
export interface StoreLayout {
  readonly dir: string;
  /** Blobs by the hex digits of their sha256, read-only. */
  readonly blobs: string;
  /** One small file a blob, beside it: size, time and inode when it was last verified; its own time is when the blob was last used. */
  readonly checked: string;
  /** One document a named image. */
  readonly images: string;
  /** One directory a cache scope and target. */
  readonly scopes: string;
  /** Small documents that only save time: which blob a list of files became, remembered stats. */
  readonly fingerprints: string;
  readonly resolutions: string;
  readonly toolchains: string;
  readonly rootfs: string;
  /** One directory a process that uses the store; what is being written is in it. */
  readonly tmp: string;
  /** One lock a process that uses the store. */
  readonly sessions: string;
  readonly locks: string;
}

/** The format that this version reads and writes. */
const format = 1;
const formatFile = 'tsbuildpack-store.json';

/** Names that a file system or a backup tool puts into any directory. */
const harmless = /^(?:\.tmp-.*|lost\+found|CACHEDIR\.TAG|\.nfs.*|\.DS_Store)$/;

export function storeLayout(path: string): StoreLayout {
  const dir = resolve(path);
  const at = (name: string): string => join(dir, `v${format}`, name);
  return {
    dir,
    blobs: at('blobs/sha256'),
    checked: at('checked'),
    images: at('images'),
    scopes: at('scopes'),
    fingerprints: at('fingerprints'),
    resolutions: at('resolutions'),
    toolchains: at('toolchains'),
    rootfs: at('rootfs'),
    tmp: at('tmp'),
    sessions: at('sessions'),
    locks: at('locks'),
  };
}

/**
 * Makes sure that the directory is a store of our format. A new or empty one becomes one; what an older format left in its own folder
 * stays untouched. Throws STORE_UNUSABLE for a newer format and for a directory that is somebody else's; system errors as they are.
 */
export async function prepareLayout(layout: StoreLayout): Promise<void> {
  const found = readFormat(layout.dir);
  if (found === undefined) refuseForeign(layout.dir);
  else if (found > format) {
    throw new TsbuildpackError(
      'STORE_UNUSABLE',
      `Cannot use the store "${layout.dir}": its format is ${found}, this version of tsbuildpack knows ${format}`,
      { hint: 'Update tsbuildpack, or choose another directory with --store DIR or TSBUILDPACK_STORE' },
    );
  }
  const { dir, ...folders } = layout;
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  if (found === format) return;
  await writeFileAtomic(join(dir, formatFile), `${JSON.stringify({ format })}\n`);
}

function readFormat(dir: string): number | undefined {
  const file = join(dir, formatFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const document = parseJson(text);
  if (typeof document === 'object' && document !== null && 'format' in document && Number.isInteger(document.format))
    return Number(document.format);
  throw new TsbuildpackError('STORE_UNUSABLE', `Cannot use the store "${dir}": "${file}" does not name its format`, {
    hint: 'Delete the directory, or choose another with --store DIR or TSBUILDPACK_STORE',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A directory without our format file has to be empty, or one whose first preparation was interrupted. */
function refuseForeign(dir: string): void {
  // The format file may be there by now: another process prepares the same new store.
  const ours = [`v${format}`, formatFile];
  const foreign = entriesOf(dir).filter((name) => !harmless.test(name) && !ours.includes(name));
  const [first] = foreign;
  if (first === undefined) return;
  throw new TsbuildpackError(
    'STORE_UNUSABLE',
    `Cannot use "${dir}" as a store: it is not one, and holds "${first}"${foreign.length > 1 ? ` and ${foreign.length - 1} more` : ''}`,
    { hint: 'Name an empty or new directory with --store DIR or TSBUILDPACK_STORE' },
  );
}

function entriesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
