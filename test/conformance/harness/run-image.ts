import { editImage } from '../../../src/image/edit-image.ts';
import type { Image } from '../../../src/image/image.ts';
import { scratchImage } from '../../../src/image/scratch.ts';
import { createLayer } from '../../../src/layer/create-layer.ts';
import { contentEntry, directoryEntry } from '../../../src/layer/tar-entry.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { ScenarioRunImage } from './scenario.ts';

/** As users name it; in the layout it is index.docker.io/library/run/latest. */
export const runImageName = 'run';

const owner = { uid: 0, gid: 0 };

/** A tiny base of two layers: a shell's name, so that scripts find their interpreter, and the distribution. */
export async function runImage({
  env,
  labels,
  layer,
  architecture = 'amd64',
  variant,
  config,
}: ScenarioRunImage): Promise<Image> {
  const { blobs } = await openStore('/base', { report: () => {} });
  const options = { sink: blobs, name: 'base', report: () => {} };
  const bin = [directoryEntry('/bin', owner), contentEntry('/bin/sh', '', { ...owner, mode: 0o755 })];
  const etc = [contentEntry('/etc/os-release', 'ID=conformance\nVERSION_ID=1\n', owner)];
  return editImage(scratchImage({ os: 'linux', architecture, ...(variant !== undefined && { variant }) }), {
    created: '2024-05-06T07:08:09Z',
    layers: [
      { layer: await createLayer(bin, options), createdBy: 'shell' },
      { layer: await createLayer(etc, options), createdBy: 'distribution' },
      ...(layer === undefined
        ? []
        : [{ layer: await createLayer([contentEntry('/etc/more', layer, owner)], options), createdBy: 'more' }]),
    ],
    config: () => ({
      Env: env ?? ['PATH=/usr/local/bin:/usr/bin:/bin'],
      Labels: labels ?? {
        'io.buildpacks.base.distro.name': 'conformance',
        'io.buildpacks.base.distro.version': '1',
      },
      ...config,
    }),
  });
}
