import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { readableText } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import { findHostNpm } from './host-npm.ts';
import type { NpmrcEntry } from './npmrc.ts';
import { parseNpmrc } from './npmrc.ts';

/**
 * How packages are found and fetched, and how npm behaves in this project: one value, read once. The network settings come from npm's
 * own places (variables, the project's .npmrc, the user's, the machine's), the behaviour from the project alone.
 */
export interface NpmSettings {
  /** Ends in a slash. Undefined: nobody names one, and there is no npm on this machine that would know. */
  readonly registry: { readonly url: string; readonly where: string } | undefined;
  /** Registries of scopes: `@acme` → address that ends in a slash. */
  readonly scopes: ReadonlyMap<string, string>;
  /** `//host/path/:_authToken` and its like, as npm has them. Secret. */
  readonly credentials: readonly NpmrcEntry[];
  /** proxy, https-proxy, noproxy, cafile, ca, strict-ssl, and what else is about the network, as npm has them. A proxy's address may hold a password. */
  readonly network: readonly NpmrcEntry[];
  /** What the project's .npmrc says besides; no setting about a machine. */
  readonly behaviour: readonly NpmrcEntry[];
  /** Variables that the files refer to. What is in them is kept from scripts. */
  readonly secretVariables: readonly string[];
}

const networkKeys: ReadonlySet<string> = new Set([
  'proxy',
  'https-proxy',
  'http-proxy',
  'noproxy',
  'no-proxy',
  'cafile',
  'ca',
  'strict-ssl',
  'replace-registry-host',
  'maxsockets',
  'fetch-retries',
  'fetch-retry-factor',
  'fetch-retry-mintimeout',
  'fetch-retry-maxtimeout',
  'fetch-timeout',
]);

/** What only fits the machine that a file was written on, or is decided by the build: never taken. */
const machineKeys: ReadonlySet<string> = new Set([
  'cache',
  'cert',
  'key',
  'devdir',
  'editor',
  'global',
  'globalconfig',
  'init-module',
  'local-prefix',
  'location',
  'logs-dir',
  'node-gyp',
  'node-version',
  'nodedir',
  'npm-version',
  'prefix',
  'production',
  'shell',
  'tmp',
  'userconfig',
  'user-agent',
  'usage',
  'viewer',
  'workspace',
  'workspaces',
]);

const credentialKey =
  /(?:^|:)(?:_auth|_authtoken|_password|username|email|certfile|keyfile|always-auth|otp|tokenhelper)$/i;

type Context = Pick<BuiltinBuildContext, 'hostEnv' | 'hostVariable' | 'sourceDir' | 'workspaceDir'>;

/** Reads the settings that count for a project. Files that are not there or cannot be read say nothing, as for npm. */
export function readNpmSettings(context: Context, project: Pick<NodeProject, 'rootDir'>): NpmSettings {
  const sources = readSources(context, project);
  const entries = sources.flatMap((source) => source.entries.map((entry) => ({ ...entry, where: source.where })));
  const of = (wanted: (key: string) => boolean): readonly NpmrcEntry[] =>
    nearest(entries.filter(({ key }) => wanted(key)));
  const registry = entries.find(({ key }) => key === 'registry') ?? defaultRegistry(context);
  const scopes = of((key) => /^@[^:]+:registry$/.test(key)).map(
    ({ key, value }) => [key.slice(0, key.indexOf(':')), withSlash(value)] as const,
  );
  return {
    registry: registry && { url: withSlash(registry.value), where: registry.where },
    scopes: new Map(scopes),
    credentials: of((key) => key.startsWith('//') || credentialKey.test(key)),
    network: of((key) => networkKeys.has(key)),
    behaviour: sources
      .filter(({ kind }) => kind === 'project')
      .flatMap((source) => source.entries.filter(({ key }) => isBehaviour(key))),
    secretVariables: [...new Set(sources.flatMap(({ variables }) => variables))],
  };
}

interface SettingsSource {
  readonly kind: 'environment' | 'project' | 'user' | 'machine';
  readonly where: string;
  readonly entries: readonly NpmrcEntry[];
  readonly variables: readonly string[];
}

/** The nearest first. */
function readSources(context: Context, { rootDir }: Pick<NodeProject, 'rootDir'>): readonly SettingsSource[] {
  const { hostEnv, hostVariable, sourceDir, workspaceDir } = context;
  const named = (name: string): string | undefined =>
    hostEnv[`npm_config_${name}`] || hostEnv[`NPM_CONFIG_${name.toUpperCase()}`] || undefined;
  const home = hostEnv['HOME'];
  const projectDir = relative(workspaceDir, rootDir);
  // An ignore file keeps it out of the image; it counts for the build all the same.
  const project = [join(sourceDir, projectDir), rootDir]
    .map((dir) => join(dir, '.npmrc'))
    .find((file) => existsSync(file));
  const user = named('userconfig') ?? (home === undefined ? undefined : join(home, '.npmrc'));
  const registry = named('registry');
  return [
    ...(registry === undefined
      ? []
      : [
          {
            kind: 'environment' as const,
            where: 'npm_config_registry',
            entries: [{ key: 'registry', value: registry }],
            variables: [],
          },
        ]),
    ...fileSource('project', project, hostVariable),
    ...fileSource('user', user, hostVariable),
    ...machineFiles(context, named('globalconfig')).flatMap((file) => fileSource('machine', file, hostVariable)),
  ];
}

/** The global file lies beside the Node that npm belongs to, npm's own in its package. npm's documentation, using-npm/config#globalconfig */
function machineFiles({ hostEnv }: Context, globalconfig: string | undefined): readonly string[] {
  const npm = findHostNpm(hostEnv);
  const prefix = hostEnv['PREFIX'] || npm?.prefix;
  const global = globalconfig ?? (prefix === undefined ? undefined : join(prefix, 'etc', 'npmrc'));
  return [global, npm && join(npm.dir, 'npmrc')].filter((file) => file !== undefined);
}

function fileSource(
  kind: SettingsSource['kind'],
  file: string | undefined,
  variable: (name: string) => string | undefined,
): readonly SettingsSource[] {
  const text = file === undefined ? undefined : readableText(file);
  if (file === undefined || text === undefined) return [];
  const { entries, variables } = parseNpmrc(text, variable);
  return [
    {
      kind,
      where: kind === 'project' ? '.npmrc of the project' : file,
      entries: entries.map((entry) => relativeTo(file, entry)),
      variables,
    },
  ];
}

/** A certificate is looked for beside the file that names it. */
function relativeTo(file: string, { key, value }: NpmrcEntry): NpmrcEntry {
  const isPath = key === 'cafile' || /:(?:certfile|keyfile)$/.test(key);
  return { key, value: isPath && !value.startsWith('/') ? join(dirname(file), value) : value };
}

/** Of settings with one name those of the nearest place; a list has several lines there. */
function nearest(entries: readonly (NpmrcEntry & { readonly where: string })[]): readonly NpmrcEntry[] {
  const first = new Map<string, string>();
  for (const { key, where } of entries) if (!first.has(key)) first.set(key, where);
  return entries.filter(({ key, where }) => first.get(key) === where).map(({ key, value }) => ({ key, value }));
}

function isBehaviour(key: string): boolean {
  const isRegistry = key === 'registry' || key.endsWith(':registry');
  return (
    !isRegistry && !key.startsWith('//') && !networkKeys.has(key) && !machineKeys.has(key) && !credentialKey.test(key)
  );
}

/** Nobody names a registry: npm has one of its own, which is written in its package. */
function defaultRegistry({ hostEnv }: Context): { readonly value: string; readonly where: string } | undefined {
  const npm = findHostNpm(hostEnv);
  if (npm === undefined) return undefined;
  const file = join(npm.dir, 'node_modules', '@npmcli', 'config', 'lib', 'definitions', 'definitions.js');
  const value = /'registry',\s*\{\s*default:\s*['"`](https:\/\/[^'"`]+)['"`]/.exec(readableText(file) ?? '')?.[1];
  return value === undefined ? undefined : { value, where: `the default of ${npm.dir}` };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
