import { availableParallelism } from 'node:os';
import type { Report } from '../events.ts';
import { diskError } from '../fs/system-error.ts';
import { openVerified } from '../fs/verified-stream.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { BlobWriter, type WrittenBlob } from './blob-writer.ts';
import type { BlobSink } from './blob-sink.ts';
import type { BlockBuffers, MadeBlock, MakeBlockOptions } from './block-task.ts';
import { makeBlock } from './block-task.ts';
import { makeBlockInWorker } from './block-workers.ts';
import type { Block } from './block.ts';
import { cutBlocks, maxBlockBytes } from './block.ts';
import type { LayerCompression } from './compressor.ts';
import { compressorFor } from './compressor.ts';
import { sharedHashes } from './hash-set.ts';
import { LayerProgress } from './layer-progress.ts';
import type { Layer } from './layer.ts';
import type { PreviousLayer } from './previous-layer.ts';
import type { TarEntry } from './tar-entry.ts';

export interface CreateLayerOptions {
  /** Where the blob goes. */
  readonly sink: BlobSink;
  /** Shown with progress: `the application`, `tsbuildpack/go:dist`. */
  readonly name: string;
  readonly report: Report;
  /** @default 'gzip' */
  readonly compression?: LayerCompression;
  /** Whose media types. @default 'oci' */
  readonly format?: 'oci' | 'docker';
  /** What became of these entries last time, by this compressor: what is the same is not compressed again. */
  readonly previous?: PreviousLayer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Worker threads for layers above a few megabytes; 0 for none. The bytes are the same. @default the processors, at most 8 */
  readonly jobs?: number;
}

export interface CreatedLayer extends Layer, WrittenBlob {
  readonly file: string;
}

/** Below this many blocks everything is done before a thread would have started (some 40 ms). */
const smallLayerBlocks = 6;

/**
 * Packs entries into a layer in one pass: archive, its digest, compression, the blob's digest, file. Equal entries give equal bytes on any
 * machine, with any number of threads and any previous layer. Memory is bounded whatever the size of files and lists.
 * Throws SOURCE_CHANGED, SOURCE_UNREADABLE, DISK_FULL, the signal's reason; nothing is left in the sink then.
 */
export async function createLayer(entries: Iterable<TarEntry>, options: CreateLayerOptions): Promise<CreatedLayer> {
  const { sink, compression = 'gzip', format = 'oci', previous } = options;
  const { path } = await sink.create();
  try {
    const blob = await writeBlob(entries, path, options);
    const isUnchanged = blob === previous;
    if (isUnchanged) await sink.discard(path);
    const file = isUnchanged ? previous.file : await sink.commit(path, blob.digest, blob.sizeBytes);
    const mediaType = layerMediaType(compression, format);
    return { ...blob, mediaType, file, open: async () => openVerified(file, blob) };
  } catch (error) {
    await sink.discard(path);
    throw diskError(error, `Cannot write the layer of ${options.name}`);
  }
}

function layerMediaType(compression: LayerCompression, format: 'oci' | 'docker'): string {
  if (format === 'docker') return compression === 'gzip' ? mediaTypes.dockerLayerGzip : mediaTypes.dockerLayer;
  return compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer;
}

async function writeBlob(entries: Iterable<TarEntry>, path: string, options: CreateLayerOptions): Promise<WrittenBlob> {
  const { compression = 'gzip', jobs = Math.min(8, availableParallelism()), previous, signal } = options;
  const writer = new BlobWriter(path, { isCompressed: compression !== 'none', previous });
  const known = previous && sharedHashes(previous.blocks.map(({ hash }) => hash));
  const progress = new LayerProgress(options.name, options.report);
  const add = ({ tar, compressed }: BlockBuffers, { tarBytes, hash, compressedBytes }: MadeBlock): void => {
    signal?.throwIfAborted();
    const isCompressed = compressedBytes !== undefined;
    const bytes = isCompressed ? compressed?.subarray(0, compressedBytes) : undefined;
    writer.add({ tar: tar.subarray(0, tarBytes), hash, compressed: bytes });
    progress.at(writer.tarBytes);
  };
  try {
    const blocks = cutBlocks(entries);
    const first = takeBlocks(blocks, smallLayerBlocks);
    if (first.length < smallLayerBlocks || jobs === 0)
      await makeHere(chain(first, blocks), { compression, known, add });
    else await makeInWorkers(chain(first, blocks), { compression, known, add, jobs });
    return writer.finish();
  } finally {
    progress.end(writer.tarBytes);
    writer.close();
  }
}

function takeBlocks(blocks: Iterator<Block>, count: number): Block[] {
  const taken: Block[] = [];
  while (taken.length < count) {
    const next = blocks.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

function* chain(first: readonly Block[], rest: Iterable<Block>): Generator<Block> {
  yield* first;
  yield* rest;
}

interface MakeOptions extends MakeBlockOptions {
  readonly add: (buffers: BlockBuffers, made: MadeBlock) => void;
}

async function makeHere(blocks: Iterable<Block>, { add, ...making }: MakeOptions): Promise<void> {
  const buffers = newBuffers(making.compression);
  for (const block of blocks) {
    add(buffers, makeBlock(block, buffers, making));
    // Signals, timers and progress get a turn after every block, some 10 ms.
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Blocks are made in any order and added in theirs. Each has its buffers until it was added, which bounds what is under way. */
async function makeInWorkers(
  blocks: Iterable<Block>,
  { add, jobs, ...making }: MakeOptions & { readonly jobs: number },
): Promise<void> {
  const { compression } = making;
  const slots = Array.from({ length: 2 * jobs + 2 }, () => newBuffers(compression));
  const underWay: { readonly buffers: BlockBuffers; readonly made: Promise<MadeBlock> }[] = [];
  const addOldest = async (): Promise<void> => {
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    add(oldest.buffers, await oldest.made);
    slots.push(oldest.buffers);
  };
  try {
    for (const block of blocks) {
      // oxlint-disable-next-line no-await-in-loop
      if (slots.length === 0) await addOldest();
      const buffers = slots.pop() ?? newBuffers(compression);
      const made = makeBlockInWorker({ ...making, block, buffers }, jobs);
      // Its failure is met when its turn comes, which may be after Node.js has asked who handles it.
      made.catch(() => undefined);
      underWay.push({ buffers, made });
    }
    // oxlint-disable-next-line no-await-in-loop
    while (underWay.length > 0) await addOldest();
  } finally {
    // After a failure the rest still runs; nobody else waits for it.
    await Promise.allSettled(underWay.map(({ made }) => made));
  }
}

function newBuffers(compression: LayerCompression): BlockBuffers {
  const compressor = compressorFor(compression);
  return {
    tar: Buffer.from(new SharedArrayBuffer(maxBlockBytes)),
    compressed: compressor && Buffer.from(new SharedArrayBuffer(compressor.maxOutputBytes)),
  };
}
