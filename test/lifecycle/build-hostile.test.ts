import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toml, openScriptBuilds } from './script-builds.ts';

const { phases, build } = await openScriptBuilds();
const { layers } = phases;

describe('hostile buildpacks', () => {
  const secret = join(phases.root, 'secret');
  writeFileSync(secret, 'token');

  test.each(['a.toml', 'launch.toml', 'store.toml', 'launch.sbom.cdx.json', 'l/env/V'])(
    'a link from %s to a file outside of the build is refused',
    async (name) => {
      const script = `mkdir -p "$1/l/env"; ${toml('[types]\nbuild = true')} > "$1/l.toml"; ln -s ${secret} "$1/${name}"`;
      await expect(
        build([{ about: 'sbom-formats = ["application/vnd.cyclonedx+json"]', build: script }]),
      ).rejects.toMatchObject({
        code: 'BUILD_OUTPUT_INVALID',
        message: expect.stringContaining('it is a link to a place outside of the build') as string,
      });
    },
  );

  test('links within the layers and the application are followed', async () => {
    writeFileSync(join(phases.app, 'process.toml'), '[[processes]]\ntype = "web"\ncommand = ["x"]\n');
    const { launchMetadata } = await build([`ln -s "$PWD/process.toml" "$1/launch.toml"`]);
    expect(launchMetadata.processes).toHaveLength(1);
  });

  test('links that a buildpack puts in place of our own directories do not lead us away', async () => {
    const away = join(phases.root, 'away');
    mkdirSync(away);
    const links = ['sbom', 'config', 'test_victim'].map((name) => `ln -s ${away} "$1/../${name}"`).join('; ');
    await build([links, { id: 'test/victim', build: 'echo mine > "$1/file"' }]);
    expect(readdirSync(away)).toEqual([]);
    expect(lstatSync(join(layers, 'test_victim')).isDirectory()).toBe(true);
  });

  test('group.toml that is a link of an earlier build is replaced', async () => {
    const victim = join(phases.root, 'victim.toml');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(layers, 'group.toml'));
    await build([]);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });
});
