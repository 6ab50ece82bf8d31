import { formatPlace, parsePlace, type Place, type WrittenImage } from '../image/place.ts';
import { rebase } from '../lifecycle/rebase.ts';
import { formatReference, parseReference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import { findBase, type RebaseTools } from './find-base.ts';
import { Places } from './places.ts';
import { resolveSettings } from './settings.ts';

export interface RebaseImagesOptions {
  /** Places, as typed: each is read and written again. */
  readonly images: readonly string[];
  /** @default the run image that the label of each names */
  readonly runImage?: string | undefined;
  readonly force: boolean;
  /** Say what would be written, and write nothing. */
  readonly dryRun: boolean;
  readonly debianMirror?: string | undefined;
  /** `NAME=PLACE`. */
  readonly stackImages?: readonly string[] | undefined;
}

export interface RebasedImage extends WrittenImage {
  /** Of the run image that it stands on now. */
  readonly runImage: string;
  /** It stood on that run image already. */
  readonly unchanged: boolean;
}

/** `tsbuildpack rebase`: images one after the other; each is whole, old or new, whatever happens to the next. */
export async function rebaseImages(
  options: RebaseImagesOptions,
  { store, surroundings }: { readonly store: Store; readonly surroundings: Surroundings },
): Promise<readonly RebasedImage[]> {
  const places = new Places({ store, surroundings });
  const rebased: RebasedImage[] = [];
  const settings = resolveSettings({
    flags: {
      'debian-mirror': options.debianMirror,
      'stack-images': options.stackImages?.length ? options.stackImages : undefined,
    },
    env: surroundings.env,
  });
  for (const text of options.images) {
    const place = await places.settle(parsePlace(text));
    rebased.push(await rebaseOne(place, options, { store, surroundings, places, settings }));
  }
  return rebased;
}

async function rebaseOne(place: Place, options: RebaseImagesOptions, tools: RebaseTools): Promise<RebasedImage> {
  const { report, signal } = tools.surroundings;
  const source = await tools.places.source(place);
  const app = await source.resolve();
  const base = await findBase({ app, place, asked: options.runImage, force: options.force }, tools);
  const image = rebase(app, base, { force: options.force, report });
  const unchanged = image.digest === app.digest;
  const facts = { runImage: base.reference, unchanged };
  if (unchanged || options.dryRun) return { reference: shown(place), digest: image.digest, ...facts };
  const names = 'reference' in place ? [place.reference] : [parseReference('image')];
  const sink = await tools.places.sink(place, { names });
  return { ...(await sink.write(image, { report, signal })), ...facts };
}

/** As the sink of the place calls what it has written. */
function shown(place: Place): string {
  return place.kind === 'registry' || place.kind === 'store' ? formatReference(place.reference) : formatPlace(place);
}
