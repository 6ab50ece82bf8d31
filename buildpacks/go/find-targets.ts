import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { MainPackage, Target } from './find-mains.ts';
import { chooseTargets } from './find-mains.ts';
import type { GoProject } from './find-project.ts';
import type { RunGo } from './go-command.ts';
import type { ListedPackage } from './list-packages.ts';
import { listPackages } from './list-packages.ts';
import type { GoBuildSettings } from './settings.ts';

export interface FindTargetsOptions {
  readonly settings: GoBuildSettings;
  readonly project: GoProject;
  /** Flags that decide which files there are: -mod, -tags. */
  readonly flags: readonly string[];
}

/** The programs to build, the default one first. Throws BUILD_FAILED when there is none, or with the list when nobody says which. */
export async function findTargets(
  context: BuiltinBuildContext,
  go: RunGo,
  { settings, project, flags }: FindTargetsOptions,
): Promise<readonly [Target, ...Target[]]> {
  const named = settings.targets.length > 0;
  const patterns = named ? settings.targets : patternsOf(context, project);
  const packages = await listPackages(context, go, { patterns, flags });
  if (named) refuseUnfitTargets(packages, settings.targets);
  const root = packages.find(({ dir, error }) => dir === '.' && error !== undefined);
  // Else another program would take its place unnoticed.
  if (root !== undefined)
    throw new TsbuildpackError('BUILD_FAILED', `Cannot build the package of the root: ${root.error}`);
  const mains = packages.filter(({ name }) => name === 'main');
  if (mains.length === 0) throw nothingToBuild(context, packages, settings);
  const { modulePath } = project;
  const choice = chooseTargets(mains, { modulePath, named, wanted: settings.defaultTarget });
  if (choice.kind === 'ask') throw whichOne(choice.problem, choice.candidates);
  const [first] = choice.targets;
  context.log(`${first.dir} is the program that starts by default: ${choice.reason}`);
  return choice.targets;
}

/** The go command takes no `./...` in a workspace whose root is no module, so every module is named. */
function patternsOf({ appDir }: BuiltinBuildContext, { moduleDirs }: GoProject): string[] {
  return moduleDirs.map((dir) => (dir === appDir ? './...' : `./${relative(appDir, dir)}/...`));
}

function refuseUnfitTargets(packages: readonly ListedPackage[], targets: readonly string[]): void {
  const broken = packages.find(({ error }) => error !== undefined);
  if (broken !== undefined) {
    throw new TsbuildpackError('BUILD_FAILED', `Cannot build a target of BP_GO_TARGETS: ${broken.error}`, {
      hint: 'Correct BP_GO_TARGETS, or the tags in BP_GO_BUILD_TAGS',
    });
  }
  const isPattern = targets.some((target) => target.includes('...'));
  const library = packages.find(({ name }) => name !== 'main');
  if (library === undefined || isPattern) return;
  throw new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot build the target ${library.dir} of BP_GO_TARGETS: it is the package ${library.name}, no program`,
    {
      hint: 'Name directories of packages main',
    },
  );
}

function nothingToBuild(
  { appDir, target }: BuiltinBuildContext,
  packages: readonly ListedPackage[],
  { tags }: GoBuildSettings,
): TsbuildpackError {
  const broken = packages.find(({ error }) => error !== undefined);
  if (broken !== undefined) return new TsbuildpackError('BUILD_FAILED', `Cannot build ${broken.dir}: ${broken.error}`);
  if (packages.length > 0) {
    return new TsbuildpackError('BUILD_FAILED', 'Cannot find a program: all packages are libraries', {
      hint: 'Add a package main, for example cmd/NAME/main.go, or build the folder that has one',
    });
  }
  const withTags = tags === undefined ? '' : ` with the tags ${tags}`;
  const platform = `${target.os}/${target.arch}`;
  return hasGoFile(appDir)
    ? new TsbuildpackError(
        'BUILD_FAILED',
        `Cannot find a program: build constraints exclude all Go files for ${platform}${withTags}`,
        {
          hint: 'Look at the //go:build lines and the endings of the file names, and at BP_GO_BUILD_TAGS',
        },
      )
    : new TsbuildpackError('BUILD_FAILED', 'Cannot find a program: there are no Go files', {
        hint: 'See which files enter the build with "tsbuildpack detect --list"',
      });
}

function hasGoFile(dir: string): boolean {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.go'));
}

function whichOne(problem: string, candidates: readonly MainPackage[]): TsbuildpackError {
  const [first] = candidates;
  const example = candidates.find(({ dir }) => dir.startsWith('./cmd/')) ?? first;
  return new TsbuildpackError('BUILD_FAILED', `Cannot choose a program to start: ${problem}`, {
    detail: candidates.map(({ dir }) => `  ${dir}`).join('\n'),
    hint: `Say which to build, the one that starts by default first: --env BP_GO_TARGETS=${example?.dir ?? './cmd/NAME'}`,
  });
}
