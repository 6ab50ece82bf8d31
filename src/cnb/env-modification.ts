/** An environment: every variable that is set, empty ones included. */
export type Env = Readonly<Record<string, string>>;

/** A file of an `env` directory, its content taken byte for byte (ENV-10). */
export interface EnvFile {
  readonly name: string;
  readonly content: string;
}

export interface EnvFilesOptions {
  /** What a file without a suffix does: `default` for operators' variables (ENV-23). @default 'override' */
  readonly unsuffixed?: 'override' | 'default';
  /** Files of the layer's `env/`, whose `.delim` counts where the directory has none: the specification has one for the layer (ENV-14). */
  readonly fallback?: readonly EnvFile[];
}

/**
 * Applies the files of one directory — https://github.com/buildpacks/spec/blob/main/buildpack.md#environment-variable-modification-rules.
 * In the order of their names (ENV-15); unknown suffixes are ignored (ENV-08).
 */
export function applyEnvFiles(env: Env, files: readonly EnvFile[], options: EnvFilesOptions = {}): Env {
  const delimiters = new Map(
    [...(options.fallback ?? []), ...files]
      .filter(({ name }) => name.endsWith('.delim'))
      .map(({ name, content }) => [name.slice(0, -'.delim'.length), content]),
  );
  const sorted = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return sorted.reduce((current, file) => {
    const { variable, action } = parseEnvFileName(file.name, options.unsuffixed ?? 'override');
    const value = modified(valueOf(current, variable), action, {
      content: file.content,
      delimiter: delimiters.get(variable) ?? '',
    });
    // A variable without a name cannot be set.
    return value === undefined || variable === '' ? current : { ...current, [variable]: value };
  }, env);
}

/** Empty and unset are the same to every rule. A variable may be named like a member that every object has. */
function valueOf(env: Env, variable: string): string {
  return Object.hasOwn(env, variable) ? (env[variable] ?? '') : '';
}

/** `FOO.bar.append` is variable FOO with the unknown action `bar.append`. */
function parseEnvFileName(name: string, unsuffixed: string): { readonly variable: string; readonly action: string } {
  const dot = name.indexOf('.');
  return dot === -1
    ? { variable: name, action: unsuffixed }
    : { variable: name.slice(0, dot), action: name.slice(dot + 1) };
}

interface Modification {
  readonly content: string;
  readonly delimiter: string;
}

/** The new value; undefined leaves the variable as it is. */
function modified(current: string, action: string, { content, delimiter }: Modification): string | undefined {
  switch (action) {
    case 'append':
      return current === '' ? content : current + delimiter + content;
    case 'prepend':
      return current === '' ? content : content + delimiter + current;
    case 'override':
      return content;
    case 'default':
      return current === '' ? content : undefined;
    default:
      return undefined;
  }
}

/** Directories of a build layer that are put in front of path variables (ENV-02). */
export const buildPathVariables: Readonly<Record<string, readonly string[]>> = {
  bin: ['PATH'],
  lib: ['LD_LIBRARY_PATH', 'LIBRARY_PATH'],
  include: ['CPATH'],
  pkgconfig: ['PKG_CONFIG_PATH'],
};

/** The same when a process starts (ENV-03). */
export const launchPathVariables: Readonly<Record<string, readonly string[]>> = {
  bin: ['PATH'],
  lib: ['LD_LIBRARY_PATH'],
};

export interface LayerDirectory {
  /** Absolute, as the process will see it. */
  readonly path: string;
  /** Which of the directories of the table exist in it. */
  readonly present: readonly string[];
}

/** Puts a layer's directories in front of the path variables (ENV-04). */
export function applyLayerPaths(env: Env, layer: LayerDirectory, table: typeof buildPathVariables): Env {
  return Object.entries(table)
    .filter(([directory]) => layer.present.includes(directory))
    .flatMap(([directory, variables]) => variables.map((variable) => ({ directory, variable })))
    .reduce((current, { directory, variable }) => prependPath(current, variable, `${layer.path}/${directory}`), env);
}

function prependPath(env: Env, variable: string, value: string): Env {
  const current = valueOf(env, variable);
  return { ...env, [variable]: current === '' ? value : `${value}:${current}` };
}

const pathVariables = new Set(Object.values(buildPathVariables).flat());

/** The user's variables over those of the buildpacks: path variables are put in front, the others replace (ENV-18). */
export function applyUserEnv(env: Env, user: Env): Env {
  return Object.entries(user).reduce<Env>(
    (current, [name, value]) =>
      pathVariables.has(name) ? prependPath(current, name, value) : { ...current, [name]: value },
    env,
  );
}

// https://github.com/buildpacks/spec/blob/main/platform.md#buildpack-environment and the reference (ENV-01).
const passed = [
  'CNB_STACK_ID',
  'HOSTNAME',
  'HOME',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
];

/** What a buildpack may see of the environment around it: proxies and path variables, never credentials. */
export function passedToBuildpacks(source: Readonly<Record<string, string | undefined>>): Env {
  const names = [...passed, ...pathVariables];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = source[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
