import type { Image } from '../image/image.ts';
import { parsePlace, type WrittenImage } from '../image/place.ts';
import { parseReference } from '../registry/reference.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import { Places } from './places.ts';

export interface OpenImageOptions {
  readonly store: Store;
  readonly surroundings: Surroundings;
  /** `os/arch`, as typed. */
  readonly platform?: string | undefined;
}

/** The image at a place that the user named. */
export async function openImage(text: string, { store, surroundings, platform }: OpenImageOptions): Promise<Image> {
  const source = await new Places({ store, surroundings }).source(parsePlace(text));
  return await source.resolve(platform === undefined ? undefined : parsePlatform(platform));
}

/** `tsbuildpack copy`. The image is called in its new place as it was in the old one, unless the new place says otherwise. */
export async function copyImageBetween(
  { from, to, hostname }: { readonly from: string; readonly to: string; readonly hostname?: string | undefined },
  { store, surroundings, platform }: OpenImageOptions,
): Promise<WrittenImage> {
  const { copyImage } = await import('../image/copy-image.ts');
  const places = new Places({ store, surroundings });
  const [source, target] = [parsePlace(from), parsePlace(to)];
  const names = 'reference' in source ? [source.reference] : [parseReference('image')];
  const { report, signal } = surroundings;
  return await copyImage(await places.source(source), await places.sink(target, { names, hostname }), {
    report,
    signal,
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
  });
}
