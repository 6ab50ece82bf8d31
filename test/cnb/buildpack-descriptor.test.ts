import { describe, expect, test } from 'vitest';
import type { BuildpackDescriptor } from '../../src/cnb/buildpack-descriptor.ts';
import { parseBuildpackDescriptor } from '../../src/cnb/buildpack-descriptor.ts';

const head = 'api = "0.12"\n[buildpack]\nid = "a/b"\nversion = "1.2.3"\n';
const parse = (text: string, binFiles: readonly string[] = ['build', 'detect']): BuildpackDescriptor =>
  parseBuildpackDescriptor(text, 'buildpack.toml', { binFiles });

describe('parseBuildpackDescriptor()', () => {
  test('BPT-02 reads everything', () => {
    const text = `${head}name = "N"\nhomepage = "h"\ndescription = "d"\nkeywords = ["k"]\nclear-env = true
sbom-formats = ["application/spdx+json; v=1"]\n[[buildpack.licenses]]\ntype = "MIT"\nuri = "u"\n[metadata]\nx = 1\n[metadata.tsbuildpack]\nnetwork = "none"\n`;
    expect(parse(text)).toEqual({
      api: { major: 0n, minor: 12n },
      apiText: '0.12',
      id: 'a/b',
      version: '1.2.3',
      name: 'N',
      homepage: 'h',
      description: 'd',
      keywords: ['k'],
      licenses: [{ type: 'MIT', uri: 'u' }],
      clearEnv: true,
      sbomFormats: ['application/spdx+json'],
      execEnv: [],
      targets: [{ os: 'linux' }],
      metadata: { x: 1n, tsbuildpack: { network: 'none' } },
      network: 'none',
      warnings: [],
    });
  });

  test.each([
    { what: 'BPT-02 no id', text: 'api = "0.12"\n[buildpack]\nversion = "1.0.0"', message: 'id" is missing' },
    { what: 'BPT-02 no version', text: 'api = "0.12"\n[buildpack]\nid = "a"', message: 'version" is missing' },
    { what: 'BPT-01 a version that is a directory above', text: head.replace('1.2.3', '..'), message: 'is not X.Y.Z' },
    { what: 'BPT-02 no table', text: 'api = "0.12"', message: 'no [buildpack] table' },
    { what: 'BPT-03 an id with a space', text: head.replace('a/b', 'a b'), message: 'Cannot use buildpack id "a b"' },
    { what: 'an id that leaves its directory', text: head.replace('a/b', '../b'), message: 'Cannot use buildpack id' },
    { what: 'BPT-04 a reserved id', text: head.replace('a/b', 'generated'), message: 'it is reserved' },
    { what: 'a version that is a path', text: head.replace('1.2.3', '../x'), message: 'is not X.Y.Z' },
    { what: 'a network of its own', text: `${head}[metadata.tsbuildpack]\nnetwork = "lan"`, message: 'network "lan"' },
    { what: 'FIL-16 text for a boolean', text: `${head}clear-env = "true"`, message: 'clear-env" is a string' },
    {
      what: 'BPT-11 order and stacks',
      text: `${head}[[order]]\n[[order.group]]\nid="x"\nversion="1"\n[[stacks]]\nid="*"`,
      message: 'both',
    },
    {
      what: 'BPT-11 mixins of any stack',
      text: `${head}[[stacks]]\nid = "*"\nmixins = ["x"]`,
      message: 'it must have none',
    },
    {
      what: 'BPT-07 an entry without version',
      text: `${head}[[order]]\n[[order.group]]\nid = "x"`,
      message: '"order[0].group[0].version" is missing',
    },
  ])('$what is refused', ({ text, message }) => {
    const read = (): unknown => parse(text);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ exitCode: 22 }));
  });

  test.each(['simple-layers-version', '1.2', '1.2.3.4', '01.2.3', '1.02.3', '1.2.03', 'v1.2.3', '1.2.3-rc1'])(
    'BPT-05 version %s is a warning',
    (version) => {
      expect(parse(head.replace('1.2.3', version)).warnings).toEqual([expect.stringContaining(`"${version}"`)]);
    },
  );

  test('BPT-05 zeros and large numbers are versions', () => {
    expect(parse(head.replace('1.2.3', '0.10.18446744073709551615')).warnings).toEqual([]);
  });

  test('BPT-02 and VER-06 one without an API follows none, which ends as an unknown API does', () => {
    const read = (): unknown => parse('[buildpack]\nid = "a"\nversion = "1.0.0"');
    expect(read).toThrow(
      expect.objectContaining({
        code: 'BUILDPACK_API_UNSUPPORTED',
        exitCode: 12,
        message: 'Cannot use buildpack "a@1.0.0": it names no Buildpack API (api = "…")',
      }),
    );
  });

  test('BPT-06 and BPT-07 a composite has an order', () => {
    const text = `${head}[[order]]\n[[order.group]]\nid = "x"\nversion = "1"\noptional = true\n[[order.group]]\nid = "y"\nversion = "2"\n[[order]]\n`;
    expect(parse(text, []).order).toEqual([
      [
        { id: 'x', version: '1', optional: true, execEnv: [] },
        { id: 'y', version: '2', optional: false, execEnv: [] },
      ],
      [],
    ]);
  });

  test.each(['exec-env = ["test", "*"]', '[[buildpack.exec-env]]\nname = "test"\n[[buildpack.exec-env]]\nname = "*"'])(
    'BPT-10 %j',
    (text) => {
      expect(parse(head + text).execEnv).toEqual(['test', '*']);
    },
  );

  test('DET-22 exec-env means nothing before API 0.12', () => {
    expect(parse(`${head.replace('0.12', '0.11')}exec-env = ["test"]`).execEnv).toEqual([]);
  });

  test('BPT-12 unknown keys are nobody’s business', () => {
    expect(parse(`${head}what = 1\n[other]\nx = 2`).id).toBe('a/b');
  });

  test.each([
    { what: 'TGT-05 bin/build', more: '', bin: ['build'], targets: [{ os: 'linux' }] },
    { what: 'TGT-05 bin/build.exe', more: '', bin: ['build.exe'], targets: [{ os: 'windows' }] },
    { what: 'TGT-05 nothing', more: '', bin: [], targets: [] },
    {
      what: 'TGT-06 bionic',
      more: '[[stacks]]\nid = "io.buildpacks.stacks.bionic"\n[[stacks]]\nid = "x"',
      bin: ['build'],
      targets: [{ os: 'linux', arch: 'amd64', distros: [{ name: 'ubuntu', version: '18.04' }] }],
    },
    { what: 'TGT-07 any stack', more: '[[stacks]]\nid = "*"', bin: ['build'], targets: [{}] },
    { what: 'TGT-08 other stacks', more: '[[stacks]]\nid = "x"', bin: ['build'], targets: [{ os: 'linux' }] },
    {
      what: 'TGT-06 targets win over stacks',
      more: '[[targets]]\nos = "linux"\n[[stacks]]\nid = "*"',
      bin: [],
      targets: [{ os: 'linux' }],
    },
    {
      what: 'TGT-10 variant',
      more: '[[targets]]\narch = "arm"\nvariant = "v7"\n[[targets.distros]]\nname = "debian"',
      bin: [],
      targets: [{ arch: 'arm', variant: 'v7', distros: [{ name: 'debian' }] }],
    },
    { what: 'TGT-10 arch-variant', more: '[[targets]]\narch-variant = "v7"', bin: [], targets: [{ variant: 'v7' }] },
  ])('$what', ({ more, bin, targets }) => {
    expect(parse(head + more, bin).targets).toEqual(targets);
  });
});
