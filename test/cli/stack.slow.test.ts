import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { authFor } from '../registry/open-test-repository.ts';
import { password, startRealRegistry, username } from '../registry/real-registry.ts';
import { greeting, newerWords, tinyStack, words, type TinyStack } from '../stack/tiny-stack.ts';
import { CliRig, type CliResult } from './cli-rig.ts';

let rig: CliRig;
beforeAll(() => {
  rig = new CliRig();
});
afterAll(() => {
  rig.remove();
});

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = rig.dir,
): Promise<CliResult> {
  return await rig.run(args, { env, cwd });
}

async function succeed(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = rig.dir,
): Promise<string> {
  const { exitCode, stdout, stderr } = await run(args, env, cwd);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}

interface Inspected {
  readonly layers: readonly { readonly part?: string; readonly diffId: string }[];
  readonly runImage: { readonly image: string; readonly reference: string };
  readonly config: { readonly user: string };
}

async function inspect(name: string): Promise<Inspected> {
  return (JSON.parse(await succeed(['inspect', name, '--json'])) as { readonly image: Inspected }).image;
}

const ownLayers = ({ layers }: Inspected): readonly string[] =>
  layers.filter(({ part }) => part !== 'run-image').map(({ diffId }) => diffId);

/** An application with stacks of its own in `stacks/`, and a mirror that has their packages. */
async function application(name: string): Promise<{ readonly app: string; readonly tiny: TinyStack }> {
  const app = rig.staticApp(name);
  const tiny = await tinyStack(app);
  writeFileSync(
    join(app, 'project.toml'),
    '[_]\nschema-version = "0.2"\n[io.buildpacks]\nexclude = ["stacks", "mirror"]\n',
  );
  return { app, tiny };
}

describe('a stack of the project', () => {
  test('is named without its folder, updated by package and version, and rebased on', async () => {
    const { app, tiny } = await application('updated');
    const before = { TSBUILDPACK_DEBIAN_MIRROR: tiny.mirror.uri };
    await succeed(['build', app, '--stack', 'tiny', '-t', 'updated', '-q'], before);
    const old = await inspect('updated');
    expect(old.runImage.image).toBe('localhost/tsbuildpack/stack:tiny');
    expect(old.config.user).toBe('1002:1000');

    // One mirror stays as it was, the other gets the security update.
    const older = join(rig.dir, 'older-mirror');
    cpSync(tiny.mirror.dir, older, { recursive: true });
    await tiny.update([greeting, newerWords]);
    const mirrors = { old: older, now: tiny.mirror.dir };
    expect(await succeed(['stack', 'update', 'tiny', '--debian-mirror', mirrors.now], {}, app)).toMatch(
      /^tiny \(run\), linux\/\w+: 1 package would change since .*\n {2}words {2}1\.0-1 {2}→ {2}1\.0-2 {2}trixie$/m,
    );
    expect(await succeed(['rebase', 'updated', '-q', '--debian-mirror', mirrors.old], {}, app)).toContain('updated');
    expect((await inspect('updated')).layers).toEqual(old.layers);

    await succeed(['rebase', 'updated', '-q', '--debian-mirror', mirrors.now], {}, app);
    const after = await inspect('updated');
    expect(ownLayers(after)).toEqual(ownLayers(old));
    expect(after.runImage.image).toBe(old.runImage.image);
    expect(after.runImage.reference).not.toBe(old.runImage.reference);
    expect(after.layers[0]?.diffId).not.toBe(old.layers[0]?.diffId);
    // esbuild, which is the program of the application.
    expect(await run(['run', 'updated', '-q', '--', '--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test('is listed, inspected and built to a place that another machine takes it from', async () => {
    const { app, tiny } = await application('prebuilt');
    expect(await succeed(['stack', 'list'], {}, app)).toMatch(
      /^NAME .*\nbase .*\nscratch .*\nshell .*\nstatic .*\nmore .*\ntiny +packages of debian trixie .*two tiny packages \(stacks\/\)$/,
    );
    const shown = await succeed(['stack', 'inspect', 'tiny', '--debian-mirror', tiny.mirror.uri], {}, app);
    for (const line of [
      /^User: +1002:1000$/m,
      /^2 packages:\n {2}greeting {2}1\.0-1 {2}trixie\n {2}words/m,
      /^ {2}app {2}1002:1000/m,
    ])
      expect(shown).toMatch(line);
    await tiny.update([greeting, words, { name: 'tools', files: { '/usr/bin/tool': 'tool\n' } }]);
    const built = await succeed(
      [
        'stack',
        'build',
        'tiny',
        '-q',
        '--debian-mirror',
        tiny.mirror.uri,
        '-o',
        'oci:images',
        '-o',
        'oci-archive:tiny.tar',
      ],
      {},
      app,
    );
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    expect(built.match(/^[^@]+/gm)).toEqual([
      `oci:images:run-${architecture}`,
      `oci-archive:tiny-run-${architecture}.tar:localhost/tsbuildpack/stack:tiny`,
      `oci:images:build-${architecture}`,
      `oci-archive:tiny-build-${architecture}.tar:localhost/tsbuildpack/stack:tiny-build`,
    ]);

    // The package sources of this machine have no such packages; a stack of another distribution has none here at all.
    writeOther(app, 'trixie', 'sid-of-nobody');
    const other = new CliRig();
    try {
      for (const place of ['oci:images', 'oci-archive:tiny.tar']) {
        const tag = place.startsWith('oci:') ? 'one' : 'two';
        const args = ['build', app, '-q', '--stack', 'tiny', '-t', tag, '--stack-image', `tiny=${place}`];
        const { exitCode, stderr } = await other.run(args, { cwd: app });
        expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
        const image = await other.run(['inspect', tag, '--json']);
        expect(image.stdout).toContain('"image":"localhost/tsbuildpack/stack:tiny"');
      }
    } finally {
      other.remove();
    }
  });
});

/** Makes the distribution of `stacks/tiny` one that no machine has. */
function writeOther(app: string, from: string, to: string): void {
  const file = join(app, 'stacks', 'tiny', 'stack.toml');
  execFileSync('sed', ['-i', `s/codename = "${from}"/codename = "${to}"/; s/id = "debian"/id = "nobodys"/`, file]);
}

describe('the public image that stands in for a stack', () => {
  test(
    'comes from a registry with TLS and tokens, under its own name, and programs are compared with it',
    { timeout: 180_000 },
    async () => {
      const registry = await startRealRegistry('tls-token');
      const trust = { NODE_EXTRA_CA_CERTS: registry.certificate };
      const shell = [
        'stack',
        'build',
        'shell',
        '--half',
        'run',
        '-q',
        '-o',
        `docker://${registry.host}/library/debian:slim`,
      ];
      await succeed(shell, { ...trust, ...authFor(registry.host, username, password) });
      const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
      const reference = `${registry.host}/library/debian:slim-run-${architecture}`;

      const { app } = await application('public');
      execFileSync('sed', ['-i', `s#^fallback = .*#fallback = "${reference}"#`, join(app, 'stacks/tiny/stack.toml')]);
      writeOther(app, 'trixie', 'nowhere');
      const { exitCode, stderr } = await run(['build', app, '--stack', 'tiny', '-t', 'public'], trust);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain(`Standing on ${reference} in place of the run image of stack "tiny"`);
      expect(stderr).toContain('--debian-mirror URL');
      const image = await inspect('public');
      expect(image.runImage.image).toBe(reference);
      expect(image.config.user).toBe('1002:1000');
      expect(
        registry.tokenServer?.requests.some(({ scopes }) => scopes.includes('repository:library/debian:pull')),
      ).toBe(true);

      const needy = rig.folder('needy', {
        'main.c': 'int odd(void); int main(void) { return odd(); }\n',
        'odd.c': 'int odd(void) { return 0; }\n',
      });
      execFileSync('gcc', ['-shared', '-fPIC', '-o', 'libodd.so.1', '-Wl,-soname,libodd.so.1', 'odd.c'], {
        cwd: needy,
      });
      execFileSync('gcc', ['-o', 'server', 'main.c', './libodd.so.1'], { cwd: needy });
      for (const file of ['main.c', 'odd.c', 'libodd.so.1']) rmSync(join(needy, file));
      cpSync(join(app, 'stacks'), join(needy, 'stacks'), { recursive: true });
      writeFileSync(
        join(needy, 'project.toml'),
        '[_]\nschema-version = "0.2"\n[io.buildpacks]\nexclude = ["stacks"]\n',
      );
      const refused = await run(['build', needy, '--stack', 'tiny', '-t', 'needy'], trust);
      expect(refused.stderr).toContain('[BINARY_UNFIT]');
      expect(refused.stderr).toContain('needs libodd.so.1, which the run image does not have');
    },
  );

  test('an error shows the ways as commands when it cannot be had either', async () => {
    const { app } = await application('offline');
    execFileSync('sed', [
      '-i',
      's#^fallback = .*#fallback = "127.0.0.1:9/library/debian:slim"#',
      join(app, 'stacks/tiny/stack.toml'),
    ]);
    writeOther(app, 'trixie', 'nowhere');
    const { exitCode, stderr } = await run(['build', app, '--stack', join(app, 'stacks/tiny'), '-t', 'offline']);
    expect(exitCode).toBe(32);
    for (const text of [
      '[PACKAGES_UNAVAILABLE]',
      '--debian-mirror URL',
      'tsbuildpack stack build tiny --output',
      '--stack-image tiny=',
      '--run-image IMAGE',
    ])
      expect(stderr).toContain(text);
  });
});

test('examples/custom-stack runs on Debian’s Python as a user who is not root', { timeout: 180_000 }, async () => {
  const app = join(rig.dir, 'custom-stack');
  mkdirSync(app);
  cpSync(join(repositoryRoot, 'examples/custom-stack'), app, { recursive: true });
  await succeed(['build', app, '-q']);
  expect(JSON.parse(await succeed(['run', 'custom-stack', '-q']))).toEqual({
    python: expect.stringMatching(/^3\.\d+$/),
    user: 1002,
    arguments: [],
  });
  const { layers } = await inspect('custom-stack');
  expect(layers.filter(({ part }) => part === 'run-image')).toHaveLength(2);
});
