import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { compareGoVersions, parseGoVersion } from './go-version.ts';
import type { Directive, GoMod, GoWork } from './module-files.ts';
import { parseGoMod, parseGoWork } from './module-files.ts';

/** A version that a file asks for at least, and where it does. */
export interface Minimum {
  readonly version: string;
  /** `go.mod:3`, relative to the application. */
  readonly where: string;
}

/** The Go code of an application, found without starting anything. Paths are those of the machine. */
export interface GoProject {
  /** `module`: a go.mod here or above; `workspace`: a go.work here and no go.mod; `file`: main.go alone. */
  readonly kind: 'module' | 'workspace' | 'file';
  /** What detection says: `go.mod`, `go.mod of ../..`, `go.work`, `main.go`. */
  readonly found: string;
  /** Where go.mod is; the application for the other kinds. */
  readonly moduleDir: string;
  /** As its go.mod calls it. */
  readonly modulePath: string | undefined;
  /** The go.work that this module belongs to. */
  readonly workFile: string | undefined;
  /** A go.work that lies above and does not name this module. */
  readonly ignoredWorkFile: string | undefined;
  readonly minimums: readonly Minimum[];
  /** Directories of modules in the application, for `go list DIR/...`. */
  readonly moduleDirs: readonly string[];
  /** Its dependencies are in a vendor directory. */
  readonly vendored: boolean;
  /** Directories that module files name and that did not come with the source: absolute ones and those above the workspace included. */
  readonly missing: readonly { readonly path: string; readonly where: string }[];
}

/** Finds the module of an application, or undefined when it has no Go code to build. */
export function findProject(appDir: string, workspaceDir: string): GoProject | undefined {
  const parents = ancestors(appDir, workspaceDir);
  const workFile = parents.map((dir) => join(dir, 'go.work')).find(isFile);
  const moduleDir = parents.find((dir) => isFile(join(dir, 'go.mod')));
  if (moduleDir !== undefined && (moduleDir === appDir || hasGoFiles(appDir))) {
    return moduleProject({ appDir, workspaceDir }, moduleDir, workFile);
  }
  if (workFile !== undefined && dirname(workFile) === appDir)
    return workspaceProject({ appDir, workspaceDir }, workFile);
  return isFile(join(appDir, 'main.go')) ? fileProject(appDir) : undefined;
}

interface Place {
  readonly appDir: string;
  readonly workspaceDir: string;
}

function moduleProject(place: Place, moduleDir: string, workFile: string | undefined): GoProject {
  const { appDir } = place;
  const modFile = join(moduleDir, 'go.mod');
  const mod = parseGoMod(readFileSync(modFile, 'utf8'));
  const work = workFile === undefined ? undefined : parseGoWork(readFileSync(workFile, 'utf8'));
  const used = usedDirs(work, workFile);
  const belongs = workFile !== undefined && used.includes(moduleDir);
  const where = (file: string): string => relative(appDir, file);
  const inApp = belongs ? used.filter((dir) => isWithin(dir, appDir)) : [];
  return {
    kind: 'module',
    found: moduleDir === appDir ? 'go.mod' : where(modFile),
    moduleDir,
    modulePath: mod.module,
    workFile: belongs ? workFile : undefined,
    ignoredWorkFile: belongs ? undefined : workFile,
    minimums: [...minimumsOf(mod, where(modFile)), ...(belongs ? workMinimums(appDir, workFile, work) : [])],
    moduleDirs: [...new Set([appDir, ...inApp])],
    vendored: isVendored(belongs ? dirname(workFile) : moduleDir, mod),
    missing: missingOf(place, modFile, mod.localReplacements),
  };
}

function workspaceProject(place: Place, workFile: string): GoProject {
  const { appDir } = place;
  const work = parseGoWork(readFileSync(workFile, 'utf8'));
  return {
    kind: 'workspace',
    found: 'go.work',
    moduleDir: appDir,
    modulePath: undefined,
    workFile,
    ignoredWorkFile: undefined,
    minimums: workMinimums(appDir, workFile, work),
    moduleDirs: usedDirs(work, workFile).filter((dir) => isWithin(dir, appDir)),
    vendored: isFile(join(appDir, 'vendor', 'modules.txt')),
    missing: missingOf(place, workFile, work.use),
  };
}

function fileProject(appDir: string): GoProject {
  return {
    kind: 'file',
    found: 'main.go',
    moduleDir: appDir,
    modulePath: undefined,
    workFile: undefined,
    ignoredWorkFile: undefined,
    minimums: [],
    moduleDirs: [appDir],
    vendored: false,
    missing: [],
  };
}

function usedDirs(work: GoWork | undefined, workFile: string | undefined): string[] {
  if (work === undefined || workFile === undefined) return [];
  return work.use.map(({ value }) => resolve(dirname(workFile), value));
}

/** The lines of go.work and of every module that it uses: each is a minimum for the whole build. */
function workMinimums(appDir: string, workFile: string, work: GoWork | undefined): Minimum[] {
  if (work === undefined) return [];
  const modules = usedDirs(work, workFile).flatMap((dir) => {
    const file = join(dir, 'go.mod');
    return isFile(file) ? minimumsOf(parseGoMod(readFileSync(file, 'utf8')), relative(appDir, file)) : [];
  });
  return [...minimumsOf(work, relative(appDir, workFile)), ...modules];
}

function minimumsOf({ go, toolchain }: Pick<GoMod, 'go' | 'toolchain'>, file: string): Minimum[] {
  const lines = [go, toolchain].filter((line) => line !== undefined);
  return lines.map(({ value, line }) => ({ version: value, where: `${file}:${line}` }));
}

function missingOf(
  { appDir, workspaceDir }: Place,
  file: string,
  dirs: readonly Directive[],
): { path: string; where: string }[] {
  const isThere = (path: string): boolean => {
    const dir = resolve(dirname(file), path);
    return !isAbsolute(path) && isWithin(dir, workspaceDir) && existsSync(dir);
  };
  return dirs
    .filter(({ value }) => !isThere(value))
    .map(({ value, line }) => ({ path: value, where: `${relative(appDir, file)}:${line}` }));
}

// Since this language version the go command uses a vendor folder unasked, and refuses one that is out of date.
const usesVendor = { major: 1, minor: 14, stage: 'release', number: 0 } as const;

/** In older modules the folder may have been forgotten years ago: it is used when it holds what go.mod requires. */
function isVendored(dir: string, { go, requires }: GoMod): boolean {
  const file = join(dir, 'vendor', 'modules.txt');
  if (!isFile(file)) return false;
  const version = go === undefined ? undefined : parseGoVersion(go.value);
  if (version === undefined || compareGoVersions(version, usesVendor) >= 0) return true;
  const lines = new Set(readFileSync(file, 'utf8').split(/\r?\n/));
  return requires.every((required) => lines.has(`# ${required}`));
}

/** The directory and its parents up to `top`; only itself when `top` is not above it. */
function ancestors(dir: string, top: string): string[] {
  const found = [dir];
  if (!isWithin(dir, top)) return found;
  for (let at = dir; at !== top && at !== dirname(at);) {
    at = dirname(at);
    found.push(at);
  }
  return found;
}

export function isWithin(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir.endsWith('/') ? dir : `${dir}/`);
}

function hasGoFiles(dir: string): boolean {
  return readdirSync(dir).some(
    (name) => name.endsWith('.go') && !name.endsWith('_test.go') && !basename(name).startsWith('_'),
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
