import { describe, expect, test } from 'vitest';
import type { RunImageNames } from '../../src/cnb/run-toml.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import type { Image } from '../../src/image/image.ts';
import { parsedName } from '../../src/platform/phases/phase-images.ts';
import { bestName } from '../../src/platform/phases/run-image-choice.ts';
import { amd64 } from '../image/example-image.ts';

const [image, ...mirrors] = ['a.example/run:1', 'b.example/run:1', 'no//name', 'c.example/run:1'] as const;

/** Which is taken for an image of this name when these cannot be read. */
async function taken(
  output: string,
  unreadable: readonly string[] = [],
  names: RunImageNames = { image, mirrors },
): Promise<string> {
  const open = (name: string): Promise<Image | undefined> => {
    parsedName(name);
    if (unreadable.includes(name)) return Promise.reject(new Error(`Cannot read ${name}`));
    return Promise.resolve(scratchImage(amd64));
  };
  return await bestName(names, parsedName(output).registry, { kind: 'registry', open });
}

describe('bestName()', () => {
  test.each([
    { row: 'RUN-02 on the registry of the output', output: 'c.example/app', unreadable: [], name: 'c.example/run:1' },
    { row: 'RUN-02 none there: the first', output: 'd.example/app', unreadable: [], name: image },
    {
      row: 'RUN-02 none there: the first that can be read',
      output: 'd.example/app',
      unreadable: [image],
      name: 'b.example/run:1',
    },
    {
      row: 'RUN-03 the near one cannot be read',
      output: 'c.example/app',
      unreadable: ['c.example/run:1'],
      name: image,
    },
    {
      row: 'RUN-04 what is no name is passed over',
      output: 'd.example/app',
      unreadable: [image, 'b.example/run:1'],
      name: 'c.example/run:1',
    },
  ])('$row', async ({ output, unreadable, name }) => {
    expect(await taken(output, unreadable)).toBe(name);
  });

  test.each(['me/app', 'docker.io/me/app', 'index.docker.io/me/app'])(
    'RUN-05 Docker Hub is one registry: %s',
    async (output) => {
      for (const hub of ['me/run', 'docker.io/me/run:1', 'index.docker.io/library/run']) {
        expect(await taken(output, [], { image, mirrors: [hub] })).toBe(hub);
      }
    },
  );

  test('RUN-02 none that can be read is wrong input', async () => {
    const all = [image, ...mirrors];
    await expect(taken('c.example/app', all)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(image),
    });
  });
});
