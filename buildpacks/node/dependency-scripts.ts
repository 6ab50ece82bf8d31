import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { InstalledPackage } from './hidden-lockfile.ts';
import type { NodeTools } from './node-tools.ts';

export interface DependencyScriptsOptions {
  /** Host path of the directory that the packages were installed in. */
  readonly dir: string;
  readonly installed: readonly InstalledPackage[];
  /** Variables for the scripts. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the install scripts of dependencies, without any credential. An optional package whose script fails is taken away again, as npm does
 * when it installs. Which scripts may run is for npm to say (`allowScripts` of package.json). Throws BUILD_FAILED.
 */
export async function runDependencyScripts(
  { log }: Pick<BuiltinBuildContext, 'log'>,
  npm: NodeTools['npm'],
  { dir, installed, env }: DependencyScriptsOptions,
): Promise<void> {
  const withScripts = installed.filter(({ hasInstallScript, link }) => hasInstallScript && !link);
  const required = namesOf(withScripts.filter(({ optional }) => !optional));
  const rebuild = (names: readonly string[]): ReturnType<NodeTools['npm']> =>
    npm(['rebuild', '--foreground-scripts', ...names], { cwd: dir, variables: 'none', env, show: true });
  if (required.length > 0) {
    log(`Running the install scripts of ${required.join(', ')}`);
    const result = await rebuild(required);
    if (result.exitCode !== 0) throw failed(required, result);
  }
  for (const name of namesOf(withScripts).filter((optional) => !required.includes(optional))) {
    log(`Running the install script of ${name}, which is optional`);
    const result = await rebuild([name]);
    if (result.exitCode === 0) continue;
    log(`It failed, so ${name} is left out`);
    for (const { path } of withScripts.filter((one) => one.name === name)) rmSync(join(dir, path), { recursive: true });
  }
}

function namesOf(packages: readonly InstalledPackage[]): readonly string[] {
  return [...new Set(packages.map(({ name }) => name))].toSorted();
}

function failed(
  names: readonly string[],
  { stderr, stdout }: { readonly stderr: string; readonly stdout: string },
): TsbuildpackError {
  const path = /npm (?:error|ERR!) path (.+)/.exec(stderr)?.[1];
  const name =
    path === undefined ? names.join(', ') : path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const output = `${stdout}\n${stderr}`;
  return new TsbuildpackError('BUILD_FAILED', `Cannot install ${name}: its install script failed`, {
    detail: compilerErrors(output) ?? lastLines(output),
    hint: hintFor(output),
  });
}

/** 127 is what make says of a compiler that is not there. */
const compilerRan = /^make: \*\*\* .*Error (?!127\b)\d+$/m;

function hintFor(output: string): string {
  if (compilerRan.test(output)) {
    return 'It compiles C or C++, which failed: this version of it may not fit this version of Node; take a newer one of it, or ask for an older Node with "engines" of package.json';
  }
  if (/gyp ERR!|not found: make|g\+\+: not found|find Python/i.test(output)) {
    return 'It compiles C or C++: the machine that builds needs python3, make and g++ (or --isolation image with a build image that has them)';
  }
  return 'Scripts of dependencies run without credentials and see no source of the application; variables that they need are named in BP_NODE_INSTALL_ENV';
}

const shownLines = 25;

/** What a compiler did not take; undefined when it was not that. */
function compilerErrors(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => /: (?:fatal )?error: /.test(line));
  return lines.length === 0 ? undefined : lines.slice(0, shownLines).join('\n');
}

function lastLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-shownLines)
    .join('\n');
}
