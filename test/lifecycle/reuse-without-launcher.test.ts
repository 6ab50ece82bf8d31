import { afterEach, beforeEach, expect, test } from 'vitest';
import { CreateRig, type RigScripts } from './create-rig.ts';

let rig: CreateRig;
beforeEach(() => {
  rig = new CreateRig();
});
afterEach(() => {
  rig.remove();
});

/** Takes the last build's layer when its metadata was restored. */
const reusing: RigScripts = {
  id: 'acme/reusing',
  build: `
if [ -e "$CNB_LAYERS_DIR/tool.toml" ]; then echo reused; else
  mkdir -p "$CNB_LAYERS_DIR/tool/env.launch"
  printf '#!/bin/sh\\n' > "$CNB_LAYERS_DIR/tool/run"; chmod +x "$CNB_LAYERS_DIR/tool/run"
  printf blue > "$CNB_LAYERS_DIR/tool/env.launch/COLOR"
fi
printf '[types]\\nlaunch = true\\n[metadata]\\nversion = 1\\n' > "$CNB_LAYERS_DIR/tool.toml"
printf '[[processes]]\\ntype = "web"\\ncommand = ["'"$CNB_LAYERS_DIR"'/tool/run"]\\ndefault = true\\n' > "$CNB_LAYERS_DIR/launch.toml"`,
};

const said = (events: readonly { readonly type: string }[]): boolean =>
  events.some((event) => event.type === 'output' && 'line' in event && event.line === 'reused');

test('LYR-08 with the launcher a second build takes the layer of the first', async () => {
  const first = await rig.build({ buildpacks: [reusing] });
  const second = await rig.build({ buildpacks: [reusing] });
  expect(said(second.events)).toBe(true);
  // Its program is not here to be looked at, which is no reason to warn.
  const warnings = second.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  expect(warnings.filter((message) => message.includes('starts'))).toEqual([]);
  expect(second.image.digest).toBe(first.image.digest);
});

test('without a launcher a second build says the same environment as the first', async () => {
  const request = { launcher: 'none' } as const;
  const first = await rig.build({ buildpacks: [reusing], request });
  const second = await rig.build({ buildpacks: [reusing], request });
  expect(said(second.events)).toBe(false);
  expect(second.container.Env).toContain('COLOR=blue');
  expect(second.image.digest).toBe(first.image.digest);
});

test('without a launcher a layer whose variables are not known is refused by name', async () => {
  const request = { launcher: 'none' } as const;
  await rig.build({ buildpacks: [reusing], request });
  const always = { ...reusing, build: `touch "$CNB_LAYERS_DIR/tool.toml"; ${reusing.build}` };
  await expect(rig.build({ buildpacks: [always], request })).rejects.toMatchObject({
    code: 'LAUNCHER_NEEDED',
    message: expect.stringContaining('layer acme/reusing:tool is taken from the previous image') as string,
  });
});
