import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { pathInRoot } from './find-project.ts';
import type { NodeTools } from './node-tools.ts';
import type { OwnPackages } from './own-packages.ts';
import type { PackageFile } from './package-file.ts';

/** What npm runs by itself for a package with this file and without an install script. */
const gypFile = 'binding.gyp';

/** Whether an install of these packages runs anything of theirs. */
export function hasOwnScripts({ root, linked }: OwnPackages): boolean {
  return [root, ...linked].some((file) => scriptsOf(file, file === root).length > 0);
}

export interface OwnScriptsOptions {
  readonly own: OwnPackages;
  readonly project: NodeProject;
  /** Inside path of settings without credentials. */
  readonly npmrc: string;
}

/**
 * Runs the install scripts of the packages whose source is in the workspace, the linked ones first, each with its source around it and without
 * credentials. Throws BUILD_FAILED.
 */
export async function runOwnScripts(
  { log }: Pick<BuiltinBuildContext, 'log'>,
  tools: Pick<NodeTools, 'npm' | 'nodeGyp'>,
  { own, project, npmrc }: OwnScriptsOptions,
): Promise<void> {
  const run = async (file: PackageFile, event: string): Promise<void> => {
    const where = pathInRoot(project, file.dir);
    log(`Running ${event}${where === '.' ? '' : ` of ${where}`}`);
    const options = { cwd: file.dir, variables: 'build', env: { npm_config_userconfig: npmrc } } as const;
    const result = await (event === gypFile ? tools.nodeGyp(['rebuild'], options) : tools.npm(['run', event], options));
    if (result.exitCode === 0) return;
    const script = event === gypFile ? 'node-gyp' : `"${event}": "${file.manifest.scripts[event] ?? ''}"`;
    throw new TsbuildpackError(
      'BUILD_FAILED',
      `Cannot install: ${script} of ${where === '.' ? '' : `${where}/`}package.json ended with status ${result.exitCode}`,
      {
        hint: 'It runs with all source and all packages in place, in every build, without credentials',
      },
    );
  };
  for (const file of own.linked) for (const event of scriptsOf(file, false)) await run(file, event);
  linkOwnPrograms(own);
  for (const event of scriptsOf(own.root, true)) await run(own.root, event);
}

/**
 * Which scripts to run in which order. `npm run` brings along those that stand before and behind a script, so `install` stands for three.
 * npm's documentation, using-npm/scripts#life-cycle-operation-order
 */
function scriptsOf({ dir, manifest }: PackageFile, isRoot: boolean): readonly string[] {
  const { scripts } = manifest;
  const present = (names: readonly string[]): readonly string[] => names.filter((name) => scripts[name] !== undefined);
  const isGyp = existsSync(join(dir, gypFile)) && present(['preinstall', 'install']).length === 0;
  const install = isGyp ? [gypFile] : present(['install']);
  const before = isGyp || install.length === 0 ? present(['preinstall']) : [];
  const after = isGyp || install.length === 0 ? present(['postinstall']) : [];
  const prepare = scripts['prepare'] === undefined ? present(['preprepare', 'postprepare']) : ['prepare'];
  // npm prepares what is linked before it installs it, the root behind everything.
  return isRoot ? [...before, ...install, ...after, ...prepare] : [...before, ...prepare, ...install, ...after];
}

/** Programs of linked packages, which may exist only now: npm links them after `prepare`. */
export function linkOwnPrograms({ root, linked }: OwnPackages): void {
  for (const { dir, manifest } of linked) {
    const link = join(root.dir, 'node_modules', manifest.name ?? '');
    if (manifest.name === undefined || !existsSync(link)) continue;
    for (const [name, program] of Object.entries(manifest.bin))
      linkProgram(root.dir, { name, target: join(link, program), file: join(dir, program) });
  }
}

function linkProgram(
  rootDir: string,
  { name, target, file }: { readonly name: string; readonly target: string; readonly file: string },
): void {
  if (name.includes('/') || !existsSync(file) || !lstatSync(file).isFile()) return;
  chmodSync(file, 0o755);
  const at = join(rootDir, 'node_modules', '.bin', name);
  if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(relative(dirname(at), target), at);
}
