import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Event } from '../../src/events.ts';
import type { Surroundings } from '../../src/platform/build-options.ts';
import type { Platform } from '../../src/oci/platform.ts';
import { parseBuildpackLocator } from '../../src/platform/buildpack-locator.ts';
import { fetchBuildpacks, isPlaced } from '../../src/platform/buildpack-sources.ts';
import type { BuildpackTools, FoundBuildpacks } from '../../src/platform/buildpack-tools.ts';
import { packageBuildpack, type PackageRequest } from '../../src/platform/package-buildpack.ts';
import { Places } from '../../src/platform/places.ts';
import { amd64 } from '../image/example-image.ts';
import { temporaryDir, temporaryStore } from '../store/temporary-store.ts';

/** A folder with buildpacks, a store, and what reads and packs them. */
export interface BuildpackRig {
  readonly dir: string;
  readonly tools: BuildpackTools;
  readonly events: readonly Event[];
  /** Files by name, a link as `→ target`. Gives the directory. */
  files(name: string, files: Readonly<Record<string, string>>): string;
  /** A directory buildpack. */
  buildpack(name: string, options?: BuildpackOptions): string;
  /** @default for the platform of the tools */
  find(text: string, platform?: Platform): Promise<FoundBuildpacks>;
  package(request: Partial<PackageRequest>): ReturnType<typeof packageBuildpack>;
}

export interface BuildpackOptions {
  /** @default acme/<name> */
  readonly id?: string;
  readonly version?: string;
  /** Further lines of buildpack.toml. */
  readonly toml?: string;
  /** Of a composite: no programs. */
  readonly composite?: boolean;
  readonly build?: string;
}

export async function buildpackRig(env: Readonly<Record<string, string | undefined>> = {}): Promise<BuildpackRig> {
  const { store, events } = await temporaryStore();
  const dir = temporaryDir();
  const surroundings: Surroundings = {
    cwd: dir,
    env: { HOME: dir, PATH: process.env['PATH'], ...env },
    report: (event) => events.push(event),
    now: () => new Date(Date.UTC(2026, 0, 1)),
    signal: new AbortController().signal,
  };
  const places = new Places({ store, surroundings });
  const tools = { store, surroundings, places, platform: amd64 };
  const files = (name: string, content: Readonly<Record<string, string>>): string => {
    for (const [path, text] of Object.entries(content)) write(join(dir, name, path), text);
    return join(dir, name);
  };
  return {
    dir,
    tools,
    events,
    files,
    buildpack: (name, options = {}) => files(name, buildpackFiles(name, options)),
    async find(text, platform = amd64) {
      const locator = parseBuildpackLocator(text, dir);
      if (!isPlaced(locator)) throw new Error(`${text} has no place`);
      return await fetchBuildpacks(locator, text, { ...tools, platform });
    },
    package: (request) =>
      packageBuildpack(
        { directory: '.', outputs: [], targets: [], flatten: false, labels: {}, ...request },
        { store, surroundings },
      ),
  };
}

function buildpackFiles(name: string, options: BuildpackOptions): Readonly<Record<string, string>> {
  const { id = `acme/${name}`, version = '1.0.0', toml = '', composite = false, build = ':' } = options;
  return {
    'buildpack.toml': `api = "0.12"\n[buildpack]\nid = "${id}"\nversion = "${version}"\n${toml}`,
    ...(composite ? {} : { 'bin/detect': '#!/bin/sh\nexit 0\n', 'bin/build': `#!/bin/sh\n${build}\n` }),
  };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  if (text.startsWith('→ ')) symlinkSync(text.slice(2), file);
  else writeFileSync(file, text);
  if (/\/bin\/[^/]+$/.test(file) && !text.startsWith('→ ')) chmodSync(file, 0o755);
}

export function nameOf({ main: { buildpack } }: FoundBuildpacks): string {
  return `${buildpack.descriptor.id}@${buildpack.descriptor.version}`;
}

export function namesOf({ all }: FoundBuildpacks): readonly string[] {
  return all.map(({ buildpack: { descriptor } }) => `${descriptor.id}@${descriptor.version}`).toSorted();
}

export const composite: string = '[[order]]\n[[order.group]]\nid = "acme/one"\nversion = "1.0.0"\n';

export async function rigWithOne(): Promise<BuildpackRig> {
  const rig = await buildpackRig();
  rig.buildpack('one');
  return rig;
}

/** Two buildpacks and a composite of one of them, in a folder with a package.toml. */
export async function rigWithAll(): Promise<BuildpackRig> {
  const rig = await rigWithOne();
  rig.buildpack('two');
  rig.buildpack('all', { composite: true, toml: composite });
  rig.files('all', {
    'package.toml': '[[dependencies]]\nuri = "../one"\n[[dependencies]]\nuri = "../two"\n',
  });
  return rig;
}

/** A place of the rig's own directory, whatever the current one is. */
export function inDir({ dir }: BuildpackRig, place: string): string {
  return place.replace(/^(?<scheme>oci:)|^(?=[^:]+\.cnb$)/, (scheme) =>
    scheme === '' ? `${dir}/` : `${scheme}${dir}/`,
  );
}
