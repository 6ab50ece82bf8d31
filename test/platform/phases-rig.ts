import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { parseAnalyzed, type Analyzed } from '../../src/cnb/analyzed.ts';
import type { Event } from '../../src/events.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import type { Platform } from '../../src/oci/platform.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { removeTree } from '../../src/fs/remove-tree.ts';
import { afterFile } from '../after-file.ts';
import { writeScript, type ScriptBuildpack } from '../lifecycle/phase-fixture.ts';
import { sharedDirectory } from '../temporary-directory.ts';

export interface PhaseAnswer {
  readonly exitCode: number;
  readonly message: string;
  readonly events: readonly Event[];
}

// The phases that start buildpacks refuse root, so that a root's tests run them as somebody else.
const user = process.getuid?.() === 0 ? { uid: 12_345, gid: 12_345 } : {};

let program: Promise<string> | undefined;

/** The program of phases-driver.ts, made once for a file of tests; it finds the package's files from where it is. */
async function makeDriver(): Promise<string> {
  const outdir = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack', `phases-${process.pid}`);
  await build({
    entryPoints: [join(repositoryRoot, 'test', 'platform', 'phases-driver.ts')],
    outdir,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  afterFile(async () => await removeTree(outdir));
  return join(outdir, 'phases-driver.mjs');
}

/** What the run images of the tests say about their distribution. */
export const distro: Readonly<Record<string, string>> = {
  'io.buildpacks.base.distro.name': 'debian',
  'io.buildpacks.base.distro.version': '13',
};

/** A platform's container with nothing but its directories. */
export async function phasesRig(): Promise<PhasesRig> {
  program ??= makeDriver();
  return new PhasesRig(await program);
}

/** One with a run image and small buildpacks, each for one thing that may happen. */
export async function exampleRig(): Promise<PhasesRig> {
  const rig = await phasesRig();
  await rig.runImage(distro);
  exampleBuildpacks(rig);
  return rig;
}

/** What a platform's container has: directories, an order, a run image in a layout. */
export class PhasesRig {
  readonly dir: string;
  readonly layers: string;
  readonly cache: string;
  readonly #driver: string;

  constructor(driver: string) {
    this.#driver = driver;
    this.dir = sharedDirectory('phases');
    this.layers = join(this.dir, 'layers');
    this.cache = join(this.dir, 'cache');
    for (const name of ['app', 'layers', 'cache', 'platform/env', 'cnb/buildpacks', 'layout']) {
      mkdirSync(join(this.dir, name), { recursive: true });
    }
    this.write('app/index.html', 'hello\n');
    this.write('run.toml', '[[images]]\nimage = "run"\nmirrors = ["mirror.example/run"]\n');
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.dir, path), 'utf8');
  }

  /** Puts a script buildpack where the specification has them. */
  buildpack(buildpack: ScriptBuildpack): void {
    const { id, version = '1.0.0' } = buildpack;
    const made = writeScript(join(this.dir, 'made'), buildpack);
    const place = join(this.dir, 'cnb', 'buildpacks', id.replaceAll('/', '_'), version);
    mkdirSync(dirname(place), { recursive: true });
    rmSync(place, { recursive: true, force: true });
    spawnSync('mv', [made, place]);
  }

  /** Groups of `id` or `id?` for an optional one; `id@version` when it is not 1.0.0. */
  order(...groups: readonly (readonly string[])[]): void {
    const text = groups.map((group) => `[[order]]\n${group.map(entryText).join('')}`).join('\n');
    this.write('order.toml', text);
  }

  async runImage(
    labels: Readonly<Record<string, string>> = {},
    platform: Platform = { os: 'linux', architecture: 'amd64' },
  ): Promise<Image> {
    const image = editImage(scratchImage(platform), {
      created: '1980-01-01T00:00:01Z',
      layers: [],
      config: () => ({ Env: ['PATH=/usr/bin:/bin'], Labels: labels }),
    });
    await layoutSink({ directory: this.#layout('run'), tags: ['latest'] }).write(image, { report: () => undefined });
    return image;
  }

  async image(name: string): Promise<Image> {
    return await layoutSource({ directory: this.#layout(name) }).resolve();
  }

  #layout(name: string): string {
    return join(this.dir, 'layout', 'index.docker.io', 'library', name, 'latest');
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.dir,
      CNB_PLATFORM_API: '0.15',
      CNB_EXPERIMENTAL_MODE: 'quiet',
      CNB_USE_LAYOUT: 'true',
      CNB_LAYOUT_DIR: join(this.dir, 'layout'),
      CNB_USER_ID: '1001',
      CNB_GROUP_ID: '1000',
      CNB_APP_DIR: join(this.dir, 'app'),
      CNB_LAYERS_DIR: this.layers,
      CNB_PLATFORM_DIR: join(this.dir, 'platform'),
      CNB_BUILDPACKS_DIR: join(this.dir, 'cnb/buildpacks'),
      CNB_BUILD_CONFIG_DIR: join(this.dir, 'build-config'),
      CNB_ORDER_PATH: join(this.dir, 'order.toml'),
      CNB_SYSTEM_PATH: join(this.dir, 'system.toml'),
      CNB_RUN_PATH: join(this.dir, 'run.toml'),
    };
  }

  /** Runs a phase; variables that are undefined are taken out of the environment. */
  run(words: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): PhaseAnswer {
    if (user.uid !== undefined) this.#give(this.dir, user.uid);
    return this.#run([process.execPath, this.#driver, ...words], env, user);
  }

  /** The exit status of a phase. */
  status(words: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): number {
    return this.run(words, env).exitCode;
  }

  /** As root, or as somebody who looks like it. */
  runAsRoot(words: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): PhaseAnswer {
    const become = user.uid === undefined ? ['unshare', '--map-root-user'] : [];
    return this.#run([...become, process.execPath, this.#driver, ...words], { CNB_USER_ID: '0', ...env }, {});
  }

  #run(
    [command = '', ...args]: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    who: typeof user,
  ): PhaseAnswer {
    const all = Object.entries({ ...this.env, ...env }).filter(([, value]) => value !== undefined);
    const result = spawnSync(command, args, {
      cwd: this.dir,
      env: Object.fromEntries(all),
      encoding: 'utf8',
      ...who,
    });
    if (result.stdout === '') throw new Error(`The driver said nothing: ${result.stderr}`);
    return JSON.parse(result.stdout) as PhaseAnswer;
  }

  #give(path: string, uid: number): void {
    chownSync(path, uid, uid);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) this.#give(join(path, entry.name), uid);
      else if (entry.isFile()) chownSync(join(path, entry.name), uid, uid);
    }
  }

  get analyzed(): Analyzed {
    return parseAnalyzed(this.read('layers/analyzed.toml'), 'analyzed.toml');
  }

  /** As a platform that starts every phase in a new container: only what is in the directories is passed on. */
  emptyLayers(): void {
    for (const name of readdirSync(this.layers)) rmSync(join(this.layers, name), { recursive: true, force: true });
  }
}

function entryText(entry: string): string {
  const [, id = '', version = '1.0.0', optional] = /^([^@?]+)(?:@([^?]+))?(\?)?$/.exec(entry) ?? [];
  const more = optional === undefined ? '' : 'optional = true\n';
  return `[[order.group]]\nid = "${id}"\nversion = "${version}"\n${more}`;
}

function exampleBuildpacks(rig: PhasesRig): void {
  rig.buildpack({ id: 'a/passes', build: 'printf "[metadata]\\nk = \\"v\\"\\n" > "$CNB_LAYERS_DIR/store.toml"' });
  rig.buildpack({ id: 'a/fails', detect: 'exit 100' });
  rig.buildpack({ id: 'a/errs', detect: 'exit 7' });
  rig.buildpack({ id: 'a/breaks', build: 'exit 9' });
  rig.buildpack({ id: 'a/old', api: '0.6' });
  rig.buildpack({ id: 'a/env', detect: 'env > env.detect', build: 'env > env.build' });
  rig.buildpack({ id: 'a/for-test', about: 'exec-env = ["test"]' });
  rig.buildpack({
    id: 'a/layer',
    build: `test -f "$CNB_LAYERS_DIR/one.toml" && touch "$CNB_APP_DIR_X/restored" || true
mkdir -p "$CNB_LAYERS_DIR/one"; echo 1 > "$CNB_LAYERS_DIR/one/file"
printf '[types]\\nlaunch = true\\ncache = true\\n' > "$CNB_LAYERS_DIR/one.toml"
printf '[metadata]\\nk = "v"\\n' > "$CNB_LAYERS_DIR/store.toml"`.replace('$CNB_APP_DIR_X', '.'),
  });
}
