import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as v from 'valibot';
import { schemaProblems } from '../cnb/schema-problems.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { parseToml } from '../cnb/toml.ts';
import { TsbuildpackError } from '../errors.ts';

const list = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

const namedPlaces = v.union(
  [
    // An array would pass for a record, too.
    v.pipe(
      v.custom<object>((value) => typeof value === 'object' && !Array.isArray(value)),
      v.record(v.string(), v.string()),
    ),
    v.pipe(
      list,
      v.check((lines) => lines.every((line) => /^[^=]+=./.test(line))),
      v.transform((lines) =>
        Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
      ),
    ),
  ],
  'it must be a table of places by name, or a list of NAME=PLACE',
);

// One schema for every place that a setting can come from. A document of our own: unknown keys are refused.
const schema = v.strictObject({
  tag: v.optional(list),
  output: v.optional(list),
  'run-image': v.optional(v.string()),
  stack: v.optional(v.string()),
  builder: v.optional(v.string()),
  platform: v.optional(v.string()),
  'source-root': v.optional(v.string()),
  isolation: v.optional(v.picklist(['auto', 'real', 'image', 'mapped'])),
  'build-image': v.optional(v.string()),
  network: v.optional(v.picklist(['host', 'none'])),
  launcher: v.optional(v.picklist(['default', 'none'])),
  process: v.optional(v.string()),
  // ENV-28
  'exec-env': v.optional(v.pipe(v.string(), v.regex(/^[^/]+$/, 'it must be a name without a slash'))),
  compression: v.optional(v.picklist(['gzip', 'none'])),
  'cache-scope': v.optional(v.string()),
  store: v.optional(v.string()),
  'debian-mirror': v.optional(v.string()),
  'stack-images': v.optional(namedPlaces),
  labels: v.optional(v.record(v.string(), v.string())),
});

/** Settings by the name they have in files; the flag is `--<name>`, the variable `TSBUILDPACK_<NAME>`. */
export interface Settings {
  readonly tag?: readonly string[] | undefined;
  /** Where the tags were found, for people. */
  readonly tagsFrom?: string | undefined;
  readonly output?: readonly string[] | undefined;
  readonly 'run-image'?: string | undefined;
  readonly stack?: string | undefined;
  /** A builder image, or `none`. */
  readonly builder?: string | undefined;
  readonly platform?: string | undefined;
  readonly 'source-root'?: string | undefined;
  readonly isolation?: 'auto' | 'real' | 'image' | 'mapped' | undefined;
  readonly 'build-image'?: string | undefined;
  readonly network?: 'host' | 'none' | undefined;
  readonly launcher?: 'default' | 'none' | undefined;
  readonly process?: string | undefined;
  /** What the build is for: `production`, `test`, `development` or another name. */
  readonly 'exec-env'?: string | undefined;
  readonly compression?: 'gzip' | 'none' | undefined;
  readonly 'cache-scope'?: string | undefined;
  readonly store?: string | undefined;
  /** Where packages of stacks come from. */
  readonly 'debian-mirror'?: string | undefined;
  /** Images that `stack build` made, by stack. */
  readonly 'stack-images'?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const settingNames: readonly string[] = Object.keys(schema.entries);

export interface SettingsSources {
  /** What the flags say, by setting name; undefined where a flag was not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The table `[dev.tsbuildpack]` of project.toml, and where it stands. */
  readonly project?: { readonly table: unknown; readonly file: string } | undefined;
}

/** Flag, then `TSBUILDPACK_*`, then project.toml, then the configuration file. Throws SETTINGS_INVALID naming the place. */
export function resolveSettings({ flags, env, project }: SettingsSources): Settings {
  const layers = [
    withTagsFrom(configFile(env), fromConfigFile(env)),
    project === undefined ? {} : withTagsFrom(`[dev.tsbuildpack] of ${project.file}`, fromProject(project)),
    withTagsFrom('TSBUILDPACK_TAG', parseSettings(fromEnvironment(env), 'the environment', variableOf)),
    withTagsFrom(
      '--tag',
      parseSettings(withoutUndefined(flags), 'the command line', (name) => `--${name}`),
    ),
  ];
  return layers.reduce<Settings>((all, layer) => merge(all, layer), {});
}

function withTagsFrom(place: string, settings: Settings): Settings {
  return settings.tag === undefined ? settings : { ...settings, tagsFrom: place };
}

/** A stack and a run image answer the same question: a nearer source that names one silences both of a farther one. */
function merge(farther: Settings, nearer: Settings): Settings {
  const names = nearer.stack ?? nearer['run-image'];
  const kept = names === undefined ? farther : { ...farther, stack: undefined, 'run-image': undefined };
  const labels = { ...farther.labels, ...nearer.labels };
  const images = { ...farther['stack-images'], ...nearer['stack-images'] };
  return {
    ...kept,
    ...nearer,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(images).length > 0 ? { 'stack-images': images } : {}),
  };
}

function configFile(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return join(home, 'tsbuildpack', 'config.toml');
}

function fromConfigFile(env: Readonly<Record<string, string | undefined>>): Settings {
  const file = configFile(env);
  if (!existsSync(file)) return {};
  return parseSettings(plainTableFromToml(parseToml(readFileSync(file), file, 'SETTINGS_INVALID')), file);
}

/** Paths in project.toml are relative to it (PRJ-11). */
function fromProject({ table, file }: { readonly table: unknown; readonly file: string }): Settings {
  const settings = parseSettings(table, `[dev.tsbuildpack] of ${file}`);
  const root = settings['source-root'];
  if (root === undefined || isAbsolute(root)) return settings;
  return { ...settings, 'source-root': resolve(file, '..', root) };
}

const lists: ReadonlySet<string> = new Set(['tag', 'output', 'stack-images']);

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of settingNames) {
    const value = env[variableOf(name)];
    if (value === undefined || value === '' || name === 'labels') continue;
    found[name] = lists.has(name) ? value.split(/[\s,]+/).filter((item) => item !== '') : value;
  }
  return found;
}

function variableOf(name: string): string {
  return `TSBUILDPACK_${name.toUpperCase().replaceAll('-', '_')}`;
}

function parseSettings(value: unknown, where: string, nameOf = (name: string): string => name): Settings {
  const result = v.safeParse(schema, value ?? {});
  if (result.success) return result.output;
  throw new TsbuildpackError('SETTINGS_INVALID', `Cannot use the settings in ${where}`, {
    detail: schemaProblems(result.issues, { schema, nameOf }).join('\n'),
    hint: `The settings are ${settingNames.join(', ')}`,
  });
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
