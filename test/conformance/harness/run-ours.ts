import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadBuildpack } from '../../../src/buildpack/load-buildpack.ts';
import type { Buildpack } from '../../../src/buildpack/buildpack.ts';
import { TsbuildpackError } from '../../../src/errors.ts';
import type { Event } from '../../../src/events.ts';
import { directExec } from '../../../src/environment/direct-exec.ts';
import type { BuildEnvironment } from '../../../src/environment/build-environment.ts';
import { layoutSink, layoutSource } from '../../../src/image/layout-place.ts';
import { create } from '../../../src/lifecycle/create.ts';
import type { SourceTree } from '../../../src/source/source-tree.ts';
import { resolveRunImage } from '../../../src/stack/resolve-run-image.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { appLayout } from './collect-answer.ts';
import { buildpackDirectory, places } from './materialize.ts';
import { defaultVersion, type Scenario } from './scenario.ts';

const environment: BuildEnvironment = {
  isolation: 'real',
  mechanism: 'conformance',
  hides: true,
  paths: {
    app: same(places.app),
    layers: same(places.layers),
    platform: same(places.platform),
    // They are in their place already; the copy that is made of them is not used.
    buildpacks: { ...same(join(places.cnb, 'buildpacks')), host: places.installed },
    home: same(places.home),
    tmp: same(places.tmp),
  },
  host: { os: 'linux', arch: 'amd64' },
  target: { os: 'linux', arch: 'amd64' },
  exec: directExec,
  close: () => Promise.resolve(),
};

function same(path: string): { readonly host: string; readonly inside: string; readonly image: string } {
  return { host: path, inside: path, image: path };
}

/** The same build through `create`, with the store in place of a cache directory. Gives the exit status. */
export async function runOurs(scenario: Scenario): Promise<{ readonly exit: number; readonly output: string }> {
  const lines: string[] = [];
  const report = (event: Event): void => void lines.push(JSON.stringify(event));
  try {
    await build(scenario, report);
    return { exit: 0, output: lines.join('\n') };
  } catch (error) {
    lines.push(String(error instanceof Error ? error.stack : error));
    return { exit: error instanceof TsbuildpackError ? error.exitCode : 1, output: lines.join('\n') };
  }
}

async function build(scenario: Scenario, report: (event: Event) => void): Promise<void> {
  const store = await openStore(places.store, { report });
  const buildpacks = new Map<string, Buildpack>();
  for (const spec of scenario.buildpacks) {
    const buildpack = await loadBuildpack(buildpackDirectory(spec));
    buildpacks.set(`${spec.id}@${spec.version ?? defaultVersion}`, buildpack);
  }
  const platform = { os: 'linux', architecture: 'amd64' };
  await create(
    {
      source: source(),
      order: scenario.order.map((group) => ({
        entries: group.map(({ id, version = defaultVersion, optional = false }) => {
          const buildpack = buildpacks.get(`${id}@${version}`);
          if (buildpack === undefined) throw new Error(`There is no ${id}@${version}`);
          return { buildpack, optional };
        }),
      })),
      buildpacks,
      env: scenario.env ?? {},
      platform,
      runImage: { kind: 'image', place: 'run' },
      isolation: 'real',
      launcher: 'default',
      name: 'index.docker.io/library/app:latest',
      scope: 'app',
      compression: 'none',
      clearCache: false,
      outputs: [layoutSink({ directory: appLayout })],
    },
    {
      store,
      report,
      now: () => new Date(),
      hostEnv: { PATH: '/usr/bin:/bin' },
      openEnvironment: () => Promise.resolve(environment),
      resolveRunImage: async () => {
        const directory = join(places.layout, 'index.docker.io', 'library', 'run', 'latest');
        const placed = await resolveRunImage({ kind: 'image', place: `oci:${directory}` }, platform, {
          store,
          report,
          now: () => new Date(),
          openPlace: () => Promise.resolve(layoutSource({ directory })),
        });
        return { ...placed, name: 'run' };
      },
    },
  );
}

/** The application as it is, with its modes: what `lifecycle creator` finds in the workspace. */
function source(): SourceTree {
  for (const name of readdirSync(places.source)) rmSync(join(places.source, name), { recursive: true });
  cpSync(places.app, places.source, { recursive: true, verbatimSymlinks: true });
  return {
    root: places.source,
    appPath: '.',
    entries: [],
    hiddenBy: () => undefined,
    fingerprint: () => Promise.resolve(''),
    copyTo: (dir) => Promise.resolve(cpSync(places.source, dir, { recursive: true, verbatimSymlinks: true })),
  };
}
