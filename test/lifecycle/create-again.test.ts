import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CreateRig, pathsOf, web, type RigScripts } from './create-rig.ts';

let rig: CreateRig;
beforeEach(() => {
  rig = new CreateRig();
});
afterEach(() => {
  rig.remove();
});

describe('a second build', () => {
  const remembering: RigScripts = {
    id: 'acme/memory',
    build: `
if [ -f "$CNB_LAYERS_DIR/kept.toml" ]; then
  cat "$CNB_LAYERS_DIR/kept.toml" > seen-kept.toml
  printf '[types]\\nlaunch = true\\n[metadata]\\nround = "second"\\n' > "$CNB_LAYERS_DIR/kept.toml"
else
  mkdir "$CNB_LAYERS_DIR/kept"; date +%N > "$CNB_LAYERS_DIR/kept/random"
  printf '[types]\\nlaunch = true\\n[metadata]\\nround = "first"\\n' > "$CNB_LAYERS_DIR/kept.toml"
fi
[ -f "$CNB_LAYERS_DIR/cached/file" ] && cp "$CNB_LAYERS_DIR/cached/file" seen-cached
[ -f "$CNB_LAYERS_DIR/store.toml" ] && cp "$CNB_LAYERS_DIR/store.toml" seen-store.toml
mkdir -p "$CNB_LAYERS_DIR/cached"; printf 'from the cache' > "$CNB_LAYERS_DIR/cached/file"
printf '[types]\\ncache = true\\n' > "$CNB_LAYERS_DIR/cached.toml"
printf '[metadata]\\nvisits = 1\\n' > "$CNB_LAYERS_DIR/store.toml"`,
  };
  const layer = "Layer: 'kept', Created by buildpack: acme/memory@1.2.3";

  test('LYR-08 LYR-10 LYR-15 RST-01 RST-03 takes a launch layer again, and gives back metadata without types, cached data and the store', async () => {
    const first = await rig.build({ buildpacks: [remembering] });
    const second = await rig.build({ buildpacks: [remembering] });
    const random = async (result: typeof first): Promise<unknown> =>
      (await result.layer(layer)).find(({ path }) => String(path).endsWith('/random'))?.sha256;
    expect(await random(second)).toBe(await random(first));
    const app = pathsOf(await second.layer('Application Layer'));
    expect(app).toEqual(
      expect.arrayContaining(['/workspace/seen-kept.toml', '/workspace/seen-cached', '/workspace/seen-store.toml']),
    );
    const metadata: unknown = JSON.parse(second.labels['io.buildpacks.lifecycle.metadata'] ?? '');
    expect(metadata).toMatchObject({
      buildpacks: [{ layers: { kept: { data: { round: 'second' } } }, store: { metadata: { visits: 1 } } }],
    });
    // A cached layer that is not for launch is in no image (LYR-11).
    expect(second.createdBy.join()).not.toContain('cached');
  });

  test('with --clear-cache begins anew', async () => {
    await rig.build({ buildpacks: [remembering] });
    const second = await rig.build({ buildpacks: [remembering], request: { clearCache: true } });
    expect(pathsOf(await second.layer('Application Layer'))).not.toContain('/workspace/seen-cached');
  });

  test('of another scope sees nothing of the first', async () => {
    await rig.build({ buildpacks: [remembering] });
    const second = await rig.build({ buildpacks: [remembering], request: { scope: 'somebody/else' } });
    expect(pathsOf(await second.layer('Application Layer'))).not.toContain('/workspace/seen-cached');
  });

  test('LYR-08 fails when the layer to take again was never there', async () => {
    const build = `printf '[types]\\nlaunch = true\\n' > "$CNB_LAYERS_DIR/ghost.toml"`;
    await expect(rig.build({ buildpacks: [{ id: 'acme/ghost', build }] })).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
    });
  });

  test('LYR-09 fails when a layer is for launch and cache but has no directory', async () => {
    const build = `printf '[types]\\nlaunch = true\\ncache = true\\n' > "$CNB_LAYERS_DIR/ghost.toml"`;
    await expect(rig.build({ buildpacks: [{ id: 'acme/ghost', build }] })).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
    });
  });

  test('runs external buildpacks again, and compresses nothing that is still the same', async () => {
    await rig.build({ buildpacks: [web], files: { 'app.txt': 'x' } });
    const { report, events } = await rig.build({ buildpacks: [web], files: { 'app.txt': 'x' } });
    expect(report.outcome).toBe('built');
    const made = events.filter((event) => event.type === 'layer' && event.action === 'made');
    expect(made).toEqual([]);
  });
});

test('TAR-10 equal sources and buildpacks give equal digests with an empty store, in a directory with a longer name', async () => {
  const first = await rig.build({ buildpacks: [web], files: { 'a.txt': 'a', 'b/c.sh': '#!/bin/sh' } });
  const other = new CreateRig();
  try {
    const second = await other.build({ buildpacks: [web], files: { 'b/c.sh': '#!/bin/sh', 'a.txt': 'a' } });
    expect(second.image.digest).toBe(first.image.digest);
    expect(other.dir).not.toBe(rig.dir);
  } finally {
    other.remove();
  }
});
