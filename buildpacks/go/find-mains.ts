import { posix } from 'node:path';

/** A package that becomes a program. */
export interface MainPackage {
  /** Relative to the application, `.` or `./cmd/api`. */
  readonly dir: string;
  readonly importPath: string;
}

/** A program to build. */
export interface Target extends MainPackage {
  /** Name of the file and type of the process; unique among the targets. */
  readonly name: string;
}

export type Choice =
  | { readonly kind: 'targets'; readonly targets: readonly [Target, ...Target[]]; readonly reason: string }
  | { readonly kind: 'ask'; readonly candidates: readonly MainPackage[]; readonly problem: string };

export interface ChoiceOptions {
  /** The root module's path; undefined for a workspace without one. */
  readonly modulePath: string | undefined;
  /** The mains are those that the user named, in that order: all are built. @default false */
  readonly named?: boolean;
  /** BP_GO_DEFAULT. */
  readonly wanted?: string | undefined;
}

/** Main packages below these are there for the project's developers. */
const developerFolders = ['tools', 'examples', 'hack', 'internal'];
const folderNames = developerFolders.map((dir) => `${dir}/`).join(', ');

/** Which programs to build, the default one first, or the list to choose from. */
export function chooseTargets(mains: readonly MainPackage[], options: ChoiceOptions): Choice {
  const { named = false, wanted } = options;
  const outside = named ? mains : mains.filter((main) => !isForDevelopers(main));
  const decided = wanted === undefined ? defaultOf(mains, outside, options) : wantedOf(mains, wanted);
  if (decided === undefined) {
    return { kind: 'ask', candidates: mains, problem: problemOf(outside, wanted) };
  }
  const { main, reason } = decided;
  const others = outside.filter((other) => other !== main);
  return { kind: 'targets', targets: withNames([main, ...others]), reason };
}

function problemOf(outside: readonly MainPackage[], wanted: string | undefined): string {
  if (wanted !== undefined) return `no program is called "${wanted}"`;
  return outside.length > 1 ? 'several packages are programs' : `all programs are below ${folderNames}`;
}

interface Decision {
  readonly main: MainPackage;
  readonly reason: string;
}

function defaultOf(
  mains: readonly MainPackage[],
  outside: readonly MainPackage[],
  { modulePath, named = false }: ChoiceOptions,
): Decision | undefined {
  const [first] = mains;
  if (first === undefined) return undefined;
  if (named) return { main: first, reason: 'the first of BP_GO_TARGETS' };
  const root = mains.find(({ dir }) => dir === '.');
  if (root !== undefined) return { main: root, reason: 'the package of the root' };
  const name = modulePath === undefined ? undefined : programName(modulePath);
  const namesakes = outside.filter(({ importPath }) => programName(importPath) === name);
  if (namesakes[0] !== undefined && namesakes.length === 1)
    return { main: namesakes[0], reason: 'named as the module' };
  if (outside[0] !== undefined && outside.length === 1) {
    return {
      main: outside[0],
      reason: `the only one outside of ${folderNames}`,
    };
  }
  return undefined;
}

function wantedOf(mains: readonly MainPackage[], wanted: string): Decision | undefined {
  const dir = posix.join('.', wanted);
  const byDir = mains.find((main) => posix.join('.', main.dir) === dir);
  const byName = mains.filter(({ importPath }) => programName(importPath) === wanted);
  const main = byDir ?? (byName.length === 1 ? byName[0] : undefined);
  return main === undefined ? undefined : { main, reason: 'BP_GO_DEFAULT' };
}

function isForDevelopers({ dir }: MainPackage): boolean {
  return dir.split('/').some((part) => developerFolders.includes(part));
}

/** As `go build` names the file: the last element of the path that is not a major version. */
export function fileName(importPath: string): string {
  const parts = importPath.split('/');
  const last = parts.at(-1) ?? '';
  // v0 and v1 are never part of a module's path as versions.
  return parts.length > 1 && /^v(?:[2-9]|[1-9]\d+)$/.test(last) ? (parts.at(-2) ?? last) : last;
}

/** What people call it: gopkg.in/tool.v3 is called tool. */
export function programName(importPath: string): string {
  return fileName(importPath).replace(/\.v\d+$/, '');
}

/** Programs of one name are told apart by their whole directory. */
function withNames([first, ...rest]: readonly [MainPackage, ...MainPackage[]]): readonly [Target, ...Target[]] {
  const all = [first, ...rest];
  const names = all.map(({ importPath }) => processType(programName(importPath)));
  const used = new Set<string>();
  const named = (main: MainPackage, index: number): Target => {
    const short = names[index] ?? 'main';
    const isShared = names.filter((name) => name === short).length > 1;
    let name = isShared ? processType(main.dir.replace(/^\.\/?/, '').replaceAll('/', '-')) || short : short;
    while (used.has(name)) name = `${name}-${index + 1}`;
    used.add(name);
    return { ...main, name };
  };
  return [named(first, 0), ...rest.map((main, index) => named(main, index + 1))];
}

/** Process types have letters, digits, `.`, `_` and `-`. */
function processType(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '-');
}
