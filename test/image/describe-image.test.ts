import { describe, expect, test } from 'vitest';
import { describeImage } from '../../src/image/describe-image.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { amd64, dockerImage, exampleImage, fileLayer } from './example-image.ts';
import { scratchImage } from '../../src/image/scratch.ts';

const created = '1980-01-01T00:00:01Z';

function withLabels(labels: Record<string, unknown>): Image {
  const texts = Object.entries(labels).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return editImage(scratchImage(amd64), { created, layers: [], config: () => ({ Labels: Object.fromEntries(texts) }) });
}

describe('describeImage()', () => {
  test('tells of a foreign image what its config and history say', () => {
    const image = dockerImage();
    expect(describeImage(image)).toEqual({
      digest: image.digest,
      mediaType: image.mediaType,
      platform: 'linux/amd64',
      created: '2020-02-02T02:02:02Z',
      sizeBytes: image.manifestBytes.length + image.configBytes.length + image.layers[0]!.sizeBytes,
      config: { entrypoint: [], command: [], environment: ['PATH=/bin'], labels: {}, ports: [], volumes: [] },
      layers: [
        {
          digest: image.layers[0]!.digest,
          diffId: image.layers[0]!.diffId,
          sizeBytes: image.layers[0]!.sizeBytes,
          mediaType: image.layers[0]!.mediaType,
          madeBy: 'COPY /app',
        },
      ],
      processes: [],
      buildpacks: [],
    });
  });

  test('tells of a built image who made each layer', () => {
    const [base, app, go, launcher] = ['base', 'app', 'go', 'launcher'].map((name) => fileLayer(`app/${name}`, name));
    const metadata = {
      app: [{ sha: app!.diffId }],
      sbom: { sha: '' },
      buildpacks: [
        {
          key: 'tsbuildpack/go',
          version: '0.1.0',
          layers: { bin: { sha: go!.diffId, data: null, build: false, launch: true, cache: false } },
        },
      ],
      config: { sha: '' },
      launcher: { sha: launcher!.diffId },
      'process-types': { sha: '' },
      runImage: { topLayer: base!.diffId, reference: 'base@sha256:1', image: 'base', mirrors: ['mirror/base'] },
      stack: { runImage: { image: 'base' } },
    };
    const image = editImage(scratchImage(amd64), {
      created,
      layers: [base, go, app, launcher].map((layer) => ({ layer: layer!, createdBy: 'history' })),
      config: () => ({ Labels: { 'io.buildpacks.lifecycle.metadata': JSON.stringify(metadata) } }),
    });
    const description = describeImage(image);
    expect(description.layers.map(({ part, madeBy }) => [part, madeBy])).toEqual([
      ['run-image', 'history'],
      ['buildpack', 'tsbuildpack/go@0.1.0: layer "bin"'],
      ['application', 'history'],
      ['launcher', 'history'],
    ]);
    expect(description.runImage).toEqual({
      image: 'base',
      reference: 'base@sha256:1',
      mirrors: ['mirror/base'],
      topLayer: base!.diffId,
    });
  });

  test('reads the processes of every Platform API (LBL-11)', () => {
    const image = withLabels({
      'io.buildpacks.build.metadata': {
        processes: [
          { type: 'web', command: ['/app'], args: null, direct: true, buildpackID: 'a/b', 'working-dir': '/w' },
          { type: 'old', command: 'run it', args: ['x'] },
          { type: 1 },
        ],
        buildpacks: [{ id: 'a/b', version: '1', homepage: 'https://a.example' }, 'nonsense'],
        'buildpack-default-process-type': 'web',
      },
    });
    expect(describeImage(image)).toMatchObject({
      processes: [
        {
          type: 'web',
          command: ['/app'],
          args: [],
          direct: true,
          isDefault: true,
          buildpack: 'a/b',
          workingDirectory: '/w',
        },
        { type: 'old', command: ['run it'], args: ['x'], direct: false, isDefault: false },
      ],
      buildpacks: [{ id: 'a/b', version: '1', homepage: 'https://a.example' }],
    });
  });

  test.each(['', 'no JSON', '[]', 'null', '7', '{"processes":7,"buildpacks":{}}'])(
    'makes nothing of a label that is %j',
    (text) => {
      const description = describeImage(
        withLabels({ 'io.buildpacks.build.metadata': text, 'io.buildpacks.lifecycle.metadata': text }),
      );
      expect(description).toMatchObject({ processes: [], buildpacks: [], layers: [] });
      expect(description.runImage).toBeUndefined();
    },
  );

  test('is data that JSON can hold', () => {
    const description = describeImage(exampleImage());
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });
});
