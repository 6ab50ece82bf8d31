import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeBindings } from '../../src/lifecycle/platform-directory.ts';
import { found, group, openPhases } from './phase-fixture.ts';

const bindings = [
  {
    name: 'db',
    files: new Map([
      ['type', Buffer.from('postgresql')],
      ['uri', Buffer.from('secret')],
    ]),
  },
];

test('buildpacks find bindings by variable and in the platform directory, in both phases [BND-02] [BND-03] [ENV-21]', async () => {
  const phases = await openPhases();
  const look =
    'cat "$CNB_PLATFORM_DIR/bindings/db/type" > "found.$PHASE"; echo "$SERVICE_BINDING_ROOT" >> "found.$PHASE"';
  const buildpack = await phases.script({
    id: 'a/looks',
    detect: `PHASE=detect; ${look}`,
    build: `PHASE=build; ${look}`,
  });
  const detected = found(await phases.detect([group(buildpack)], { bindings }));
  await phases.build(detected, { bindings });
  const root = join(phases.environment.paths.platform.inside, 'bindings');
  for (const phase of ['detect', 'build']) {
    expect(readFileSync(join(phases.app, `found.${phase}`), 'utf8')).toBe(`postgresql${root}\n`);
  }
  const platform = phases.environment.paths.platform.host;
  expect(readFileSync(join(platform, 'env', 'SERVICE_BINDING_ROOT'), 'utf8')).toBe(root);
  await removeBindings(platform);
  expect(existsSync(join(platform, 'bindings'))).toBe(false);
});

test('a variable of the user’s own wins, and without bindings there is neither [BND-02]', async () => {
  const phases = await openPhases();
  const buildpack = await phases.script({ id: 'a/env', detect: 'echo "$SERVICE_BINDING_ROOT" > root' });
  await phases.detect([group(buildpack)], { bindings, env: { SERVICE_BINDING_ROOT: '/mine' } });
  expect(readFileSync(join(phases.app, 'root'), 'utf8')).toBe('/mine\n');
  await phases.detect([group(buildpack)]);
  expect(readFileSync(join(phases.app, 'root'), 'utf8')).toBe('\n');
  expect(existsSync(join(phases.environment.paths.platform.host, 'bindings'))).toBe(false);
});
