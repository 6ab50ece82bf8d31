import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layoutSource } from '../../src/image/layout-place.ts';
import { listEntries } from '../../src/layer/list-entries.ts';
import { amd64 } from '../image/example-image.ts';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { buildpackRig, composite, inDir, nameOf, namesOf, rigWithAll, rigWithOne } from './buildpack-rig.ts';

describe('packageBuildpack()', () => {
  test('TAR-10 gives the same bytes for the same files', async () => {
    const [first, second] = await Promise.all(
      [rigWithAll(), rigWithAll()].map(async (made) => {
        const rig = await made;
        await rig.package({ directory: 'all', outputs: [join(rig.dir, 'all.cnb')] });
        return readFileSync(join(rig.dir, 'all.cnb'));
      }),
    );
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
  });

  test('DST-02 and DST-07 lays each buildpack at its place, owned by root, with two sets of modes', async () => {
    const rig = await rigWithOne();
    rig.files('one', { 'lib/data.txt': 'x', link: '→ lib/data.txt', '.git/HEAD': 'ref' });
    await rig.package({ directory: 'one', outputs: [inDir(rig, 'oci:layout')] });
    const image = await layoutSource({ directory: join(rig.dir, 'layout') }).resolve(amd64);
    const entries = [];
    for (const layer of image.layers) {
      for await (const entry of listEntries(() => layer.open())) entries.push(entry);
    }
    expect(entries.map(({ path, mode, uid, gid }) => `${mode.toString(8)} ${uid}:${gid} ${String(path)}`)).toEqual([
      '755 0:0 /cnb/buildpacks/acme_one',
      '755 0:0 /cnb/buildpacks/acme_one/1.0.0',
      '755 0:0 /cnb/buildpacks/acme_one/1.0.0/bin',
      '755 0:0 /cnb/buildpacks/acme_one/1.0.0/bin/build',
      '755 0:0 /cnb/buildpacks/acme_one/1.0.0/bin/detect',
      '644 0:0 /cnb/buildpacks/acme_one/1.0.0/buildpack.toml',
      '755 0:0 /cnb/buildpacks/acme_one/1.0.0/lib',
      '644 0:0 /cnb/buildpacks/acme_one/1.0.0/lib/data.txt',
      '755 0:0 /cnb/buildpacks/acme_one/1.0.0/link',
    ]);
    expect(entries.every(({ mtimeSeconds }) => mtimeSeconds === 315_532_801)).toBe(true);
  });

  test.each([{ flatten: false }, { flatten: true }])(
    'DST-06 carries all that it needs, flatten: $flatten',
    async ({ flatten }) => {
      const rig = await rigWithAll();
      await rig.package({ directory: 'all', outputs: [join(rig.dir, 'all.cnb')], flatten });
      const found = await rig.find('all.cnb');
      expect(nameOf(found)).toBe('acme/all@1.0.0');
      expect(namesOf(found)).toEqual(['acme/all@1.0.0', 'acme/one@1.0.0', 'acme/two@1.0.0']);
      const source = await rig.tools.places.source({ kind: 'oci-archive', file: join(rig.dir, 'all.cnb') });
      expect((await source.resolve(amd64)).layers).toHaveLength(flatten ? 1 : 3);
    },
  );

  test('DST-06 takes what it needs out of other packages', async () => {
    const rig = await rigWithAll();
    await rig.package({ directory: 'one', outputs: [join(rig.dir, 'one.cnb')] });
    rig.files('all', { 'package.toml': '[[dependencies]]\nuri = "../one.cnb"\n' });
    await rig.package({ directory: 'all', outputs: [join(rig.dir, 'all.cnb')] });
    expect(namesOf(await rig.find('all.cnb'))).toEqual(['acme/all@1.0.0', 'acme/one@1.0.0']);
  });

  test('DST-06 refuses a composite without its parts, and names them', async () => {
    const rig = await rigWithAll();
    rig.files('all', { 'package.toml': '[buildpack]\nuri = "."\n' });
    await expect(rig.package({ directory: 'all', outputs: ['x.cnb'] })).rejects.toMatchObject({
      code: 'BUILDPACK_INVALID',
      message: 'Cannot package buildpack "acme/all@1.0.0": it needs acme/one@1.0.0, which is not there',
    });
  });

  // @cnb DST-04
  test('DST-03 to DST-05 says in labels what pack reads', async () => {
    const rig = await buildpackRig();
    rig.buildpack('old', { toml: 'name = "Old"\nhomepage = "https://a.example"\n[[stacks]]\nid = "acme.stack"\n' });
    rig.buildpack('both', { composite: true, toml: composite.replace('acme/one', 'acme/old') });
    rig.files('both', { 'package.toml': '[[dependencies]]\nuri = "../old"\n' });
    await rig.package({ directory: 'both', outputs: [inDir(rig, 'oci:layout')], labels: { 'acme.x': '1' } });
    const image = await layoutSource({ directory: join(rig.dir, 'layout') }).resolve(amd64);
    const labels = image.config.config?.Labels ?? {};
    const [both, old] = image.config.rootfs.diff_ids;
    expect(labels['acme.x']).toBe('1');
    expect(labels['io.buildpacks.buildpackage.metadata']).toBe(
      '{"id":"acme/both","version":"1.0.0","stacks":[{"id":"acme.stack"}]}',
    );
    expect(JSON.parse(labels['io.buildpacks.buildpack.layers'] ?? '')).toEqual({
      'acme/both': {
        '1.0.0': { api: '0.12', order: [{ group: [{ id: 'acme/old', version: '1.0.0' }] }], layerDiffID: both },
      },
      'acme/old': {
        '1.0.0': {
          api: '0.12',
          stacks: [{ id: 'acme.stack' }],
          layerDiffID: old,
          homepage: 'https://a.example',
          name: 'Old',
        },
      },
    });
  });

  test('DST-03 names the stacks that all components have, once each, with the mixins of all', async () => {
    const rig = await buildpackRig();
    const stack = (id: string, ...mixins: readonly string[]): string =>
      `[[stacks]]\nid = "${id}"\nmixins = ${JSON.stringify(mixins)}\n`;
    rig.buildpack('one', { toml: stack('s.x', 'git') + stack('s.one') });
    rig.buildpack('two', { toml: stack('s.two') + stack('s.x', 'build:curl', 'git') });
    rig.buildpack('any', { toml: '[[stacks]]\nid = "*"\n' });
    const group = ['one', 'two', 'any'].map((name) => `{ id = "acme/${name}", version = "1.0.0" }`).join(', ');
    rig.buildpack('all', { composite: true, toml: `[[order]]\ngroup = [${group}]\n` });
    const dependencies = ['one', 'two', 'any'].map((name) => `[[dependencies]]\nuri = "../${name}"\n`).join('');
    rig.files('all', { 'package.toml': dependencies });
    await rig.package({ directory: 'all', outputs: [inDir(rig, 'oci:layout')] });
    const { config } = await layoutSource({ directory: join(rig.dir, 'layout') }).resolve(amd64);
    expect(JSON.parse(config.config?.Labels?.['io.buildpacks.buildpackage.metadata'] ?? '')).toEqual({
      id: 'acme/all',
      version: '1.0.0',
      stacks: [{ id: 's.x', mixins: ['build:curl', 'git'] }],
    });
    rig.files('all', { 'package.toml': dependencies });
    rig.buildpack('two', { toml: stack('s.two') });
    await expect(rig.package({ directory: 'all', outputs: [inDir(rig, 'oci:other')] })).rejects.toThrow(
      'share no stack',
    );
  });

  test('DST-04 names any stack for buildpacks that have targets alone, as the specification wants one', async () => {
    const rig = await buildpackRig();
    rig.buildpack('one', { toml: '[[targets]]\nos = "linux"\narch = "amd64"\n' });
    await rig.package({ directory: 'one', outputs: [inDir(rig, 'oci:layout')] });
    const { config } = await layoutSource({ directory: join(rig.dir, 'layout') }).resolve(amd64);
    const labels = config.config?.Labels ?? {};
    const metadata: unknown = JSON.parse(labels['io.buildpacks.buildpackage.metadata'] ?? '');
    expect(metadata).toEqual({ id: 'acme/one', version: '1.0.0', stacks: [{ id: '*' }] });
    const layers: unknown = JSON.parse(labels['io.buildpacks.buildpack.layers'] ?? '');
    expect(layers).toMatchObject({ 'acme/one': { '1.0.0': { targets: [{ os: 'linux', arch: 'amd64' }] } } });
    expect(JSON.stringify(layers)).not.toContain('stacks');
  });

  test('DST-01 writes a file that is an uncompressed tar of an OCI layout', async () => {
    const rig = await rigWithOne();
    await rig.package({ directory: 'one', outputs: [join(rig.dir, 'one.cnb')] });
    const bytes = readFileSync(join(rig.dir, 'one.cnb'));
    expect(bytes.subarray(257, 262).toString()).toBe('ustar');
    const names = execFileSync('tar', ['-tf', join(rig.dir, 'one.cnb')], { encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining(['oci-layout', 'index.json']));
  });

  test('DST-09 makes an index of the packages for several platforms, each with its own programs', async () => {
    const registry = await startMemoryRegistry();
    const rig = await buildpackRig();
    const parts = rig.buildpack('many', {
      toml: '[[targets]]\nos = "linux"\narch = "amd64"\n[[targets]]\nos = "linux"\narch = "arm64"\n',
    });
    for (const arch of ['amd64', 'arm64']) {
      execFileSync('mkdir', ['-p', join(parts, 'linux')]);
      execFileSync('cp', ['-r', join(parts, 'bin'), join(parts, 'linux', 'bin')]);
      execFileSync('mkdir', [join(parts, 'linux', arch)]);
      execFileSync('mv', [join(parts, 'linux', 'bin'), join(parts, 'linux', arch, 'bin')]);
      writeFileSync(join(parts, 'linux', arch, 'arch.txt'), arch);
    }
    execFileSync('rm', ['-r', join(parts, 'bin')]);
    const place = `docker://${registry.host}/many:1`;
    await rig.package({ directory: 'many', outputs: [place, inDir(rig, 'oci:layout'), join(rig.dir, 'many.cnb')] });
    for (const architecture of ['amd64', 'arm64']) {
      for (const text of [place, 'layout', `many-linux-${architecture}.cnb`]) {
        const { main } = await rig.find(text, { os: 'linux', architecture });
        expect(readFileSync(join(main.dir, 'arch.txt'), 'utf8'), text).toBe(architecture);
      }
    }
  });

  test.each([
    {
      what: 'a version that is none',
      toml: '',
      version: '1.0',
      problem: 'Version "1.0" of buildpack "acme/x" is not X.Y.Z',
    },
  ])('BPT-05 refuses $what', async ({ toml, version, problem }) => {
    const rig = await buildpackRig();
    rig.buildpack('x', { toml, version });
    await expect(rig.package({ directory: 'x', outputs: ['x.cnb'] })).rejects.toThrow(problem);
  });

  test('refuses a module, which other tools could not run', async () => {
    const rig = await buildpackRig();
    rig.files('module', {
      'buildpack.mjs': `export default { id: 'a/m', version: '1.0.0', detect: () => ({ pass: true }), build: () => ({}) };`,
    });
    await expect(rig.package({ directory: 'module', outputs: ['x.cnb'] })).rejects.toThrow(
      'it is a module, which only tsbuildpack runs',
    );
  });
});
