import { array, check, is, looseObject, nullish, string, pipe, minLength } from 'valibot';
import { TsbuildpackError } from '../errors.ts';
import type { Layer } from '../layer/layer.ts';
import { canonicalJson } from '../oci/canonical-json.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { parseImageConfig } from '../oci/parse-image-config.ts';
import { parseManifest } from '../oci/parse-manifest.ts';
import type { Platform } from '../oci/platform.ts';
import { sameReference } from '../registry/reference.ts';
import type { ArchiveOrigin } from './archive-contents.ts';
import { ArchiveContents } from './archive-contents.ts';
import type { TopDocument } from './image-from.ts';
import { imageFrom } from './image-from.ts';
import type { Image } from './image.ts';
import { blobPath } from './layout-archive.ts';
import { chooseImage, indexBytes, layoutFile } from './layout-index.ts';
import type { ImageSource } from './place.ts';

export interface ArchiveSourceOptions extends ArchiveOrigin {
  /** A tag or whole reference; needed when there are several images. */
  readonly tag?: string | undefined;
}

/** An image in a tar that `docker save`, `podman save`, skopeo, BuildKit or we have made, compressed or not. */
export function archiveSource(options: ArchiveSourceOptions): ImageSource {
  const { name, tag } = options;
  return {
    async resolve(platform?: Platform): Promise<Image> {
      const contents = await ArchiveContents.read(options);
      const layer = (descriptor: Descriptor, diffId: Digest): Layer => archivedLayer(contents, descriptor, diffId);
      if (contents.file(layoutFile) !== undefined && contents.file('index.json') !== undefined) {
        const top = layoutDocument(contents, tag, name);
        const readDocument = async (descriptor: Descriptor): Promise<Uint8Array> =>
          contents.document(blobPath(descriptor.digest));
        return imageFrom(top, { name, readDocument, layer }, platform);
      }
      if (contents.file('manifest.json') === undefined) {
        throw invalid(name, 'it has neither an OCI index.json nor a manifest.json of Docker');
      }
      const { manifestBytes, configBytes } = dockerDocuments(contents, tag, name);
      const readDocument = async (): Promise<Uint8Array> => configBytes;
      return imageFrom({ bytes: manifestBytes, mediaType: undefined }, { name, readDocument, layer }, platform);
    },
  };
}

function layoutDocument(contents: ArchiveContents, tag: string | undefined, name: string): TopDocument {
  const document = parseManifest(contents.document('index.json'), { name });
  if (document.kind !== 'index') throw invalid(name, 'its index.json is no index');
  const chosen = chooseImage(document.index, tag, name);
  if ('manifests' in chosen) return { bytes: indexBytes(chosen), mediaType: undefined };
  return { bytes: contents.document(blobPath(chosen.digest)), mediaType: chosen.mediaType };
}

function archivedLayer(contents: ArchiveContents, { mediaType, digest, size }: Descriptor, diffId: Digest): Layer {
  return {
    mediaType,
    digest,
    diffId,
    sizeBytes: size,
    open: () => contents.openBlob(digest),
    fetchFile: () => contents.blobFile(digest),
  };
}

/** https://github.com/moby/moby/blob/v20.10.24/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format */
const dockerEntry = looseObject({
  Config: string(),
  RepoTags: nullish(array(string())),
  Layers: nullish(array(string())),
});
const dockerEntries = pipe(
  array(dockerEntry),
  minLength(1),
  check((entries) => entries.length <= 1000),
);

interface DockerEntry {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly Layers?: readonly string[] | null | undefined;
}

/** Docker's archives have no manifest in the sense of a registry: it is made of what is there. */
function dockerDocuments(
  contents: ArchiveContents,
  tag: string | undefined,
  name: string,
): { readonly manifestBytes: Uint8Array; readonly configBytes: Uint8Array } {
  const entry = chooseEntry(dockerManifest(contents, name), tag, name);
  const configBytes = contents.document(entry.Config);
  const diffIds = parseImageConfig(configBytes, name).rootfs.diff_ids;
  const layers = (entry.Layers ?? []).map((path, index) =>
    dockerLayer(contents, { path, diffId: diffIds[index] }, name),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: mediaTypes.dockerConfig, digest: digestOf(configBytes), size: configBytes.length },
    layers,
  };
  return { manifestBytes: Buffer.from(canonicalJson(manifest)), configBytes };
}

function dockerManifest(contents: ArchiveContents, name: string): readonly DockerEntry[] {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(contents.document('manifest.json')).toString('utf8'));
  } catch {
    throw invalid(name, 'its manifest.json is no JSON');
  }
  if (!is(dockerEntries, document)) throw invalid(name, 'its manifest.json does not list images');
  return document;
}

function chooseEntry(entries: readonly DockerEntry[], tag: string | undefined, name: string): DockerEntry {
  const found = tag === undefined ? entries : entries.filter((entry) => entry.RepoTags?.some((one) => isTag(one, tag)));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const there = entries.flatMap((entry) => entry.RepoTags ?? [entry.Config]);
  const wanted = tag === undefined ? 'which image is meant' : `an image named "${tag}"`;
  throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot tell ${wanted} in "${name}"`, {
    detail: `There is: ${there.slice(0, 50).join(', ')}`,
    hint: 'Write the name of one behind the path, after a colon',
  });
}

function isTag(there: string, wanted: string): boolean {
  if (there === wanted || there.endsWith(`:${wanted}`)) return true;
  try {
    return sameReference(there, wanted);
  } catch {
    return false;
  }
}

function dockerLayer(
  contents: ArchiveContents,
  { path, diffId }: { readonly path: string; readonly diffId: Digest | undefined },
  name: string,
): Descriptor {
  const file = contents.file(path);
  if (file === undefined) throw invalid(name, `its layer "${path}" is missing`);
  if (file.compression === 'zstd')
    throw invalid(name, `its layer "${path}" is compressed with zstd, which Docker's format does not have`);
  if (file.compression === 'none' && file.digest !== diffId)
    throw invalid(name, `its layer "${path}" is not the one of the config`);
  const mediaType = file.compression === 'gzip' ? mediaTypes.dockerLayerGzip : mediaTypes.dockerLayer;
  return { mediaType, digest: file.digest, size: file.sizeBytes };
}

function invalid(name: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read an image from "${name}": ${problem}`);
}
