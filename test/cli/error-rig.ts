import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { folderFor, packageReadableBy, rootlessUser } from '../rootless.ts';
import { machine, writeExtensionBuilder } from './extension-builder.ts';
import { CliRig, finished, type CliOptions, type CliResult } from './cli-rig.ts';

/** Commands that go wrong, each in its own way. */
export class ErrorRig extends CliRig {
  readonly app: string = this.staticApp();

  build(args: readonly string[], options?: CliOptions): Promise<CliResult> {
    return this.run(['build', ...args], options);
  }

  /** A build of the static program with a script buildpack. */
  buildWith(name: string, parts: ScriptParts, ...args: readonly string[]): Promise<CliResult> {
    const buildpack = this.scripts(name, parts);
    return this.build([this.app, '--buildpack', buildpack, '--stack', 'static', '--cache-scope', name, ...args]);
  }

  /** With a builder that has one image extension. */
  async buildWithExtension(name: string, generate: string): Promise<CliResult> {
    await writeExtensionBuilder(join(this.dir, name), { extensions: { 'acme/extension': generate } });
    const run = this.layout(`run-of-${name}`, { ...machine, rootfs: { type: 'layers', diff_ids: [] } });
    return await this.build([this.app, '--builder', `oci:${name}`, '--run-image', run]);
  }

  scripts(name: string, { detect = 'exit 0', build = ':', toml = '' }: ScriptParts = {}): string {
    const descriptor = toml === '' ? 'api = "0.12"\n[buildpack]\nid = "acme/x"\nversion = "1.0.0"\n' : toml;
    const dir = this.folder(name, { 'buildpack.toml': descriptor });
    mkdirSync(join(dir, 'bin'), { recursive: true });
    for (const [file, text] of Object.entries({ detect, build })) {
      writeFileSync(join(dir, 'bin', file), `#!/bin/sh\n${text}\n`);
      chmodSync(join(dir, 'bin', file), 0o755);
    }
    return dir;
  }

  /** A module that names one stack, and another one asked for. */
  onlyOnScratch(): Promise<CliResult> {
    const module = `export default { id: 'acme/scratch', version: '1.0.0', stacks: { default: 'scratch' }, detect: () => ({ pass: true }), build: () => ({}) };`;
    const buildpack = join(this.folder('only-scratch', { 'buildpack.mjs': module }), 'buildpack.mjs');
    return this.build([this.app, '--buildpack', buildpack, '--stack', 'static', '--cache-scope', 'only-scratch']);
  }

  /** Two images that say of themselves that they are of two versions of a distribution. */
  onAnother(): Promise<CliResult> {
    const images = ['12', '13'].map((version) => {
      const labels = { 'io.buildpacks.base.distro.name': 'debian', 'io.buildpacks.base.distro.version': version };
      const rootfs = { type: 'layers', diff_ids: [] };
      return this.layout(`debian-${version}`, {
        architecture: 'amd64',
        os: 'linux',
        rootfs,
        config: { Labels: labels },
      });
    });
    const [build = '', run = ''] = images;
    const flags = ['--build-image', build, '--run-image', run, '--platform', 'linux/amd64'];
    return this.build([this.app, '--buildpack', this.scripts('for-debian'), ...flags]);
  }

  /** Somebody without privileges, on a machine without bubblewrap and unshare. */
  async withoutSandbox(): Promise<CliResult> {
    const user = rootlessUser();
    const home = folderFor(user);
    try {
      const cli = join(await packageReadableBy(user), 'dist', 'cli.js');
      chmodSync(this.dir, 0o755);
      const setpriv = [
        'setpriv',
        `--reuid=${user.uid}`,
        `--regid=${user.gid}`,
        '--init-groups',
        '--inh-caps=-all',
        '--',
      ];
      const argv = [...setpriv, process.execPath, cli, 'build', this.app, '--isolation', 'real'];
      return await this.#hiding(['/usr/bin/bwrap', '/usr/bin/unshare'], argv, {
        HOME: home,
        TSBUILDPACK_STORE: join(home, 'store'),
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }

  withoutRuntime(): Promise<CliResult> {
    const runtimes = ['/usr/bin/podman', '/usr/sbin/runc', '/usr/bin/runc', '/usr/bin/crun'];
    return this.#hiding(runtimes, [...this.command, 'run', this.app]);
  }

  /** A file system of two megabytes for the store. */
  onTinyDisk(): Promise<CliResult> {
    const disk = this.folder('tiny');
    const script = 'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"';
    return this.#unshared(['sh', '-c', script, 'sh', disk, ...this.command, 'build', this.app, '--store', disk]);
  }

  /** A layout with an image that has this config and no layers. */
  layout(name: string, config: unknown): string {
    const dir = join(this.dir, name);
    const put = (text: string): { digest: string; size: number } => {
      const hex = createHash('sha256').update(text).digest('hex');
      writeFileSync(join(dir, 'blobs', 'sha256', hex), text);
      return { digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
    };
    mkdirSync(join(dir, 'blobs', 'sha256'), { recursive: true });
    const mediaType = (kind: string): string => `application/vnd.oci.image.${kind}.v1+json`;
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaType('manifest'),
      config: { mediaType: mediaType('config'), ...put(JSON.stringify(config)) },
      layers: [],
    };
    const manifests = [{ mediaType: mediaType('manifest'), ...put(JSON.stringify(manifest)) }];
    writeFileSync(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(dir, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    return `oci:${name}`;
  }

  /** With nothing where these programs are. */
  #hiding(programs: readonly string[], argv: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
    const script = `for p in ${programs.join(' ')}; do [ ! -e $p ] || mount --bind /dev/null $p; done; exec "$@"`;
    return this.#unshared(['sh', '-c', script, 'sh', ...argv], env);
  }

  /** In a mount namespace of its own: what is mounted there is nobody else's matter. */
  async #unshared(argv: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
    const options = { env: { ...this.env, ...env }, cwd: this.dir, stdio: 'pipe' } as const;
    return await finished(spawn('unshare', ['--mount', ...argv], options));
  }
}

export interface ScriptParts {
  readonly detect?: string;
  readonly build?: string;
  /** In place of a good buildpack.toml. */
  readonly toml?: string;
}

/** A registry that has nothing, denies, refuses, or answers nonsense, by the name of the repository. */
const answer: Parameters<typeof createServer>[1] = (request, response) => {
  const { url = '', method } = request;
  if (url.includes('/denied/')) response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"not yours"}]}');
  else if (url.includes('/refused/') && method !== 'GET' && method !== 'HEAD') {
    response.writeHead(400).end('{"errors":[{"code":"NAME_INVALID","message":"no such project"}]}');
  } else if (url.includes('/nonsense/manifests/')) {
    response
      .writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' })
      .end('{"schemaVersion":2}');
  } else if (url === '/v2/') response.writeHead(200).end('{}');
  else response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}');
};

/** Listens on loopback. */
export async function badRegistry(): Promise<{ readonly server: Server; readonly host: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return { server, host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}
