import { describe, expect, test } from 'vitest';
import { builtinBuildpacks } from '../../buildpacks/builtin.ts';
import { makeElf } from '../elf/make-elf.ts';
import { testContext } from './builtin-context.ts';

const program = makeElf();

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Every built-in buildpack in its order, with what it says about a folder. */
async function decisions(files: Files): Promise<string[]> {
  const said: string[] = [];
  for (const buildpack of await builtinBuildpacks('1.2.3')) {
    const { context } = await testContext(buildpack, { files, target: { os: 'linux', arch: 'amd64' } });
    const { pass, reason } = await buildpack.detect(context);
    said.push(`${buildpack.id} ${pass ? 'passes' : 'declines'}: ${reason}`);
  }
  return said;
}

describe('builtinBuildpacks()', () => {
  // What docs/buildpacks.md says about which one wins.
  test.each<{ name: string; files: Files; go: string; node: string; binary: string }>([
    {
      name: 'go.mod and package.json together',
      files: { 'go.mod': 'module x\n', 'package.json': '{}' },
      go: 'passes: found go.mod',
      node: 'declines: package.json has no start script',
      binary: 'declines: package.json says',
    },
    {
      name: 'a Go repository with a committed tool',
      files: { 'go.mod': 'module x\n', 'main.go': 'package main', tool: program },
      go: 'passes: found go.mod',
      node: 'declines: no package.json or server.js',
      binary: 'declines: go.mod says',
    },
    {
      name: 'a Node repository with an ELF file',
      files: { 'package.json': '{ "scripts": { "start": "node x.js" } }', tool: program },
      go: 'declines: no go.mod, go.work or main.go',
      node: 'passes: found package.json',
      binary:
        'declines: package.json says that this is source code (BP_STATIC_BINARY=FILE asks for a finished program)',
    },
    {
      name: 'a finished program',
      files: { server: program, 'README.md': '#', 'config.yaml': '' },
      go: 'declines: no go.mod, go.work or main.go',
      node: 'declines: no package.json or server.js',
      binary: 'passes: server is a program',
    },
    {
      name: 'a lone main.go with its program',
      files: { 'main.go': 'package main', server: program },
      go: 'passes: found main.go',
      node: 'declines: no package.json or server.js',
      binary: 'passes: server is a program',
    },
  ])('decide about $name', async ({ files, go, node, binary }) => {
    expect(await decisions(files)).toEqual([
      `tsbuildpack/go ${go}`,
      expect.stringContaining(`tsbuildpack/node ${node}`),
      expect.stringContaining(`tsbuildpack/static-binary ${binary}`),
    ]);
  });

  test('have the version of the tool', async () => {
    expect((await builtinBuildpacks('1.2.3')).map(({ version }) => version)).toEqual(['1.2.3', '1.2.3', '1.2.3']);
  });
});
