import type { Report } from '../events.ts';
import { editImage } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import { scratchImage } from '../image/scratch.ts';
import { compressionId } from '../layer/compressor.ts';
import { createLayer } from '../layer/create-layer.ts';
import type { Layer } from '../layer/layer.ts';
import type { ContainerConfig } from '../oci/image-config.ts';
import type { Platform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';
import type { Stack } from './load-stack.ts';
import { stackEntries } from './stack-entries.ts';

export interface StackImageOptions {
  readonly platform: Platform;
  readonly store: Pick<Store, 'blobs' | 'layers'>;
  readonly report: Report;
}

/** The same time for every image, as the reference lifecycle has it. */
const created = '1980-01-01T00:00:01Z';

/** The run image of a stack. Its layer is made once and kept in the store; equal stacks give equal digests on any machine. */
export async function stackImage(stack: Stack, { platform, store, report }: StackImageOptions): Promise<Image> {
  const layers = stack.document.run.from === 'scratch' ? [] : [await stackLayer(stack, store, report)];
  return editImage(scratchImage(platform), {
    created,
    layers: layers.map((layer) => ({ layer, createdBy: `tsbuildpack stack ${stack.name}` })),
    config: () => containerConfig(stack),
  });
}

async function stackLayer(stack: Stack, { blobs, layers }: StackImageOptions['store'], report: Report): Promise<Layer> {
  const key = `stack ${stack.digest} ${compressionId('gzip')}`;
  const known = await layers.lookup(key);
  if (known !== undefined) return blobs.layer(known);
  const made = await createLayer(stackEntries(stack), { sink: blobs, name: `stack ${stack.name}`, report });
  const { diffId, digest, mediaType, sizeBytes } = made;
  await layers.remember(key, { diffId, digest, mediaType, sizeBytes });
  return blobs.layer(made);
}

/** Labels: https://github.com/buildpacks/spec/blob/main/platform.md#target-data */
function containerConfig({ name, document }: Stack): ContainerConfig {
  const { uid, gid, env } = document.run;
  return {
    User: `${uid}:${gid}`,
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    Labels: {
      'io.buildpacks.base.description': document.description,
      'io.buildpacks.base.id': `tsbuildpack/stack/${name}`,
      'io.buildpacks.rebasable': 'true',
      'io.buildpacks.stack.id': `tsbuildpack.stacks.${name}`,
    },
  };
}
