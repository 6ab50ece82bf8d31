import { existsSync, lstatSync, readFileSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { readElf, removeTree, TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { GeneratedFile } from './generated-files.ts';
import { carryFiles, generatedFiles } from './generated-files.ts';
import type { InstalledPackage } from './hidden-lockfile.ts';
import { readInstalled } from './hidden-lockfile.ts';
import type { InstallRequest } from './install.ts';
import { installForeign, staysInPlace } from './install.ts';
import { placeTree } from './installed-tree.ts';
import { nodeArch } from './node-releases.ts';
import { linkOwnPrograms } from './own-scripts.ts';

/**
 * The image is for another kind of machine than the one that builds: in place of the packages that the build ran with come those for the target,
 * without development dependencies and with prebuilt programs for it. Throws BUILD_FAILED for a package that would have to be compiled.
 */
export async function placeForeign(context: BuiltinBuildContext, request: InstallRequest): Promise<void> {
  const { arch } = context.target;
  const tree = await installForeign(context, request, { cpu: nodeArch(arch), libc: context.target.libc ?? 'glibc' });
  if (tree === undefined) return;
  const root = join(tree.dir, relative(context.workspaceDir, request.project.rootDir));
  const left = await requirePrebuilt(root, arch);
  if (left.length > 0) {
    context.log(
      `Install scripts that did not run for linux/${arch}, since nothing of it runs here: ${left.join(', ')}`,
    );
  }
  const packages = [tree.own.root, ...tree.own.linked].map(({ dir }) => dir);
  const generated = await takeGenerated(context, packages);
  const { workspaceDir, signal } = context;
  await placeTree({ from: tree.dir, workspaceDir, packages, shared: staysInPlace(context), signal });
  await carryGenerated(context, generated);
  linkOwnPrograms(tree.own);
}

interface Generated {
  /** Host path of the node_modules that it belongs to. */
  readonly modules: string;
  /** Where that is meanwhile. */
  readonly aside: string;
  readonly files: readonly GeneratedFile[];
}

/** What scripts made or changed among the packages, put aside. */
async function takeGenerated(context: BuiltinBuildContext, packages: readonly string[]): Promise<readonly Generated[]> {
  const taken: Generated[] = [];
  for (const dir of packages) {
    const modules = join(dir, 'node_modules');
    const original = join(context.layersDir, 'dependencies', 'tree', relative(context.workspaceDir, modules));
    const files = await generatedFiles(modules, original);
    if (files.length === 0) continue;
    // Beside it, so that it can be renamed wherever the workspace is.
    const aside = join(dir, '.node_modules-of-the-build');
    renameSync(modules, aside);
    taken.push({ modules, aside, files: files.map(({ path }) => ({ path, from: join(aside, path) })) });
  }
  return taken;
}

async function carryGenerated(context: BuiltinBuildContext, generated: readonly Generated[]): Promise<void> {
  for (const { modules, aside, files } of generated) {
    const behind = await carryFiles(files, { to: modules, arch: context.target.arch });
    await removeTree(aside);
    if (behind.length === 0) continue;
    context.report({
      type: 'warning',
      message: `Scripts made machine code for this machine, which is not in the image: ${behind.join(', ')}`,
      hint: `Have it made for linux/${context.target.arch} too, or build on a machine with that processor`,
    });
  }
}

/** Programs that compile, or fetch what was compiled, when a package is installed. */
const compilers = /\b(?:node-gyp|node-pre-gyp|prebuild-install|prebuildify|cmake-js|node-gyp-build|neon|napi)\b/;

/** Names of packages whose scripts did something else. Throws BUILD_FAILED naming those that have no program for the target. */
async function requirePrebuilt(root: string, arch: string): Promise<readonly string[]> {
  const withScripts = readInstalled(root).filter(({ hasInstallScript, link }) => hasInstallScript && !link);
  const missing: string[] = [];
  const left: string[] = [];
  for (const one of withScripts) {
    const dir = join(root, one.path);
    if (!existsSync(dir) || (await hasProgramFor(dir, arch))) continue;
    (compiles(dir) && !one.optional ? missing : left).push(nameOf(one));
  }
  if (missing.length === 0) return left;
  throw new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot build for linux/${arch} on this machine: ${missing.join(', ')} would have to be compiled for it`,
    {
      hint: `Build on a machine with ${arch}, use a release that comes with prebuilt programs for linux/${nodeArch(arch)}, or make it a development dependency when nothing needs it at run time`,
    },
  );
}

function nameOf({ name, version }: InstalledPackage): string {
  return version === undefined ? name : `${name}@${version}`;
}

function compiles(dir: string): boolean {
  if (existsSync(join(dir, 'binding.gyp'))) return true;
  const text = readFileSync(join(dir, 'package.json'), 'utf8');
  const scripts = /"scripts"\s*:\s*\{[^}]*\}/.exec(text)?.[0] ?? '';
  return compilers.test(scripts);
}

/** Whether a package holds an add-on or a library for a processor, of which it may have several. */
async function hasProgramFor(dir: string, arch: string): Promise<boolean> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && (await hasProgramFor(path, arch))) return true;
    if (!entry.isFile() || !/\.(?:node|so(?:\..*)?)$/.test(entry.name) || lstatSync(path).size === 0) continue;
    const found = await readElf(path);
    if (found.result === 'elf' && found.elf.arch === arch) return true;
  }
  return false;
}
