import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { currentPlatformApi, parseApiVersion } from '../../src/cnb/api-version.ts';
import type { CacheMetadata } from '../../src/cnb/cache-metadata.ts';
import type { LayerRecord, LifecycleMetadata } from '../../src/cnb/lifecycle-metadata.ts';
import type { Event } from '../../src/events.ts';
import type { RestorableCache } from '../../src/lifecycle/restorable-cache.ts';
import { restore, type RestoreRequest } from '../../src/lifecycle/restore.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let layersDir: string;
let events: Event[];

beforeEach(() => {
  layersDir = temporaryDirectory('restore');
  events = [];
});

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;

function record(types: string, digit = 'a'): LayerRecord {
  return {
    sha: sha(digit),
    data: { n: 1 },
    build: types.startsWith('T'),
    cache: types.charAt(1) === 'T',
    launch: types.endsWith('T'),
  };
}

function imageWith(layers: Readonly<Record<string, LayerRecord>>, id = 'a/b'): LifecycleMetadata {
  const empty = { sha: '' };
  return {
    app: [],
    buildpacks: [{ key: id, version: '1.0.0', layers, store: { metadata: { k: 'v' } } }],
    config: empty,
    launcher: empty,
    'process-types': empty,
    runImage: { topLayer: '', reference: '' },
    stack: { runImage: { image: '' } },
  };
}

/** A cache that holds the data of what its metadata lists, except for the names in `broken`. */
function cacheWith(layers: Readonly<Record<string, LayerRecord>>, broken: readonly string[] = []): RestorableCache {
  const metadata: CacheMetadata = { sbom: { sha: '' }, buildpacks: [{ key: 'a/b', version: '0.9.0', layers }] };
  return {
    metadata: () => Promise.resolve(metadata),
    restore({ name }) {
      if (broken.includes(name)) return Promise.resolve({ restored: false, reason: 'it is broken' });
      mkdirSync(join(layersDir, 'a_b', name), { recursive: true });
      writeFileSync(join(layersDir, 'a_b', name, 'data'), '');
      return Promise.resolve({ restored: true });
    },
    restoreSboms: () => Promise.resolve(),
  };
}

async function restored(request: Partial<RestoreRequest>): Promise<string> {
  await restore({
    group: ['a/b'],
    previous: undefined,
    reuseLaunchLayers: true,
    layersDir,
    cache: undefined,
    skipLayers: false,
    report: (event) => events.push(event),
    ...request,
  });
  const own = join(layersDir, 'a_b');
  const parts = [existsSync(join(own, 'l.toml')) && 'toml', existsSync(join(own, 'l', 'data')) && 'data'];
  return parts.filter(Boolean).join('+') || 'nothing';
}

describe('the decision table (build, cache, launch)', () => {
  test.each([
    ['TTT', 'toml+data'],
    ['TTF', 'toml+data'],
    ['FTT', 'toml+data'],
    ['FTF', 'toml+data'],
    ['FFT', 'toml'],
    ['TFT', 'nothing'],
    ['TFF', 'nothing'],
    ['FFF', 'nothing'],
  ])('%s gives back %s [RST-01] [RST-02] [RST-03] [RST-04] [RST-07]', async (types, expected) => {
    const layer = record(types);
    const previous = imageWith(layer.launch ? { l: layer } : {});
    const cache = cacheWith(layer.cache ? { l: layer } : {});
    expect(await restored({ previous, cache })).toBe(expected);
    const file = join(layersDir, 'a_b', 'l.toml');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : 'n = 1';
    // RST-03
    expect(text).toContain('n = 1');
    expect(text).not.toContain('types');
  });

  test('a cached layer that the cache does not have leaves nothing [RST-07]', async () => {
    expect(await restored({ previous: imageWith({ l: record('FTT') }), cache: cacheWith({}) })).toBe('nothing');
    expect(await restored({ previous: imageWith({ l: record('FTT') }) })).toBe('nothing');
  });

  test('data that is not the image’s is not restored [RST-06]', async () => {
    const previous = imageWith({ l: record('FTT', 'a') });
    expect(await restored({ previous, cache: cacheWith({ l: record('FTT', 'b') }) })).toBe('nothing');
  });

  test('what cannot be read leaves neither data nor metadata, and a warning [RST-08]', async () => {
    const layer = record('FTT');
    const request = { previous: imageWith({ l: layer }), cache: cacheWith({ l: layer }, ['l']) };
    expect(await restored(request)).toBe('nothing');
    expect(events).toContainEqual({ type: 'warning', message: 'Not restoring a/b:l: it is broken' });
  });

  test.each([
    ['0.13', 'nothing'],
    ['0.14', 'toml+data'],
  ])('a launch layer that the image lost comes from the cache since 0.14: %s %s [RST-05]', async (api, expected) => {
    const platformApi = parseApiVersion(api) ?? currentPlatformApi;
    const request = { previous: imageWith({}), cache: cacheWith({ l: record('FTT') }), platformApi };
    expect(await restored(request)).toBe(expected);
  });

  test('buildpacks are matched by id, whatever their version, and only those of the group [RST-09] [RST-10] [RST-19]', async () => {
    const layer = record('FTF');
    expect(await restored({ group: ['c/d'], previous: imageWith({}), cache: cacheWith({ l: layer }) })).toBe('nothing');
    expect(existsSync(join(layersDir, 'c_d'))).toBe(false);
    expect(await restored({ cache: cacheWith({ l: layer }) })).toBe('toml+data');
  });

  test('skipping gives back store.toml alone [RST-11] [RST-12] [LYR-15]', async () => {
    const layer = record('FTT');
    const request = { previous: imageWith({ l: layer }), cache: cacheWith({ l: layer }), skipLayers: true };
    expect(await restored(request)).toBe('nothing');
    expect(readFileSync(join(layersDir, 'a_b', 'store.toml'), 'utf8')).toContain('k = "v"');
  });
});

describe('SBOM files', () => {
  function sbom(path: string, content: string): void {
    const file = join(layersDir, 'sbom', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }

  test('those of layers come back where the buildpack has a directory, the image’s last [SBM-12] [SBM-13] [SBM-14]', async () => {
    sbom('cache/a_b/l/sbom.cdx.json', 'old');
    sbom('cache/a_b/l/sbom.syft.json', 'cached');
    sbom('launch/a_b/l/sbom.cdx.json', 'new');
    sbom('launch/a_b/sbom.cdx.json', 'of the whole');
    sbom('launch/c_d/l/sbom.cdx.json', 'of a buildpack without a directory');
    sbom('launch/e_f/l/sbom.cdx.json', 'of a buildpack that is not in the group');
    mkdirSync(join(layersDir, 'e_f'));
    const layer = record('FTT');
    await restored({ group: ['a/b', 'c/d'], previous: imageWith({ l: layer }), cache: cacheWith({ l: layer }) });
    const read = (name: string): string => readFileSync(join(layersDir, 'a_b', name), 'utf8');
    expect(read('l.sbom.cdx.json')).toBe('new');
    expect(read('l.sbom.syft.json')).toBe('cached');
    for (const path of ['a_b/launch.sbom.cdx.json', 'c_d', 'e_f/l.sbom.cdx.json', 'sbom']) {
      expect(existsSync(join(layersDir, path))).toBe(false);
    }
  });
});
