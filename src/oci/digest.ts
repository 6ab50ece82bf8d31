import { createHash } from 'node:crypto';
import { TsbuildpackError } from '../errors.ts';

declare const brand: unique symbol;

/** `sha256:<64 lower-case hex digits>` — https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */
export type Digest = string & { readonly [brand]: 'Digest' };

const pattern = /^sha256:[0-9a-f]{64}$/;

/** Throws IMAGE_INVALID when the text is not a sha256 digest (the only algorithm in use). */
export function parseDigest(text: string): Digest {
  if (!pattern.test(text)) {
    throw new TsbuildpackError(
      'IMAGE_INVALID',
      `Cannot read digest "${text.slice(0, 100)}": it must be sha256:<64 hex digits>`,
    );
  }
  return text as Digest;
}

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** The hex digits after the algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
