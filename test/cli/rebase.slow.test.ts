import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { CliRig } from './cli-rig.ts';

let rig: CliRig;
beforeAll(() => {
  rig = new CliRig();
});
afterAll(() => {
  rig.remove();
});

async function succeed(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await rig.run(args);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}

interface Inspected {
  readonly image: {
    readonly layers: readonly { readonly part?: string; readonly diffId: string }[];
    readonly runImage: { readonly reference: string };
  };
}

async function inspect(place: string): Promise<Inspected['image']> {
  return (JSON.parse(await succeed('inspect', place, '--json')) as Inspected).image;
}

test('rebase moves manifest and config of an image in a registry, and no layer of the application', async () => {
  const registry = await startMemoryRegistry();
  const [run, app] = [`docker://${registry.host}/team/run:1`, `docker://${registry.host}/team/app:1`];
  // Any image can be a run image: two versions of one that this tool made.
  const base = rig.staticApp('base');
  await succeed('build', base, '-q', '--launcher', 'none', '--output', run);
  await succeed('build', rig.staticApp('app'), '-q', '--run-image', run, '--output', app);
  const before = await inspect(app);

  expect(await succeed('rebase', app, '-q')).toContain('team/app:1@sha256:');
  expect((await inspect(app)).layers).toEqual(before.layers);

  appendFileSync(join(base, 'server'), 'a security update');
  const updated = await succeed('build', base, '-q', '--launcher', 'none', '--output', run);
  registry.requests.length = 0;
  const dry = await succeed('rebase', app, '-q', '--dry-run');
  expect(registry.seen(/^(?:PUT|POST|PATCH) /)).toEqual([]);
  expect(await succeed('rebase', app, '-q')).toBe(dry);

  const after = await inspect(app);
  expect(after.runImage.reference.split('@')[1]).toBe(updated.split('@')[1]);
  const own = (image: Inspected['image']): readonly string[] =>
    image.layers.filter(({ part }) => part !== 'run-image').map(({ diffId }) => diffId);
  expect(own(after)).toEqual(own(before));
  const sent = registry.seen(/^PUT /).filter((request) => !request.includes('/manifests/'));
  // The config; the layers of the new run image are mounted from its repository.
  expect(sent).toHaveLength(1);
  expect(registry.seen(/^GET .*\/blobs\//).length).toBeLessThanOrEqual(2);
});

test('rebase of an image in the store, on the stack that it was made on, has nothing to do', async () => {
  const built = await succeed('build', rig.staticApp('stored'), '-q');
  expect(await succeed('rebase', 'stored', '-q')).toContain(built.split('@')[1]);
});
