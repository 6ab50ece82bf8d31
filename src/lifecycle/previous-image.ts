import { defaultExecEnv } from '../cnb/exec-env.ts';
import {
  lifecycleMetadataLabel,
  parseLifecycleMetadata,
  type LayerRecord,
  type LifecycleMetadata,
} from '../cnb/lifecycle-metadata.ts';
import type { Image } from '../image/image.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import type { Scope } from '../store/scope.ts';
import type { Store } from '../store/store.ts';

/** The image that the last build of this scope made, as far as it can be read. */
export interface PreviousImage {
  readonly image: Image;
  readonly metadata: LifecycleMetadata;
}

/** An image without our label, or with one that cannot be read, counts as none (ANA-07). */
export function previousImageOf(image: Image | undefined): PreviousImage | undefined {
  const metadata = parseLifecycleMetadata(image?.config.config?.Labels?.[lifecycleMetadataLabel]);
  return image && metadata && { image, metadata };
}

/** Layers for one execution environment are not for another (ANA-15). */
export function isForExecEnv({ config }: Image, execEnv: string): boolean {
  return (config.config?.Labels?.['io.buildpacks.exec-env'] ?? defaultExecEnv) === execEnv;
}

/** What is recorded of one buildpack's layers; matched by ID, whatever the version (RST-09). */
export function previousLayersOf(
  previous: PreviousImage | undefined,
  buildpackId: string,
): Readonly<Record<string, LayerRecord>> {
  return previous?.metadata.buildpacks.find(({ key }) => key === buildpackId)?.layers ?? {};
}

export function previousLayer(previous: PreviousImage, record: LayerRecord): Layer | undefined {
  return previous.image.layers.find(({ diffId }) => diffId === record.sha);
}

const documentName = 'previous-image';

export async function readPreviousImage(scope: Scope, store: Store): Promise<PreviousImage | undefined> {
  const [digest = '', mediaType] = (await scope.document(documentName).read())?.toString().trim().split(' ') ?? [];
  if (!isDigest(digest) || mediaType === undefined) return undefined;
  return previousImageOf(await store.images.open(digest, { mediaType, elsewhere: baseLayer }));
}

export async function rememberPreviousImage(image: Image, scope: Scope, store: Store): Promise<void> {
  await store.images.keepDocuments(image);
  await scope.document(documentName).write(`${image.digest} ${image.mediaType}\n`);
}

/** Layers of the base are never taken from the previous image, so they need not be there. */
function baseLayer({ mediaType, digest, size }: Descriptor, diffId: Digest): Layer {
  const open = (): never => {
    throw new TsbuildpackError(
      'BLOB_CORRUPT',
      `Cannot read layer ${digest} of the previous image: it is not in the store`,
    );
  };
  return { mediaType, digest, diffId, sizeBytes: size, open };
}
