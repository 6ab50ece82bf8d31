import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import type { Place } from '../image/place.ts';
import type { Platform } from '../oci/platform.ts';
import type { Places } from './places.ts';

/** The image at a place, or undefined when nothing is there yet. Throws what the place throws for an image that cannot be read. */
export async function openIfThere(places: Places, place: Place, platform?: Platform): Promise<Image | undefined> {
  if (place.kind === 'oci' && !existsSync(join(place.directory, 'index.json'))) return undefined;
  if ('file' in place && !existsSync(place.file)) return undefined;
  try {
    const source = await places.source(place);
    return await source.resolve(platform);
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'IMAGE_NOT_FOUND') return undefined;
    throw error;
  }
}
