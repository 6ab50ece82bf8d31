import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A package of a test: its package.json, and other files by path. */
export interface TestPackage {
  readonly manifest: { readonly name: string; readonly version: string; readonly [field: string]: unknown };
  readonly files?: Readonly<Record<string, string>>;
}

/** The archive that `npm publish` would send. */
export async function packed({ manifest, files = {} }: TestPackage): Promise<Buffer> {
  const archive = pack();
  const mtime = new Date(499_162_500_000);
  for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    archive.entry({ name: `package/${path}`, mode: path.startsWith('bin/') ? 0o755 : 0o644, mtime }, text);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

export interface NpmRegistryOptions {
  /** Nothing is given to who does not have it. */
  readonly token?: string;
}

/** An npm registry that holds a few packages, on this machine. */
export class MemoryNpmRegistry {
  readonly #packages = new Map<
    string,
    Map<string, { readonly manifest: TestPackage['manifest']; readonly archive: Buffer }>
  >();
  readonly #token: string | undefined;
  #server: Server | undefined;
  /** What was asked for, with the credentials that came along. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[] = [];

  constructor({ token }: NpmRegistryOptions = {}) {
    this.#token = token;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const answer = this.#answer(request);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** `127.0.0.1:4873` */
  get host(): string {
    const address = this.#server?.address() as AddressInfo | undefined;
    return `127.0.0.1:${address?.port ?? 0}`;
  }

  get url(): string {
    return `http://${this.host}/`;
  }

  async publish(one: TestPackage): Promise<void> {
    const { name, version } = one.manifest;
    const versions = this.#packages.get(name) ?? new Map();
    versions.set(version, { manifest: one.manifest, archive: await packed(one) });
    this.#packages.set(name, versions);
  }

  #answer({ url = '/', headers }: IncomingMessage): { readonly status: number; readonly body: string | Buffer } {
    const path = decodeURIComponent(url);
    this.requests.push({ path, authorization: headers.authorization });
    if (this.#token !== undefined && headers.authorization !== `Bearer ${this.#token}`) {
      return { status: 401, body: '{"error":"who are you?"}' };
    }
    const [, name = '', version] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+)\.tgz)?$/.exec(path) ?? [];
    const versions = this.#packages.get(name);
    const archive = version === undefined ? undefined : versions?.get(version)?.archive;
    if (archive !== undefined) return { status: 200, body: archive };
    if (versions === undefined || version !== undefined) return { status: 404, body: '{"error":"not here"}' };
    return { status: 200, body: JSON.stringify(this.#document(name, [...versions.values()])) };
  }

  #document(
    name: string,
    versions: readonly { readonly manifest: TestPackage['manifest']; readonly archive: Buffer }[],
  ): object {
    const entries = versions.map(({ manifest, archive }) => {
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
      const tarball = `${this.url}${name}/-/${manifest.version}.tgz`;
      const scripts = Object.keys((manifest['scripts'] as object | undefined) ?? {});
      const hasInstallScript = scripts.some((script) => ['preinstall', 'install', 'postinstall'].includes(script));
      return [
        manifest.version,
        { ...manifest, ...(hasInstallScript && { hasInstallScript }), dist: { tarball, integrity } },
      ] as const;
    });
    return { name, 'dist-tags': { latest: entries.at(-1)?.[0] }, versions: Object.fromEntries(entries) };
  }
}
