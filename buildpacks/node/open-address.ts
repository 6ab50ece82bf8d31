import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { followRedirects, TsbuildpackError, undiciTransport } from '../../src/buildpack/builtin.ts';
import type { NpmSettings } from './npm-settings.ts';
import { authorizationFor } from './registry-credentials.ts';

/** Opens an address: undefined when there is nothing (404, 410), else the body. Rejects when it cannot be asked. */
export type OpenAddress = (url: string, accept?: string) => Promise<Readable | undefined>;

/** Opens addresses with npm's proxies, certificates and credentials, which go to the registry that they are for and to no other. */
export function openAddress(
  { hostEnv, signal, tmpDir }: Pick<BuiltinBuildContext, 'hostEnv' | 'signal' | 'tmpDir'>,
  settings: NpmSettings,
): OpenAddress {
  const send = new Map<string, ReturnType<typeof followRedirects>>();
  const transportFor = (url: URL): ReturnType<typeof followRedirects> => {
    // A registry that npm asks over plain HTTP, or without looking at certificates, is asked so here: what comes is checked by its hash.
    const isPlain = url.protocol === 'http:' || of(settings, 'strict-ssl') === 'false';
    const key = isPlain ? url.host : '';
    const made =
      send.get(key) ??
      followRedirects(
        undiciTransport({
          env: transportEnv(hostEnv, settings, tmpDir),
          ...(isPlain && { insecureHosts: new Set([url.host]) }),
          signal,
        }),
      );
    send.set(key, made);
    return made;
  };
  return async (text, accept = '*/*') => {
    const url = addressOf(text);
    const authorization = authorizationFor(url, settings);
    const headers = { accept, ...(authorization !== undefined && { authorization }) };
    try {
      const response = await transportFor(url)({ method: 'GET', url, headers });
      if (response.status === 200) return response.body;
      response.body.destroy();
      if (response.status === 404 || response.status === 410) return undefined;
      throw refusal(url, response.status, authorization !== undefined);
    } catch (error) {
      throw forPackages(error);
    }
  };
}

function of({ network }: NpmSettings, key: string): string | undefined {
  const value = network.find((entry) => entry.key === key)?.value;
  return value === '' || value === 'null' ? undefined : value;
}

/** npm's words for what other tools read from variables. */
function transportEnv(
  hostEnv: Readonly<Record<string, string>>,
  settings: NpmSettings,
  tmpDir: string,
): Readonly<Record<string, string>> {
  const http = of(settings, 'proxy') ?? of(settings, 'http-proxy');
  const https = of(settings, 'https-proxy') ?? http;
  const none = of(settings, 'noproxy') ?? of(settings, 'no-proxy');
  const authorities = certificateFile(settings, tmpDir);
  return {
    ...hostEnv,
    ...(http !== undefined && { HTTP_PROXY: http, http_proxy: http }),
    ...(https !== undefined && { HTTPS_PROXY: https, https_proxy: https }),
    ...(none !== undefined && { NO_PROXY: none, no_proxy: none }),
    ...(authorities !== undefined && { SSL_CERT_FILE: authorities }),
  };
}

/** `cafile`, or the certificates of `ca` in a file: they stand in place of those that Node knows. */
function certificateFile(settings: NpmSettings, tmpDir: string): string | undefined {
  const named = of(settings, 'cafile');
  if (named !== undefined && existsSync(named)) return named;
  const inline = settings.network.filter(({ key, value }) => key === 'ca' && value !== '' && value !== 'null');
  if (inline.length === 0) return undefined;
  const file = join(tmpDir, 'npm-ca.pem');
  writeFileSync(file, inline.map(({ value }) => value).join('\n'));
  return file;
}

function addressOf(text: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text);
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot ask "${text.slice(0, 100)}": it is no http:// or https:// address`,
    {
      hint: 'Look at "registry" with: npm config ls -l',
    },
  );
}

function refusal(url: URL, status: number, hadCredentials: boolean): TsbuildpackError {
  const isDenied = status === 401 || status === 403;
  const credentials = hadCredentials
    ? 'The credentials that .npmrc has for it were refused'
    : 'There are no credentials for it';
  return new TsbuildpackError(
    status >= 500 || status === 429 ? 'NETWORK_UNAVAILABLE' : 'TOOLCHAIN_UNAVAILABLE',
    `Cannot get what was asked for from ${url.host}: it answered ${status}`,
    {
      detail: `GET ${url.origin}${url.pathname}`,
      hint: isDenied
        ? `${credentials}: put //${url.host}/:_authToken into ~/.npmrc`
        : 'Try again later, or set another registry in ~/.npmrc',
    },
  );
}

/** The transport speaks of image registries, for which it was made. */
function forPackages(error: unknown): unknown {
  if (!(error instanceof TsbuildpackError) || !error.code.startsWith('REGISTRY_')) return error;
  const code = error.code === 'REGISTRY_UNAVAILABLE' ? 'NETWORK_UNAVAILABLE' : 'TOOLCHAIN_UNAVAILABLE';
  return new TsbuildpackError(code, error.message, {
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    hint: 'Check the registry in .npmrc, the network, its proxy (HTTPS_PROXY, NO_PROXY) and its certificates (cafile)',
    cause: error,
  });
}
