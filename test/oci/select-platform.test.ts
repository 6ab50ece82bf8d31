import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import type { ImageIndex } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts';
import { defaultPlatform, selectPlatform } from '../../src/oci/select-platform.ts';

function entry(platform: string | undefined): Descriptor {
  const facts = { mediaType: mediaTypes.ociManifest, digest: digestOf(platform ?? ''), size: 1 };
  const [os = '', architecture = '', variant] = platform?.split('/') ?? [];
  if (platform === undefined) return facts;
  return { ...facts, platform: { os, architecture, ...(variant !== undefined && { variant }) } };
}

function indexOf(...platforms: readonly (string | undefined)[]): ImageIndex {
  return { schemaVersion: 2, manifests: platforms.map(entry) };
}

describe('selectPlatform()', () => {
  test.each([
    { there: ['linux/amd64', 'linux/arm64/v8'], wanted: 'linux/arm64', found: 'linux/arm64/v8' },
    { there: ['linux/arm64'], wanted: 'linux/arm64/v8', found: 'linux/arm64' },
    { there: ['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7'], wanted: 'linux/arm', found: 'linux/arm/v7' },
    { there: ['linux/arm/v5', 'linux/arm/v6'], wanted: 'linux/arm/v7', found: 'linux/arm/v6' },
    { there: ['linux/arm/7'], wanted: 'linux/arm/v7', found: 'linux/arm/7' },
    { there: ['linux/amd64', 'linux/amd64/v3'], wanted: 'linux/amd64/v3', found: 'linux/amd64/v3' },
    { there: ['linux/amd64', 'linux/amd64/v3'], wanted: 'linux/amd64/v2', found: 'linux/amd64' },
    { there: ['windows/amd64', 'linux/x86_64'], wanted: 'linux/amd64', found: 'linux/x86_64' },
    { there: ['unknown/unknown', 'linux/s390x'], wanted: undefined, found: 'linux/s390x' },
  ])('takes $found of $there for $wanted', ({ there, wanted, found }) => {
    const platform = wanted === undefined ? undefined : parsePlatform(wanted);
    expect(formatPlatform(selectPlatform(indexOf(...there), platform, 'x').platform!)).toBe(found);
  });

  test('takes the default platform when there are several', () => {
    const own = formatPlatform(defaultPlatform());
    expect(selectPlatform(indexOf('linux/mips', own), undefined, 'x').digest).toBe(digestOf(own));
  });

  test.each([
    { there: ['linux/arm/v7'], wanted: 'linux/arm/v6' },
    { there: ['linux/amd64/v3'], wanted: 'linux/amd64' },
    { there: ['linux/amd64', undefined], wanted: 'linux/arm64' },
    { there: [], wanted: 'linux/arm64' },
  ])('finds nothing in $there for $wanted and tells what there is', ({ there, wanted }) => {
    expect(() => selectPlatform(indexOf(...there), parsePlatform(wanted), 'app')).toThrow(
      expect.objectContaining({ code: 'IMAGE_NOT_FOUND', detail: expect.stringContaining(there[0] ?? 'none') }),
    );
  });
});
