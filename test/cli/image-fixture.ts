import { Readable } from 'node:stream';
import { editImage } from '../../src/image/edit-image.ts';
import { layoutSink } from '../../src/image/layout-place.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { ContainerConfig } from '../../src/oci/image-config.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { tarOf } from '../layer/support/hostile-tar.ts';

/** Writes an image of one layer to an OCI layout, with the tag `latest`. */
export async function writeLayout(
  directory: string,
  entries: readonly TarEntry[],
  config: ContainerConfig,
): Promise<void> {
  const bytes = tarOf(entries);
  const digest = digestOf(bytes);
  const layer = {
    mediaType: mediaTypes.ociLayer,
    digest,
    diffId: digest,
    sizeBytes: bytes.length,
    open: async () => Readable.from([bytes], { objectMode: false }),
  };
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const image = editImage(scratchImage({ os: 'linux', architecture }), {
    created: '1980-01-01T00:00:01Z',
    layers: [{ layer, createdBy: 'the tests' }],
    config: () => config,
  });
  await layoutSink({ directory, tags: ['latest'] }).write(image, { report: () => undefined });
}
