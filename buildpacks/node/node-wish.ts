import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { pathInRoot } from './find-project.ts';
import type { PackageFile } from './package-file.ts';
import { lineOfKey } from './package-file.ts';
import { ltsLine } from './release-lines.ts';
import type { VersionText } from './version-text.ts';
import { readVersionText } from './version-text.ts';

/** Which version of something is asked for, and by whom. */
export interface VersionWish {
  readonly wants: VersionText;
  /** As it is written. */
  readonly text: string;
  /** `.nvmrc:1`, `package.json:12 (engines)`, `BP_NODE_VERSION`. */
  readonly where: string;
  /** Whether only a newest version was meant: then the newest release is taken, not the newest with long-term support. */
  readonly newest: boolean;
}

export interface NodeWishSources {
  readonly project: NodeProject;
  /** BP_NODE_VERSION. */
  readonly setting: string | undefined;
}

interface Candidate {
  readonly text: string;
  readonly where: string;
}

/**
 * What decides about the version of Node, the first that says something: BP_NODE_VERSION (also from project.toml), `.nvmrc`,
 * `.node-version`, `.tool-versions`, then `volta`, `devEngines` and `engines` of package.json, then the newest release with long-term
 * support. Of each kind the application's file comes before that of the workspaces' root. Throws INVALID_INPUT for what cannot be read.
 */
export function readNodeWish(sources: NodeWishSources): VersionWish {
  const [found] = candidates(sources);
  if (found === undefined) {
    const major = ltsLine(0)?.major ?? 0;
    return {
      wants: { kind: 'range', range: `${major}.x` },
      text: `${major}.x`,
      where: 'nothing names a version: the newest with long-term support',
      newest: false,
    };
  }
  const wants = readVersionText(found.text);
  if (wants !== undefined) return { wants, ...found, newest: /^(?:node|latest|current)$/i.test(found.text) };
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot use the Node version "${found.text}" of ${found.where}: it is neither a version nor a range nor an alias`,
    {
      hint: 'Write for example 24, 24.1.0, ">=22 <25", lts/* or lts/krypton',
    },
  );
}

function candidates({ project, setting }: NodeWishSources): readonly Candidate[] {
  const { appDir, rootDir, app, root } = project;
  const dirs = appDir === rootDir ? [appDir] : [appDir, rootDir];
  const files = [app, ...(root === app ? [] : [root])].filter((file) => file !== undefined);
  const inDirs = (read: (dir: string) => Candidate | undefined): readonly Candidate[] =>
    dirs.flatMap((dir) => read(dir) ?? []);
  const inFiles = (keys: readonly string[], read: (file: PackageFile) => string | undefined): readonly Candidate[] =>
    files.flatMap((file) => {
      const text = read(file);
      return text === undefined || text.trim() === '' ? [] : [{ text, where: placeOf(file, project, keys) }];
    });
  return [
    ...(setting === undefined ? [] : [{ text: setting, where: settingPlace(appDir, setting) }]),
    ...inDirs((dir) => versionFile(dir, '.nvmrc', project)),
    ...inDirs((dir) => versionFile(dir, '.node-version', project)),
    ...inDirs((dir) => toolVersions(dir, project)),
    ...inFiles(['volta', 'node'], ({ manifest }) => manifest.volta['node']),
    ...inFiles(
      ['devEngines', 'runtime', 'version'],
      ({ manifest }) => manifest.devEngines.runtime.find(({ name }) => name === 'node')?.version,
    ),
    ...inFiles(['engines', 'node'], ({ manifest }) => manifest.engines['node']),
  ];
}

/** `package.json:12 (engines)`. */
export function placeOf(file: PackageFile, project: NodeProject, keys: readonly string[]): string {
  return `${prefixOf(file.dir, project)}package.json:${lineOfKey(file.text, keys)} (${keys[0] ?? ''})`;
}

function prefixOf(dir: string, project: NodeProject): string {
  const path = pathInRoot(project, dir);
  return path === '.' ? '' : `${path}/`;
}

/** The first line that is no comment. */
function versionFile(dir: string, name: string, project: NodeProject): Candidate | undefined {
  return lineOf(dir, name, { project, read: (line) => (line === '' ? undefined : line) });
}

/** https://asdf-vm.com/manage/configuration.html#tool-versions: of several versions the first; `system` says nothing. */
function toolVersions(dir: string, project: NodeProject): Candidate | undefined {
  const read = (line: string): string | undefined => {
    const version = /^(?:nodejs|node)\s+(\S+)/.exec(line)?.[1];
    return version === 'system' ? undefined : version;
  };
  return lineOf(dir, '.tool-versions', { project, read });
}

function lineOf(
  dir: string,
  name: string,
  { project, read }: { readonly project: NodeProject; readonly read: (line: string) => string | undefined },
): Candidate | undefined {
  const file = join(dir, name);
  if (!existsSync(file)) return undefined;
  for (const [index, line] of readFileSync(file, 'utf8').split(/\r?\n/).entries()) {
    const text = read(line.replace(/#.*$/, '').trim());
    if (text !== undefined) return { text, where: `${prefixOf(dir, project)}${name}:${index + 1}` };
  }
  return undefined;
}

/** The variable may come from project.toml, which is where its reader looks for it. */
function settingPlace(appDir: string, value: string): string {
  const file = join(appDir, 'project.toml');
  if (!existsSync(file)) return 'BP_NODE_VERSION';
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('BP_NODE_VERSION'));
  const isThere = at !== -1 && lines.slice(at, at + 3).some((line) => line.includes(value));
  return isThere ? `project.toml:${at + 1} (BP_NODE_VERSION)` : 'BP_NODE_VERSION';
}
