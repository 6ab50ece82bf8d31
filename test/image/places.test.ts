import { describe, expect, test } from 'vitest';
import { copyImage } from '../../src/image/copy-image.ts';
import { editImage } from '../../src/image/edit-image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { amd64, dockerImage, exampleImage, fileLayer } from './example-image.ts';
import type { TestPlace } from './test-places.ts';
import { testPlaces } from './test-places.ts';

const context = { report: (): void => undefined };

/** What every place has to do: they all run through this. */
describe.each(testPlaces)('$name', (kind) => {
  const create = (): Promise<TestPlace> => kind.create();

  test.each([
    { title: 'an OCI image', image: exampleImage() },
    { title: 'a Docker image', image: dockerImage() },
    {
      title: 'an image with uncompressed layers',
      image: exampleImage({ layers: [fileLayer('app/x', 'x', mediaTypes.ociLayer)] }),
    },
    {
      title: 'an image with the same layer twice',
      image: exampleImage({ layers: [fileLayer('app/x', 'x'), fileLayer('app/x', 'x')] }),
    },
    {
      title: 'an image without layers',
      image: editImage(scratchImage(amd64), { created: '1980-01-01T00:00:01Z', layers: [] }),
    },
  ])('gives back $title, byte for byte', async ({ image }) => {
    const place = await create();
    const written = await place.sink('1').write(image, context);
    expect(written.digest).toBe(image.digest);
    const read = await place.source('1').resolve();
    expect(await validateImage(read)).toEqual([]);
    expect({ digest: read.digest, mediaType: read.mediaType }).toEqual({
      digest: image.digest,
      mediaType: image.mediaType,
    });
    expect(Buffer.from(read.manifestBytes).equals(image.manifestBytes)).toBe(true);
    expect(Buffer.from(read.configBytes).equals(image.configBytes)).toBe(true);
  });

  test('replaces an image of the same name, and takes the same one again', async () => {
    const place = await create();
    await place.sink('1').write(exampleImage({ content: 'old' }), context);
    const image = exampleImage({ content: 'new' });
    await place.sink('1').write(image, context);
    await place.sink('1').write(image, context);
    const read = await place.source('1').resolve();
    expect(read.digest).toBe(image.digest);
    expect(await validateImage(read)).toEqual([]);
  });

  test('says that there is no image of a name', async () => {
    const place = await create();
    await place.sink('1').write(exampleImage(), context);
    await expect(place.source('nope').resolve()).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      hint: expect.stringMatching(/\w/),
    });
  });

  test('says so when the image is for another platform', async () => {
    const place = await create();
    await place.sink('1').write(exampleImage(), context);
    expect((await place.source('1').resolve(amd64)).config.architecture).toBe('amd64');
    await expect(place.source('1').resolve({ os: 'linux', architecture: 's390x' })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      detail: 'There is: linux/amd64',
    });
  });

  test('leaves nothing under the name when a layer breaks off', async () => {
    const place = await create();
    const image = exampleImage();
    const broken = {
      ...image,
      layers: image.layers.map((layer) => ({ ...layer, open: () => Promise.reject(new Error('the layer broke')) })),
    };
    await expect(place.sink('1').write(broken, context)).rejects.toThrow('the layer broke');
    await expect(place.source('1').resolve()).rejects.toThrow(expect.objectContaining({ code: expect.any(String) }));
  });

  test.each(testPlaces)('takes an image from $name with the same digest', async (other) => {
    const from = await other.create();
    const to = await create();
    const image = exampleImage();
    await from.sink('1').write(image, context);
    const written = await copyImage(from.source('1'), to.sink('2'), context);
    expect(written.digest).toBe(image.digest);
    expect(await validateImage(await to.source('2').resolve())).toEqual([]);
  });
});

describe.each(testPlaces.filter(({ holdsMany }) => holdsMany))('$name', (kind) => {
  test('keeps an image when another one comes under another tag', async () => {
    const place = await kind.create();
    const images = ['1', '2'].map((content) => exampleImage({ content }));
    await place.sink('1').write(images[0]!, context);
    await place.sink('2').write(images[1]!, context);
    await place.sink('again').write(images[0]!, context);
    const read = await Promise.all(['1', '2', 'again'].map((tag) => place.source(tag).resolve()));
    expect(read.map(({ digest }) => digest)).toEqual([images[0]!.digest, images[1]!.digest, images[0]!.digest]);
  });
});
