import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { listEntries, type ListedEntry } from '../../src/layer/list-entries.ts';
import { buildImage, builderRig, shown, usual, type BuilderRig } from './builder-rig.ts';

let rig: BuilderRig;

beforeEach(async () => {
  rig = await builderRig();
});

describe('builderImage()', () => {
  // @cnb BLR-05 and ORD-12
  test.each([{ flatten: false }, { flatten: true }])(
    'BLR-05 gives an order that is read as it was written, flatten: $flatten',
    async (options) => {
      const builder = await rig.createAndOpen(rig.twoBuildpacks(), options);
      expect(shown(await rig.order(builder))).toEqual(['acme/one acme/two?', 'acme/two']);
      expect(builder.documents.order.flat().map(({ version }) => version)).toEqual(['1.0.0', '2.0.0', '2.0.0']);
      const label = JSON.parse(builder.image.config.config?.Labels?.['io.buildpacks.buildpack.order'] ?? '') as unknown;
      expect(label).toEqual([
        { group: [{ id: 'acme/one' }, { id: 'acme/two', version: '2.0.0', optional: true }] },
        { group: [{ id: 'acme/two' }] },
      ]);
    },
  );

  test('TAR-10 gives the same image again', async () => {
    const toml = rig.twoBuildpacks();
    expect((await rig.create(toml)).digest).toBe((await rig.create(toml)).digest);
  });

  test('BLR-01 and BLR-02 has what a lifecycle expects where it expects it', async () => {
    const image = await rig.create(`${rig.twoBuildpacks()}
[[system.pre.buildpacks]]
id = "acme/one"
[[build.env]]
name = "BP_A"
value = "1"
suffix = "append"
delim = ":"
`);
    const entries = await entriesOf(image);
    const facts = entries.map(({ path, mode, uid, gid }) => `${mode.toString(8)} ${uid}:${gid} ${String(path)}`);
    expect(facts).toEqual([
      '755 0:0 /etc',
      '644 0:0 /etc/os-release',
      '755 1234:4321 /workspace',
      '755 1234:4321 /layers',
      '755 0:0 /cnb',
      '755 0:0 /cnb/buildpacks',
      '755 0:0 /cnb/extensions',
      '755 0:0 /platform',
      '755 0:0 /platform/env',
      '755 0:0 /cnb/build-config',
      '755 0:0 /cnb/build-config/env',
      ...['one/1.0.0', 'two/2.0.0'].flatMap((name) => [
        `755 0:0 /cnb/buildpacks/acme_${name.replace(/\/.*/, '')}`,
        ...['', '/bin', '/bin/build', '/bin/detect'].map((path) => `755 0:0 /cnb/buildpacks/acme_${name}${path}`),
        `644 0:0 /cnb/buildpacks/acme_${name}/buildpack.toml`,
      ]),
      '644 0:0 /cnb/order.toml',
      '644 0:0 /cnb/system.toml',
      '644 0:0 /cnb/stack.toml',
      '644 0:0 /cnb/run.toml',
      '644 0:0 /cnb/build-config/env/BP_A.append',
      '644 0:0 /cnb/build-config/env/BP_A.delim',
    ]);
    expect(entries.every(({ mtimeSeconds }) => mtimeSeconds === 315_532_801)).toBe(true);
  });

  test('BLR-03, BLR-04 and BLR-06 says in labels and config what platforms read', async () => {
    const image = await rig.create(rig.twoBuildpacks());
    const { config } = image.config;
    expect(config).toMatchObject({ User: '1234:4321', WorkingDir: '/layers' });
    expect(config?.Env).toEqual(['CNB_USER_ID=1234', 'CNB_GROUP_ID=4321', 'PATH=/usr/bin']);
    const labels = config?.Labels ?? {};
    expect(labels['io.buildpacks.stack.id']).toBe('acme.stack');
    expect(JSON.parse(labels['io.buildpacks.builder.metadata'] ?? '')).toMatchObject({
      description: 'Ours',
      buildpacks: [
        { id: 'acme/one', version: '1.0.0' },
        { id: 'acme/two', version: '2.0.0' },
      ],
      stack: { runImage: { image: 'registry.example/run:1', mirrors: ['mirror.example/run:1'] } },
      images: [{ image: 'registry.example/run:1', mirrors: ['mirror.example/run:1'] }],
      createdBy: { name: 'tsbuildpack' },
    });
  });

  test('says that a builder without a lifecycle is for tsbuildpack alone', async () => {
    await rig.create(rig.twoBuildpacks());
    expect(rig.events).toContainEqual(
      expect.objectContaining({ type: 'warning', message: expect.stringContaining('pack will refuse it') }),
    );
  });

  test.each([
    { value: undefined, problem: 'it does not set CNB_USER_ID' },
    { value: 'cnb', problem: 'its CNB_USER_ID is "cnb", it must be a number' },
  ])('BLR-07 refuses a build image whose user is $value', async ({ value, problem }) => {
    const env = ['CNB_GROUP_ID=1', ...(value === undefined ? [] : [`CNB_USER_ID=${value}`])];
    await rig.store('base', buildImage(env));
    await expect(rig.create(rig.twoBuildpacks())).rejects.toMatchObject({
      code: 'BUILDER_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  test('BLR-08 puts a lifecycle in, with what it says of itself', async () => {
    const lifecycle = rig.files('release', {
      'lifecycle.toml':
        '[lifecycle]\nversion = "0.21.0"\n[apis.buildpack]\nsupported = ["0.11", "0.12"]\n[apis.platform]\ndeprecated = ["0.7"]\nsupported = ["0.12", "0.15"]\n',
      'lifecycle/bin/x': '',
      'lifecycle/creator': '→ lifecycle',
    });
    execFileSync('tar', ['-czf', 'lifecycle.tgz', '-C', lifecycle, '.'], { cwd: rig.dir });
    const image = await rig.create(`${rig.twoBuildpacks()}[lifecycle]\nuri = "lifecycle.tgz"\n`);
    const metadata = JSON.parse(image.config.config?.Labels?.['io.buildpacks.builder.metadata'] ?? '') as {
      lifecycle: unknown;
    };
    expect(metadata.lifecycle).toEqual({
      version: '0.21.0',
      api: { buildpack: '0.11', platform: '0.7' },
      apis: {
        buildpack: { deprecated: [], supported: ['0.11', '0.12'] },
        platform: { deprecated: ['0.7'], supported: ['0.12', '0.15'] },
      },
    });
    const entries = await entriesOf(image);
    const links = entries
      .filter(({ type }) => type === 'symlink')
      .map(({ path, linkTarget }) => [String(path), String(linkTarget)]);
    expect(links).toEqual([
      ['/cnb/lifecycle/creator', 'lifecycle'],
      ['/lifecycle', '/cnb/lifecycle'],
    ]);
  });

  test.each([
    {
      what: 'an entry that nothing answers to',
      toml: '[[order]]\n[[order.group]]\nid = "acme/none"',
      problem: 'there is no buildpack of this ID',
    },
    {
      what: 'a version that is not there',
      toml: '[[order]]\n[[order.group]]\nid = "acme/one"\nversion = "9.0.0"',
      problem: 'there is only 1.0.0',
    },
    { what: 'no order', toml: '', problem: 'without an order' },
  ])('refuses $what', async ({ toml, problem }) => {
    rig.buildpack('one');
    await expect(rig.create(`${usual}[[buildpacks]]\nuri = "one"\n${toml}`)).rejects.toMatchObject({
      code: 'BUILDER_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  test('refuses a built-in buildpack by its ID, and says how to have both', async () => {
    await expect(rig.create(`${usual}[[buildpacks]]\nid = "tsbuildpack/go"\n`)).rejects.toMatchObject({
      code: 'BUILDPACK_INVALID',
      hint: expect.stringContaining('--buildpack from=builder --buildpack from=builtin'),
    });
  });
});

async function entriesOf(image: Image): Promise<readonly ListedEntry[]> {
  const entries: ListedEntry[] = [];
  for (const layer of image.layers) for await (const entry of listEntries(() => layer.open())) entries.push(entry);
  return entries;
}
