import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { decompressed } from '../layer/decompress.ts';
import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { isDocker } from '../oci/media-types.ts';
import { parseImageConfig } from '../oci/parse-image-config.ts';
import { parseManifest } from '../oci/parse-manifest.ts';
import type { Image } from './image.ts';

/**
 * Everything about an image that can be computed again and is otherwise than it says: digests, sizes, diff IDs, documents against
 * their bytes, counts. Reads all layers. An empty list means that it is whole.
 */
export async function validateImage(image: Image): Promise<readonly string[]> {
  return [...documentProblems(image), ...countProblems(image), ...(await layerProblems(image))];
}

function documentProblems(image: Image): readonly string[] {
  const problems: string[] = [];
  const { manifest, mediaType } = image;
  const parsed = parseManifest(image.manifestBytes, { name: 'image', mediaType });
  if (parsed.kind !== 'manifest' || !isDeepStrictEqual(plain(parsed.manifest), plain(manifest))) {
    problems.push('the manifest is not what its bytes say');
  }
  if (digestOf(image.manifestBytes) !== image.digest) problems.push('the digest is not that of the manifest');
  const config: unknown = parseImageConfig(image.configBytes, 'image');
  if (!isDeepStrictEqual(plain(config), plain(image.config))) problems.push('the config is not what its bytes say');
  if (digestOf(image.configBytes) !== manifest.config.digest) problems.push('the manifest names another config');
  if (image.configBytes.length !== manifest.config.size) problems.push('the config has another size');
  if (isDocker(mediaType) !== isDocker(manifest.config.mediaType)) problems.push('the config is of another family');
  return problems;
}

/** Without keys whose value is undefined, which no bytes can hold. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function countProblems({ manifest, config, layers }: Image): readonly string[] {
  const problems: string[] = [];
  const diffIds = config.rootfs.diff_ids;
  if (manifest.layers.length !== layers.length) problems.push('the manifest has another number of layers');
  if (diffIds.length !== layers.length) problems.push('the config has another number of layers');
  const withLayer = config.history?.filter((entry) => entry.empty_layer !== true).length;
  if (withLayer !== undefined && withLayer > 0 && withLayer !== layers.length)
    problems.push('the history does not fit the layers');
  return problems;
}

async function layerProblems({ layers, manifest, config }: Image): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [index, layer] of layers.entries()) {
    const expected = { descriptor: manifest.layers[index], diffId: config.rootfs.diff_ids[index] };
    // One at a time: layers may be large, and memory is not.
    // oxlint-disable-next-line no-await-in-loop
    const found = await layerFacts(layer);
    problems.push(...compareLayer(layer, expected, found).map((problem) => `layer ${index}: ${problem}`));
  }
  return problems;
}

interface Expected {
  readonly descriptor: Descriptor | undefined;
  readonly diffId: string | undefined;
}

interface LayerFacts {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly diffId: string;
}

function compareLayer(layer: Layer, { descriptor, diffId }: Expected, found: LayerFacts): readonly string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [layer.digest === found.digest && descriptor?.digest === found.digest, `its bytes have the digest ${found.digest}`],
    [layer.sizeBytes === found.sizeBytes && descriptor?.size === found.sizeBytes, `it has ${found.sizeBytes} bytes`],
    [layer.diffId === found.diffId && diffId === found.diffId, `its tar has the digest ${found.diffId}`],
    [layer.mediaType === descriptor?.mediaType, `its media type is ${layer.mediaType}`],
  ];
  return checks.filter(([right]) => !right).map(([, problem]) => problem);
}

async function layerFacts(layer: Layer): Promise<LayerFacts> {
  const hash = createHash('sha256');
  const tarHash = createHash('sha256');
  let sizeBytes = 0;
  const stored: AsyncIterable<Buffer> = await layer.open();
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of stored) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }
  for await (const chunk of decompressed(counted())) tarHash.update(chunk);
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes, diffId: `sha256:${tarHash.digest('hex')}` };
}
