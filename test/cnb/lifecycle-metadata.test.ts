import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asMaps, writeJson } from '../../src/cnb/json.ts';
import {
  formatLifecycleMetadata,
  parseLifecycleMetadata,
  type LifecycleMetadata,
} from '../../src/cnb/lifecycle-metadata.ts';
import { digestOf } from '../../src/oci/digest.ts';

const metadata: LifecycleMetadata = {
  app: [{ sha: digestOf('app') }],
  buildpacks: [
    {
      key: 'acme/hello',
      version: '1.0.0',
      layers: {
        '9': { sha: digestOf('9'), data: null, build: false, launch: true, cache: false },
        '10': { sha: digestOf('10'), data: { b: 1, a: '<tag> & more' }, build: true, launch: true, cache: true },
      },
      store: { metadata: { seen: 2 } },
    },
  ],
  config: { sha: digestOf('config') },
  execEnv: 'test',
  launcher: { sha: digestOf('launcher') },
  'process-types': { sha: '' },
  runImage: { topLayer: digestOf('top'), reference: 'r@sha256:1', image: 'r', mirrors: ['m'] },
  stack: { runImage: { image: 'r', mirrors: ['m'] } },
};

test('formatLifecycleMetadata() sorts layer names and data keys by their bytes and escapes as Go does (LBL-01, LBL-15)', () => {
  const text = formatLifecycleMetadata(metadata);
  expect(text.indexOf('"10":{')).toBeGreaterThan(0);
  expect(text.indexOf('"10":{')).toBeLessThan(text.indexOf('"9":{'));
  expect(text).toContain('"data":{"a":"\\u003ctag\\u003e \\u0026 more","b":1}');
  expect(text).toContain('"data":null');
  expect(text).not.toContain('"sbom"');
});

test('a group of image extensions alone has null for its buildpacks, as in Go, and is read back', () => {
  const none = { ...metadata, buildpacks: [] };
  expect(formatLifecycleMetadata(none)).toContain('"buildpacks":null');
  expect(parseLifecycleMetadata(formatLifecycleMetadata(none))).toEqual(none);
});

test('parseLifecycleMetadata() reads back what formatLifecycleMetadata() wrote', () => {
  expect(parseLifecycleMetadata(formatLifecycleMetadata(metadata))).toEqual(metadata);
});

test.each([
  ['no label', undefined],
  ['no JSON', '{'],
  ['an array', '[]'],
  ['a layer without a digest', '{"buildpacks":[{"key":"a","layers":{"l":{"sha":"md5:1"}}}]}'],
])('parseLifecycleMetadata() takes %s as no earlier build (ANA-07)', (_name, text) => {
  expect(parseLifecycleMetadata(text)).toBeUndefined();
});

test('parseLifecycleMetadata() reads a label whose app is no array (ANA-10)', () => {
  expect(parseLifecycleMetadata('{"app":{"sha":"x"},"buildpacks":[]}')?.app).toEqual([]);
});

test('writeJson() writes what JSON.parse() reads back, whatever the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // -0 is written as 0 by both.
      expect(JSON.parse(writeJson(asMaps(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
