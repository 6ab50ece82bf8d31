import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { parseBuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { Buildpack } from './buildpack.ts';
import { directoryBuildpack } from './directory-buildpack.ts';
import type { ModuleFiles, RunnerFiles } from './module-files.ts';
import { bundledRunner } from './module-files.ts';

export interface LoadBuildpackOptions {
  readonly report?: Report;
  readonly signal?: AbortSignal;
  /** Whether bin/detect and bin/build have to be there, or are missed when they are run. @default true */
  readonly requirePrograms?: boolean;
  /** Somebody else made it, in this directory: nothing of it that we read ourselves may lie outside, and modules are JavaScript. */
  readonly fetchedInto?: string;
  /** @default the bundled files of this package */
  readonly runner?: RunnerFiles;
}

const whatItIs =
  'A buildpack is a directory with buildpack.toml, bin/detect and bin/build, a directory with buildpack.toml that has an [[order]], ' +
  'or a TypeScript or JavaScript module whose default export is defineBuildpack({ … })';

/** For what is meant as a buildpack, and is an image extension. */
export const whatTakesExtensions =
  'Image extensions come in a builder (--builder); where one only adds packages, a run image that has them does as well (--run-image)';

// Of the languages that buildpacks are compiled from.
const sourceFiles = ['go.mod', 'Cargo.toml', 'pom.xml', 'build.gradle', 'build.gradle.kts'];

const moduleExtensions = ['.ts', '.mts', '.js', '.mjs'];
const moduleNames = ['buildpack', 'index'].flatMap((name) => moduleExtensions.map((extension) => name + extension));

/**
 * A buildpack from a directory or a module file of this machine. Throws BUILDPACK_INVALID with what is wrong, BUILDPACK_API_UNSUPPORTED.
 */
export async function loadBuildpack(path: string, options: LoadBuildpackOptions = {}): Promise<Buildpack> {
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) throw invalid(path, 'there is no such file or directory');
  if (!stats.isDirectory()) return loadModule({ entry: absolute, root: dirname(absolute) }, path, options);
  const read = ['.', 'buildpack.toml', 'bin', 'bin/detect', 'bin/build', 'package.json'];
  if (options.fetchedInto !== undefined) refuseEscapes(absolute, read, options.fetchedInto);
  if (existsSync(join(absolute, 'buildpack.toml'))) return loadDirectory(absolute, options);
  const entry = entryOf(absolute);
  if (entry === undefined) {
    if (existsSync(join(absolute, 'extension.toml')))
      throw invalid(path, 'it is an image extension', whatTakesExtensions);
    throw invalid(path, 'it has neither a buildpack.toml nor a module');
  }
  refuseFetchedSource(absolute, entry, options);
  return loadModule({ entry, root: absolute }, path, options);
}

/** What is read here is read outside of any sandbox, where links of a foreign archive would lead to files of the user. */
export function refuseEscapes(root: string, names: readonly string[], fetchedInto: string): void {
  const home = realpathSync(fetchedInto);
  for (const name of names.filter((one) => existsSync(join(root, one)))) {
    const place = realpathSync(join(root, name));
    if (place !== home && !place.startsWith(home + sep))
      throw invalid(root, `its "${name}" is a link that leads out of it`);
  }
}

/** Compiling a module means to read what it imports, whatever that is, outside of any sandbox. */
function refuseFetchedSource(root: string, entry: string, options: LoadBuildpackOptions): void {
  if (options.fetchedInto === undefined) return;
  refuseEscapes(root, [entry.slice(root.length + 1)], options.fetchedInto);
  if (!['.ts', '.mts'].includes(extname(entry))) return;
  const hint = 'Publish it as JavaScript, bundled with what it imports';
  throw invalid(root, `"${entry.slice(root.length + 1)}" is TypeScript, which is only taken from a directory`, hint);
}

function loadDirectory(root: string, { report, requirePrograms = true }: LoadBuildpackOptions): Buildpack {
  const file = join(root, 'buildpack.toml');
  const bin = join(root, 'bin');
  const binFiles = statSync(bin, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(bin) : [];
  const descriptor = parseBuildpackDescriptor(readFileSync(file), file, { binFiles });
  const programs = ['detect', 'build'].filter((name) => binFiles.includes(name));
  if (descriptor.order === undefined) {
    if (requirePrograms) refuseMissing(root, programs);
  } else if (programs.length > 0) {
    throw invalid(root, `it has an [[order]] and bin/${programs.join(' and bin/')}, it must have one or the other`);
  }
  for (const message of descriptor.warnings) report?.({ type: 'warning', message });
  return directoryBuildpack(root, descriptor);
}

function refuseMissing(root: string, programs: readonly string[]): void {
  for (const name of ['detect', 'build']) {
    const file = join(root, 'bin', name);
    if (!programs.includes(name)) {
      const source = sourceFiles.find((one) => existsSync(join(root, one)));
      if (source === undefined) throw invalid(root, `it has no bin/${name}`);
      throw invalid(
        root,
        `it has no bin/${name}, and a ${source}`,
        'Compile it first, and name the directory that comes out',
      );
    }
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() !== true || (stats.mode & 0o111) === 0) {
      throw invalid(root, `its bin/${name} is not executable`, `chmod +x ${file}`);
    }
  }
}

/** `tsbuildpack` or `main` of its package.json, else a file with a usual name. */
function entryOf(root: string): string | undefined {
  const manifest = join(root, 'package.json');
  const named = existsSync(manifest) ? entryIn(manifest, root) : undefined;
  if (named !== undefined) return join(root, named);
  const found = moduleNames.find((name) => existsSync(join(root, name)));
  return found === undefined ? undefined : join(root, found);
}

function entryIn(manifest: string, root: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(manifest, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(root, `its package.json cannot be read: ${why}`);
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const named: unknown[] = [Reflect.get(document, 'tsbuildpack'), Reflect.get(document, 'main')];
  return named.find((name): name is string => typeof name === 'string' && existsSync(join(root, name)));
}

async function loadModule(files: ModuleFiles, path: string, options: LoadBuildpackOptions): Promise<Buildpack> {
  if (!moduleExtensions.includes(extname(files.entry))) {
    throw invalid(path, `it is a file, but no module (${moduleExtensions.join(', ')})`);
  }
  const { runner = bundledRunner(), signal } = options;
  const { moduleBuildpack } = await import('./module-buildpack.ts');
  return moduleBuildpack(files, { runner, ...(signal && { signal }) });
}

function invalid(path: string, problem: string, hint: string = whatItIs): TsbuildpackError {
  return new TsbuildpackError('BUILDPACK_INVALID', `Cannot use buildpack "${path}": ${problem}`, { hint });
}
