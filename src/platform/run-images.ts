import { parsePlace } from '../image/place.ts';
import type { CreateDependencies } from '../lifecycle/create-request.ts';
import { resolveRunImage } from '../stack/resolve-run-image.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import { Places } from './places.ts';

/** Resolves run images: our stacks, and images wherever they are. */
export function openRunImages(store: Store, surroundings: Surroundings): CreateDependencies['resolveRunImage'] {
  const { report, now } = surroundings;
  const places = new Places({ store, surroundings });
  return (wish, platform, pinned) =>
    resolveRunImage(wish, platform, {
      pinned,
      store,
      report,
      now,
      openPlace: (place) => places.source(parsePlace(place)),
    });
}
