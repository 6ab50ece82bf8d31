import type { ErrorCode } from '../errors.ts';
import { exitCodes, TsbuildpackError } from '../errors.ts';
import type { Block } from './block.ts';
import type { LayerCompression } from './compressor.ts';
import { compressorFor } from './compressor.ts';
import { fillBlock } from './fill-block.ts';

/** Two buffers for one block, shared with the thread that works on it. */
export interface BlockBuffers {
  readonly tar: Uint8Array;
  /** Undefined for uncompressed layers. */
  readonly compressed: Uint8Array | undefined;
}

/** How many bytes of each buffer are in use. */
export interface MadeBlock {
  readonly tarBytes: number;
  readonly compressedBytes: number;
}

/** Fills the buffers with a block's archive bytes and their compressed form. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export function makeBlock(block: Block, buffers: BlockBuffers, compression: LayerCompression): MadeBlock {
  const tarBytes = fillBlock(block, buffers.tar);
  const compressor = compressorFor(compression);
  if (compressor === undefined || buffers.compressed === undefined) return { tarBytes, compressedBytes: 0 };
  return { tarBytes, compressedBytes: compressor.compress(buffers.tar.subarray(0, tarBytes), buffers.compressed) };
}

/** What a worker thread is sent. */
export interface BlockTask {
  readonly id: number;
  readonly block: Block;
  readonly buffers: BlockBuffers;
  readonly compression: LayerCompression;
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
    return { id: task.id, made: makeBlock(task.block, task.buffers, task.compression) };
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
