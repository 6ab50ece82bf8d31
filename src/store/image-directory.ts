import { readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { TsbuildpackError } from '../errors.ts';
import { syncDir, writeFileAtomic } from '../fs/atomic-file.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Blobs } from './blobs.ts';
import { documentFile, parseStored } from './documents.ts';
import { readConfig, readManifest } from './image-documents.ts';
import { inStore, storeError } from './store-error.ts';
import type { StoreLayout } from './store-layout.ts';
import type { UseTimes } from './use-times.ts';
import type { NamedImage, OpenImageOptions, StorableImage, StoredImages } from './stored-images.ts';

export interface ImageDirectoryParts {
  readonly layout: StoreLayout;
  readonly blobs: Blobs;
  readonly uses: UseTimes;
  readonly now: () => Date;
}

const recordSchema = v.object({
  name: v.string(),
  digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/), v.transform(parseDigest)),
  mediaType: v.string(),
  platform: v.object({ os: v.string(), architecture: v.string(), variant: v.optional(v.string()) }),
  sizeBytes: v.number(),
  storedAt: v.pipe(v.string(), v.isoTimestamp()),
});

/** Named images: one document each, whose file is named after a hash of the name and is replaced at once. */
export class ImageDirectory implements StoredImages {
  readonly #layout: StoreLayout;
  readonly #blobs: Blobs;
  readonly #uses: UseTimes;
  readonly #now: () => Date;

  constructor({ layout, blobs, uses, now }: ImageDirectoryParts) {
    this.#layout = layout;
    this.#blobs = blobs;
    this.#uses = uses;
    this.#now = now;
  }

  async put(name: string, image: StorableImage): Promise<NamedImage> {
    await this.keepDocuments(image);
    for (const layer of image.layers) await this.#blobs.put(layer.digest, async () => await layer.open());
    return await inStore(
      this.#layout.dir,
      async () => await this.#uses.betweenSweeps(async () => await this.#name(name, image)),
    );
  }

  async #name(name: string, image: StorableImage): Promise<NamedImage> {
    const known = this.#record(documentFile(name));
    if (known?.digest === image.digest && known.mediaType === image.mediaType) {
      this.#touch(name);
      return known;
    }
    const layerBytes = image.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
    const { os, architecture, variant } = image.config;
    const named: NamedImage = {
      name,
      digest: image.digest,
      mediaType: image.mediaType,
      platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
      sizeBytes: image.manifestBytes.length + image.configBytes.length + layerBytes,
      storedAt: this.#now(),
    };
    const file = this.#file(name);
    await syncDir(this.#layout.blobs);
    await writeFileAtomic(file, `${JSON.stringify(named)}\n`);
    utimesSync(file, named.storedAt, named.storedAt);
    await syncDir(this.#layout.images);
    return named;
  }

  async keepDocuments(image: StorableImage): Promise<void> {
    const manifest = await this.#blobs.putBytes(image.manifestBytes);
    const config = await this.#blobs.putBytes(image.configBytes);
    if (manifest !== image.digest || config !== image.manifest.config.digest) {
      throw new TsbuildpackError(
        'IMAGE_INVALID',
        `Cannot store image ${image.digest}: its digest is not that of its documents`,
      );
    }
  }

  async get(name: string): Promise<StorableImage | undefined> {
    const named = this.#record(documentFile(name));
    if (named === undefined) return undefined;
    const image = await this.open(named.digest, named);
    if (image === undefined) {
      throw new TsbuildpackError(
        'BLOB_CORRUPT',
        `Cannot read image "${name}" of the store: blobs of ${named.digest} are missing`,
        {
          hint: `Build it again, or remove it: tsbuildpack remove ${name}`,
        },
      );
    }
    this.#touch(name);
    return image;
  }

  async list(): Promise<readonly NamedImage[]> {
    return readdirSync(this.#layout.images)
      .map((file) => this.#record(file))
      .filter((named) => named !== undefined)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async remove(name: string): Promise<boolean> {
    if (this.#record(documentFile(name)) === undefined) return false;
    await inStore(this.#layout.dir, async () => rmSync(this.#file(name), { force: true }));
    return true;
  }

  async open(digest: Digest, { mediaType, elsewhere }: OpenImageOptions): Promise<StorableImage | undefined> {
    const manifestBytes = await this.#blobs.read(digest);
    const manifest = manifestBytes && readManifest(manifestBytes);
    const configBytes = manifest && (await this.#blobs.read(manifest.config.digest));
    const config = configBytes && readConfig(configBytes);
    if (!manifestBytes || !manifest || !configBytes || !config) return undefined;
    const layers = await this.#layers(manifest, config.rootfs.diff_ids, elsewhere);
    if (layers === undefined) return undefined;
    return { digest, mediaType, manifest, manifestBytes, config, configBytes, layers };
  }

  /** All layers, or undefined when one is nowhere. */
  async #layers(
    manifest: Manifest,
    diffIds: readonly Digest[],
    elsewhere: OpenImageOptions['elsewhere'],
  ): Promise<readonly Layer[] | undefined> {
    const layers: Layer[] = [];
    for (const [index, descriptor] of manifest.layers.entries()) {
      const diffId = diffIds[index];
      const layer = diffId && ((await this.#stored(descriptor, diffId)) ?? elsewhere?.(descriptor, diffId));
      if (!layer) return undefined;
      layers.push(layer);
    }
    return layers;
  }

  async #stored({ mediaType, digest, size }: Descriptor, diffId: Digest): Promise<Layer | undefined> {
    if (!(await this.#blobs.has(digest))) return undefined;
    return this.#blobs.layer({ mediaType, digest, diffId, sizeBytes: size });
  }

  /** Notes the use. The name may be gone by now. */
  #touch(name: string): void {
    const now = this.#now();
    try {
      utimesSync(this.#file(name), now, now);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, this.#layout.dir);
    }
  }

  #file(name: string): string {
    return join(this.#layout.images, documentFile(name));
  }

  #record(file: string): NamedImage | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(this.#layout.images, file));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    const found = v.safeParse(recordSchema, parseStored(bytes));
    if (!found.success) return undefined;
    const { platform, storedAt, ...rest } = found.output;
    const { os, architecture, variant } = platform;
    return {
      ...rest,
      platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
      storedAt: new Date(storedAt),
    };
  }
}
