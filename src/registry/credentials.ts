import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import { canonicalRegistry } from './reference.ts';

export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token that a token server exchanges. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** Sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string };

export type CredentialLookup =
  | { readonly found: true; readonly credential: Credential; /** For messages. */ readonly where: string }
  | {
      readonly found: false;
      /** For messages. */
      readonly searched: readonly string[];
      /** A credential helper that the settings name for the registry and that was not asked. */
      readonly helper?: string;
    };

/** Who we are for a registry, by its whole `HOST[:PORT]`: a part of a name never matches. */
export type FindCredential = (registry: string) => Promise<CredentialLookup>;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Credentials of CNB_REGISTRY_AUTH, else of the `auths` in Docker's config.json (in DOCKER_CONFIG, else ~/.docker).
 * Both are read when first asked for. Throws SETTINGS_INVALID, never with anything of the content.
 */
export function environmentCredentials(env: Variables): FindCredential {
  let loading: Promise<DockerConfig> | undefined;
  return credentialsOf(env, () => (loading ??= readDockerConfig(dockerConfigFile(env))));
}

/** The same with the file read at once, for who may not read it any more later; what is wrong with it is still told who asks only. */
export async function heldCredentials(env: Variables): Promise<FindCredential> {
  const loading = readDockerConfig(dockerConfigFile(env));
  await loading.catch(() => undefined);
  return credentialsOf(env, () => loading);
}

function dockerConfigFile(env: Variables): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json');
}

function credentialsOf(env: Variables, dockerConfig: () => Promise<DockerConfig>): FindCredential {
  return async (registry) => {
    const wanted = canonicalRegistry(registry);
    const variable = env['CNB_REGISTRY_AUTH'];
    const header = variable ? registryAuth(variable).get(wanted) : undefined;
    if (header !== undefined) return { found: true, credential: header, where: 'CNB_REGISTRY_AUTH' };
    const file = dockerConfigFile(env);
    const { auths, helperFor } = await dockerConfig();
    const credential = auths.get(wanted)?.();
    if (credential !== undefined) return { found: true, credential, where: `"${file}"` };
    const helper = helperFor(wanted);
    return { found: false, searched: ['CNB_REGISTRY_AUTH', `"${file}"`], ...(helper === undefined ? {} : { helper }) };
  };
}

/** The texts that must not be shown to anybody. */
export function secretsOf(credential: Credential): readonly string[] {
  if (credential.kind !== 'basic') return [credential.token];
  const { password } = credential;
  return [basicValue(credential), password, encodeURIComponent(password)].filter((text) => text !== '');
}

/** What stands behind `Basic`. */
export function basicValue({ username, password }: { readonly username: string; readonly password: string }): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

/** https://github.com/buildpacks/spec/blob/main/platform.md#registry-authentication */
function registryAuth(text: string): ReadonlyMap<string, Credential> {
  const where = 'CNB_REGISTRY_AUTH';
  const found = new Map<string, Credential>();
  for (const [key, header] of Object.entries(objectOf(parseJson(text, where), where))) {
    const registry = registryOfKey(key);
    if (registry === undefined) continue;
    found.set(registry, headerCredential(typeof header === 'string' ? header : '', `the entry "${key}" of ${where}`));
  }
  return found;
}

function headerCredential(header: string, where: string): Credential {
  const [, scheme = '', value = ''] = /^(basic|bearer|x-identity)\s+(\S+)$/i.exec(header.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return basicCredential(value, where);
    case 'bearer':
      return { kind: 'bearer', token: headerText(value, where) };
    case 'x-identity':
      return { kind: 'identity-token', token: value };
    default:
      throw unreadable(
        where,
        'it is no value of an Authorization header',
        'Write "Basic …", "Bearer …" or "X-Identity …"',
      );
  }
}

interface DockerConfig {
  /** Functions, so that a broken entry stops only those who need it. */
  readonly auths: ReadonlyMap<string, () => Credential | undefined>;
  readonly helperFor: (registry: string) => string | undefined;
}

/** https://github.com/docker/cli/blob/master/cli/config/configfile/file.go */
async function readDockerConfig(file: string): Promise<DockerConfig> {
  const text = await readIfThere(file);
  if (text === undefined) return { auths: new Map(), helperFor: () => undefined };
  const where = `"${file}"`;
  const config = objectOf(parseJson(text, where), where);
  const auths = new Map<string, () => Credential | undefined>();
  for (const [key, entry] of Object.entries(objectOf(config['auths'] ?? {}, where))) {
    const registry = registryOfKey(key);
    if (registry !== undefined) auths.set(registry, () => entryCredential(entry, `the entry "${key}" of ${where}`));
  }
  const helpers = new Map(
    Object.entries(objectOf(config['credHelpers'] ?? {}, where)).map(([key, name]) => [registryOfKey(key), name]),
  );
  return { auths, helperFor: (registry) => textOf(helpers.get(registry)) ?? textOf(config['credsStore']) };
}

function entryCredential(value: unknown, where: string): Credential | undefined {
  const entry = objectOf(value, where);
  const identity = textOf(entry['identitytoken']);
  if (identity !== undefined) return { kind: 'identity-token', token: identity };
  const registryToken = textOf(entry['registrytoken']);
  if (registryToken !== undefined) return { kind: 'bearer', token: headerText(registryToken, where) };
  const auth = textOf(entry['auth']);
  if (auth !== undefined) return basicCredential(auth, where);
  const username = textOf(entry['username']);
  const password = textOf(entry['password']);
  return username === undefined || password === undefined ? undefined : { kind: 'basic', username, password };
}

function basicCredential(base64: string, where: string): Credential {
  const text = /^[A-Za-z0-9+/_-]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  if (colon < 0) throw unreadable(where, 'it is no base64 of NAME:PASSWORD', 'Log in again');
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The registry that a key of a settings file stands for: `HOST[:PORT]`, with the scheme and API path that Docker writes for its
 * Hub. Keys with any other path are meant for a part of a registry only, so they are nobody's here.
 */
function registryOfKey(key: string): string | undefined {
  const [, host, path] = /^(?:https?:\/\/)?([^/\s]+)(\/.*)?$/i.exec(key) ?? [];
  if (host === undefined || !/^(?:\/|\/v[12]\/?)?$/.test(path ?? '')) return undefined;
  return canonicalRegistry(host);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error) ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(
      `"${file}"`,
      `it cannot be opened (${code})`,
      'Correct its permissions, or name another folder with DOCKER_CONFIG',
    );
  }
}

/** The message of JSON.parse() shows what it stumbled over, which may be a password: it goes nowhere. */
function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(where, 'it is no JSON', 'Correct it');
  }
}

function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw unreadable(where, 'there has to be a JSON object', 'Correct it');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function headerText(value: string, where: string): string {
  if (/^[\u0021-\u007e]+$/.test(value)) return value;
  throw unreadable(where, 'it holds characters that no header may have', 'Correct it');
}

function unreadable(where: string, problem: string, hint: string): TsbuildpackError {
  return new TsbuildpackError('SETTINGS_INVALID', `Cannot read the registry credentials in ${where}: ${problem}`, {
    hint,
  });
}
