import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';

/** A package.json that was read. npm's documentation, configuring-npm/package-json */
export interface PackageFile {
  /** Host path of the directory that it is in. */
  readonly dir: string;
  readonly text: string;
  readonly manifest: Manifest;
}

/** What of a package.json this buildpack reads. Fields with something else in them than is expected count as absent. */
export interface Manifest {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly type?: string | undefined;
  readonly main?: string | undefined;
  /** By the name of the command; a lone string stands under the package's name without its scope. */
  readonly bin: Strings;
  readonly scripts: Strings;
  readonly dependencies: Strings;
  readonly devDependencies: Strings;
  readonly optionalDependencies: Strings;
  readonly engines: Strings;
  readonly volta: Strings;
  readonly devEngines: { readonly runtime: readonly DevEngine[]; readonly packageManager: readonly DevEngine[] };
  readonly packageManager?: string | undefined;
  readonly workspaces: readonly string[];
  /** All of it, as it stands in the file. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type Strings = Readonly<Record<string, string>>;

export interface DevEngine {
  readonly name: string;
  readonly version?: string | undefined;
}

/** Undefined when there is none. Throws INVALID_INPUT when it is no JSON object. */
export function readPackageFile(dir: string): PackageFile | undefined {
  const file = join(dir, 'package.json');
  if (!existsSync(file)) return undefined;
  // Some editors of Windows write a mark at the beginning; npm takes it away too.
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  return { dir, text, manifest: manifestOf(parse(text, file)) };
}

const object = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

function parse(text: string, file: string): Readonly<Record<string, unknown>> {
  const problem = (why: string, cause?: unknown): TsbuildpackError =>
    new TsbuildpackError('INVALID_INPUT', `Cannot read "${file}": ${why}`, {
      ...(cause !== undefined && { cause }),
      hint: 'Correct it; npm would refuse it too',
    });
  try {
    const found = v.safeParse(object, JSON.parse(text));
    if (found.success) return found.output;
  } catch (error) {
    throw problem(`it is no JSON (${error instanceof Error ? error.message : 'unknown'})`, error);
  }
  throw problem('it holds no object');
}

function manifestOf(fields: Readonly<Record<string, unknown>>): Manifest {
  const name = stringOf(fields['name']);
  return {
    name,
    version: stringOf(fields['version']),
    type: stringOf(fields['type']),
    main: stringOf(fields['main']),
    bin: binOf(fields['bin'], name),
    scripts: stringsOf(fields['scripts']),
    dependencies: stringsOf(fields['dependencies']),
    devDependencies: stringsOf(fields['devDependencies']),
    optionalDependencies: stringsOf(fields['optionalDependencies']),
    engines: stringsOf(fields['engines']),
    volta: stringsOf(fields['volta']),
    devEngines: {
      runtime: enginesOf(fields['devEngines'], 'runtime'),
      packageManager: enginesOf(fields['devEngines'], 'packageManager'),
    },
    packageManager: stringOf(fields['packageManager']),
    workspaces: workspacesOf(fields['workspaces']),
    fields,
  };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  const found = v.safeParse(object, value);
  return found.success ? found.output : {};
}

function stringsOf(value: unknown): Strings {
  return Object.fromEntries(
    Object.entries(recordOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function binOf(value: unknown, name: string | undefined): Strings {
  if (typeof value !== 'string') return stringsOf(value);
  return name === undefined ? {} : { [name.replace(/^@[^/]*\//, '')]: value };
}

/** npm's documentation, configuring-npm/package-json#devengines: one engine or a list of them. */
function enginesOf(devEngines: unknown, kind: string): readonly DevEngine[] {
  const value = recordOf(devEngines)[kind];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item) => {
    const { name, version } = recordOf(item);
    return typeof name === 'string' ? [{ name, version: stringOf(version) }] : [];
  });
}

/** A list, or an object with a list under `packages`, as Yarn has it. */
function workspacesOf(value: unknown): readonly string[] {
  const list: unknown = Array.isArray(value) ? value : recordOf(value)['packages'];
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

/** The line of the last of these keys, each looked for behind the one before; 1 when one is not there. */
export function lineOfKey(text: string, keys: readonly string[]): number {
  let at = 0;
  for (const key of keys) {
    const found = text.indexOf(JSON.stringify(key), at);
    if (found === -1) return 1;
    at = found;
  }
  return text.slice(0, at).split('\n').length;
}
