import { describe, expect, test } from 'vitest';
import { TsbuildpackError, type ErrorCode } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { resolveMirrored } from '../../src/platform/run-image-mirrors.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { imageFiles } from '../../src/stack/image-files.ts';
import type { RunImage } from '../../src/stack/run-image.ts';
import { amd64 } from '../image/example-image.ts';

const wish = {
  kind: 'image',
  place: 'a.example/run:1',
  mirrors: ['b.example/run:1', 'c.example/other/run:1'],
} as const;

/** What is taken when these places fail in this way. */
async function taken(options: {
  readonly registry?: string;
  readonly pinned?: string;
  readonly failing?: Readonly<Record<string, ErrorCode>>;
  readonly mirrors?: readonly string[];
}): Promise<{ readonly runImage: RunImage; readonly tried: readonly string[]; readonly events: readonly Event[] }> {
  const { registry, pinned, failing = {}, mirrors = wish.mirrors } = options;
  const tried: string[] = [];
  const events: Event[] = [];
  const resolve = async (place: string): Promise<RunImage> => {
    tried.push(place);
    const code = failing[place];
    if (code !== undefined) throw new TsbuildpackError(code, `Cannot read ${place}`);
    const value = `${place.replace(/:1$/, '')}@sha256:${'a'.repeat(64)}`;
    return {
      image: scratchImage(amd64),
      name: place,
      reference: value,
      mirrors: [],
      target: { os: 'linux', arch: 'amd64' },
      buildUser: { uid: 1, gid: 1 },
      input: { name: 'run-image', value, reason: 'a test' },
      files: imageFiles(new Map()),
    };
  };
  const report = (event: Event): void => void events.push(event);
  const runImage = await resolveMirrored({ ...wish, mirrors, registry }, { pinned, report, resolve });
  return { runImage, tried, events };
}

describe('resolveMirrored()', () => {
  // @cnb RUN-01, RUN-02, RUN-03
  test.each([
    { row: 'RUN-01', when: 'nobody says a registry', options: {}, tried: ['a.example/run:1'] },
    {
      row: 'RUN-02',
      when: 'a mirror is where the image goes',
      options: { registry: 'c.example' },
      tried: ['c.example/other/run:1'],
    },
    { row: 'RUN-02', when: 'none is there', options: { registry: 'd.example' }, tried: ['a.example/run:1'] },
    {
      row: 'RUN-03',
      when: 'the near one cannot be read',
      options: { registry: 'b.example', failing: { 'b.example/run:1': 'REGISTRY_DENIED' as const } },
      tried: ['b.example/run:1', 'a.example/run:1'],
    },
    {
      row: 'RUN-02',
      when: 'another build took a mirror',
      options: { pinned: `c.example/other/run@sha256:${'a'.repeat(64)}` },
      tried: ['c.example/other/run:1'],
    },
  ])('$row asks the right place when $when', async ({ options, tried }) => {
    expect((await taken(options)).tried).toEqual(tried);
  });

  test('LBL-07 calls it by its name, whatever mirror it is from', async () => {
    const { runImage, events } = await taken({ registry: 'b.example' });
    expect(runImage).toMatchObject({
      name: wish.place,
      mirrors: wish.mirrors,
      reference: expect.stringMatching(/^b\.example\/run@/),
    });
    expect(events).toEqual([{ type: 'info', message: 'Taking the run image from its mirror b.example/run:1' }]);
  });

  test('RUN-02 fails with the last reason when none can be read', async () => {
    const failing = Object.fromEntries(
      [wish.place, ...wish.mirrors].map((place) => [place, 'IMAGE_NOT_FOUND' as const]),
    );
    await expect(taken({ failing })).rejects.toThrow('Cannot read c.example/other/run:1');
  });

  test('RUN-04 passes over a mirror that is no name of an image', async () => {
    const mirrors = ['Not/An/Image::', 'c.example/run:1'];
    expect((await taken({ mirrors, registry: 'c.example' })).tried).toEqual(['c.example/run:1']);
    const failing = { [wish.place]: 'IMAGE_NOT_FOUND' as const };
    expect((await taken({ mirrors, failing })).tried).toEqual([wish.place, 'c.example/run:1']);
  });

  test('stops at a failure that another place would not mend', async () => {
    await expect(taken({ failing: { 'a.example/run:1': 'ANALYZE_FAILED' } })).rejects.toThrow(
      'Cannot read a.example/run:1',
    );
  });
});
