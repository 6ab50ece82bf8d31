import { TsbuildpackError } from '../errors.ts';

declare const brand: unique symbol;

/** The name of a layer's directory — https://github.com/buildpacks/spec/blob/main/buildpack.md#build (LYR-07, LYR-16) */
export type LayerName = string & { readonly [brand]: 'LayerName' };

const reserved = new Set(['build', 'launch', 'store']);

/** Throws BUILD_OUTPUT_INVALID. Anything goes that is one path element, except the reserved names. */
export function parseLayerName(text: string): LayerName {
  if (reserved.has(text)) {
    throw new TsbuildpackError('BUILD_OUTPUT_INVALID', `Cannot use layer name "${text}": it is reserved`);
  }
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0')) {
    throw new TsbuildpackError('BUILD_OUTPUT_INVALID', `Cannot use layer name "${text}": it must be one path element`);
  }
  return text as LayerName;
}
