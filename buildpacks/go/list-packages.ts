import { relative } from 'node:path/posix';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { explainFailure } from './explain-failure.ts';
import type { MainPackage } from './find-mains.ts';
import type { RunGo } from './go-command.ts';

export interface ListedPackage {
  /** Relative to the application, `.` or `./cmd/api`. */
  readonly dir: string;
  readonly importPath: string;
  readonly name: string;
  /** What is wrong with it, in Go's words. */
  readonly error: string | undefined;
}

/** The packages of patterns, without their dependencies. */
export async function listPackages(
  context: BuiltinBuildContext,
  go: RunGo,
  { patterns, flags }: { readonly patterns: readonly string[]; readonly flags: readonly string[] },
): Promise<readonly ListedPackage[]> {
  const fields = '-json=Dir,ImportPath,Name,Error';
  const result = await go(['list', '-e', '-find', fields, ...flags, '--', ...patterns], {
    fetch: true,
    cgo: true,
    show: false,
  });
  if (result.exitCode !== 0) throw explainFailure('Cannot list the packages of the application', result);
  return jsonValues(result.stdout).map((value) => ({
    dir: relativeDir(context.inside.appDir, text(value, 'Dir')),
    importPath: text(value, 'ImportPath'),
    name: text(value, 'Name'),
    error: errorText(value),
  }));
}

/** Packages outside of Go's own library that have C code, among programs and everything that they import. Fetches what is missing. */
export async function listCgoPackages(
  go: RunGo,
  programs: readonly MainPackage[],
  { flags, cgo }: { readonly flags: readonly string[]; readonly cgo: boolean },
): Promise<readonly string[]> {
  const args = [
    'list',
    '-deps',
    '-json=ImportPath,Standard,CgoFiles',
    ...flags,
    '--',
    ...programs.map(({ dir }) => dir),
  ];
  const result = await go(args, { fetch: true, cgo, show: false });
  if (result.exitCode !== 0) throw explainFailure('Cannot get what the application imports', result);
  const packages = jsonValues(result.stdout).filter(
    (value) => value['Standard'] !== true && Array.isArray(value['CgoFiles']),
  );
  return packages.map((value) => text(value, 'ImportPath'));
}

/** `go list` writes one indented JSON object behind the other. */
function jsonValues(output: string): Record<string, unknown>[] {
  const values: Record<string, unknown>[] = [];
  for (const part of output.split(/^(?=\{)/m)) {
    if (part.trim() === '') continue;
    const value: unknown = JSON.parse(part);
    if (typeof value !== 'object' || value === null)
      throw new TsbuildpackError('INTERNAL', 'Cannot read what "go list" says');
    values.push(Object.fromEntries(Object.entries(value)));
  }
  return values;
}

function text(value: Readonly<Record<string, unknown>>, key: string): string {
  const found = value[key];
  return typeof found === 'string' ? found : '';
}

function errorText({ Error: error }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof error !== 'object' || error === null || !('Err' in error)) return undefined;
  return typeof error.Err === 'string' ? error.Err : undefined;
}

function relativeDir(appDir: string, dir: string): string {
  const path = relative(appDir, dir);
  return path === '' ? '.' : `./${path}`;
}
