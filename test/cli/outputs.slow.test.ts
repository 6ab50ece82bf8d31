import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { openPodman, startDockerd } from '../image/real-daemon.ts';
import { startRealRegistry } from '../registry/real-registry.ts';
import { folderFor, packageReadableBy, removeAs, rootlessUser, runAs } from '../rootless.ts';
import { craneBinary } from '../test-tools.ts';
import { CliRig } from './cli-rig.ts';

const rig: CliRig = new CliRig();

interface App {
  readonly name: string;
  readonly dir: () => string;
  /** Standard input, and what the program makes of it. */
  readonly input: string;
  readonly prints: RegExp;
}

const apps: readonly App[] = [
  {
    name: 'penguin-shell',
    dir: () => join(repositoryRoot, 'examples', 'penguin-shell'),
    input: 'ls /\n',
    // Container runtimes make folders of their own beside these.
    prints: /^(.*\n)*cnb\/\n(.*\n)*layers\/\n(.*\n)*workspace\/\n$/,
  },
  {
    name: 'static-binary',
    dir: () => rig.staticApp('static-binary'),
    input: 'let answer = 42\n',
    prints: /^let answer = 42;\n$/,
  },
];

afterAll(() => rig.remove());

function tool(command: string, args: readonly string[], input = ''): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe', input, cwd: rig.dir, env: rig.env });
}

async function succeed(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await rig.run(args, { env });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

const imageDigest = /sha256:[0-9a-f]{64}$/;

interface Inspected {
  readonly image: { readonly digest: string; readonly processes: readonly { readonly command: readonly string[] }[] };
}

async function inspect(place: string): Promise<Inspected['image']> {
  const { image } = JSON.parse(await succeed(['inspect', place, '--json'])) as Inspected;
  return image;
}

/** Of the results on standard output, which must all be of one image. */
function onlyDigest(stdout: string): string {
  const digests = new Set(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => imageDigest.exec(line)?.[0]),
  );
  const [digest] = digests;
  if (digest === undefined || digests.size > 1) throw new Error(`Not one digest: ${stdout}`);
  return digest;
}

describe.each(apps)('$name', ({ name, dir, input, prints }) => {
  let digest: string;
  let source: string;
  /** Starts it in a file system that has no image configuration, and so no environment for the launcher. */
  let program: string;
  const out = (place: string): string => `${name}.${place}`;

  beforeAll(async () => {
    source = dir();
    const places = [
      `bundle:${out('bundle')}`,
      `rootfs-archive:${out('rootfs.tar')}`,
      `docker-archive:${out('docker.tar')}`,
      `oci-archive:${out('oci.tar')}`,
      `oci:${out('layout')}`,
      `store:${name}`,
    ];
    const stdout = await succeed(['build', source, '-q', '-t', name, ...places.flatMap((place) => ['-o', place])]);
    digest = onlyDigest(stdout);
    program = (await inspect(name)).processes[0]?.command[0] ?? '';
  });

  test('has the same digest in every place that holds one', async () => {
    for (const place of [
      `oci:${out('layout')}`,
      `oci-archive:${out('oci.tar')}`,
      `docker-archive:${out('docker.tar')}`,
      name,
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      const image = await inspect(place);
      expect({ place, digest: image.digest }).toEqual({ place, digest });
    }
  });

  test('runs from its bundle as runc finds it', () => {
    const argv = ['--root', join(rig.dir, 'runc'), 'run', '-b', out('bundle'), `outputs-${name}-${process.pid}`];
    expect(tool('runc', argv, input)).toMatch(prints);
  });

  test('runs from a bundle of somebody without privileges', async () => {
    const user = rootlessUser();
    const home = folderFor(user);
    try {
      const cli = join(await packageReadableBy(user), 'dist', 'cli.js');
      chmodSync(rig.dir, 0o755);
      const archive = `oci-archive:${join(rig.dir, out('oci.tar'))}`;
      const copied = await runAs(user, [process.execPath, cli, 'copy', archive, 'bundle:b'], { home });
      expect(copied).toMatchObject({ exitCode: 0, stdout: `bundle:b@${digest}\n` });
      const argv = ['runc', '--root', join(home, 'runc'), 'run', '-b', 'b', `outputs-rootless-${process.pid}`];
      const { exitCode, stdout, stderr } = await runAs(user, argv, { home, input });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(prints);
    } finally {
      removeAs(user, home);
    }
  });

  test('is loaded and run by podman', async () => {
    const podman = await openPodman();
    podman.run('load', '-i', join(rig.dir, out('docker.tar')));
    expect(podman.runWith(input, 'run', '--rm', '-i', name)).toMatch(prints);
  });

  test('is loaded, imported and run by Docker', async () => {
    const { docker, dockerWith } = await startDockerd();
    const run = ['run', '--rm', '-i', '--network', 'none'];
    docker('load', '-i', join(rig.dir, out('docker.tar')));
    expect(dockerWith(input, ...run, name)).toMatch(prints);
    const entrypoint = `ENTRYPOINT ${JSON.stringify([program])}`;
    docker('import', '--change', entrypoint, join(rig.dir, out('rootfs.tar')), 'imported');
    expect(dockerWith(input, ...run, 'imported')).toMatch(prints);
  });

  test('is written into the Docker daemon and runs there', async () => {
    const { host, dockerWith } = await startDockerd();
    const stdout = await succeed(['build', source, '-q', '-t', name, '-o', 'docker-daemon:direct:1'], {
      DOCKER_HOST: host,
    });
    expect(onlyDigest(stdout)).toBe(digest);
    expect(dockerWith(input, 'run', '--rm', '-i', '--network', 'none', 'direct:1')).toMatch(prints);
  });

  test('runs after tar and chroot', () => {
    const root = join(rig.dir, out('root'));
    mkdirSync(root);
    tool('tar', ['-x', '-f', out('rootfs.tar'), '-C', root]);
    expect(tool('chroot', [root, program], input)).toMatch(prints);
  });

  test('is pushed to a registry, is valid there, and comes back with the same digest', async () => {
    const { host } = await startRealRegistry('plain');
    const place = `docker://${host}/team/${name}:1`;
    expect(onlyDigest(await succeed(['build', source, '-q', '-t', name, '-o', place]))).toBe(digest);
    expect(tool(craneBinary(), ['validate', '--remote', `${host}/team/${name}:1`])).toContain('PASS');
    expect((await inspect(place)).digest).toBe(digest);
    // A store that has none of its blobs.
    const other = join(rig.dir, out('other-store'));
    expect(await succeed(['copy', '--store', other, place, `oci:${out('back')}:1`])).toBe(
      `oci:${out('back')}:1@${digest}\n`,
    );
    const index = JSON.parse(readFileSync(join(rig.dir, out('back'), 'index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    expect(index.manifests.map((manifest) => manifest.digest)).toEqual([digest]);
  });
});

test('two builds of one scope and a prune at the same time all end well', async () => {
  const [one, two] = ['race-one', 'race-two'].map((name) => {
    const app = rig.staticApp(name);
    writeFileSync(join(app, 'data.txt'), name);
    return app;
  });
  const build = (app: string | undefined, tag: string): Promise<string> =>
    succeed(['build', app ?? '', '-q', '-t', tag, '--cache-scope', 'race']);
  const built = new AbortController();
  const prune = async (): Promise<number> => {
    let rounds = 0;
    // oxlint-disable-next-line no-await-in-loop
    for (; !built.signal.aborted; rounds += 1) await succeed(['cache', 'prune']);
    return rounds;
  };
  const pruning = prune();
  const results = await Promise.all([build(one, 'race/one'), build(two, 'race/two')]).finally(() => built.abort());
  expect(await pruning).toBeGreaterThan(0);
  expect(onlyDigest(results[0])).not.toBe(onlyDigest(results[1]));
  await succeed(['cache', 'verify']);
  for (const [index, name] of ['race/one', 'race/two'].entries()) {
    // oxlint-disable-next-line no-await-in-loop
    const copied = await succeed(['copy', name, `oci:race-${index}`]);
    expect(onlyDigest(copied)).toBe(onlyDigest(results[index] ?? ''));
  }
});
