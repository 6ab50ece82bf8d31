import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadBuildpack } from '../../src/buildpack/load-buildpack.ts';
import type { Event } from '../../src/events.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { createLayer } from '../../src/layer/create-layer.ts';
import { listEntries, type ListedEntry } from '../../src/layer/list-entries.ts';
import { contentEntry } from '../../src/layer/tar-entry.ts';
import type { CreateDependencies, CreateRequest, CreateResult } from '../../src/lifecycle/create-request.ts';
import { create } from '../../src/lifecycle/create.ts';
import type { ContainerConfig } from '../../src/oci/image-config.ts';
import { ignoreFilter } from '../../src/source/ignore-filter.ts';
import { readSource } from '../../src/source/read-source.ts';
import { imageFiles } from '../../src/stack/image-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';

export interface RigScripts {
  readonly id: string;
  /** Body of bin/build; bin/detect passes. */
  readonly build: string;
  /** Further lines of buildpack.toml. */
  readonly toml?: string;
}

export interface RigOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly buildpacks: readonly RigScripts[];
  readonly base?: ContainerConfig;
  readonly request?: Partial<CreateRequest>;
  /** Where its programs run. */
  readonly openEnvironment?: NonNullable<CreateDependencies['openEnvironment']>;
  /** What isolation `image` builds in. */
  readonly resolveBuildImage?: NonNullable<CreateDependencies['resolveBuildImage']>;
}

export interface RigResult extends CreateResult {
  readonly events: readonly Event[];
  readonly labels: Readonly<Record<string, string>>;
  readonly container: ContainerConfig;
  /** Of the layer with this `created_by`. */
  layer(createdBy: string): Promise<readonly ListedEntry[]>;
  readonly createdBy: readonly string[];
}

/** A layer with a program and a variable, a process that starts it, a label. */
export const web: RigScripts = {
  id: 'acme/web',
  build: `
mkdir -p "$CNB_LAYERS_DIR/dist/bin" "$CNB_LAYERS_DIR/dist/env.launch"
printf 'hello' > "$CNB_LAYERS_DIR/dist/bin/hello"
chmod 755 "$CNB_LAYERS_DIR/dist/bin/hello"
printf 'blue' > "$CNB_LAYERS_DIR/dist/env.launch/COLOR"
printf '[types]\\nlaunch = true\\n[metadata]\\nversion = 1\\n' > "$CNB_LAYERS_DIR/dist.toml"
cat > "$CNB_LAYERS_DIR/launch.toml" <<TOML
[[processes]]
type = "web"
command = ["$CNB_LAYERS_DIR/dist/bin/hello", "--port"]
args = ["8080"]
default = true
[[labels]]
key = "acme.flavour"
value = "sweet"
TOML`,
};

export function pathsOf(entries: readonly { readonly path: unknown }[]): string[] {
  return entries.map(({ path }) => String(path));
}

/** Real builds with script buildpacks over a small base, in directories that are mapped: no namespaces are needed. */
export class CreateRig {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'create-'));
  readonly #events: Event[] = [];
  #store: Promise<Store> | undefined;

  /** Everything but `/layers` and `/workspace` is where it will be; the scripts use $CNB_LAYERS_DIR. */
  async build({ files = {}, buildpacks, base = {}, request = {}, ...deps }: RigOptions): Promise<RigResult> {
    this.#events.length = 0;
    const report = (event: Event): void => void this.#events.push(event);
    this.#store ??= openStore(join(this.dir, 'store'), { report });
    const store = await this.#store;
    const image = await this.#baseImage(store, base);
    const root = this.#writeSource(files);
    const loaded = await Promise.all(buildpacks.map((scripts) => loadBuildpack(this.#writeBuildpack(scripts))));
    const result = await create(
      {
        source: await readSource({ root, appPath: '.', filter: ignoreFilter({ root, appPath: '.' }), report }),
        order: [{ entries: loaded.map((buildpack) => ({ buildpack, optional: false })) }],
        buildpacks: new Map(),
        env: {},
        platform: { os: 'linux', architecture: 'amd64' },
        runImage: { kind: 'image', place: 'base' },
        isolation: 'mapped',
        launcher: 'default',
        name: 'test/app',
        scope: 'test/app',
        compression: 'gzip',
        clearCache: false,
        outputs: [],
        ...request,
      },
      {
        store,
        report,
        now: () => new Date(),
        ...deps,
        hostEnv: { PATH: process.env['PATH'], HOME: '/nowhere' },
        resolveRunImage: () =>
          Promise.resolve({
            image,
            name: 'registry.example/base:1',
            reference: `registry.example/base@${image.digest}`,
            mirrors: [],
            target: { os: 'linux', arch: 'amd64' },
            buildUser: { uid: 1001, gid: 1000 },
            input: { name: 'run-image', value: image.digest, reason: 'the rig' },
            files: imageFiles(new Map([['/bin/sh', { type: 'file' }]])),
          }),
      },
    );
    return await this.#result(result);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #result(result: CreateResult): Promise<RigResult> {
    const { image } = result;
    const problems = await validateImage(image);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const createdBy = (image.config.history ?? []).map((entry) => entry.created_by ?? '');
    return {
      ...result,
      events: [...this.#events],
      labels: image.config.config?.Labels ?? {},
      container: image.config.config ?? {},
      createdBy,
      layer: async (maker) => {
        const layer = image.layers[createdBy.indexOf(maker)];
        if (layer === undefined) throw new Error(`No layer by ${maker}: ${createdBy.join('; ')}`);
        return await collect(listEntries(() => layer.open()));
      },
    };
  }

  async #baseImage(store: Store, config: ContainerConfig): Promise<Image> {
    const entries = [contentEntry('/etc/base', 'base\n', { uid: 0, gid: 0 })];
    const layer = await createLayer(entries, { sink: store.blobs, name: 'base', report: () => {} });
    return editImage(scratchImage({ os: 'linux', architecture: 'amd64' }), {
      created: '2024-05-06T07:08:09Z',
      layers: [{ layer, createdBy: 'the base' }],
      config: () => config,
    });
  }

  #writeSource(files: Readonly<Record<string, string>>): string {
    const root = join(this.dir, 'source');
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  #writeBuildpack({ id, build, toml = '' }: RigScripts): string {
    const dir = join(this.dir, 'buildpacks', id.replaceAll('/', '_'));
    mkdirSync(join(dir, 'bin'), { recursive: true });
    writeFileSync(join(dir, 'buildpack.toml'), `api = "0.12"\n[buildpack]\nid = "${id}"\nversion = "1.2.3"\n${toml}`);
    for (const [name, body] of Object.entries({ detect: 'exit 0', build })) {
      writeFileSync(join(dir, 'bin', name), `#!/bin/sh\nset -eu\n${body}\n`);
      chmodSync(join(dir, 'bin', name), 0o755);
    }
    return dir;
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
