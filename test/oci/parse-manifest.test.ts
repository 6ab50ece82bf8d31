import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { parseImageConfig } from '../../src/oci/parse-image-config.ts';
import { parseManifest } from '../../src/oci/parse-manifest.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const descriptor = { mediaType: mediaTypes.ociConfig, digest, size: 2 };
const manifest = { schemaVersion: 2, config: descriptor, layers: [] };
const index = { schemaVersion: 2, manifests: [{ ...descriptor, mediaType: mediaTypes.ociManifest }] };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

describe('parseManifest()', () => {
  test('tells a manifest from an index, and a Docker one by its config', () => {
    expect(parseManifest(bytes(manifest), { name: 'x' })).toMatchObject({
      kind: 'manifest',
      mediaType: mediaTypes.ociManifest,
    });
    expect(parseManifest(bytes(index), { name: 'x' })).toMatchObject({ kind: 'index', mediaType: mediaTypes.ociIndex });
    const docker = { ...manifest, config: { ...descriptor, mediaType: mediaTypes.dockerConfig } };
    expect(parseManifest(bytes(docker), { name: 'x' })).toMatchObject({ mediaType: mediaTypes.dockerManifest });
  });

  test('keeps keys that it does not know', () => {
    const parsed = parseManifest(bytes({ ...manifest, subject: descriptor }), { name: 'x' });
    expect(parsed).toMatchObject({ manifest: { subject: descriptor } });
  });

  test.each([
    { why: 'no JSON', value: undefined, message: /no JSON/ },
    { why: 'an array', value: [], message: /no JSON object/ },
    { why: 'both at once (CVE-2021-41190)', value: { ...manifest, ...index }, message: /at once/ },
    { why: 'schema 1', value: { schemaVersion: 1, name: 'a' }, message: /schema 1/ },
    { why: 'a size below zero', value: { ...manifest, config: { ...descriptor, size: -1 } }, message: /neither/ },
    {
      why: 'a size that is no integer',
      value: { ...manifest, config: { ...descriptor, size: 1.5 } },
      message: /neither/,
    },
    {
      why: 'a size beyond all bounds',
      value: { ...manifest, config: { ...descriptor, size: 1e300 } },
      message: /neither/,
    },
    {
      why: 'a digest that leaves the folder',
      value: { ...manifest, config: { ...descriptor, digest: 'sha256:../../etc' } },
      message: /neither/,
    },
    { why: 'another media type inside', value: { ...manifest, mediaType: 'text/html' }, message: /text\/html/ },
    { why: 'an index that says manifest', value: { ...index, mediaType: mediaTypes.ociManifest }, message: /index/ },
  ])('refuses $why', ({ value, message }) => {
    const text = value === undefined ? Buffer.from('{"secret') : bytes(value);
    expect(() => parseManifest(text, { name: 'x' })).toThrow(
      expect.objectContaining({ code: 'IMAGE_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test('refuses a document that came as something else', () => {
    expect(() =>
      parseManifest(bytes({ ...manifest, mediaType: mediaTypes.ociManifest }), {
        name: 'x',
        mediaType: mediaTypes.dockerManifest,
      }),
    ).toThrow(/came as/);
    expect(() => parseManifest(bytes(manifest), { name: 'x', mediaType: mediaTypes.ociIndex })).toThrow(
      /its media type is/,
    );
  });

  test('takes a content type that says nothing for none', () => {
    expect(parseManifest(bytes(manifest), { name: 'x', mediaType: 'application/octet-stream' })).toMatchObject({
      kind: 'manifest',
    });
  });
});

describe('parseImageConfig()', () => {
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } };

  test("reads Docker's null for none and keeps unknown keys", () => {
    const parsed = parseImageConfig(
      bytes({
        ...config,
        'os.features': ['x'],
        history: null,
        config: { Cmd: null, Healthcheck: { Interval: 3e10 }, Env: ['A=b=c'] },
      }),
      'x',
    );
    expect(parsed).toEqual({
      ...config,
      'os.features': ['x'],
      config: { Healthcheck: { Interval: 3e10 }, Env: ['A=b=c'] },
    });
  });

  test.each([
    { why: 'another root file system', value: { ...config, rootfs: { type: 'x', diff_ids: [] } } },
    { why: 'an environment that is no list', value: { ...config, config: { Env: 'A=b' } } },
    { why: 'a label that is no text', value: { ...config, config: { Labels: { a: 1 } } } },
    { why: 'an artifact', value: {} },
  ])('refuses $why', ({ value }) => {
    expect(() => parseImageConfig(bytes(value), 'x')).toThrow(expect.objectContaining({ code: 'IMAGE_INVALID' }));
  });
});
