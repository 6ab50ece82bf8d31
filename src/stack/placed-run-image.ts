import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { Image } from '../image/image.ts';
import type { ImageSource, Place } from '../image/place.ts';
import { formatPlace } from '../image/place.ts';
import { isStored } from '../image/store-place.ts';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Reference } from '../registry/reference.ts';
import { formatReference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import { buildUserOf } from './build-user.ts';
import { runImageFiles } from './run-image-files.ts';
import type { RunImage } from './run-image.ts';
import { platformFacts, targetFacts } from './target-facts.ts';

export interface PlacedRunImageOptions {
  readonly pinned?: string | undefined;
  readonly store: Store;
  readonly report: Report;
  readonly now: () => Date;
  readonly openPlace: (place: string) => Promise<ImageSource>;
}

interface Found {
  readonly image: Image;
  readonly reason: string;
}

/** How long what a tag was resolved to is not asked for again. */
const rememberedMs = 24 * 3_600_000;

/** Any image as a run image. */
export async function placedRunImage(
  place: Place,
  platform: Platform,
  options: PlacedRunImageOptions,
): Promise<RunImage> {
  const { store, report, pinned } = options;
  const { name, withoutTag } = nameOf(place);
  const pinnedTo = pinned === undefined ? undefined : pinnedDigest(pinned, { name, withoutTag });
  const { image, reason } = await find(place, { ...options, platform, pinnedTo });
  if (pinnedTo !== undefined && image.digest !== pinnedTo) throw notThatOne(name, pinnedTo, image.digest);
  platformFacts(image, name);
  const reference = `${withoutTag}@${image.digest}`;
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

interface FindOptions extends PlacedRunImageOptions {
  readonly platform: Platform;
  readonly pinnedTo: Digest | undefined;
}

async function find(place: Place, options: FindOptions): Promise<Found> {
  const { openPlace, platform, store } = options;
  const isRegistry =
    place.kind === 'registry' || (place.kind === 'name' && !(await isStored(place.reference, store.images)));
  if (isRegistry) return await findInRegistry(place.reference, options);
  const source = await openPlace(formatPlace(place));
  return { image: await source.resolve(platform), reason: `${formatPlace(place)} as it is` };
}

async function findInRegistry(reference: Reference, options: FindOptions): Promise<Found> {
  const { platform, pinnedTo, store, now, openPlace } = options;
  const open = async (wanted: Reference): Promise<Image> => {
    const source = await openPlace(formatPlace({ kind: 'registry', reference: wanted }));
    return await source.resolve(platform);
  };
  if (pinnedTo !== undefined) return { image: await open({ ...reference, digest: pinnedTo }), reason: 'pinned' };
  if (reference.digest !== undefined) return { image: await open(reference), reason: 'named with its digest' };
  const key = `run-image ${formatReference(reference)} ${formatPlatform(platform)}`;
  const known = await store.resolutions.get(key);
  if (known !== undefined && now().getTime() - known.at.getTime() < rememberedMs) {
    const image = await openAgain(() => open({ ...reference, digest: parseDigest(known.value) }));
    if (image !== undefined) return { image, reason: `${formatReference(reference)} on ${known.at.toISOString()}` };
  }
  const image = await open(reference);
  await store.resolutions.set(key, image.digest);
  return { image, reason: `${formatReference(reference)} on ${now().toISOString()}` };
}

/** A registry may have removed what a tag pointed to yesterday. */
async function openAgain(open: () => Promise<Image>): Promise<Image | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'IMAGE_NOT_FOUND') return undefined;
    throw error;
  }
}

interface PlaceName {
  /** Of an image with a reference the canonical one, of any other what the user wrote. */
  readonly name: string;
  /** The same without tag and digest, where it has them: a digest goes behind it. */
  readonly withoutTag: string;
}

function nameOf(place: Place): PlaceName {
  if (place.kind !== 'registry' && place.kind !== 'name' && place.kind !== 'store') {
    return { name: formatPlace(place), withoutTag: formatPlace(place) };
  }
  const { registry, repository } = place.reference;
  return { name: formatReference(place.reference), withoutTag: `${registry}/${repository}` };
}

function pinnedDigest(pinned: string, { name, withoutTag }: PlaceName): Digest {
  const [, repository, digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(pinned) ?? [];
  if (digest !== undefined && repository === withoutTag) return parseDigest(digest);
  throw new TsbuildpackError(
    'RUN_IMAGE_NOT_FOUND',
    `Cannot use run image "${name}": the pinned inputs have ${pinned}`,
    {
      hint: 'Name the same run image as in the build whose inputs these are, or build without them',
    },
  );
}

function notThatOne(name: string, pinned: Digest, found: Digest): TsbuildpackError {
  return new TsbuildpackError(
    'RUN_IMAGE_NOT_FOUND',
    `Cannot use run image "${name}": ${pinned} is pinned, there is ${found}`,
    {
      hint: 'Bring the pinned image back, or build without the pinned inputs',
    },
  );
}
