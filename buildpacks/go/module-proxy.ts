import { createReadStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';

/** One entry of GOPROXY. */
export interface ProxyEntry {
  readonly url: string;
  /** What makes the next one be asked: `missing` (behind it stands a comma) or `any` error (a bar). */
  readonly nextOn: 'missing' | 'any';
}

/** Opens an address: undefined when there is nothing (404, 410), else the body. Rejects when it cannot be asked. */
export type OpenUrl = (url: string) => Promise<Readable | undefined>;

/**
 * The addresses in GOPROXY. `direct` and `off` end the list: what comes behind is never asked, and neither has toolchains to give.
 * https://go.dev/ref/mod#environment-variables
 */
export function parseGoproxy(value: string): readonly ProxyEntry[] {
  const entries: ProxyEntry[] = [];
  for (const [, raw = '', separator] of value.matchAll(/([^,|]+)([,|]?)/g)) {
    const url = raw.trim();
    if (url === 'direct' || url === 'off') break;
    if (url !== '') entries.push({ url: url.replace(/\/+$/, ''), nextOn: separator === '|' ? 'any' : 'missing' });
  }
  return entries;
}

/** Asks one proxy after the other for a path. Undefined when all say that they do not have it. */
export async function openFromProxies(
  proxies: readonly ProxyEntry[],
  path: string,
  open: OpenUrl,
): Promise<{ readonly body: Readable; readonly proxy: ProxyEntry } | undefined> {
  const failures: unknown[] = [];
  for (const proxy of proxies) {
    try {
      const body = await open(`${proxy.url}/${path}`);
      if (body !== undefined) return { body, proxy };
    } catch (error) {
      if (proxy.nextOn !== 'any') throw error;
      failures.push(error);
    }
  }
  // All the same to the user, who sees the last one: it belongs to the proxy that decided.
  if (failures.length > 0) await Promise.reject(failures.at(-1));
  return undefined;
}

/** Upper case letters are written with a mark, for file systems that do not tell case: https://go.dev/ref/mod#module-cache */
export function escapeModulePath(path: string): string {
  return path.replaceAll(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** Opens `file://` addresses; anything else goes to `http`. */
export function openFileOr(http: OpenUrl): OpenUrl {
  return (url) => {
    if (!url.startsWith('file:')) return http(url);
    const path = fileURLToPath(url);
    return Promise.resolve(existsSync(path) ? createReadStream(path) : undefined);
  };
}

/** A small answer, whole; TOOLCHAIN_UNAVAILABLE when it is longer than any honest one. */
export async function readSmall(body: Readable, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > smallBytes) {
      const problem = `Cannot read ${what}: the answer is longer than ${smallBytes} bytes`;
      throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', problem);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const smallBytes = 4 << 20;
