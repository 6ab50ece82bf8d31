import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { posix } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { showPath } from '../fs/byte-path.ts';
import { decompressed } from '../layer/decompress.ts';
import type { ReadEntry } from '../layer/read-tar.ts';
import { readTar } from '../layer/read-tar.ts';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import type { BlobStore } from './blob-store.ts';

/** A file in an archive, as it was found when everything was read once. */
export interface ArchivedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Of small files. */
  readonly bytes: Uint8Array | undefined;
}

export interface ArchiveOrigin {
  /** For messages. */
  readonly name: string;
  /** Opens the archive, compressed or not, from its beginning. */
  open(): Promise<Readable>;
  readonly blobs: BlobStore;
}

// An image has a handful of documents and at most 127 layers; old Docker versions wrote three files a layer.
const maxEntries = 20_000;
const smallBytes = 4 << 20;
const maxKeptBytes = 64 << 20;

/** What is in an archive. Read once, whole, to learn it, and once more when a layer's bytes are needed: all of them go to the store then. */
export class ArchiveContents {
  readonly #origin: ArchiveOrigin;
  readonly #files = new Map<string, ArchivedFile>();
  readonly #links = new Map<string, string>();
  #keptBytes = 0;
  #storing: Promise<void> | undefined;

  private constructor(origin: ArchiveOrigin) {
    this.#origin = origin;
  }

  /** Throws ARCHIVE_INVALID. */
  static async read(origin: ArchiveOrigin): Promise<ArchiveContents> {
    const contents = new ArchiveContents(origin);
    let entries = 0;
    for await (const entry of readTar(decompressed(await origin.open()))) {
      entries += 1;
      if (entries > maxEntries) throw invalid(origin.name, `it has more than ${maxEntries} entries`);
      await contents.#learn(entry);
    }
    return contents;
  }

  /** The file of that name, through links within the archive. */
  file(path: string): ArchivedFile | undefined {
    let name = normal(path);
    for (let hops = 0; hops < 10; hops += 1) {
      const found = this.#files.get(name);
      const target = this.#links.get(name);
      if (found !== undefined || target === undefined) return found;
      name = target;
    }
    return undefined;
  }

  /** The bytes of a document. Throws ARCHIVE_INVALID when there is none of that name, or it is larger than any document. */
  document(path: string): Uint8Array {
    const found = this.file(path);
    if (found === undefined) throw invalid(this.#origin.name, `it has no "${path}"`);
    if (found.bytes === undefined) throw invalid(this.#origin.name, `"${path}" has ${found.sizeBytes} bytes`);
    return found.bytes;
  }

  /** The bytes of a layer, from the store, where all files that the archive has and that are no documents are put first. */
  async openBlob(digest: Digest): Promise<Readable> {
    await this.#store(digest);
    return this.#origin.blobs.open(digest);
  }

  async blobFile(digest: Digest): Promise<string> {
    await this.#store(digest);
    const file = await this.#origin.blobs.file(digest);
    if (file === undefined) throw invalid(this.#origin.name, `layer ${digest} is missing`);
    return file;
  }

  async #store(digest: Digest): Promise<void> {
    if (await this.#origin.blobs.has(digest)) return;
    this.#storing ??= this.#storeAll();
    await this.#storing;
    if (!(await this.#origin.blobs.has(digest))) throw invalid(this.#origin.name, `layer ${digest} is missing`);
  }

  async #storeAll(): Promise<void> {
    const { blobs } = this.#origin;
    for await (const entry of readTar(decompressed(await this.#origin.open()))) {
      const known = entry.type === 'file' ? this.#files.get(normal(showPath(entry.path))) : undefined;
      if (known !== undefined && !known.path.endsWith('.json')) {
        await blobs.put(known.digest, async () => Readable.from(entry.content, { objectMode: false }));
      }
    }
  }

  async #learn(entry: ReadEntry): Promise<void> {
    const path = normal(showPath(entry.path));
    if (entry.type === 'symlink' || entry.type === 'hardlink') {
      const target = showPath(entry.linkTarget ?? '');
      this.#links.set(path, normal(entry.type === 'symlink' ? posix.join(posix.dirname(path), target) : target));
    } else if (entry.type === 'file') {
      const file = await this.#readFile(path, entry);
      const before = this.#files.get(path);
      if (before !== undefined && before.digest !== file.digest)
        throw invalid(this.#origin.name, `it has two files "${path}"`);
      this.#files.set(path, file);
    }
  }

  async #readFile(path: string, { content, sizeBytes }: ReadEntry): Promise<ArchivedFile> {
    const keep = sizeBytes <= smallBytes && this.#keptBytes + sizeBytes <= maxKeptBytes;
    if (keep) this.#keptBytes += sizeBytes;
    const hash = createHash('sha256');
    const kept: Buffer[] = [];
    let head = Buffer.alloc(0);
    for await (const chunk of content) {
      hash.update(chunk);
      if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4)]);
      if (keep) kept.push(Buffer.from(chunk));
    }
    const digest = parseDigest(`sha256:${hash.digest('hex')}`);
    return { path, sizeBytes, digest, compression: compressionBy(head), bytes: keep ? Buffer.concat(kept) : undefined };
  }
}

function compressionBy(head: Buffer): ArchivedFile['compression'] {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : 'none';
}

/** `./a`, `/a` and `a` are one file; nothing leads out of an archive, since nothing is unpacked. */
function normal(path: string): string {
  return posix.normalize(`/${path}`).slice(1);
}

function invalid(name: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read an image from "${name}": ${problem}`);
}
