import { readStamped } from '../fs/read-stamped.ts';
import type { Block } from './block.ts';
import { filePiece } from './block.ts';

/** Makes the archive bytes of a block at the start of `target` and gives their number. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export function fillBlock(block: Block, target: Uint8Array): number {
  let inlineAt = 0;
  let at = 0;
  const addInline = (end: number): void => {
    target.set(block.inline.subarray(inlineAt, end), at);
    at += end - inlineAt;
    inlineAt = end;
  };
  for (const [index, file] of block.files.entries()) {
    const piece = filePiece(block, index);
    addInline(inlineAt + piece.inlineBytes);
    // A Buffer arrives in a worker as a plain Uint8Array.
    const path = typeof file === 'string' ? file : Buffer.from(file);
    readStamped(path, target.subarray(at, at + piece.bytes), piece);
    at += piece.bytes;
    target.fill(0, at, at + piece.paddingBytes);
    at += piece.paddingBytes;
  }
  addInline(block.inline.length);
  return at;
}
