import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemErrorCode, TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { refuseHostileFlags } from './refuse-flags.ts';
import { splitQuoted } from './shell-words.ts';

/** One of the go command's settings and where it is set. */
export interface GoSetting {
  readonly value: string;
  /** `GOPROXY`, `GOPROXY in /home/u/.config/go/env`. */
  readonly where: string;
}

export interface UserGoSettings {
  /** The setting that counts: build variables, then the host's environment, then go's env file. */
  get(name: string): GoSetting | undefined;
}

export interface UserGoSources {
  /** The user's build variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly hostEnv: Readonly<Record<string, string>>;
}

/** Variables of the host that decide how modules and toolchains are fetched. */
export const networkVariables = [
  'GOPROXY',
  'GONOPROXY',
  'GOPRIVATE',
  'GONOSUMDB',
  'GOSUMDB',
  'GOINSECURE',
  'GOVCS',
] as const;

/** All variables of the host that this buildpack reads. */
export const hostVariables: readonly string[] = [
  ...networkVariables,
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'GOENV',
  'GOFLAGS',
  'GOTOOLCHAIN',
  'NETRC',
  'GIT_CONFIG_GLOBAL',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
];

/** Reads the user's settings and refuses hostile GOFLAGS in any of them (INVALID_INPUT). */
export function readUserGoSettings({ env, hostEnv }: UserGoSources): UserGoSettings {
  const file = goEnvFile({ ...hostEnv, ...env });
  const fromFile = file === undefined ? new Map<string, string>() : parseEnvFile(file);
  const places = (name: string): GoSetting[] => [
    ...setting(env[name], `the build variable ${name}`),
    ...setting(hostEnv[name], name),
    ...setting(fromFile.get(name), `${name} in ${file}`),
  ];
  for (const { value, where } of places('GOFLAGS')) refuseHostileFlags(goflagsWords(value, where), where);
  return { get: (name) => places(name)[0] };
}

/** GOFLAGS as words; INVALID_INPUT when a quote is open. */
export function goflagsWords(value: string, where: string): string[] {
  const words = splitQuoted(value);
  if (words !== undefined) return words;
  throw new TsbuildpackError('INVALID_INPUT', `Cannot read ${where}: a quote in it is not closed`, {
    hint: `Correct or unset ${where}`,
  });
}

function setting(value: string | undefined, where: string): GoSetting[] {
  return value === undefined || value === '' ? [] : [{ value, where }];
}

/** https://pkg.go.dev/cmd/go#hdr-Print_Go_environment_information */
function goEnvFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = env['GOENV'];
  if (named === 'off') return undefined;
  if (named !== undefined && named !== '') return named;
  const config = env['XDG_CONFIG_HOME'];
  if (config !== undefined && isAbsolute(config)) return join(config, 'go', 'env');
  const home = env['HOME'];
  return home === undefined || home === '' ? undefined : join(home, '.config', 'go', 'env');
}

/** Lines `NAME=VALUE`; anything else is a comment. An absent or unreadable file is an empty one, as for the go command. */
export function parseEnvFile(file: string): Map<string, string> {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    const pairs = lines.map((line) => /^([A-Z][A-Z0-9_]*)=(.*?)\r?$/.exec(line)).filter((match) => match !== null);
    return new Map(pairs.map((match) => [match[1] ?? '', match[2] ?? '']));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return new Map();
  }
}
