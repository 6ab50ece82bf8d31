import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { listEntries } from '../../src/layer/list-entries.ts';
import { contentEntry, directoryEntry, symlinkEntry, type TarEntry } from '../../src/layer/tar-entry.ts';
import { layerOf } from '../image/example-image.ts';
import { CliRig } from './cli-rig.ts';

let rig: CliRig;
const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const root = { uid: 0, gid: 0 };

beforeAll(async () => {
  rig = new CliRig();
  rig.folder('app', { 'name.txt': 'world' });
  await write('build-image', buildImage());
});

afterAll(() => rig.remove());

/** The smallest build image in which a shell script runs. */
function buildImage(): Image {
  const tools = ['sh', 'cat', 'id', 'mkdir', 'printf', 'env', 'ls'];
  const entries: readonly TarEntry[] = [
    ...['/bin', '/etc', '/tmp', '/home', '/usr', '/usr/bin'].map((path) => directoryEntry(path, root)),
    contentEntry('/bin/busybox', readFileSync('/bin/busybox'), { ...root, mode: 0o755 }),
    ...tools.map((name) => symlinkEntry(`/bin/${name}`, 'busybox', root)),
    symlinkEntry('/usr/bin/env', '/bin/busybox', root),
    contentEntry('/etc/os-release', 'ID=acme\nVERSION_ID=7\nPRETTY_NAME="Acme Linux 7"\n', root),
    contentEntry('/etc/passwd', 'root:x:0:0::/root:/bin/sh\ncnb:x:1234:4321::/home/cnb:/bin/sh\n', root),
    directoryEntry('/home/cnb', { uid: 1234, gid: 4321 }),
  ];
  return editImage(scratchImage(platform), {
    created: '1980-01-01T00:00:01Z',
    layers: [{ layer: layerOf(entries), createdBy: 'test' }],
    config: () => ({ User: '1234:4321', Env: ['CNB_USER_ID=1234', 'CNB_GROUP_ID=4321', 'PATH=/usr/bin:/bin'] }),
  });
}

async function write(name: string, image: Image): Promise<void> {
  await layoutSink({ directory: join(rig.dir, name) }).write(image, { report: () => undefined });
}

const build = `#!/bin/sh
set -eu
mkdir -p "$1/facts"
{ cat name.txt; echo; echo "user $(id -u):$(id -g)"; cat /etc/os-release; echo "BP_WHO=\${BP_WHO-}"; ls -d /cnb/buildpacks/*; } > "$1/facts/facts.txt"
printf '[types]\\nlaunch = true\\n' > "$1/facts.toml"
`;

/** What the buildpack saw, from the layer that it made. */
async function facts(layout: string): Promise<string> {
  const image = await layoutSource({ directory: join(rig.dir, layout) }).resolve(platform);
  for (const layer of image.layers) {
    for await (const { path } of listEntries(() => layer.open())) {
      if (!String(path).endsWith('/facts.txt')) continue;
      return execFileSync(
        'tar',
        ['-xzO', '-f', join(rig.dir, layout, 'blobs', 'sha256', layer.digest.slice(7)), '-P', String(path)],
        {
          encoding: 'utf8',
        },
      );
    }
  }
  throw new Error(`There are no facts in ${layout}`);
}

const buildFiles = { 'bin/detect': '#!/bin/sh\n[ -f name.txt ] || exit 100\n', 'bin/build': build };

function buildpackFolder(name: string, toml = ''): void {
  const dir = rig.folder(name, {
    'buildpack.toml': `api = "0.12"\n[buildpack]\nid = "acme/${name}"\nversion = "1.0.0"\n${toml}`,
    ...buildFiles,
  });
  execFileSync('chmod', ['-R', '755', join(dir, 'bin')]);
}

describe('a builder of ours', () => {
  test('BLR-10 is made, inspected and built with: in its root file system, as its user, with its variables', async () => {
    buildpackFolder('facts', '[[targets]]\nos = "linux"\n[[targets.distros]]\nname = "acme"\nversion = "7"\n');
    rig.folder('.', {
      'builder.toml': `[build]\nimage = "oci:build-image"\n[[build.env]]\nname = "BP_WHO"\nvalue = "operator"\nsuffix = "default"
[[run.images]]\nimage = "oci:run"\n[[buildpacks]]\nuri = "facts"\n[[order]]\n[[order.group]]\nid = "acme/facts"\n`,
    });
    await write('run', buildImage());
    const created = await rig.run(['builder', 'create', 'acme/builder']);
    expect(created).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('pack will refuse it') });
    const inspected = await rig.run(['builder', 'inspect', 'acme/builder', '--json']);
    expect(JSON.parse(inspected.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      builder: {
        user: '1234:4321',
        order: [['acme/facts@1.0.0']],
        buildEnv: ['BP_WHO.default'],
        runImages: [{ image: 'oci:run' }],
      },
    });
    const built = await rig.run(['build', 'app', '--builder', 'acme/builder', '-o', 'oci:out']);
    expect(built.stderr + built.stdout).toContain('acme/facts');
    expect(built.exitCode, built.stderr).toBe(0);
    const seen = await facts('out');
    expect(seen).toContain('world');
    expect(seen).toContain('user 1234:4321');
    expect(seen).toContain('Acme Linux 7');
    expect(seen).toContain('BP_WHO=operator');
  });

  test('its buildpacks are also taken on this machine itself, when that is asked for', async () => {
    const args = [
      'build',
      'app',
      '--builder',
      'acme/builder',
      '--isolation',
      'real',
      '-e',
      'BP_WHO=user',
      '-o',
      'oci:out-real',
    ];
    const built = await rig.run(args);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(await facts('out-real')).toContain('BP_WHO=user');
  });
});

describe('a builder as others make them', () => {
  const other = { uid: 5000, gid: 6000 };
  const scripts = (id: string): readonly TarEntry[] => {
    const dir = `/cnb/buildpacks/${id.replace('/', '_')}`;
    const toml = `api = "0.7"\n[buildpack]\nid = "${id}"\nversion = "1.0.0"\n[[stacks]]\nid = "acme.stacks.old"\n`;
    return [
      directoryEntry(dir, root),
      directoryEntry(`${dir}/1.0.0`, other),
      contentEntry(`${dir}/1.0.0/buildpack.toml`, toml, { ...root, mode: 0o600 }),
      directoryEntry(`${dir}/1.0.0/bin`, { ...other, mode: 0o700 }),
      contentEntry(
        `${dir}/1.0.0/bin/run`,
        '#!/bin/sh\ncase "$0" in *detect) exit 0;; esac\n'.concat(build.replace('#!/bin/sh\n', '')),
        { ...other, mode: 0o700 },
      ),
      symlinkEntry(`${dir}/1.0.0/bin/build`, 'run', other),
      symlinkEntry(`${dir}/1.0.0/bin/detect`, 'run', other),
    ];
  };

  test('with stack.toml, labels of its time, flattened buildpacks, files of root and of strangers', async () => {
    const flattened = layerOf([...scripts('old/first'), ...scripts('old/second')]);
    const layers = [
      layerOf([directoryEntry('/layers', other), directoryEntry('/workspace', other)]),
      flattened,
      layerOf([
        contentEntry(
          '/cnb/order.toml',
          '[[order]]\n[[order.group]]\nid = "old/first"\nversion = "1.0.0"\n[[order.group]]\nid = "old/second"\nversion = "1.0.0"\noptional = true\n',
          root,
        ),
      ]),
      layerOf([contentEntry('/cnb/stack.toml', '[run-image]\nimage = "oci:run"\n', { ...root, mode: 0o600 })]),
    ];
    const module = { api: '0.7', stacks: [{ id: 'acme.stacks.old' }], layerDiffID: flattened.diffId };
    const image = editImage(buildImage(), {
      created: '2020-01-01T00:00:00Z',
      layers: layers.map((layer) => ({ layer, createdBy: '' })),
      config: (config) => ({
        ...config,
        Env: [...(config.Env ?? []), 'CNB_STACK_ID=acme.stacks.old'],
        Labels: {
          'io.buildpacks.stack.id': 'acme.stacks.old',
          'io.buildpacks.stack.mixins': '[]',
          'io.buildpacks.buildpack.layers': JSON.stringify({
            'old/first': { '1.0.0': module },
            'old/second': { '1.0.0': module },
          }),
          'io.buildpacks.builder.metadata': JSON.stringify({
            description: '',
            buildpacks: null,
            stack: { runImage: { image: 'oci:run', mirrors: null } },
            lifecycle: { version: '0.9.3', api: { buildpack: '0.2', platform: '0.4' } },
          }),
        },
      }),
    });
    await write('theirs', image);
    const inspected = await rig.run(['builder', 'inspect', 'oci:theirs']);
    expect(inspected.stdout).toContain('0.9.3 (Platform API 0.4), not used by tsbuildpack');
    const built = await rig.run(['build', 'app', '--builder', 'oci:theirs', '-o', 'oci:out-theirs']);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(built.stderr + built.stdout).toContain('old/second');
    const seen = await facts('out-theirs');
    expect(seen).toContain('user 1234:4321');
    expect(seen).toContain('/cnb/buildpacks/old_first');
  });
});

describe('a buildpack from the first line to a package', () => {
  test.each([{ type: 'bash' }, { type: 'module' }])('new --type $type builds', async ({ type }) => {
    const app = rig.staticApp(`new-${type}-app`);
    const wrote = await rig.run(['buildpack', 'new', `acme/new-${type}`, '--type', type]);
    expect(wrote.exitCode, wrote.stderr).toBe(0);
    const flags = ['--buildpack', `./new-${type}`, '--buildpack', 'from=builtin'];
    const built = await rig.run(['build', app, ...flags, '-o', `oci:out-${type}`]);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(built.stderr + built.stdout).toContain(`---> acme/new-${type}`);
    const image = await layoutSource({ directory: join(rig.dir, `out-${type}`) }).resolve(platform);
    expect(JSON.stringify(image.config.config?.Labels)).toContain(`acme/new-${type}`);
  });

  test('what skopeo reads of a package is what was written', async () => {
    await rig.run(['buildpack', 'new', 'acme/packed']);
    const packed = await rig.run(['buildpack', 'package', 'packed', '-o', 'packed.cnb']);
    expect(packed.exitCode, packed.stderr).toBe(0);
    const config: unknown = JSON.parse(
      execFileSync('skopeo', ['inspect', '--config', `oci-archive:${rig.dir}/packed.cnb`], { encoding: 'utf8' }),
    );
    expect(config).toMatchObject({
      config: { Labels: { 'io.buildpacks.buildpackage.metadata': expect.stringContaining('acme/packed') } },
    });
    const inspected = await rig.run(['buildpack', 'inspect', 'packed.cnb']);
    expect(inspected.stdout).toMatch(/^Buildpack: +acme\/packed@0\.0\.1$/m);
  });
});
