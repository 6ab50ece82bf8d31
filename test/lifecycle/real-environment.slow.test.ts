import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { found, group, openPhases } from './phase-fixture.ts';
import { openModules } from '../buildpack/modules.ts';

const phases = await openPhases({ isolation: 'real' });

describe('real', () => {
  test('paths are those of the image, and what a script bakes into a layer is right there', async () => {
    const buildpack = await phases.script({
      id: 'real/paths',
      detect: 'test "$PWD" = /workspace && test "$1" = /platform',
      build: `
        test "$CNB_BUILDPACK_DIR" = /cnb/buildpacks/real_paths/1.0.0
        mkdir -p "$1/tool/bin" "$1/tool/env"
        printf '[types]\\nbuild = true\\nlaunch = true\\n' > "$1/tool.toml"
        printf '#!/bin/sh\\necho tool\\n' > "$1/tool/bin/tool"
        printf '#!%s/tool/bin/tool\\n' "$CNB_LAYERS_DIR" > "$1/tool/bin/baked"
        chmod +x "$1/tool/bin/tool" "$1/tool/bin/baked"
        printf "$1/tool" > "$1/tool/env/TOOL"`,
    });
    const user = await phases.script({ id: 'real/user', build: 'test "$TOOL" = /layers/real_paths/tool; tool; baked' });
    const detected = found(await phases.detect([group(buildpack, user)]));
    await phases.build(detected);
    const lines = phases.events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
    expect(lines).toEqual(['tool', 'tool']);
    const baked = readFileSync(join(phases.layers, 'real_paths/tool/bin/baked'), 'utf8');
    expect(baked).toBe('#!/layers/real_paths/tool/bin/tool\n');
  });

  test('SEC-01 neither a file in the home nor a socket nor the files of the buildpack’s author are in sight', async () => {
    const secret = mkdtempSync(join(homedir(), '.test-secret-'));
    const token = join(secret, 'token');
    writeFileSync(token, 'token');
    const socket = join(phases.root, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(socket, resolve);
    });
    try {
      const look = [token, socket, join(phases.root, 'buildpacks')].map((path) => `test ! -e ${path}`).join(' && ');
      const buildpack = await phases.script({ id: 'real/spy', detect: look, build: look });
      const detected = found(await phases.detect([group(buildpack)]));
      expect((await phases.build(detected)).outputs).toHaveLength(1);
    } finally {
      server.close();
      rmSync(secret, { recursive: true });
    }
  });

  test('a link to a hidden file does not bring it into the build', async () => {
    const secret = mkdtempSync(join(homedir(), '.test-secret-'));
    writeFileSync(join(secret, 'token'), 'token');
    try {
      const link = `mkdir -p "$1/l/env"; printf '[types]\\nbuild = true\\n' > "$1/l.toml"; ln -s ${secret}/token "$1/l/env/TOKEN"`;
      const detected = found(await phases.detect([group(await phases.script({ id: 'real/link', build: link }))]));
      await expect(phases.build(detected)).rejects.toMatchObject({ code: 'BUILD_OUTPUT_INVALID' });
    } finally {
      rmSync(secret, { recursive: true });
    }
  });

  test('what was restored for later buildpacks is out of sight until their turn, and back after a failure', async () => {
    const restored = join(phases.layers, 'real_later');
    const kept = join(restored, 'cache', 'kept');
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(kept, 'kept');
    const plant = 'test ! -e "$1/../real_later"; mkdir "$1/../real_later"; ln -s /etc "$1/../real_later/planted"';
    const first = await phases.script({ id: 'real/first', build: plant });
    const later = await phases.script({
      id: 'real/later',
      build: 'test -f "$1/cache/kept"; test ! -e "$1/planted"; exit 7',
    });
    const last = await phases.script({ id: 'real/last' });
    mkdirSync(join(phases.layers, 'real_last', 'cache'), { recursive: true });
    const detected = found(await phases.detect([group(first, later, last)]));
    await expect(phases.build(detected)).rejects.toThrow('it ended with status 7');
    expect(readFileSync(kept, 'utf8')).toBe('kept');
    expect(readdirSync(join(phases.layers, 'real_last'))).toEqual(['cache']);
    expect(readdirSync(dirname(phases.layers))).not.toContain('later-layers');
  });

  test('links between layers, application and buildpack are followed as the buildpack saw them', async () => {
    const build = `
      printf '[[processes]]\\ntype = "web"\\ncommand = ["x"]\\n' > /workspace/launch.toml
      ln -s /workspace/launch.toml "$1/launch.toml"
      mkdir -p "$1/l/env"; ln -s ../../../../cnb/buildpacks/real_links/1.0.0/value "$1/l/env/V"
      printf '[types]\\nbuild = true\\n' > "$1/l.toml"`;
    const linking = await phases.script({ id: 'real/links', build, files: { value: 'from the buildpack' } });
    const user = await phases.script({ id: 'real/reader', build: 'echo "V=$V"' });
    phases.events.length = 0;
    const { launchMetadata } = await phases.build(found(await phases.detect([group(linking, user)])));
    expect(launchMetadata.processes).toMatchObject([{ type: 'web', command: ['x'] }]);
    expect(phases.events).toContainEqual(expect.objectContaining({ type: 'output', line: 'V=from the buildpack' }));
  });
});

describe('modules in real environments', async () => {
  const { phases: modulePhases, load, run } = await openModules('real');

  test('a module sees itself, its packages and the paths of the image, and nothing else of its author', async () => {
    const buildpack = await load('nested/module', {
      'index.mjs': `
        import { existsSync } from 'node:fs';
        import { defineBuildpack } from 'tsbuildpack/buildpack';
        import { word } from 'a-package';
        export default defineBuildpack({
          id: 'real/module', version: '1.0.0', detect: () => ({ pass: true }),
          build: async ({ layer, layersDir, appDir, exec, log }) => {
            const { path, imagePath } = await layer('l', { launch: true });
            log([word, layersDir, appDir, path === imagePath, existsSync('${homedir()}/.bashrc')].join(' '));
            await exec(['sh', '-c', 'echo $0', 'child']);
            return {};
          },
        });`,
      'node_modules/a-package/package.json': '{"name":"a-package","type":"module","exports":"./index.js"}',
      'node_modules/a-package/index.js': `export const word = 'package';`,
    });
    await run(buildpack);
    const lines = modulePhases.events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
    expect(lines).toEqual(['package /layers/real_module /workspace true false', 'child']);
  });
});
