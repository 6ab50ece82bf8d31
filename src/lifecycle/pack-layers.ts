import type { Image } from '../image/image.ts';
import { compressionOf } from '../oci/media-types.ts';
import type { Report } from '../events.ts';
import type { Layer } from '../layer/layer.ts';
import { createLayer } from '../layer/create-layer.ts';
import { diffIdOf } from '../layer/diff-id.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import type { Blobs } from '../store/blobs.ts';
import type { LayerRecords } from '../store/layer-records.ts';

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
 * A layer that had this name before is hashed first: if it is still the same, its compressed blob is taken again. Only what
 * is new or changed is compressed.
 */
export function layerPacker(options: PackLayersOptions): PackLayer {
  const { blobs, records, reusable, compression, format, report, signal } = options;
  return async ({ name, createdBy, entries }) => {
    const key = `${name} ${compression} ${format}`;
    const last = await records.lookup(key);
    const current = last || reusable ? await diffIdOf(entries(), signal) : undefined;
    const known =
      last && last.diffId === current
        ? blobs.layer(last)
        : reusable?.layers.find(
            ({ diffId, mediaType }) => diffId === current && compressionOf(mediaType) === compression,
          );
    if (known) {
      report({ type: 'layer', name, action: 'reused', diffId: known.diffId, sizeBytes: known.sizeBytes });
      return { name, createdBy, layer: known, action: 'reused' };
    }
    const layer = await createLayer(entries(), { sink: blobs, name, report, compression, format, signal });
    const { diffId, digest, mediaType, sizeBytes } = layer;
    await records.remember(key, { diffId, digest, mediaType, sizeBytes });
    report({ type: 'layer', name, action: 'made', diffId, sizeBytes });
    return { name, createdBy, layer, action: 'made' };
  };
}
