import * as v from 'valibot';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const descriptor = v.looseObject({ mediaType: v.string(), digest, size: v.number() });
const manifestSchema = v.looseObject({ schemaVersion: v.literal(2), config: descriptor, layers: v.array(descriptor) });
const indexSchema = v.looseObject({ manifests: v.array(descriptor) });
const configSchema = v.looseObject({
  os: v.string(),
  architecture: v.string(),
  rootfs: v.looseObject({ type: v.literal('layers'), diff_ids: v.array(digest) }),
});

/** The manifest in these bytes; undefined when they are something else. */
export function readManifest(bytes: Uint8Array): Manifest | undefined {
  const document = parse(bytes);
  // Checked as far as it is used; keys that we do not know stay.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return v.is(manifestSchema, document) ? (document as unknown as Manifest) : undefined;
}

/** The image config in these bytes; undefined when they are something else. */
export function readConfig(bytes: Uint8Array): ImageConfig | undefined {
  const document = parse(bytes);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return v.is(configSchema, document) ? (document as unknown as ImageConfig) : undefined;
}

/** Every blob that a manifest or index names. */
export function blobsNamedIn(bytes: Uint8Array): readonly Pick<Descriptor, 'digest' | 'mediaType' | 'size'>[] {
  const document = parse(bytes);
  if (v.is(manifestSchema, document)) return [document.config, ...document.layers].map(withDigest);
  return v.is(indexSchema, document) ? document.manifests.map(withDigest) : [];
}

function withDigest(found: v.InferOutput<typeof descriptor>): Pick<Descriptor, 'digest' | 'mediaType' | 'size'> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema has checked its form
  return { mediaType: found.mediaType, digest: found.digest as Digest, size: found.size };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
