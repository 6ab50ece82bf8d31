import { TsbuildpackError } from '../errors.ts';
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
import { rememberedMs } from './stack-memory.ts';

export interface PlacedImageOptions {
  /** What an earlier build resolved it to. */
  readonly pinned?: string | undefined;
  readonly platform: Platform;
  readonly store: Store;
  readonly now: () => Date;
  readonly openPlace: (place: string) => Promise<ImageSource>;
  /** Ask what a tag is now, however short ago somebody asked. */
  readonly refresh?: boolean | undefined;
  /** What the image is for, in messages. */
  readonly role: 'run' | 'build';
}

/** Somebody's image, resolved to a digest. */
export interface PlacedImage {
  readonly image: Image;
  /** Of an image with a reference the canonical one, of any other what the user wrote. */
  readonly name: string;
  /** The name with the digest in place of the tag. */
  readonly reference: string;
  readonly reason: string;
}

interface Found {
  readonly image: Image;
  readonly reason: string;
}

/** The image at a place; what a tag was resolved to counts for a day. Throws RUN_IMAGE_NOT_FOUND when another one is pinned. */
export async function placedImage(place: Place, options: PlacedImageOptions): Promise<PlacedImage> {
  const { pinned, role } = options;
  const placeName = nameOf(place);
  const { name, withoutTag } = placeName;
  const pinnedTo = pinned === undefined ? undefined : pinnedDigest(pinned, placeName, role);
  const { image, reason } = await find(place, { ...options, pinnedTo });
  if (pinnedTo !== undefined && image.digest !== pinnedTo)
    throw notThatOne(name, { role, pinned: pinnedTo, found: image.digest });
  return { image, name, reference: `${withoutTag}@${image.digest}`, reason };
}

interface FindOptions extends PlacedImageOptions {
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
  const { platform, pinnedTo, store, now, openPlace, refresh = false } = options;
  const open = async (wanted: Reference): Promise<Image> => {
    const source = await openPlace(formatPlace({ kind: 'registry', reference: wanted }));
    return await source.resolve(platform);
  };
  if (pinnedTo !== undefined) return { image: await open({ ...reference, digest: pinnedTo }), reason: 'pinned' };
  if (reference.digest !== undefined) return { image: await open(reference), reason: 'named with its digest' };
  const key = `run-image ${formatReference(reference)} ${formatPlatform(platform)}`;
  const known = await store.resolutions.get(key);
  if (known !== undefined && !refresh && now().getTime() - known.at.getTime() < rememberedMs) {
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

function pinnedDigest(pinned: string, { name, withoutTag }: PlaceName, role: PlacedImageOptions['role']): Digest {
  const [, repository, digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(pinned) ?? [];
  if (digest !== undefined && repository === withoutTag) return parseDigest(digest);
  throw new TsbuildpackError(
    'RUN_IMAGE_NOT_FOUND',
    `Cannot use ${role} image "${name}": the pinned inputs have ${pinned}`,
    {
      hint: `Name the same ${role} image as in the build whose inputs these are, or build without them`,
    },
  );
}

function notThatOne(
  name: string,
  { role, pinned, found }: { readonly role: string; readonly pinned: Digest; readonly found: Digest },
): TsbuildpackError {
  return new TsbuildpackError(
    'RUN_IMAGE_NOT_FOUND',
    `Cannot use ${role} image "${name}": ${pinned} is pinned, there is ${found}`,
    {
      hint: 'Bring the pinned image back, or build without the pinned inputs',
    },
  );
}
