import { lifecycleMetadataLabel, parseLifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { formatPlace, parsePlace, type ImageSource, type Place } from '../image/place.ts';
import type { NewBase } from '../lifecycle/rebase.ts';
import type { Platform } from '../oci/platform.ts';
import { formatReference, parseReference, type Reference } from '../registry/reference.ts';
import { resolveRunImage } from '../stack/resolve-run-image.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import type { Places } from './places.ts';
import { imageOptions } from './run-images.ts';
import type { Settings } from './settings.ts';
import { findStackName } from './stack-name.ts';

export interface RebaseTools {
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly places: Places;
  readonly settings: Pick<Settings, 'debian-mirror' | 'stack-images'>;
}

export interface RebaseWish {
  readonly app: Image;
  /** Where it is, which decides about mirrors. */
  readonly place: Place;
  /** `--run-image`. */
  readonly asked: string | undefined;
  /** A run image for another processor will do, where there is no other (RBS-11). */
  readonly force: boolean;
}

interface KnownNames {
  readonly image: string;
  readonly mirrors: readonly string[];
}

/** The run image that was asked for, else the one that the label names: a mirror on the image's own registry first (RBS-14). */
export async function findBase({ app, place, asked, force }: RebaseWish, tools: RebaseTools): Promise<NewBase> {
  const known = knownNames(app);
  const chosen = asked ?? nearest([known.image, ...known.mirrors], place);
  if (chosen === undefined) {
    throw new TsbuildpackError('REBASE_FAILED', `Cannot rebase "${formatPlace(place)}": its label names no run image`, {
      hint: 'Name one with --run-image',
    });
  }
  const stack = stackName(chosen);
  const platform = platformOf(app);
  return stack === undefined
    ? await placedBase(chosen, { known, platform, force, tools })
    : await stackBase(stack, platform, tools);
}

/** From the label that is written since Platform API 0.12, else from the older one. */
function knownNames(app: Image): KnownNames {
  const metadata = parseLifecycleMetadata(app.config.config?.Labels?.[lifecycleMetadataLabel]);
  if (metadata === undefined) return { image: '', mirrors: [] };
  const { image = '', mirrors = [] } = metadata.runImage.image ? metadata.runImage : metadata.stack.runImage;
  return { image, mirrors };
}

function platformOf({ config: { os, architecture, variant } }: Image): Platform {
  return variant ? { os, architecture, variant } : { os, architecture };
}

/** Of the packages that there are now: what was found yesterday is what a rebase is to leave behind. */
async function stackBase(
  text: string,
  platform: Platform,
  { store, surroundings, settings }: RebaseTools,
): Promise<NewBase> {
  const { cwd } = surroundings;
  const name = findStackName(text, { cwd, projectDir: cwd });
  const options = { ...imageOptions(store, surroundings, settings), refresh: true };
  return await resolveRunImage({ kind: 'stack', name }, platform, options);
}

interface PlacedBaseOptions {
  readonly known: KnownNames;
  readonly platform: Platform;
  readonly force: boolean;
  readonly tools: RebaseTools;
}

/** As it is now: what a tag was resolved to yesterday is what a rebase is to leave behind. */
async function placedBase(chosen: string, { known, platform, force, tools }: PlacedBaseOptions): Promise<NewBase> {
  const place = await tools.places.settle(parsePlace(chosen));
  const source = await tools.places.source(place);
  const image = await (force ? forPlatformOrAny(source, platform) : source.resolve(platform));
  const name = 'reference' in place ? withoutDigest(place.reference) : formatPlace(place);
  const reference = `${name.replace(/:[^:/]+$/, '')}@${image.digest}`;
  // A mirror is another place of the same run image: the label keeps naming the run image.
  const isKnown = [known.image, ...known.mirrors].some((one) => one === chosen || isSameImage(one, place));
  return { image, reference, ...(isKnown ? { name: known.image, mirrors: known.mirrors } : { name, mirrors: [] }) };
}

async function forPlatformOrAny(source: ImageSource, platform: Platform): Promise<Image> {
  try {
    return await source.resolve(platform);
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'IMAGE_NOT_FOUND') return await source.resolve();
    throw error;
  }
}

/** In whatever version, and however the label writes it (RBS-06). */
function isSameImage(known: string, place: Place): boolean {
  if (!('reference' in place)) return false;
  try {
    return withoutDigest(parseReference(known)) === withoutDigest(place.reference);
  } catch {
    // A label may hold anything.
    return false;
  }
}

function nearest(names: readonly string[], place: Place): string | undefined {
  const candidates = names.filter((name) => name !== '');
  const registry = 'reference' in place ? place.reference.registry : undefined;
  return candidates.find((name) => registryOf(name) === registry) ?? candidates[0];
}

function registryOf(name: string): string | undefined {
  const place = parsePlace(name);
  return 'reference' in place ? place.reference.registry : undefined;
}

/** `stack:static`, or the name that images made on it have in their label. */
function stackName(text: string): string | undefined {
  return /^(?:stack:|localhost\/tsbuildpack\/stack:)([^@]+)/.exec(text)?.[1];
}

function withoutDigest({ registry, repository, tag = 'latest' }: Reference): string {
  return formatReference({ registry, repository, tag });
}
