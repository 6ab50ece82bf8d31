import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Target } from '../../src/buildpack/api.ts';
import type { Buildpack, BuildServices } from '../../src/buildpack/buildpack.ts';
import { loadBuildpack } from '../../src/buildpack/load-buildpack.ts';
import type { BuildEnvironment, Isolation } from '../../src/environment/build-environment.ts';
import { openEnvironment } from '../../src/environment/open-environment.ts';
import type { Event } from '../../src/events.ts';
import type { BuildPhaseRequest, BuildPhaseResult } from '../../src/lifecycle/build.ts';
import { buildGroup } from '../../src/lifecycle/build.ts';
import type { OrderGroup } from '../../src/lifecycle/create-request.ts';
import type { Detected, DetectPhaseRequest, DetectResult } from '../../src/lifecycle/detect.ts';
import { detect } from '../../src/lifecycle/detect.ts';
import { afterFile } from '../after-file.ts';
import { sharedDirectory } from '../temporary-directory.ts';

/** A place to run phases in with real script buildpacks, on this machine, removed after the suite. */
export interface Phases {
  readonly root: string;
  readonly environment: BuildEnvironment;
  readonly events: Event[];
  readonly layers: string;
  readonly app: string;
  /** A script buildpack from what its files hold; `detect` and `build` are bodies of sh scripts that stop at the first error. */
  readonly script: (options: ScriptBuildpack) => Promise<Buildpack>;
  readonly detect: (order: readonly OrderGroup[], options?: Partial<DetectPhaseRequest>) => Promise<DetectResult>;
  readonly build: (
    detected: Pick<Detected, 'group' | 'plan'>,
    options?: Partial<BuildPhaseRequest>,
  ) => Promise<BuildPhaseResult>;
}

export interface ScriptBuildpack {
  readonly id: string;
  readonly version?: string;
  readonly api?: string;
  readonly detect?: string;
  readonly build?: string;
  /** More lines of `[buildpack]`. */
  readonly about?: string;
  /** More tables of buildpack.toml. */
  readonly toml?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const target: Target = { os: 'linux', arch: 'amd64', distroName: 'debian', distroVersion: '12' };

const services: BuildServices = {
  resolve: (_name, resolver) => resolver(undefined),
  toolchain: () => Promise.reject(new Error('There are no toolchains here')),
  remember: async (_question, find) => ({ value: await find(), validUntil: '2100-01-01T00:00:00.000Z' }),
  sourceDir: '/nowhere',
};

export interface PhasesOptions {
  readonly isolation?: Isolation;
  readonly hostEnv?: Readonly<Record<string, string>>;
}

export async function openPhases({ isolation = 'mapped', hostEnv = {} }: PhasesOptions = {}): Promise<Phases> {
  const root = sharedDirectory('phases');
  const events: Event[] = [];
  const report = (event: Event): number => events.push(event);
  const environment = await openEnvironment({
    isolation,
    root: join(root, 'environment'),
    store: join(root, 'store'),
    target: { os: 'linux', arch: 'amd64' },
    report,
  });
  afterFile(async () => await environment.close());
  const deps = { environment, report, services, hostEnv: { PATH: process.env['PATH'], ...hostEnv } };
  const common = { env: {}, target, appPath: '.', isolation };
  return {
    root,
    environment,
    events,
    layers: environment.paths.layers.host,
    app: environment.paths.app.host,
    script: (options) => loadBuildpack(writeScript(join(root, 'buildpacks'), options), { report }),
    detect: (order, options = {}) => detect({ ...common, order, buildpacks: new Map(), ...options }, deps),
    build: (detected, options = {}) => buildGroup({ ...common, ...detected, ...options }, deps),
  };
}

/** Writes a buildpack to a directory of its own below `root` and gives its path. */
export function writeScript(root: string, buildpack: ScriptBuildpack): string {
  const { id, version = '1.0.0', api = '0.12', detect: detectBody = 'exit 0', build = 'exit 0' } = buildpack;
  const dir = join(root, `${id.replaceAll('/', '_')}-${version}`);
  const toml = `api = "${api}"\n[buildpack]\nid = "${id}"\nversion = "${version}"\n${buildpack.about ?? ''}\n${buildpack.toml ?? ''}\n`;
  const isComposite = buildpack.toml?.includes('[[order') === true;
  const programs = isComposite ? {} : { 'bin/detect': script(detectBody), 'bin/build': script(build) };
  writeTree(dir, { 'buildpack.toml': toml, ...programs, ...buildpack.files });
  return dir;
}

function script(body: string): string {
  return `#!/bin/sh\nset -e\n${body}\n`;
}

/** Files that start with `#!` are made executable. */
export function writeTree(dir: string, files: Readonly<Record<string, string>>): void {
  rmSync(dir, { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (content.startsWith('#!')) chmodSync(path, 0o755);
  }
}

export function group(
  ...entries: readonly (Buildpack | { readonly buildpack: Buildpack; readonly optional: boolean })[]
): OrderGroup {
  return { entries: entries.map((entry) => ('buildpack' in entry ? entry : { buildpack: entry, optional: false })) };
}

export function optional(buildpack: Buildpack): { readonly buildpack: Buildpack; readonly optional: boolean } {
  return { buildpack, optional: true };
}

/** The buildpacks by `id@version`, as composites look them up. */
export function byName(...buildpacks: readonly Buildpack[]): ReadonlyMap<string, Buildpack> {
  return new Map(
    buildpacks.map((buildpack) => [`${buildpack.descriptor.id}@${buildpack.descriptor.version}`, buildpack]),
  );
}

export function found(result: DetectResult): Detected {
  if (result.found) return result;
  throw new Error(
    `No group: ${result.trials.map(({ buildpack, reason }) => `${buildpack.descriptor.id}: ${reason}`).join('; ')}`,
  );
}
