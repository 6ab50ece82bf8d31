import { appliesIn, defaultExecEnv } from './exec-env.ts';
import { misspelledKeys, projectKeys, unknownKeys } from './project-keys.ts';
import { parseToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** project.toml, schema 0.2 with the `exec-env` of pack's 0.3, and the older 0.1 — https://github.com/buildpacks/spec/blob/main/extensions/project-descriptor.md */
export interface ProjectDescriptor {
  readonly id?: string;
  readonly name?: string;
  readonly version?: string;
  readonly sourceUrl?: string;
  readonly builder?: string;
  /** Gitignore patterns; at most one of the two. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Replaces the order. Undefined when the file does not say. */
  readonly group?: readonly ProjectBuildpack[];
  /** In front of and behind every group. */
  readonly pre: readonly ProjectBuildpack[];
  readonly post: readonly ProjectBuildpack[];
  readonly buildEnv: readonly { readonly name: string; readonly value: string }[];
  /** Free metadata of the project. */
  readonly metadata: TomlTable;
  /** Our own table `[dev.tsbuildpack]`, for the settings. */
  readonly tsbuildpack?: TomlTable;
  /** One sentence each: unknown keys, a missing schema version. */
  readonly warnings: readonly string[];
}

/** A buildpack by id (of the order or a registry), or by a uri relative to the descriptor's directory. */
export interface ProjectBuildpack {
  readonly id?: string;
  readonly version?: string;
  readonly uri?: string;
  readonly script?: ProjectScript;
  readonly optional: boolean;
}

/** A buildpack that stands in the file itself (PRJ-06). */
export interface ProjectScript {
  readonly api: string;
  readonly inline: string;
  readonly shell: string;
}

const code = 'DESCRIPTOR_INVALID';

/** What it says for builds in this execution environment. Throws DESCRIPTOR_INVALID. */
export function parseProjectDescriptor(
  text: string | Uint8Array,
  file: string,
  execEnv: string = defaultExecEnv,
): ProjectDescriptor {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const schema = root.table('_')?.string('schema-version');
  if (schema === undefined) return parseOldest(root, file);
  if (schema === '0.1') return parseOldest(root, file, []);
  if (schema === '0.2' || schema === '0.3') return parseCurrent(root, file, execEnv);
  throw root.error(`schema version "${schema}" is unknown`, 'Write [_] schema-version = "0.2"');
}

function parseCurrent(root: TomlReader, file: string, execEnv: string): ProjectDescriptor {
  const project = root.table('_');
  const build = root.table('io')?.table('buildpacks');
  return {
    ...aboutProject(project),
    ...aboutBuild(build),
    ...(build?.has('group') && { group: groupOf(build, execEnv) }),
    pre: groupOf(build?.table('pre'), execEnv),
    post: groupOf(build?.table('post'), execEnv),
    // `env.build` is the name that pack's first 0.2 had (PRJ-09).
    buildEnv: [
      ...variablesOf(build?.table('build'), 'env', execEnv),
      ...variablesOf(build?.table('env'), 'build', execEnv),
    ],
    metadata: project?.rawTable('metadata') ?? {},
    ...ownTable(root),
    warnings: [
      ...unknownKeys(project, projectKeys.project, { file, path: '_.' }),
      ...unknownKeys(build, projectKeys.build, { file, path: 'io.buildpacks.' }),
      ...misspelledKeys(root.table('io'), 'buildpacks', { file, path: 'io.' }),
      ...misspelledOwn(root, file),
    ],
  };
}

/** Schema 0.1: `[project]` and `[build]` (PRJ-12). It is also what a file without a version is (PRJ-02). */
function parseOldest(root: TomlReader, file: string, warnings?: readonly string[]): ProjectDescriptor {
  const project = root.table('project');
  const build = root.table('build');
  const group = build?.has('buildpacks') ? build.tables('buildpacks').map(buildpackFrom) : undefined;
  const onlyOwn = root.keys().every((key) => key.toLowerCase() === 'dev');
  const missing = `"${file}" has no schema version and is read as 0.1: write [_] schema-version = "0.2"`;
  return {
    ...aboutProject(project),
    ...aboutBuild(build),
    ...(group && { group }),
    pre: [],
    post: [],
    buildEnv: variablesOf(build, 'env', defaultExecEnv),
    metadata: root.rawTable('metadata') ?? {},
    ...ownTable(root),
    warnings: warnings ?? [...(onlyOwn ? [] : [missing]), ...misspelledOwn(root, file)],
  };
}

type AboutProject = Pick<ProjectDescriptor, 'id' | 'name' | 'version' | 'sourceUrl'>;

function aboutProject(project: TomlReader | undefined): AboutProject {
  const [id, name, version] = ['id', 'name', 'version'].map((key) => project?.string(key));
  const sourceUrl = project?.string('source-url');
  for (const license of project?.tables('licenses') ?? []) {
    if (!license.string('type') && !license.string('uri')) throw license.error('a license has neither type nor uri');
  }
  return {
    ...(id && { id }),
    ...(name && { name }),
    ...(version && { version }),
    ...(sourceUrl && { sourceUrl }),
  };
}

function aboutBuild(build: TomlReader | undefined): Pick<ProjectDescriptor, 'builder' | 'include' | 'exclude'> {
  const [include, exclude] = [build?.strings('include'), build?.strings('exclude')];
  if (build && include && exclude) throw build.error('it has both include and exclude', 'Keep one of the two');
  const builder = build?.string('builder');
  return { ...(builder && { builder }), ...(include && { include }), ...(exclude && { exclude }) };
}

function misspelledOwn(root: TomlReader, file: string): readonly string[] {
  return misspelledKeys(root.table('dev'), 'tsbuildpack', { file, path: 'dev.' });
}

function ownTable(root: TomlReader): Pick<ProjectDescriptor, 'tsbuildpack'> {
  const tsbuildpack = root.table('dev')?.rawTable('tsbuildpack');
  return tsbuildpack === undefined ? {} : { tsbuildpack };
}

function buildpackFrom(entry: TomlReader): ProjectBuildpack {
  const [id, version, uri] = ['id', 'version', 'uri'].map((key) => entry.string(key));
  const script = entry.table('script');
  if (!id && !uri) throw entry.error('a buildpack has neither id nor uri');
  const rival = version ? 'version' : script && 'script';
  if (rival && uri) throw entry.error(`buildpack "${id ?? uri}" has both ${rival} and uri`, 'Keep one of the two');
  return {
    ...(id && { id }),
    ...(version && { version }),
    ...(uri && { uri }),
    ...(script && { script: scriptFrom(script) }),
    optional: entry.boolean('optional'),
  };
}

function scriptFrom(script: TomlReader): ProjectScript {
  return {
    api: script.required('api'),
    inline: script.required('inline'),
    shell: script.string('shell') || '/bin/sh',
  };
}

/** PRJ-13: what is for other environments than this one is not there. */
function tablesFor(execEnv: string, entries: readonly TomlReader[] = []): readonly TomlReader[] {
  return entries.filter((entry) => appliesIn(entry.strings('exec-env') ?? [], execEnv));
}

function groupOf(table: TomlReader | undefined, execEnv: string): readonly ProjectBuildpack[] {
  return tablesFor(execEnv, table?.tables('group')).map(buildpackFrom);
}

function variablesOf(table: TomlReader | undefined, key: string, execEnv: string): ProjectDescriptor['buildEnv'] {
  return tablesFor(execEnv, table?.tables(key)).map(variableFrom);
}

function variableFrom(entry: TomlReader): { readonly name: string; readonly value: string } {
  const name = entry.required('name');
  if (/[=\0]/.test(name)) throw entry.error(`"${name}" cannot be the name of a variable`);
  return { name, value: entry.string('value') ?? '' };
}
