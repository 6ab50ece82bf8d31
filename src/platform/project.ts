import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseProjectDescriptor, type ProjectDescriptor } from '../cnb/project-descriptor.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { TsbuildpackError } from '../errors.ts';
import { parsePlace } from '../image/place.ts';
import { parsePlatform, type Platform } from '../oci/platform.ts';
import { defaultPlatform } from '../oci/select-platform.ts';
import { findSourceRoot } from '../source/find-source-root.ts';
import { hidePaths } from '../source/hide-paths.ts';
import { ignoreFilter } from '../source/ignore-filter.ts';
import { readSource } from '../source/read-source.ts';
import type { SourceTree } from '../source/source-tree.ts';
import type { RunImageWish } from '../stack/run-image.ts';
import type { Store } from '../store/store.ts';
import { chooseBuildInputs, type BuildInputs } from './build-inputs.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { readBuildVariables } from './build-variables.ts';
import { readLabels } from './read-labels.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { findStackName } from './stack-name.ts';

/** An application with everything that its project descriptor, flags and variables say about building it. */
export interface Project {
  /** Absolute, without symlinks. */
  readonly appDir: string;
  readonly settings: Settings;
  readonly descriptor: ProjectDescriptor | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  /** Chooses what builds it and in what, and fetches what is not on this machine. `pinned` is what another build resolved. */
  chooseInputs(store: Store, pinned?: ReadonlyMap<string, string>): Promise<BuildInputs>;
  /** Lists what enters the build. */
  readSource(store: Store): Promise<SourceTree>;
}

/** Throws SOURCE_UNREADABLE, DESCRIPTOR_INVALID, SETTINGS_INVALID, USAGE. */
export async function prepareProject(options: BuildOptions, surroundings: Surroundings): Promise<Project> {
  const { cwd, env, report } = surroundings;
  const appDir = findApplication(resolve(cwd, options.directory));
  const file = resolve(cwd, options.descriptor ?? join(appDir, 'project.toml'));
  const isNamed = options.descriptor !== undefined;
  const first = readDescriptor(file, isNamed);
  for (const message of first?.warnings ?? []) report({ type: 'warning', message });
  const table = first?.tsbuildpack;
  const settings = resolveSettings({
    flags: settingFlags(options),
    env,
    project: table && { table: plainTableFromToml(table), file },
  });
  const execEnv = settings['exec-env'];
  const descriptor = execEnv === undefined || first === undefined ? first : readDescriptor(file, isNamed, execEnv);
  const platform = settings.platform === undefined ? defaultPlatform() : parsePlatform(settings.platform);
  const runImage = runImageWish(settings, { cwd, projectDir: appDir });
  return {
    appDir,
    settings,
    descriptor,
    variables: readBuildVariables({
      flags: options.env,
      files: options.envFiles.map((path) => resolve(cwd, path)),
      project: descriptor?.buildEnv ?? [],
      hostEnv: env,
    }),
    platform,
    labels: { ...settings.labels, ...readLabels(options.labels) },
    chooseInputs: (store, pinned) =>
      chooseBuildInputs(
        { options, settings, descriptor, descriptorDir: dirname(file), runImage, platform },
        { store, surroundings, pinned },
      ),
    readSource: (store) =>
      readProjectSource({ appDir, settings, descriptor, writes: options.writes ?? [], store, surroundings }),
  };
}

function findApplication(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return realpathSync(path);
  const problem = found === undefined ? 'it does not exist' : 'it is not a directory';
  throw new TsbuildpackError('SOURCE_UNREADABLE', `Cannot build "${path}": ${problem}`, {
    hint: 'Name the directory of an application, for example: tsbuildpack build ./app',
  });
}

function readDescriptor(file: string, named: boolean, execEnv?: string): ProjectDescriptor | undefined {
  // One that is named may be a pipe: --descriptor <(generate).
  const found = named ? existsSync(file) : statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  if (found) return parseProjectDescriptor(readFileSync(file), file, execEnv);
  if (!named) return undefined;
  throw new TsbuildpackError('DESCRIPTOR_INVALID', `Cannot read project descriptor "${file}": it does not exist`);
}

/** The flags that are settings too, by setting name; repeated ones count only when given. */
function settingFlags(options: BuildOptions): Readonly<Record<string, unknown>> {
  const some = (list: readonly string[]): readonly string[] | undefined => (list.length > 0 ? list : undefined);
  return {
    tag: some(options.tags),
    output: some(options.outputs),
    'run-image': options.runImage,
    stack: options.stack,
    builder: options.builder,
    platform: options.platform,
    'source-root': options.sourceRoot,
    isolation: options.isolation,
    'build-image': options.buildImage,
    network: options.network,
    launcher: options.launcher,
    process: options.process,
    'exec-env': options.execEnv,
    compression: options.compression,
    'cache-scope': options.cacheScope,
    store: options.store,
    'debian-mirror': options.debianMirror,
    'stack-images': options.stackImages?.length ? options.stackImages : undefined,
  };
}

/** `stack:NAME` stands for a stack's run image wherever an image is named. */
function runImageWish(
  { stack, 'run-image': image }: Settings,
  where: { readonly cwd: string; readonly projectDir: string },
): RunImageWish {
  if (stack !== undefined && image !== undefined) {
    throw new TsbuildpackError('USAGE', `Cannot stand on stack "${stack}" and on image "${image}" at once`, {
      hint: 'Give one of --stack and --run-image',
    });
  }
  const name = stack ?? (image?.startsWith('stack:') ? image.slice('stack:'.length) : undefined);
  if (name !== undefined) return { kind: 'stack', name: findStackName(name, where) };
  return image === undefined ? { kind: 'auto' } : { kind: 'image', place: image };
}

interface SourceParts extends Pick<Project, 'appDir' | 'settings' | 'descriptor'> {
  readonly writes: readonly string[];
  readonly store: Store;
  readonly surroundings: Surroundings;
}

async function readProjectSource(parts: SourceParts): Promise<SourceTree> {
  const { appDir, settings, descriptor, store, surroundings } = parts;
  const { report } = surroundings;
  const explicit = settings['source-root'];
  const { root, appPath, reason } = findSourceRoot(appDir, { ...(explicit !== undefined && { explicit }) });
  if (root !== appDir) report({ type: 'info', message: `Source root: ${root} (${reason})` });
  const { include, exclude } = descriptor ?? {};
  const rules = ignoreFilter({ root, appPath, ...(include && { include }), ...(exclude && { exclude }) });
  const filter = hidePaths(rules, writtenPaths(root, parts));
  const memory = store.document(`source ${root} ${appPath}`);
  return await readSource({ root, appPath, filter, report, memory });
}

/** What this build writes inside the source root: outputs, report, store. Relative to the root. */
function writtenPaths(root: string, { settings, writes, store, surroundings }: SourceParts): readonly string[] {
  const outputs = (settings.output ?? []).map(parsePlace).flatMap((place) => {
    if ('file' in place) return [place.file];
    return 'directory' in place ? [place.directory] : [];
  });
  return [...outputs, ...writes, store.dir]
    .map((path) => relative(root, realPathOf(resolve(surroundings.cwd, path))))
    .filter((path) => path !== '' && !path.startsWith('..'));
}

/** Without symlinks, as the source root is; the file itself need not be there yet. */
function realPathOf(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}
