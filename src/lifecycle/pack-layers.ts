import type { Image } from '../image/image.ts';
import { compressionOf } from '../oci/media-types.ts';
import type { Report } from '../events.ts';
import type { Layer } from '../layer/layer.ts';
import { compressionId, type LayerCompression } from '../layer/compressor.ts';
import { createLayer } from '../layer/create-layer.ts';
import type { PreviousLayer } from '../layer/previous-layer.ts';
import { diffIdOf } from '../layer/diff-id.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import type { Blobs } from '../store/blobs.ts';
import type { LayerRecord, LayerRecords } from '../store/layer-records.ts';

/** A layer of the new image, with what people and labels know of it. */
export interface ExportedLayer {
  /** `<buildpack id>:<layer>`, or what it is: `application`, `launcher`. */
  readonly name: string;
  /** For the image's history. */
  readonly createdBy: string;
  readonly layer: Layer;
  readonly action: 'made' | 'reused';
}

export interface PackLayersOptions {
  readonly blobs: Blobs;
  /** What each name became in the last build of this scope. */
  readonly records: LayerRecords;
  /** Its layers are taken again where they are the same, with the bytes that they have there (EXP-23, EXP-24). */
  readonly reusable?: Pick<Image, 'layers'> | undefined;
  readonly compression: 'gzip' | 'none';
  readonly format: 'oci' | 'docker';
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface LayerToPack {
  readonly name: string;
  readonly createdBy: string;
  /** Lists the entries anew each time. */
  readonly entries: () => Iterable<TarEntry>;
}

/** Packs one layer after the other into the store. */
export type PackLayer = (layer: LayerToPack) => Promise<ExportedLayer>;

/**
 * A layer that had this name before is compared block by block: what is still the same keeps its compressed bytes, and if all is, the
 * blob is taken again. Only what is new or changed is compressed.
 */
export function layerPacker(options: PackLayersOptions): PackLayer {
  const { blobs, records, reusable, compression, format, report, signal } = options;
  return async ({ name, createdBy, entries }) => {
    const key = `${name} ${compression} ${format}`;
    const last = await records.lookup(key);
    const previous = last && (await previousLayer(last, options));
    const reused = (layer: Layer): ExportedLayer => {
      report({ type: 'layer', name, action: 'reused', diffId: layer.diffId, sizeBytes: layer.sizeBytes });
      return { name, createdBy, layer, action: 'reused' };
    };
    // Whose blocks are not known is read and hashed first, a small part of what packing costs.
    const current = reusable || (last && !previous) ? await diffIdOf(entries(), signal) : undefined;
    if (last && last.diffId === current) return reused(blobs.layer(last));
    const found = reusable?.layers.find(
      ({ diffId, mediaType }) => diffId === current && compressionOf(mediaType) === compression,
    );
    if (found) return reused(found);
    const layer = await createLayer(entries(), { sink: blobs, name, report, compression, format, previous, signal });
    if (last && layer.digest === last.digest) return reused(blobs.layer(last));
    const { diffId, digest, mediaType, sizeBytes, blocks: list } = layer;
    await records.remember(key, {
      diffId,
      digest,
      mediaType,
      sizeBytes,
      blocks: { madeBy: madeBy(compression), list },
    });
    report({ type: 'layer', name, action: 'made', diffId, sizeBytes });
    return { name, createdBy, layer, action: 'made' };
  };
}

/** Undefined when its blocks are not known, were made in another way, or its blob is not there as it was written. */
async function previousLayer(
  { blocks, ...facts }: LayerRecord,
  { blobs, compression }: PackLayersOptions,
): Promise<PreviousLayer | undefined> {
  if (blocks?.madeBy !== madeBy(compression)) return undefined;
  const file = await blobs.file(facts.digest);
  return file === undefined ? undefined : { ...facts, blocks: blocks.list, file };
}

/** Another zlib may compress the same block to other bytes. */
function madeBy(compression: LayerCompression): string {
  return `${compressionId(compression)} ${process.versions.zlib}`;
}
