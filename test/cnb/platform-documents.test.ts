import { describe, expect, test } from 'vitest';
import { parseAnalyzed, writeAnalyzed, type Analyzed } from '../../src/cnb/analyzed.ts';
import { formatCacheMetadata, parseCacheMetadata } from '../../src/cnb/cache-metadata.ts';
import { asMaps, writeJson } from '../../src/cnb/json.ts';
import { parseLaunch } from '../../src/cnb/launch.ts';
import { parseLaunchMetadata, processFor, writeLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import { projectMetadataLabel } from '../../src/cnb/project-metadata.ts';
import { parseDigest } from '../../src/oci/digest.ts';

const sha = parseDigest(`sha256:${'ab'.repeat(32)}`);
const api = (minor: number): { major: bigint; minor: bigint } => ({ major: 0n, minor: BigInt(minor) });

const layers = {
  one: { sha, data: { count: 1, text: 'x', deep: { list: [1, 2] } }, build: false, launch: true, cache: true },
  two: { sha, data: null, build: true, launch: true, cache: false },
};

const analyzed: Analyzed = {
  previousImage: 'registry.example/app@sha256:1',
  metadata: {
    app: [{ sha }, { sha }],
    sbom: { sha },
    buildpacks: [{ key: 'some/bp', version: '1.0.0', layers, store: { metadata: { a: 'b' } } }],
    config: { sha },
    launcher: { sha },
    'process-types': { sha: '' },
    runImage: { topLayer: sha, reference: 'r@sha256:2', image: 'r', mirrors: ['m'] },
    stack: { runImage: { image: 'r', mirrors: ['m'] } },
  },
  runImage: {
    reference: 'registry.example/run@sha256:3',
    image: 'registry.example/run:1',
    extend: false,
    target: { id: 'x', os: 'linux', arch: 'arm', variant: 'v7', distroName: 'ubuntu', distroVersion: '24.04' },
  },
};

describe('analyzed.toml', () => {
  test('what is written is read back [ANA-08] [ANA-09] [LYR-02]', () => {
    const read = parseAnalyzed(writeAnalyzed(analyzed), 'analyzed.toml');
    // Whole numbers stay whole, whatever type holds them.
    expect(writeJson(asMaps(read))).toBe(writeJson(asMaps(analyzed)));
  });

  test('the keys of its tables are those of the reference [ANA-09] [TGT-10] [TGT-11]', () => {
    const text = writeAnalyzed(analyzed);
    for (const table of ['[metadata.run-image]', '[metadata.stack.run-image]', '[metadata.process-types]']) {
      expect(text).toContain(table);
    }
    expect(text).toContain('top-layer = ');
    expect(text).toContain('[run-image.target.distro]');
    expect(text).toContain('arch-variant = "v7"');
  });

  test('targets are read as the specification spells them, too [TGT-10] [TGT-11]', () => {
    const text = `[run-image]\nreference = "r"\n[target]\nos = "linux"\nvariant = "v8"\n[target.distro]\nname = "debian"\n`;
    expect(parseAnalyzed(text, 'analyzed.toml').runImage?.target).toEqual({
      os: 'linux',
      variant: 'v8',
      distroName: 'debian',
    });
  });

  test('an "app" that is no list is no error [ANA-10] [RBS-18]', () => {
    const read = parseAnalyzed('[metadata]\n[metadata.app]\nsha = "x"\n', 'analyzed.toml');
    expect(read.metadata?.app).toEqual([]);
  });

  test('without a previous image it says so [ANA-03]', () => {
    const read = parseAnalyzed(writeAnalyzed({ previousImage: '' }), 'analyzed.toml');
    expect(read.previousImage).toBe('');
    expect(read.metadata).toBeUndefined();
  });
});

describe('metadata of a cache', () => {
  const metadata = { sbom: { sha }, buildpacks: [{ key: 'some/bp', version: '1.0.0', layers }] };

  test('has the form of the reference [CAC-02]', () => {
    expect(JSON.parse(formatCacheMetadata(metadata))).toEqual({
      sbom: { sha },
      buildpacks: [{ key: 'some/bp', version: '1.0.0', layers }],
    });
    expect(parseCacheMetadata(formatCacheMetadata(metadata))).toEqual(metadata);
  });

  test.each([undefined, '', '{', '[]', 'null', '{"buildpacks":3}'])('%j is an empty cache [CAC-06]', (text) => {
    expect(parseCacheMetadata(text)).toEqual({ sbom: { sha: '' }, buildpacks: [] });
  });
});

describe('launch.toml of older Buildpack APIs', () => {
  const process = (lines: string): string => `[[processes]]\ntype = "web"\n${lines}\n`;

  test.each([7, 8])('0.%i has a command for a shell, unless it is direct [PRC-01]', (minor) => {
    const [web] = parseLaunch(process('command = "a b"\nargs = ["c"]'), 'launch.toml', api(minor)).processes;
    expect(web).toMatchObject({ command: ['a b'], args: ['c'], direct: false });
    const [direct] = parseLaunch(process('command = "a b"\ndirect = true'), 'launch.toml', api(minor)).processes;
    expect(direct).toMatchObject({ command: ['a b'], direct: true });
  });

  test('0.8 does not take a list, 0.9 neither a text nor "direct" [PRC-01] [PRC-02] [FIL-16]', () => {
    expect(() => parseLaunch(process('command = ["a"]'), 'launch.toml', api(8))).toThrow(/must be a string/);
    expect(() => parseLaunch(process('command = "a"'), 'launch.toml', api(9))).toThrow(/must be a list of strings/);
    expect(() => parseLaunch(process('command = ["a"]\ndirect = true'), 'launch.toml', api(9))).toThrow(/"direct"/);
    expect(parseLaunch(process('command = ["a"]'), 'launch.toml', api(9)).processes[0]?.direct).toBe(true);
  });

  test('0.7 has no working directory and says so [PRC-13]', () => {
    const text = process('command = "a"\nworking-dir = "/tmp"');
    const old = parseLaunch(text, 'launch.toml', api(7));
    expect(old.processes[0]?.workingDirectory).toBeUndefined();
    expect(old.warnings).toHaveLength(1);
    const newer = parseLaunch(text, 'launch.toml', api(8));
    expect(newer.processes[0]?.workingDirectory).toBe('/tmp');
    expect(newer.warnings).toEqual([]);
  });
});

describe('metadata.toml of older Platform APIs', () => {
  const web = { type: 'web', command: ['a', 'b'], args: ['c'], direct: true, buildpackId: 'x/y', execEnv: [] };

  test('below 0.10 a command has one word, the others are arguments [PRC-11] [PRC-12]', () => {
    const old = { buildpacks: [], extensions: [], labels: [], slices: [], processes: [processFor(web, api(9))] };
    const text = writeLaunchMetadata(old, api(9));
    expect(text).toContain('command = "a"\n');
    expect(parseLaunchMetadata(text, 'metadata.toml').processes[0]).toEqual({
      ...web,
      command: ['a'],
      args: ['b', 'c'],
    });
    expect(processFor(web, api(10))).toEqual(web);
  });

  test('the bill of materials of 0.8 is kept in it [SBM-15]', () => {
    const bom = [{ name: 'x', metadata: { version: '1' }, buildpack: { id: 'a/b', version: '1.0.0' } }];
    const text = writeLaunchMetadata(
      { buildpacks: [], extensions: [], labels: [], slices: [], processes: [], bom },
      api(8),
    );
    expect(parseLaunchMetadata(text, 'metadata.toml').bom).toEqual(bom);
  });
});

describe('project-metadata.toml', () => {
  test('becomes the label’s text [LBL-13] [FIL-11]', () => {
    const text = `[source]\ntype = "git"\n[source.version]\ncommit = "abc"\n[source.metadata]\nrefs = ["main"]\n`;
    expect(projectMetadataLabel(text, 'project-metadata.toml')).toBe(
      '{"source":{"type":"git","version":{"commit":"abc"},"metadata":{"refs":["main"]}}}',
    );
    expect(projectMetadataLabel('', 'project-metadata.toml')).toBe('{}');
  });
});
