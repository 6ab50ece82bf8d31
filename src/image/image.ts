import type { StorableImage } from '../store/stored-images.ts';

/**
 * An image as a value: the documents with the bytes they were made of, and its layers bottom first. The manifest's
 * bytes are kept because its digest is of those bytes, not of a re-serialised document. The store, which stands below,
 * keeps the same value.
 */
export type Image = StorableImage;
