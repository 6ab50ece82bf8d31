import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BuildOptions } from '../../src/platform/build-options.ts';
import { prepareProject, type Project } from '../../src/platform/project.ts';
import type { BuildInputs } from '../../src/platform/build-inputs.ts';
import { builderRig, shown, type BuilderRig } from './builder-rig.ts';

let rig: BuilderRig;

beforeEach(async () => {
  rig = await builderRig();
  await rig.createAndOpen(rig.twoBuildpacks());
});

const head = '[_]\nschema-version = "0.2"\n[io.buildpacks]\n';

async function prepare(options: Partial<BuildOptions> = {}): Promise<Project> {
  const lists = { tags: [], outputs: [], buildpacks: [], preBuildpacks: [], postBuildpacks: [], env: [], envFiles: [] };
  return await prepareProject(
    { directory: 'app', ...lists, push: false, labels: [], clearCache: false, platform: 'linux/amd64', ...options },
    rig.tools.surroundings,
  );
}

/** What builds the folder `app` of the rig. */
async function inputs(options: Partial<BuildOptions> = {}): Promise<BuildInputs> {
  return await (await prepare(options)).chooseInputs(rig.tools.store);
}

describe('prepareProject()', () => {
  test('PRJ-01 and PRJ-04 takes the builder that project.toml names, in its root file system, for its run image', async () => {
    rig.files('app', { 'project.toml': `${head}builder = "store:builder"\n` });
    const chosen = await inputs();
    expect(shown(chosen)).toEqual(['acme/one acme/two?', 'acme/two']);
    expect(chosen).toMatchObject({
      isolation: 'image',
      buildImage: { kind: 'image', place: 'store:docker.io/library/builder:latest' },
      runImage: { kind: 'image', place: 'registry.example/run:1', mirrors: ['mirror.example/run:1'] },
    });
  });

  test("ORD-19 leaves out of a builder's order what is for another execution environment than the one asked for", async () => {
    const entry = (id: string, execEnv: string): string =>
      `[[order.group]]\nid = "acme/${id}"\nexec-env = ["${execEnv}"]\n`;
    const [modules = ''] = rig.twoBuildpacks().split('[[order]]');
    await rig.createAndOpen(`${modules}[[order]]\n${entry('one', 'test')}${entry('two', 'production')}`);
    const builder = 'store:builder';
    rig.files('app', { 'a.txt': '' });
    expect(shown(await inputs({ builder }))).toEqual(['acme/two']);
    expect(shown(await inputs({ builder, execEnv: 'test' }))).toEqual(['acme/one']);
    expect(shown(await inputs({ builder, execEnv: 'test', buildpacks: ['from=builder'] }))).toEqual(['acme/one']);
    rig.files('app', { 'project.toml': `${head}builder = "${builder}"\n[dev.tsbuildpack]\nexec-env = "test"\n` });
    expect(shown(await inputs())).toEqual(['acme/one']);
  });

  test('PRJ-10 takes another builder, a run image or none when flags say so', async () => {
    rig.files('app', { 'project.toml': `${head}builder = "store:builder"\n` });
    expect((await inputs({ runImage: 'registry.example/other' })).runImage).toEqual({
      kind: 'image',
      place: 'registry.example/other',
    });
    expect((await inputs({ builder: 'none' })).buildImage).toBeUndefined();
    await expect(inputs({ builder: 'store:other' })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test.each([
    {
      row: 'PRJ-05 exclude',
      rule: 'exclude = ["*.md", "/docs/"]',
      enters: ['main.go', 'src', 'src/docs', 'src/docs/b.go'],
    },
    {
      row: 'PRJ-05 include',
      rule: 'include = ["docs/", "*.go"]',
      enters: ['docs', 'docs/a.go', 'docs/a.md', 'main.go', 'src', 'src/docs', 'src/docs/b.go', 'src/docs/c.md'],
    },
  ])('$row decides what enters the build', async ({ rule, enters }) => {
    const texts = ['main.go', 'README.md', 'docs/a.md', 'docs/a.go', 'src/docs/b.go', 'src/docs/c.md'];
    rig.files('app', Object.fromEntries(texts.map((path) => [path, ''])));
    rig.files('app', { 'project.toml': `${head}${rule}\n` });
    const source = await (await prepare()).readSource(rig.tools.store);
    const found = source.entries.map(({ path }) => path).filter((path) => path !== 'project.toml');
    expect(found).toEqual(enters);
  });

  test('PRJ-09 takes variables of the descriptor for those of the user, whichever table they are in', async () => {
    const variable = (table: string, name: string): string =>
      `[[io.buildpacks.${table}]]\nname = "${name}"\nvalue = "a b\\n"\n`;
    rig.files('app', { 'project.toml': head + variable('build.env', 'NEW') + variable('env.build', 'OLD') });
    expect((await prepare()).variables).toEqual({ NEW: 'a b\n', OLD: 'a b\n' });
    expect((await prepare({ env: ['NEW=flag'] })).variables).toEqual({ NEW: 'flag', OLD: 'a b\n' });
  });

  test('PRJ-01 and PRJ-11 reads the descriptor that a flag names, whose paths are relative to it', async () => {
    rig.buildpack('elsewhere/mine', { id: 'acme/mine' });
    rig.files('app', { 'project.toml': 'broken' });
    rig.files('elsewhere', { 'other.toml': `${head}[[io.buildpacks.group]]\nuri = "./mine"\n` });
    const chosen = await inputs({ descriptor: join('elsewhere', 'other.toml') });
    expect(shown(chosen)).toEqual(['acme/mine']);
  });
});
