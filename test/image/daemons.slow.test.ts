import { describe, expect, test } from 'vitest';
import { daemonSink, daemonSource } from '../../src/image/daemon-place.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';
import { greeting, helloImage } from './hello-image.ts';
import { startDockerd, startPodmanService } from './real-daemon.ts';

const context = { report: (): void => undefined };

describe.each([
  { name: 'dockerd', start: startDockerd },
  { name: 'podman system service', start: startPodmanService },
])('$name', ({ start }) => {
  test.each(['hello', 'registry.example/team/hello:1.0'])('takes %s, runs it and gives it back', async (text) => {
    const { host, docker } = await start();
    const env = { DOCKER_HOST: host };
    const reference = parseReference(text);
    const image = helloImage();
    const written = await daemonSink({ reference, env }).write(image, context);
    expect(written.digest).toBe(image.digest);
    expect(docker('run', '--rm', '--network', 'none', text)).toBe(`${greeting}\n`);

    const read = await daemonSource({ reference, env, blobs: await openFolderBlobStore() }).resolve();
    expect(await validateImage(read)).toEqual([]);
    expect(read.manifest.config.digest).toBe(image.manifest.config.digest);
    expect(read.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
  });

  test('says that it has no image of a name, and that a broken one was refused', async () => {
    const { host } = await start();
    const env = { DOCKER_HOST: host };
    const reference = parseReference('nope');
    await expect(daemonSource({ reference, env, blobs: await openFolderBlobStore() }).resolve()).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    const image = helloImage();
    const [first, second] = image.layers;
    const swapped = {
      ...image,
      layers: [{ ...first!, open: () => second!.open(), sizeBytes: second!.sizeBytes }, second!],
    };
    await expect(daemonSink({ reference, env }).write(swapped, context)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
  });
});
