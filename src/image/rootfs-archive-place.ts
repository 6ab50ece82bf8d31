import type { BytePath } from '../fs/byte-path.ts';
import { decompressed } from '../layer/decompress.ts';
import type { Layer } from '../layer/layer.ts';
import type { ReadEntry } from '../layer/read-tar.ts';
import { readTar } from '../layer/read-tar.ts';
import type { Image } from './image.ts';
import type { MergedFile } from './merged-tree.ts';
import { MergedTree } from './merged-tree.ts';
import type { ImageSink, WriteContext, WrittenImage } from './place.ts';
import type { ArchiveEntry } from './write-archive.ts';
import { archiveBytes, writeArchive } from './write-archive.ts';

export interface RootfsArchiveOptions {
  readonly file: string;
}

/** Writes the whole root file system as one flat tar, for `docker import` and for `tar -x` with `chroot`. Settings of the image are lost. */
export function rootfsArchiveSink({ file }: RootfsArchiveOptions): ImageSink {
  return {
    async write(image: Image, context: WriteContext): Promise<WrittenImage> {
      await writeArchive(file, rootfsArchive(image, context), context.signal);
      return { reference: `rootfs-archive:${file}`, digest: image.digest };
    },
  };
}

/** The bytes of such a tar. Layers are read twice: to see what they make together, then for the content of what is left. */
export async function* rootfsArchive(
  { layers }: Pick<Image, 'layers'>,
  { report }: Pick<WriteContext, 'report'>,
): AsyncGenerator<Uint8Array> {
  const tree = new MergedTree();
  let attributes = 0;
  for (const [index, layer] of layers.entries()) {
    for await (const { entry, ordinal } of numberedEntries(layer)) {
      tree.apply(entry, { layer: index, ordinal });
      if (entry.xattrs.length > 0) attributes += 1;
    }
  }
  if (attributes > 0) {
    report({
      type: 'warning',
      message: `The archive leaves out the extended attributes of ${attributes} files (capabilities, ACLs)`,
    });
  }
  yield* archiveBytes(archiveEntries(tree, layers));
}

/** Directories first, so that nothing comes before what it lies in; then the rest, layer by layer as they are read. */
async function* archiveEntries(tree: MergedTree, layers: readonly Layer[]): AsyncGenerator<ArchiveEntry> {
  for (const entry of tree.directories()) yield { entry };
  const files = [...tree.files()];
  for (const [index, layer] of layers.entries()) {
    const own = files.filter(([file]) => file.layer === index);
    const wanted = new Map(own.map(([file, paths]) => [file.ordinal, { file, paths }]));
    if (wanted.size === 0) continue;
    for await (const { entry, ordinal } of numberedEntries(layer)) {
      const found = wanted.get(ordinal);
      if (found !== undefined) yield* namesOf(found, entry);
    }
  }
}

/** The thing under its first name, and hard links to that for the others. */
function* namesOf(
  { file, paths }: { readonly file: MergedFile; readonly paths: readonly BytePath[] },
  { content }: ReadEntry,
): Generator<ArchiveEntry> {
  const [first, ...others] = paths;
  if (first === undefined) return;
  const { type, sizeBytes } = file.facts;
  yield { entry: { ...file.facts, path: first }, ...(type === 'file' && sizeBytes > 0 ? { open: () => content } : {}) };
  for (const path of others) {
    yield { entry: { ...file.facts, path, type: 'hardlink', sizeBytes: 0, linkTarget: first } };
  }
}

async function* numberedEntries(layer: Layer): AsyncGenerator<{ readonly entry: ReadEntry; readonly ordinal: number }> {
  let ordinal = 0;
  for await (const entry of readTar(decompressed(await layer.open()))) {
    yield { entry, ordinal };
    ordinal += 1;
  }
}
