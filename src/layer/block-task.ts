import { hash } from 'node:crypto';
import type { ErrorCode } from '../errors.ts';
import { exitCodes, TsbuildpackError } from '../errors.ts';
import type { Block } from './block.ts';
import type { LayerCompression } from './compressor.ts';
import { compressorFor } from './compressor.ts';
import { fillBlock } from './fill-block.ts';
import { hasHash } from './hash-set.ts';

/** Two buffers for one block, shared with the thread that works on it. */
export interface BlockBuffers {
  readonly tar: Uint8Array;
  /** Undefined for uncompressed layers. */
  readonly compressed: Uint8Array | undefined;
}

/** How many bytes of each buffer are in use. */
export interface MadeBlock {
  readonly tarBytes: number;
  /** sha256 of the archive bytes, in hexadecimal. */
  readonly hash: string;
  /** Undefined when the block was not compressed: it is known, or the layer is uncompressed. */
  readonly compressedBytes: number | undefined;
}

export interface MakeBlockOptions {
  readonly compression: LayerCompression;
  /** Blocks with these contents need not be compressed: `sharedHashes()`. @default none */
  readonly known?: Uint8Array | undefined;
}

/** Fills the buffers with a block's archive bytes and their compressed form. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export function makeBlock(block: Block, buffers: BlockBuffers, { compression, known }: MakeBlockOptions): MadeBlock {
  const tarBytes = fillBlock(block, buffers.tar);
  const tar = buffers.tar.subarray(0, tarBytes);
  const sum = hash('sha256', tar, 'buffer');
  const made = { tarBytes, hash: sum.toString('hex') };
  const compressor = compressorFor(compression);
  const isKnown = known !== undefined && hasHash(known, sum);
  if (isKnown || compressor === undefined || buffers.compressed === undefined) {
    return { ...made, compressedBytes: undefined };
  }
  return { ...made, compressedBytes: compressor.compress(tar, buffers.compressed) };
}

/** What a worker thread is sent. */
export interface BlockTask extends MakeBlockOptions {
  readonly id: number;
  readonly block: Block;
  readonly buffers: BlockBuffers;
}

/** What it answers. Errors lose their class on the way, so they travel as data. */
export type BlockAnswer =
  | { readonly id: number; readonly made: MadeBlock }
  | { readonly id: number; readonly failed: FailedBlock };

export interface FailedBlock {
  readonly code: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

export function answerTask(task: BlockTask): BlockAnswer {
  try {
    return { id: task.id, made: makeBlock(task.block, task.buffers, task) };
  } catch (error) {
    if (error instanceof TsbuildpackError) {
      return { id: task.id, failed: { code: error.code, message: error.message, hint: error.hint } };
    }
    return { id: task.id, failed: { code: undefined, message: String(error), hint: undefined } };
  }
}

export function errorOf({ code, message, hint }: FailedBlock): Error {
  if (code === undefined || !isErrorCode(code)) return new Error(message);
  return new TsbuildpackError(code, message, hint === undefined ? {} : { hint });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(exitCodes, code);
}
