import type { Platform } from '../oci/platform.ts';
import type { ImageSink, ImageSource, WriteContext, WrittenImage } from './place.ts';

export interface CopyImageOptions extends WriteContext {
  /** @default as ImageSource.resolve() has it */
  readonly platform?: Platform;
}

/** Carries an image from one place to another, byte for byte: its digest stays where the target can hold it. */
export async function copyImage(
  source: ImageSource,
  sink: ImageSink,
  options: CopyImageOptions,
): Promise<WrittenImage> {
  const { platform, ...context } = options;
  return sink.write(await source.resolve(platform), context);
}
