import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage } from '../scripts/build/build-package.ts';
import { repositoryRoot } from '../scripts/repository-root.ts';
import { sharedDirectory } from './temporary-directory.ts';
import { folderFor, rootlessUser, runAs, type RunAsResult } from './rootless.ts';
import { craneBinary, nodeBinary, npmCommand } from './test-tools.ts';

const user = rootlessUser();
const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
const config = (name: string): string =>
  execFileSync('npm', ['config', 'get', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
// Where the tests may install from is the machine's matter; nothing else of its npm configuration is taken over.
const registry = { npm_config_registry: config('registry') };
const certificates = config('cafile') === 'null' ? {} : { npm_config_cafile: config('cafile') };

/** The packed file, where everybody may read it. */
let tarball: string;
let folder: string;
/** The manifest digest that each Node version gave. */
const digests = new Map<number, string>();

beforeAll(async () => {
  await buildPackage(repositoryRoot, { declarations: true });
  folder = sharedDirectory('tsbuildpack-package');
  chmodSync(folder, 0o755);
  const pack = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const output = execFileSync('npm', pack, { cwd: repositoryRoot, encoding: 'utf8' });
  const [{ filename }] = JSON.parse(output.slice(output.indexOf('['))) as [{ filename: string }];
  tarball = join(folder, filename);
});

describe.each([20, 22, 24] as const)('the packed package on Node %i, for a user without privileges', (major) => {
  const home = folderFor(user);
  const prefix = join(home, 'prefix');
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  function run(argv: readonly string[]): Promise<RunAsResult> {
    return runAs(user, argv, {
      home,
      env: {
        PATH: `${prefix}/bin:${dirname(nodeBinary(major))}:/usr/bin:/bin`,
        ...registry,
        ...certificates,
      },
    });
  }

  test('installs into an empty prefix with production dependencies only', async () => {
    const install = ['install', '--global', '--prefix', prefix, '--omit=dev', '--no-update-notifier', tarball];
    const { exitCode, stderr } = await run([nodeBinary(major), npmCommand(), ...install]);
    expect({ exitCode, stderr: stderr.replaceAll(/^npm (?:warn|notice).*\n/gm, '') }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    const modules = join(prefix, 'lib', 'node_modules', 'tsbuildpack', 'node_modules');
    expect(execFileSync('ls', [modules], { encoding: 'utf8' })).toBe('@esbuild\nesbuild\nopenpgp\n');
  });

  test('tsbuildpack --version is the version of the package', async () => {
    expect(await run(['tsbuildpack', '--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('builds an image of an application, the same on every Node version', async () => {
    const app = folderFor(user);
    const program = execFileSync('find', [prefix, '-path', '*/@esbuild/*/bin/esbuild'], { encoding: 'utf8' }).trim();
    copyFileSync(program, join(app, 'program'));
    chmodSync(join(app, 'program'), 0o755);
    const archive = join(home, 'image.tar');
    const result = await run(['tsbuildpack', 'build', app, '--tag', 'packed', '--output', `docker-archive:${archive}`]);
    rmSync(app, { recursive: true });
    expect(result.exitCode, result.stderr).toBe(0);
    digests.set(major, /@(?<digest>sha256:[0-9a-f]{64})\n$/.exec(result.stdout)?.groups?.['digest'] ?? result.stdout);
    expect(new Set(digests.values()).size, JSON.stringify([...digests])).toBe(1);
    expect((await run([craneBinary(), 'validate', '--tarball', archive])).stdout).toMatch(/^PASS/);
  });

  test('a buildpack in TypeScript builds, with the installed esbuild', async () => {
    const app = folderFor(user);
    const buildpack = join(home, 'hello.ts');
    execFileSync('tee', [buildpack], { stdio: ['pipe', 'ignore', 'inherit'], input: helloBuildpack });
    chmodSync(buildpack, 0o644);
    const layout = join(home, 'layout');
    const options = ['--buildpack', buildpack, '--stack', 'static', '--tag', 'hello', '--output', `oci:${layout}`];
    const result = await run(['tsbuildpack', 'build', app, ...options]);
    rmSync(app, { recursive: true });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(existsSync(join(layout, 'index.json'))).toBe(true);
  });
});

const helloBuildpack = `
import { writeFile } from 'node:fs/promises';
import { defineBuildpack } from 'tsbuildpack/buildpack';

export default defineBuildpack({
  id: 'test/hello',
  version: '1.0.0',
  detect: () => ({ pass: true }),
  build: async ({ layer }) => {
    const hello = await layer('hello', { launch: true });
    const text: string = 'hello';
    await writeFile(\`\${hello.path}/hello.txt\`, text);
    return {};
  },
});
`;
