import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatLifecycleMetadata, parseLifecycleMetadata } from '../../src/cnb/lifecycle-metadata.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { registrySink, registrySource } from '../../src/image/registry-place.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { rebaseImages, type RebaseImagesOptions } from '../../src/platform/rebase-images.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fileLayer } from '../image/example-image.ts';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const label = 'io.buildpacks.lifecycle.metadata';
const created = '1980-01-01T00:00:01Z';
const report = (): void => undefined;

function base(content: string, architecture = 'amd64'): Image {
  const layers = [{ layer: fileLayer('etc/base', content), createdBy: 'base' }];
  return editImage(scratchImage({ os: 'linux', architecture }), { created, layers });
}

function app(on: Image, names: { readonly image: string; readonly mirrors: readonly string[] }): Image {
  const sha = { sha: '' };
  const metadata = formatLifecycleMetadata({
    app: [],
    buildpacks: [],
    config: sha,
    launcher: sha,
    'process-types': sha,
    runImage: { topLayer: on.layers.at(-1)?.diffId ?? '', reference: 'x', ...names },
    stack: { runImage: names },
  });
  const layers = [{ layer: fileLayer('workspace/a', 'a'), createdBy: 'Application Layer' }];
  return editImage(on, {
    created,
    layers,
    config: () => ({ Env: ['CNB_PLATFORM_API=0.15'], Labels: { [label]: metadata } }),
  });
}

async function rebased(
  options: Pick<RebaseImagesOptions, 'force'> & { readonly newBase: Image },
): Promise<{ readonly image: Image; readonly host: string }> {
  const { host } = await startMemoryRegistry();
  const dir = temporaryDirectory('rebase');
  const client = createRegistryClient({ env: { HOME: dir } });
  const place = (name: string): { reference: ReturnType<typeof parseReference>; client: typeof client } => ({
    reference: parseReference(`${host}/${name}`),
    client,
  });
  const names = { image: 'registry.example/run', mirrors: [`${host}/mirror`] };
  await registrySink(place('app')).write(app(base('old'), names), { report });
  await registrySink(place('mirror')).write(options.newBase, { report });
  const store = await openStore(join(dir, 'store'), { report });
  try {
    const surroundings = {
      cwd: dir,
      env: { HOME: dir },
      report,
      now: () => new Date(0),
      signal: new AbortController().signal,
    };
    const wish = {
      images: [`docker://${host}/app`],
      runImage: `docker://${host}/mirror`,
      force: options.force,
      dryRun: false,
    };
    await rebaseImages(wish, { store, surroundings });
    return { image: await registrySource({ ...place('app'), blobs: store.blobs }).resolve(), host };
  } finally {
    store.close();
  }
}

test('a run image that is named as the place of a mirror is the one that the label knows [RBS-06] [RBS-09]', async () => {
  const { image, host } = await rebased({ newBase: base('new'), force: false });
  const metadata = parseLifecycleMetadata(image.config.config?.Labels?.[label]);
  expect(metadata?.runImage).toMatchObject({ image: 'registry.example/run', mirrors: [`${host}/mirror`] });
  expect(metadata?.runImage.topLayer).toBe(base('new').layers[0]?.diffId);
});

test('a run image for another processor is taken by force alone [RBS-05] [RBS-11]', async () => {
  const newBase = base('new', 'arm64');
  await expect(rebased({ newBase, force: false })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  const { image } = await rebased({ newBase, force: true });
  expect(image.config.architecture).toBe('arm64');
});
