import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { parsePlace } from '../../src/image/place.ts';
import { openBuilder } from '../../src/platform/builder.ts';
import { scriptBuildpack } from '../../src/platform/buildpack-script.ts';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { parseProjectDescriptor } from '../../src/cnb/project-descriptor.ts';
import { builderRig, shown, usual, type BuilderRig } from './builder-rig.ts';

let rig: BuilderRig;

beforeEach(async () => {
  rig = await builderRig();
});

describe('chooseOrder()', () => {
  test('PRJ-10 and DST-10 takes single buildpacks of the builder, and its order in the middle of others', async () => {
    const builder = await rig.createAndOpen(rig.twoBuildpacks());
    rig.buildpack('mine');
    expect(shown(await rig.order(builder, { flags: ['urn:cnb:builder:acme/two'] }))).toEqual(['acme/two']);
    expect(shown(await rig.order(builder, { flags: ['acme/two@2.0.0'] }))).toEqual(['acme/two']);
    expect(shown(await rig.order(builder, { flags: ['./mine', 'from=builder'] }))).toEqual([
      'acme/mine acme/one acme/two?',
      'acme/mine acme/two',
    ]);
    expect(shown(await rig.order(builder, { preFlags: ['./mine'], postFlags: ['./mine'] }))[1]).toBe(
      'acme/mine acme/two acme/mine',
    );
    await expect(rig.order(builder, { flags: ['urn:cnb:builder:acme/none'] })).rejects.toMatchObject({
      code: 'BUILDER_INVALID',
      detail: 'There is: acme/one@1.0.0, acme/two@2.0.0',
    });
    await expect(rig.order(undefined, { flags: ['from=builder'] })).rejects.toThrow('there is no builder');
  });

  test('PRJ-07 and PRJ-08 makes buildpacks of scripts, in front of and behind every group', async () => {
    const descriptor = parseProjectDescriptor(
      `[_]
schema-version = "0.2"
[[io.buildpacks.pre.group]]
id = "me/first"
[io.buildpacks.pre.group.script]
api = "0.12"
inline = "echo hello"
shell = "/bin/bash"
[[io.buildpacks.post.group]]
id = "acme/two"
`,
      'project.toml',
    );
    const builder = await rig.createAndOpen(rig.twoBuildpacks());
    const chosen = await rig.order(builder, { descriptor });
    expect(shown(chosen)).toEqual(['me/first acme/one acme/two? acme/two', 'me/first acme/two acme/two']);
    const [entry] = chosen.order[0]?.entries ?? [];
    expect(entry?.buildpack.descriptor).toMatchObject({ id: 'me/first', version: '0.0.0', apiText: '0.12' });
  });

  test('PRJ-07 writes a script as a buildpack that always detects, for the shell it names', async () => {
    const script = { id: 'me/first', version: '0.0.0', api: '0.12', inline: 'echo "$1"', shell: '/bin/bash' };
    const { main } = await scriptBuildpack(script, rig.tools);
    const text = (name: string): string => readFileSync(join(main.dir, name), 'utf8');
    expect(text('bin/build')).toBe('#!/bin/bash\n\necho "$1"\n');
    expect(text('bin/detect')).toBe('#!/bin/bash\n\nexit 0\n');
    for (const name of ['build', 'detect']) expect(statSync(join(main.dir, 'bin', name)).mode & 0o111).toBe(0o111);
    expect(main.buildpack.descriptor).toMatchObject({ id: 'me/first', version: '0.0.0', apiText: '0.12' });
  });

  test('ORD-13 and ORD-15 puts system buildpacks around groups that do not have them', async () => {
    rig.buildpack('sys');
    const builder = await rig.createAndOpen(`${rig.twoBuildpacks()}
[[buildpacks]]
uri = "sys"
[[system.pre.buildpacks]]
id = "acme/sys"
optional = true
[[system.post.buildpacks]]
id = "acme/two"
`);
    expect(shown(await rig.order(builder))).toEqual(['acme/sys? acme/one acme/two?', 'acme/sys? acme/two']);
  });

  test('DST-06 gives composites of the builder all that they name', async () => {
    rig.buildpack('one');
    rig.buildpack('all', { composite: true, toml: '[[order]]\n[[order.group]]\nid = "acme/one"\nversion = "1.0.0"\n' });
    const builder = await rig.createAndOpen(`${usual}
[[buildpacks]]
uri = "one"
[[buildpacks]]
uri = "all"
[[order]]
[[order.group]]
id = "acme/all"
`);
    const chosen = await rig.order(builder);
    expect(shown(chosen)).toEqual(['acme/all']);
    expect([...chosen.buildpacks.keys()]).toEqual(expect.arrayContaining(['acme/all@1.0.0', 'acme/one@1.0.0']));
  });
});

test('openBuilder() opens the builder of another build again, wherever its tag points now', async () => {
  const registry = await startMemoryRegistry();
  const place = `docker://${registry.host}/acme/builder:1`;
  const push = async (image: Image): Promise<void> => {
    const sink = await rig.tools.places.sink(parsePlace(place), { names: [] });
    await sink.write(image, { report: () => undefined });
  };
  const first = await rig.create(rig.twoBuildpacks());
  await push(first);
  const { input } = await openBuilder(place, rig.tools);
  expect(input).toMatchObject({ name: 'builder', value: `${registry.host}/acme/builder:1@${first.digest}` });
  await push(await rig.create(`${rig.twoBuildpacks()}[[build.env]]\nname = "A"\n`));
  expect((await openBuilder(place, rig.tools)).image.digest).not.toBe(first.digest);
  const again = await openBuilder(place, { ...rig.tools, pinned: new Map([[input.name, input.value]]) });
  expect(again.image.digest).toBe(first.digest);
});
