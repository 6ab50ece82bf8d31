import type { Report } from '../events.ts';
import type { Place } from '../image/place.ts';
import { buildUserOf } from './build-user.ts';
import type { PlacedImageOptions } from './placed-image.ts';
import { placedImage } from './placed-image.ts';
import { runImageFiles } from './run-image-files.ts';
import type { RunImage } from './run-image.ts';
import { platformFacts, targetFacts } from './target-facts.ts';

export interface PlacedRunImageOptions extends Omit<PlacedImageOptions, 'role'> {
  readonly report: Report;
}

/** Any image as a run image. */
export async function placedRunImage(place: Place, options: PlacedRunImageOptions): Promise<RunImage> {
  const { store, report } = options;
  const { image, name, reference, reason } = await placedImage(place, { ...options, role: 'run' });
  platformFacts(image, name);
  const files = await runImageFiles(image, { store, report, name });
  return {
    image,
    name,
    reference,
    mirrors: [],
    target: targetFacts(image, files, name),
    buildUser: buildUserOf(image),
    input: { name: 'run-image', value: reference, reason },
    files,
  };
}
