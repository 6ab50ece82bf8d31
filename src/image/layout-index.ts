import { TsbuildpackError } from '../errors.ts';
import { canonicalJson } from '../oci/canonical-json.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageIndex } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Image } from './image.ts';
import { platformOf } from './image-from.ts';

/** https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export const layoutFile = 'oci-layout';
export const layoutContent: string = '{"imageLayoutVersion":"1.0.0"}';

const refName = 'org.opencontainers.image.ref.name';

export const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };

/** The index with an image under these names, or without any; who had one of them loses it, everything else stays where it is. */
export function withImage(index: ImageIndex, image: Image, names: readonly string[]): ImageIndex {
  const facts = entryOf(image);
  const entries = new Map(names.map((name) => [name, { ...facts, annotations: { [refName]: name } }]));
  const kept = index.manifests.flatMap((entry) => {
    const name = nameOf(entry);
    const replacement = name === undefined ? undefined : entries.get(name);
    if (name === undefined || replacement === undefined) return [entry];
    entries.delete(name);
    return [replacement];
  });
  return { ...index, manifests: [...kept, ...(names.length === 0 ? [facts] : entries.values())] };
}

/** The index with images for several platforms under one name, in place of what had it. */
export function withPlatforms(index: ImageIndex, images: readonly Image[], name: string): ImageIndex {
  const kept = index.manifests.filter((entry) => nameOf(entry) !== name);
  const annotations = { [refName]: name };
  return { ...index, manifests: [...kept, ...images.map((image) => ({ ...entryOf(image), annotations }))] };
}

/** An index of its own, as registries have it for images for several platforms. */
export function platformIndex(images: readonly Image[]): ImageIndex {
  return { ...emptyIndex, manifests: images.map(entryOf) };
}

function entryOf({ digest, mediaType, manifestBytes, config }: Image): Descriptor {
  return { mediaType, digest, size: manifestBytes.length, platform: platformOf(config) };
}

export function indexBytes(index: ImageIndex): Buffer {
  return Buffer.from(canonicalJson(index));
}

/**
 * The image that a tag or reference names; without one, all there is: the platform then decides, or there is just one.
 * Throws IMAGE_NOT_FOUND with what there is.
 */
export function chooseImage(index: ImageIndex, tag: string | undefined, place: string): ImageIndex | Descriptor {
  const found = tag === undefined ? index.manifests : index.manifests.filter((entry) => isNamed(entry, tag));
  const [first] = found;
  const different = new Set(found.map(({ digest }) => digest));
  if (first !== undefined && different.size === 1) return first;
  const names = index.manifests.map((entry) => nameOf(entry) ?? entry.digest);
  if (first === undefined) {
    const what = tag === undefined ? 'no image' : `no image named "${tag}"`;
    throw notFound(`Cannot find an image in "${place}": there is ${what}`, names);
  }
  // Images of one name are one image for several platforms; with names of their own they are several.
  const ownNames = new Set(found.map(nameOf));
  if (ownNames.size === 1 && found.every((entry) => entry.platform !== undefined))
    return { ...index, manifests: found };
  throw notFound(`Cannot tell which image of "${place}" is meant: there are ${different.size}`, names);
}

function notFound(message: string, names: readonly string[]): TsbuildpackError {
  return new TsbuildpackError('IMAGE_NOT_FOUND', message, {
    ...(names.length === 0 ? {} : { detail: `There is: ${names.slice(0, 50).join(', ')}` }),
    hint: 'Write the name of one behind the path, after a colon',
  });
}

function nameOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[refName];
}

/** Some tools write the tag alone, some the whole reference, and containerd puts that into an annotation of its own. */
function isNamed(entry: Descriptor, wanted: string): boolean {
  const names = [nameOf(entry), entry.annotations?.['io.containerd.image.name']];
  return names.some((name) => name === wanted || tagOf(name) === wanted) || entry.digest === wanted;
}

function tagOf(name: string | undefined): string | undefined {
  return /:([^/:]+)$/.exec(name ?? '')?.[1];
}
