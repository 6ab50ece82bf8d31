import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { distro, phasesRig, type PhasesRig } from './phases-rig.ts';

let rig: PhasesRig;

beforeEach(async () => {
  rig = await phasesRig();
  await rig.runImage(distro);
});

const countingBuild = `
mkdir -p "$CNB_LAYERS_DIR/kept" "$CNB_LAYERS_DIR/both" "$CNB_LAYERS_DIR/run"
echo once >> "$CNB_LAYERS_DIR/kept/count"; echo b > "$CNB_LAYERS_DIR/both/b"; echo r > "$CNB_LAYERS_DIR/run/r"
printf '[types]\\ncache = true\\n' > "$CNB_LAYERS_DIR/kept.toml"
printf '[types]\\nlaunch = true\\ncache = true\\n[metadata]\\nn = 1\\n' > "$CNB_LAYERS_DIR/both.toml"
printf '[types]\\nlaunch = true\\n' > "$CNB_LAYERS_DIR/run.toml"
printf '{}' > "$CNB_LAYERS_DIR/both.sbom.cdx.json"
printf '[[processes]]\\ntype = "web"\\ncommand = ["sh"]\\ndefault = true\\n' > "$CNB_LAYERS_DIR/launch.toml"
printf '[metadata]\\nk = "v"\\n' > "$CNB_LAYERS_DIR/store.toml"`;

function counting(): void {
  rig.buildpack({
    id: 'a/counting',
    about: 'sbom-formats = ["application/vnd.cyclonedx+json"]',
    build: countingBuild,
  });
  rig.order(['a/counting']);
}

/** Every phase in a process of its own. */
function runAll(env: Readonly<Record<string, string>> = {}): void {
  const cache = ['-cache-dir', rig.cache];
  for (const words of [
    ['analyzer', 'app'],
    ['detector'],
    ['restorer', ...cache],
    ['builder'],
    ['exporter', ...cache, 'app'],
  ]) {
    expect(rig.run(words, env)).toMatchObject({ exitCode: 0, message: '' });
  }
}

describe('phases one at a time', () => {
  test('make an image, and the next build gets back what the first one left [ANA-08] [FIL-12] [RST-01] [CAC-01] [CAC-10] [SBM-12]', async () => {
    counting();
    runAll();
    expect(readdirSync(rig.cache)).toEqual(['committed']);
    expect(readdirSync(join(rig.cache, 'committed'))).toContain('io.buildpacks.lifecycle.cache.metadata');
    const first = await rig.image('app');
    rig.emptyLayers();
    for (const words of [['analyzer', 'app'], ['detector'], ['restorer', '-cache-dir', rig.cache]]) {
      expect(rig.run(words)).toMatchObject({ exitCode: 0 });
    }
    const own = readdirSync(join(rig.layers, 'a_counting')).toSorted();
    expect(own).toEqual(['both', 'both.sbom.cdx.json', 'both.toml', 'kept', 'kept.toml', 'run.toml', 'store.toml']);
    expect(rig.read('layers/a_counting/both.toml')).not.toContain('types');
    for (const words of [['builder'], ['exporter', '-cache-dir', rig.cache, 'app']]) {
      expect(rig.run(words)).toMatchObject({ exitCode: 0 });
    }
    expect(rig.read('layers/a_counting/kept/count')).toBe('once\nonce\n');
    expect((await rig.image('app')).digest).toBe(first.digest);
  });
});
