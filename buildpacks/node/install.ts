import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { fetchPackages } from './fetch-packages.ts';
import type { NodeProject } from './find-project.ts';
import { refuseUnprepared } from './git-dependencies.ts';
import { hashTree } from './hash-tree.ts';
import { readInstalled } from './hidden-lockfile.ts';
import { runDependencyScripts } from './dependency-scripts.ts';
import { installEnvironment } from './install-environment.ts';
import { installedTree, placeTree } from './installed-tree.ts';
import type { NodeTools } from './node-tools.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { OwnPackages } from './own-packages.ts';
import { findOwnPackages } from './own-packages.ts';
import { hasOwnScripts, linkOwnPrograms, runOwnScripts } from './own-scripts.ts';
import type { PackageFile } from './package-file.ts';
import type { NodeSettings } from './settings.ts';
import { tidyBuilds } from './tidy-builds.ts';
import { hashStaged, stagedFiles, writeStaged } from './stage-packages.ts';
import type { StagedFiles } from './stage-packages.ts';

/** Changes when another version of this tool would install another tree from the same files. */
const treeFormat = 1;

export interface InstallRequest {
  readonly project: NodeProject & { readonly root: PackageFile };
  readonly tools: NodeTools;
  readonly settings: NpmSettings;
  readonly build: Pick<NodeSettings, 'installEnv'>;
  /** Inside path of settings without credentials. */
  readonly npmrc: string;
  /** Whether no script builds anything afterwards. */
  readonly isLast: boolean;
  /** Inside path of npm's own cache. */
  readonly cache: () => Promise<string>;
}

/** For a target that the tools do not run on: what is installed for it, without running anything. */
export interface ForeignTarget {
  /** Node's words: `arm64`. */
  readonly cpu: string;
  readonly libc: 'glibc' | 'musl';
}

/**
 * Installs all dependencies, those for development too, and runs their scripts and then ours, each kind as the head of its file says.
 * A source that changed fetches and compiles no dependency. Throws BUILD_FAILED.
 */
export async function installDependencies(context: BuiltinBuildContext, request: InstallRequest): Promise<void> {
  const { project, tools, npmrc } = request;
  const own = findOwnPackages(project, context.workspaceDir);
  if (hasDependencies(own)) {
    sayLockfile(context, project);
    const tree = await dependencyTree(context, { ...request, own }, undefined);
    await placeTree({
      from: tree.dir,
      workspaceDir: context.workspaceDir,
      packages: [own.root, ...own.linked].map(({ dir }) => dir),
      shared: request.isLast && !runsOwnScripts(own, request.settings) && staysInPlace(context),
      signal: context.signal,
    });
    linkOwnPrograms(own);
  }
  if (runsOwnScripts(own, request.settings)) await runOwnScripts(context, tools, { own, project, npmrc });
}

function runsOwnScripts(own: OwnPackages, settings: NpmSettings): boolean {
  return hasOwnScripts(own) && !ignoresScripts(settings);
}

/** Else files that name the directory of the build are changed in the end. */
export function staysInPlace({ inside, appImageDir }: Pick<BuiltinBuildContext, 'inside' | 'appImageDir'>): boolean {
  return inside.appDir === appImageDir;
}

/**
 * Installs what the application needs on another kind of machine into a tree of its own, and returns where that is. Nothing of it can run
 * here, so no script does.
 */
export async function installForeign(
  context: BuiltinBuildContext,
  request: InstallRequest,
  target: ForeignTarget,
): Promise<{ readonly own: OwnPackages; readonly dir: string } | undefined> {
  const own = findOwnPackages(request.project, context.workspaceDir);
  if (!hasDependencies(own)) return undefined;
  const { dir } = await dependencyTree(context, { ...request, own }, target);
  return { own, dir };
}

function hasDependencies({ root, linked }: OwnPackages): boolean {
  return (
    linked.length > 0 ||
    [
      root.manifest.dependencies,
      root.manifest.devDependencies,
      root.manifest.optionalDependencies,
      record(root.manifest.fields['peerDependencies']),
    ].some((list) => Object.keys(list).length > 0)
  );
}

function record(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function sayLockfile({ report }: BuiltinBuildContext, { lockfile, root }: InstallRequest['project']): void {
  if (lockfile !== undefined) return;
  report({
    type: 'warning',
    message: `There is no lockfile beside ${relative(root.dir, join(root.dir, 'package.json'))}: npm takes the versions of today, another build may take others`,
    hint: 'Run npm install and commit package-lock.json',
  });
}

interface TreeRequest extends InstallRequest {
  readonly own: OwnPackages;
}

async function dependencyTree(
  context: BuiltinBuildContext,
  request: TreeRequest,
  target: ForeignTarget | undefined,
): ReturnType<typeof installedTree> {
  const { project, own, settings, tools } = request;
  const staged = stagedFiles(project, own, {
    workspaceDir: context.workspaceDir,
    installLinks: isOn(settings, 'install-links'),
  });
  const key = await treeKey(context, request, { staged, target });
  const name = target === undefined ? 'dependencies' : 'target-dependencies';
  const tree = await installedTree(context, { name, key }, (dir) =>
    install(context, { ...request, staged, target, dir }),
  );
  if (tree.restored)
    context.log(
      `Dependencies are those of the last build${target === undefined ? '' : ` (for linux/${target.cpu})`}: nothing that they depend on has changed`,
    );
  else
    context.log(
      `Dependencies are installed with npm ${await tools.npmVersion()}${target === undefined ? '' : ` for linux/${target.cpu}`}`,
    );
  return tree;
}

interface TreeParts {
  readonly staged: StagedFiles;
  readonly target: ForeignTarget | undefined;
}

async function treeKey(
  context: BuiltinBuildContext,
  request: TreeRequest,
  { staged, target }: TreeParts,
): Promise<string> {
  const { tools, settings, build } = request;
  const { os, arch, libc, libcVersion } = context.host;
  const parts = {
    format: treeFormat,
    files: hashStaged(staged, context.workspaceDir, hashTree),
    behaviour: settings.behaviour,
    node: tools.node.version,
    npm: await tools.npmVersion(),
    host: { os, arch, libc, libcVersion },
    target,
    env: installEnvironment(context, settings, build),
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

async function install(
  context: BuiltinBuildContext,
  request: TreeRequest & TreeParts & { readonly dir: string },
): Promise<void> {
  const { project, settings, tools, build, npmrc, staged, target, dir } = request;
  await writeStaged(staged, { from: context.workspaceDir, to: dir });
  const root = join(dir, relative(context.workspaceDir, project.rootDir));
  const cache = await request.cache();
  await fetchPackages(context, tools.npm, {
    dir: root,
    lockfile: project.lockfile,
    cache,
    args:
      target === undefined
        ? ['--include=dev']
        : ['--omit=dev', '--os=linux', `--cpu=${target.cpu}`, `--libc=${target.libc}`],
    settings,
  });
  const installed = readInstalled(root);
  refuseUnprepared(root, installed);
  if (target !== undefined || ignoresScripts(settings)) return;
  const env = { ...installEnvironment(context, settings, build), npm_config_userconfig: npmrc };
  await runDependencyScripts(context, tools.npm, { dir: root, installed, env });
  tidyBuilds(root, installed);
}

function ignoresScripts(settings: NpmSettings): boolean {
  return isOn(settings, 'ignore-scripts');
}

function isOn({ behaviour }: NpmSettings, key: string): boolean {
  return behaviour.some((entry) => entry.key === key && entry.value === 'true');
}
