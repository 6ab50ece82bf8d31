import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lifecycleMetadataLabel, parseLifecycleMetadata } from '../../src/cnb/lifecycle-metadata.ts';
import { distro, exampleRig, type PhasesRig } from './phases-rig.ts';

let rig: PhasesRig;

beforeAll(async () => {
  rig = await exampleRig();
});

const status: PhasesRig['status'] = (words, env) => rig.status(words, env);

describe('creator', () => {
  test('makes the same image as the phases, under every name [CRE-01] [CRE-04] [CRE-06] [FIL-07]', async () => {
    rig.order(['a/fails?', 'a/layer']);
    rig.emptyLayers();
    expect(rig.run(['creator', '-tag', 'other', 'app'])).toMatchObject({ exitCode: 0, message: '' });
    const made = await rig.image('app');
    expect((await rig.image('other')).digest).toBe(made.digest);
    expect(rig.read('layers/report.toml')).toMatch(/tags = \[ "[^"]*app[^"]*", "[^"]*other[^"]*" \]/);
    rig.emptyLayers();
    for (const words of [['analyzer', 'app'], ['detector'], ['restorer'], ['builder'], ['exporter', 'app']]) {
      expect(status(words)).toBe(0);
    }
    expect((await rig.image('app')).digest).toBe(made.digest);
  });

  test.each([
    { name: 'mapped', path: 'index.docker.io/library/mapped/latest', tag: 'latest' },
    { name: 'somebody/mapped:1.2', path: 'index.docker.io/somebody/mapped/1.2', tag: '1.2' },
    { name: 'registry.example:5000/team/mapped:1.2', path: 'registry.example:5000/team/mapped/1.2', tag: '1.2' },
  ])('writes $name to $path of the layouts, under its tag [EXP-30] [ANA-12]', ({ name, path, tag }) => {
    rig.order(['a/layer']);
    rig.emptyLayers();
    expect(rig.run(['creator', name])).toMatchObject({ exitCode: 0, message: '' });
    const { manifests } = JSON.parse(rig.read(`layout/${path}/index.json`)) as { manifests: object[] };
    expect(manifests).toEqual([expect.objectContaining({ annotations: { 'org.opencontainers.image.ref.name': tag } })]);
  });

  test('writes every name that it can, and ends with 62 where it cannot write one [EXP-25] [EXP-34]', async () => {
    rig.order(['a/layer']);
    rig.emptyLayers();
    rig.write('layout/index.docker.io/library/blocked', 'a file');
    const { exitCode, message } = rig.run(['creator', '-tag', 'blocked', '-tag', 'third', 'first']);
    expect({ exitCode, message }).toEqual({ exitCode: 62, message: 'Cannot write every image: blocked failed' });
    expect((await rig.image('third')).digest).toBe((await rig.image('first')).digest);
    expect(existsSync(join(rig.layers, 'report.toml'))).toBe(false);
  });

  test('-skip-restore gives nothing back but store.toml [CRE-03] [RST-11] [RST-12]', () => {
    rig.order(['a/layer']);
    const seen = join(rig.dir, 'app', 'restored');
    const create = (flags: readonly string[]): void => {
      rig.emptyLayers();
      rmSync(seen, { force: true });
      const words = ['creator', ...flags, '-cache-dir', rig.cache, 'skipped'];
      expect(rig.run(words)).toMatchObject({ exitCode: 0, message: '' });
    };
    create([]);
    create([]);
    expect(existsSync(seen)).toBe(true);
    create(['-skip-restore']);
    expect(existsSync(seen)).toBe(false);
  });

  test.each(['0.12', '0.13', '0.14', '0.15'])(
    'follows Platform API %s and says so in the image [EXP-13]',
    async (api) => {
      rig.order(['a/layer']);
      rig.emptyLayers();
      expect(rig.run(['creator', 'app'], { CNB_PLATFORM_API: api })).toMatchObject({ exitCode: 0, message: '' });
      const { config } = (await rig.image('app')).config;
      expect(config?.Env).toContain(`CNB_PLATFORM_API=${api}`);
      expect(config?.Labels?.['io.buildpacks.exec-env']).toBe(api === '0.15' ? 'production' : undefined);
    },
  );
});

describe('platform inputs', () => {
  test('variables of the user and the operator reach buildpacks by the rules [ENV-18] [ENV-23] [ENV-24] [ENV-27] [ENV-28] [DET-20] [DET-24]', () => {
    rig.order(['a/env']);
    rig.write('platform/env/USER_VAR', 'user');
    rig.write('platform/env/BOTH', 'user');
    rig.write('platform/env/CNB_TARGET_OS', 'plan9');
    rig.write('build-config/env/BOTH', 'operator');
    rig.write('build-config/env/ONLY', 'operator');
    rig.write('build-config/env/USER_VAR.append', '+');
    for (const words of [['analyzer', 'app'], ['detector'], ['builder']]) {
      expect(rig.run(words, { SECRET: 'x', CNB_REGISTRY_AUTH: '{}' })).toMatchObject({ exitCode: 0 });
    }
    for (const name of ['env.detect', 'env.build']) {
      const seen = rig.read(`app/${name}`).split('\n');
      expect(seen).toEqual(
        expect.arrayContaining([
          'USER_VAR=user+',
          'BOTH=user',
          'ONLY=operator',
          'CNB_TARGET_OS=linux',
          'CNB_TARGET_DISTRO_NAME=debian',
          'CNB_EXEC_ENV=production',
        ]),
      );
      expect(seen.filter((line) => /^(SECRET|CNB_REGISTRY_AUTH|CNB_PLATFORM_API)=/.test(line))).toEqual([]);
    }
    rmSync(join(rig.dir, 'build-config'), { recursive: true });
    rmSync(join(rig.dir, 'platform', 'env'), { recursive: true });
  });

  test('system.toml surrounds every group, since 0.15 [ORD-13] [ORD-14]', () => {
    rig.order(['a/layer']);
    const entry = (id: string): string => `[[system.pre.buildpacks]]\nid = "${id}"\nversion = "1.0.0"\n`;
    rig.write('system.toml', `${entry('a/passes')}${entry('a/layer')}`);
    expect(status(['detector'])).toBe(0);
    expect(rig.read('layers/group.toml').match(/id = ".*"/g)).toEqual(['id = "a/passes"', 'id = "a/layer"']);
    expect(status(['detector'], { CNB_PLATFORM_API: '0.14' })).toBe(0);
    expect(rig.read('layers/group.toml').match(/id = ".*"/g)).toEqual(['id = "a/layer"']);
    rmSync(join(rig.dir, 'system.toml'));
  });

  test('an execution environment leaves out buildpacks for others, since 0.15 [DET-22] [ENV-28]', () => {
    rig.order(['a/for-test', 'a/passes']);
    const ids = (env: Readonly<Record<string, string>>): unknown => {
      expect(status(['detector'], env)).toBe(0);
      return rig.read('layers/group.toml').match(/id = ".*"/g)?.length;
    };
    expect(ids({})).toBe(1);
    expect(ids({ CNB_EXEC_ENV: 'test' })).toBe(2);
    expect(ids({ CNB_PLATFORM_API: '0.14' })).toBe(2);
  });

  test('layers of an image for another execution environment are not for this one [ANA-15]', () => {
    rig.order(['a/layer']);
    rig.emptyLayers();
    expect(status(['creator', 'for-production'])).toBe(0);
    expect(status(['analyzer', 'for-production'])).toBe(0);
    expect(rig.analyzed.metadata?.buildpacks).toHaveLength(1);
    expect(status(['analyzer', 'for-production'], { CNB_EXEC_ENV: 'test' })).toBe(0);
    expect(rig.analyzed.previousImage).toBe('');
    expect(rig.analyzed.metadata).toBeUndefined();
  });

  test('the label names the run image and its mirrors as run.toml does [LBL-07] [RUN-01]', async () => {
    rig.order(['a/passes']);
    rig.emptyLayers();
    expect(status(['creator', 'app'])).toBe(0);
    const label = (await rig.image('app')).config.config?.Labels?.[lifecycleMetadataLabel];
    expect(parseLifecycleMetadata(label)?.runImage).toMatchObject({ image: 'run', mirrors: ['mirror.example/run'] });
  });
});

describe('analysis and restoration', () => {
  test('what the run image does not say of its distribution is that of the build image around the phases [TGT-04]', async () => {
    rig.order(['a/env']);
    await rig.runImage({});
    for (const words of [['analyzer', 'app'], ['detector'], ['builder']]) expect(status(words)).toBe(0);
    const own = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
    const [, id] = /^ID="?([^"\n]*)"?$/m.exec(own) ?? [];
    const seen = /^CNB_TARGET_DISTRO_NAME=(.*)$/m.exec(rig.read('app/env.build'))?.[1];
    expect(seen).toBe(id);
    await rig.runImage(distro);
  });

  test('a run image without an operating system is refused [TGT-17] [ANA-13]', async () => {
    await rig.runImage(distro, { os: '', architecture: 'amd64' });
    expect(status(['analyzer', 'app'])).toBe(32);
    await rig.runImage(distro);
  });

  test('-skip-layers leaves out SBOM files and keeps metadata [ANA-11]', () => {
    rig.order(['a/layer']);
    rig.emptyLayers();
    expect(status(['creator', 'with-layers'])).toBe(0);
    const analyze = (...flags: readonly string[]): boolean => {
      rig.emptyLayers();
      expect(status(['analyzer', ...flags, 'with-layers'])).toBe(0);
      expect(rig.analyzed.metadata?.buildpacks).toHaveLength(1);
      return existsSync(join(rig.layers, 'sbom', 'launch'));
    };
    expect(analyze()).toBe(true);
    expect(analyze('-skip-layers')).toBe(false);
  });

  test('restoring goes on without analyzed.toml, and ends with 42 where it cannot write [FIL-05] [EXI-05] [RST-18] [RST-13]', () => {
    rig.order(['a/layer']);
    rig.emptyLayers();
    expect(status(['detector'])).toBe(0);
    const { exitCode, events } = rig.run(['restorer']);
    expect(exitCode).toBe(0);
    const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toContain('No cached data will be used, no cache specified.');
    expect(warnings.some((message) => message.startsWith('No analyzed metadata found'))).toBe(true);
    expect(status(['creator', 'with-layers'])).toBe(0);
    rig.emptyLayers();
    for (const words of [['analyzer', 'with-layers'], ['detector']]) expect(status(words)).toBe(0);
    rig.write('layers/a_layer', 'in the way');
    expect(status(['restorer'])).toBe(42);
    rig.emptyLayers();
  });
});

describe('export', () => {
  test('SBOM files of a launcher that the platform brings are in the image [SBM-10] [EXP-05]', async () => {
    rig.order(['a/passes']);
    rig.emptyLayers();
    rig.write('brought/launcher', '#!/bin/sh\n');
    rig.write('brought/launcher.sbom.cdx.json', '{"of": "launcher"}');
    rig.write('brought/lifecycle.sbom.cdx.json', '{"of": "lifecycle"}');
    const launcher = ['-launcher', join(rig.dir, 'brought', 'launcher')];
    expect(rig.run(['creator', ...launcher, 'with-launcher'])).toMatchObject({ exitCode: 0, message: '' });
    const place = 'layers/sbom/launch/buildpacksio_lifecycle/launcher/sbom.cdx.json';
    expect(rig.read(place)).toBe('{"of": "launcher"}');
    expect(rig.read('layers/sbom/build/buildpacksio_lifecycle/sbom.cdx.json')).toBe('{"of": "lifecycle"}');
    const label = (await rig.image('with-launcher')).config.config?.Labels?.[lifecycleMetadataLabel];
    const before = parseLifecycleMetadata(label)?.sbom?.sha;
    rig.write('other/one.sbom.syft.json', '{}');
    rig.emptyLayers();
    const named = [...launcher, '-launcher-sbom', join(rig.dir, 'other')];
    expect(rig.run(['creator', ...named, 'with-launcher'])).toMatchObject({ exitCode: 0, message: '' });
    expect(rig.read('layers/sbom/launch/buildpacksio_lifecycle/launcher/one.sbom.syft.json')).toBe('{}');
    const after = (await rig.image('with-launcher')).config.config?.Labels?.[lifecycleMetadataLabel];
    expect(parseLifecycleMetadata(after)?.sbom?.sha).not.toBe(before);
  });

  test('an image extension that takes part is in the group, one that does not is left out [ORD-12] [EXT-09]', () => {
    rig.order(['a/passes']);
    const extension = '[[order-extensions]]\n[[order-extensions.group]]\nid = "a/extension"\nversion = "1.0.0"\n';
    rig.write('with-extensions.toml', `${rig.read('order.toml')}${extension}`);
    const dir = 'cnb/extensions/a_extension/1.0.0';
    rig.write(`${dir}/extension.toml`, 'api = "0.12"\n[extension]\nid = "a/extension"\nversion = "1.0.0"\n');
    const env = {
      CNB_ORDER_PATH: join(rig.dir, 'with-extensions.toml'),
      CNB_EXTENSIONS_DIR: join(rig.dir, 'cnb/extensions'),
    };
    expect(rig.run(['detector'], env)).toMatchObject({ exitCode: 0, message: '' });
    expect(rig.read('layers/group.toml')).toContain('group-extensions');
    rig.write(`${dir}/detect/plan.toml`, '[[provides]]\nname = "unused"\n');
    expect(rig.run(['detector'], env)).toMatchObject({ exitCode: 0, message: '' });
    expect(rig.read('layers/group.toml')).not.toContain('group-extensions');
  });
});

describe('rebaser', () => {
  test('wants images on one registry and one name of the run image [RBS-01] [RBS-14] [RBS-17]', () => {
    expect(status(['rebaser', 'app', 'x.example/app'])).toBe(3);
    expect(status(['rebaser', '-image', 'run', '-run-image', 'run', 'app'])).toBe(3);
    // As seen in the reference, also where the label names no run image.
    expect(status(['rebaser', 'never-built'])).toBe(72);
    expect(status(['rebaser', 'run'])).toBe(72);
  });

  test('puts the image on the new run image and reports it [RBS-08] [RBS-15] [RBS-16] [EXI-08] [FIL-10]', async () => {
    rig.order(['a/passes']);
    rig.emptyLayers();
    expect(status(['creator', 'app'])).toBe(0);
    const before = await rig.image('app');
    const newer = await rig.runImage({ ...distro, more: 'labels' });
    const env = { CNB_REPORT_PATH: join(rig.dir, 'rebase.toml') };
    expect(rig.run(['rebaser', 'app'], env)).toMatchObject({ exitCode: 0, message: '' });
    const after = await rig.image('app');
    expect(after.digest).not.toBe(before.digest);
    const metadata = parseLifecycleMetadata(after.config.config?.Labels?.[lifecycleMetadataLabel]);
    expect(metadata?.runImage.reference).toContain(newer.digest);
    expect(rig.read('rebase.toml')).toContain('tags = [ "app" ]');
    await rig.runImage({ 'io.buildpacks.base.distro.name': 'other' });
    expect(status(['rebaser', 'app'], env)).toBe(72);
    expect(status(['rebaser', '-force', 'app'], env)).toBe(0);
    await rig.runImage(distro);
  });
});
