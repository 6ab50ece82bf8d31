import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildExecResult } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { hostVariables } from './host-variables.ts';
import type { NodeDirectory } from './node-runtime.ts';
import type { NpmSettings } from './npm-settings.ts';

/**
 * Runs programs of the build with the requested Node and its npm first on PATH, in the build environment. Nothing that it starts sees a
 * credential, whatever the user's variables and settings hold; what fetches packages gets them on its own way (fetch-packages.ts).
 */
export interface NodeTools {
  readonly node: NodeDirectory;
  /** npm with these arguments. It is fetched when it is first needed. */
  readonly npm: (args: readonly string[], options: RunToolOptions) => Promise<BuildExecResult>;
  /** The node-gyp that this npm has. */
  readonly nodeGyp: (args: readonly string[], options: RunToolOptions) => Promise<BuildExecResult>;
  readonly npmVersion: () => Promise<string>;
}

export interface RunToolOptions {
  /** The directory to run in: a path of the host or an inside one. */
  readonly cwd: string;
  /** `build`: the user's build variables, without those that hold credentials; `none`: nothing of the user's. */
  readonly variables: 'build' | 'none';
  /** Come over everything else. */
  readonly env?: Readonly<Record<string, string>>;
  /** More host paths that are hidden otherwise. */
  readonly readable?: readonly string[];
  /** Show the lines it writes as they come. @default true */
  readonly show?: boolean;
}

export interface NodeToolsParts {
  readonly node: NodeDirectory;
  readonly settings: NpmSettings;
  /** Host path of npm's directory, fetched when it is asked for. */
  readonly npmDir: () => Promise<string>;
  readonly npmVersion: () => Promise<string>;
}

export function nodeTools(context: BuiltinBuildContext, parts: NodeToolsParts): NodeTools {
  const { node, settings, npmDir, npmVersion } = parts;
  const start = async (
    argv: readonly string[],
    { cwd, variables, env = {}, readable = [], show }: RunToolOptions,
    tools: readonly string[],
  ): Promise<BuildExecResult> => {
    const network = publicNetwork(context);
    const users = variables === 'build' ? publicVariables(context, settings) : {};
    return await context.exec(argv, {
      inherit: false,
      env: { ...users, ...network.env, ...baseEnv(context, node, tools), ...env },
      cwd: insidePath(context, cwd),
      readable: [node.dir, ...tools, ...network.readable, ...readable],
      ...(show !== undefined && { show }),
      showLine: hidesGaps(),
    });
  };
  const ofNpm =
    (program: string): NodeTools['npm'] =>
    async (args, options) => {
      const dir = await npmDir();
      return await start([join(node.dir, 'bin', 'node'), join(dir, 'package', program), ...args], options, [dir]);
    };
  return { node, npmVersion, npm: ofNpm('bin/npm-cli.js'), nodeGyp: ofNpm('node_modules/node-gyp/bin/node-gyp.js') };
}

/** npm sets the name and the command of each script off with empty lines, which mean nothing behind the name of a buildpack. */
function hidesGaps(): (line: string) => boolean {
  let before: string | undefined;
  return (line) => {
    const isGap = line === '' && (before === undefined || before.startsWith('> '));
    before = line;
    return !isGap;
  };
}

function baseEnv(
  { env, inside }: BuiltinBuildContext,
  node: NodeDirectory,
  tools: readonly string[],
): Readonly<Record<string, string>> {
  return {
    PATH: [
      join(node.dir, 'bin'),
      ...tools.map((dir) => join(dir, 'bin')),
      env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    ].join(':'),
    HOME: inside.homeDir,
    TMPDIR: inside.tmpDir,
    LANG: 'C.UTF-8',
    // node-gyp finds the headers of this Node here and downloads none; its newer releases read the second name.
    npm_config_nodedir: node.dir,
    npm_package_config_node_gyp_nodedir: node.dir,
    npm_config_cache: join(inside.tmpDir, 'npm-cache'),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_loglevel: 'error',
    npm_config_logs_max: '0',
    // Nobody is there to answer.
    npm_config_yes: 'true',
    GIT_TERMINAL_PROMPT: '0',
    // Else tools of the build would send what they find out.
    NEXT_TELEMETRY_DISABLED: '1',
    ASTRO_TELEMETRY_DISABLED: '1',
    CHECKPOINT_DISABLE: '1',
  };
}

/** The user's build variables that are no credentials: those that an .npmrc refers to are. */
export function publicVariables(
  { env, hostEnv }: Pick<BuiltinBuildContext, 'env' | 'hostEnv'>,
  { secretVariables }: Pick<NpmSettings, 'secretVariables'>,
): Readonly<Record<string, string>> {
  const hidden = new Set([...secretVariables, 'NODE_AUTH_TOKEN', 'NPM_TOKEN']);
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => {
      const isOurs = hostVariables.includes(name) && hostEnv[name] === value;
      // CI makes build tools stricter on one machine than on another; NODE_ENV is set where it belongs.
      return !isOurs && !hidden.has(name) && name !== 'CI' && name !== 'NODE_ENV' && !/_auth|_password/i.test(name);
    }),
  );
}

/** Proxies without passwords and certificates: scripts download things too. */
function publicNetwork({ hostEnv }: BuiltinBuildContext): {
  readonly env: Record<string, string>;
  readonly readable: readonly string[];
} {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  const certificates = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];
  const given = (names: readonly string[]): [string, string][] =>
    names.flatMap((name) => (hostEnv[name] === undefined || hostEnv[name] === '' ? [] : [[name, hostEnv[name]]]));
  const files = given(certificates).filter(([, file]) => existsSync(file));
  return {
    env: Object.fromEntries([...given(proxies).filter(([, value]) => !value.includes('@')), ...files]),
    readable: files.map(([, file]) => file),
  };
}

/** Where a child finds a path of the workspace or of the layers. */
function insidePath(
  {
    workspaceDir,
    layersDir,
    tmpDir,
    inside,
  }: Pick<BuiltinBuildContext, 'workspaceDir' | 'layersDir' | 'tmpDir' | 'inside'>,
  path: string,
): string {
  const places = [
    [workspaceDir, inside.workspaceDir],
    [layersDir, inside.layersDir],
    [tmpDir, inside.tmpDir],
  ] as const;
  const isIn = (dir: string): boolean => path === dir || path.startsWith(`${dir}/`);
  const found = places.find(([host]) => isIn(host));
  if (found === undefined && places.some(([, within]) => isIn(within))) return path;
  if (found === undefined)
    throw new TsbuildpackError('INTERNAL', `Cannot run in "${path}": it is no directory of the build`);
  return `${found[1]}${path.slice(found[0].length)}`;
}
