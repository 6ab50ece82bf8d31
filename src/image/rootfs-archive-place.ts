import type { ImageSink } from './place.ts';
export function rootfsArchiveSink(options: { readonly file: string }): ImageSink {
  throw new Error(options.file);
}
