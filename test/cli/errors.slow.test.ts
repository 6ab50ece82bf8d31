import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes, type ErrorCode } from '../../src/errors.ts';
import { folderFor, packageReadableBy, rootlessUser } from '../rootless.ts';
import { CliRig, finished, type CliOptions, type CliResult } from './cli-rig.ts';

let rig: CliRig;
let app: string;
let registry: Server;
let registryHost: string;

beforeAll(async () => {
  rig = new CliRig();
  app = rig.staticApp();
  registry = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => registry.once('listening', resolve));
  const address = registry.address();
  registryHost = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterAll(() => {
  registry.close();
  rig.remove();
});

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

interface Case {
  readonly code: ErrorCode;
  /** What goes wrong. */
  readonly when: string;
  readonly run: () => Promise<CliResult>;
}

const build = (args: readonly string[], options?: CliOptions): Promise<CliResult> =>
  rig.run(['build', ...args], options);

function scripts(name: string, { detect = 'exit 0', build: body = ':', toml = '' } = {}): string {
  const api = toml === '' ? 'api = "0.12"\n[buildpack]\nid = "acme/x"\nversion = "1.0.0"\n' : toml;
  const dir = rig.folder(name, { 'buildpack.toml': api });
  mkdirSync(join(dir, 'bin'), { recursive: true });
  for (const [file, text] of Object.entries({ detect, build: body })) {
    writeFileSync(join(dir, 'bin', file), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, 'bin', file), 0o755);
  }
  return dir;
}

function withScripts(
  name: string,
  parts: Parameters<typeof scripts>[1],
  ...args: readonly string[]
): Promise<CliResult> {
  return build([app, '--buildpack', scripts(name, parts), '--stack', 'static', '--cache-scope', name, ...args]);
}

const launchLayer = (content: string): string =>
  `mkdir -p "$CNB_LAYERS_DIR/l"; ${content}; printf '[types]\\nlaunch = true\\n' > "$CNB_LAYERS_DIR/l.toml"`;

const cases: readonly Case[] = [
  {
    code: 'USAGE',
    when: 'two answers to one question',
    run: () => build([app, '--stack', 'static', '--run-image', 'x']),
  },
  { code: 'REFERENCE_INVALID', when: 'a name that no image can have', run: () => build([app, '--tag', 'a//b']) },
  { code: 'INVALID_INPUT', when: 'a variable without a name', run: () => build([app, '--env', '=x']) },
  { code: 'SOURCE_UNREADABLE', when: 'a folder that is not there', run: () => build(['nowhere']) },
  {
    code: 'DESCRIPTOR_INVALID',
    when: 'a broken project.toml',
    run: () => build([rig.folder('broken-descriptor', { 'project.toml': '[_\n' })]),
  },
  {
    code: 'SETTINGS_INVALID',
    when: 'an unknown setting',
    run: () =>
      build([
        rig.folder('settings', { 'project.toml': '[_]\nschema-version = "0.2"\n[dev.tsbuildpack]\nstak = "static"\n' }),
      ]),
  },
  {
    code: 'DETECT_NO_GROUP',
    when: 'nothing that anybody knows',
    run: () => build([rig.folder('prose', { 'a.txt': 'a' })]),
  },
  {
    code: 'DETECT_NO_GROUP_ERRORS',
    when: 'a detection that breaks',
    run: () => withScripts('detect-error', { detect: 'echo it broke; exit 7' }),
  },
  {
    code: 'BUILDPACK_INVALID',
    when: 'a directory that is no buildpack',
    run: () => build([app, '--buildpack', rig.folder('empty')]),
  },
  {
    code: 'BUILDPACK_API_UNSUPPORTED',
    when: 'a buildpack of the day before yesterday',
    run: () => withScripts('old-api', { toml: 'api = "0.2"\n[buildpack]\nid = "acme/x"\nversion = "1.0.0"\n' }),
  },
  {
    code: 'ORDER_INVALID',
    when: 'a composite without its parts',
    run: () =>
      build([
        app,
        '--buildpack',
        rig.folder('composite', {
          'buildpack.toml':
            'api = "0.12"\n[buildpack]\nid = "acme/all"\nversion = "1.0.0"\n[[order]]\n[[order.group]]\nid = "acme/part"\nversion = "1.0.0"\n',
        }),
      ]),
  },
  { code: 'STACK_UNKNOWN', when: 'a stack that is not there', run: () => build([app, '--stack', 'sky']) },
  { code: 'STACK_UNFIT', when: 'a stack that the buildpack does not run on', run: () => onlyOnScratch() },
  {
    code: 'RUN_IMAGE_NOT_FOUND',
    when: 'no stack and no image',
    run: () => build([app, '--buildpack', scripts('no-stack')]),
  },
  {
    code: 'ANALYZE_FAILED',
    when: 'a run image for nothing',
    run: () => {
      writeLayout('no-os', { architecture: 'amd64', os: '', rootfs: { type: 'layers', diff_ids: [] } });
      return build([app, '--run-image', 'oci:no-os']);
    },
  },
  {
    code: 'BUILDPACK_FAILED',
    when: 'a build that fails',
    run: () => withScripts('fails', { build: 'echo no luck >&2; exit 9' }),
  },
  {
    code: 'BUILD_OUTPUT_INVALID',
    when: 'a launch.toml that nobody can read',
    run: () => withScripts('bad-output', { build: 'echo "[[" > "$CNB_LAYERS_DIR/launch.toml"' }),
  },
  {
    code: 'BUILD_FAILED',
    when: 'Go packages that are all libraries',
    run: () =>
      build([rig.folder('library', { 'go.mod': 'module example.com/lib\n\ngo 1.21\n', 'lib.go': 'package lib\n' })]),
  },
  {
    code: 'TOOLCHAIN_UNAVAILABLE',
    when: 'a Go of the far future',
    run: () =>
      build(
        [rig.folder('future', { 'go.mod': 'module x\n\ngo 9.99\n', 'main.go': 'package main\nfunc main() {}\n' })],
        { env: { GOTOOLCHAIN: 'local' } },
      ),
  },
  {
    code: 'ISOLATION_UNAVAILABLE',
    when: 'real directories where no sandbox can be made',
    run: () => withoutSandbox(),
  },
  { code: 'EXPORT_FAILED', when: 'a process that is not there', run: () => build([app, '--process', 'worker']) },
  {
    code: 'LAUNCHER_NEEDED',
    when: 'programs that run at the start, and no launcher',
    run: () =>
      withScripts(
        'exec-d',
        { build: launchLayer('mkdir "$CNB_LAYERS_DIR/l/exec.d"; echo x > "$CNB_LAYERS_DIR/l/exec.d/x"') },
        '--launcher',
        'none',
      ),
  },
  {
    code: 'BINARY_UNFIT',
    when: 'a program that needs a loader which the run image does not have',
    run: () =>
      withScripts('dynamic', {
        build: `${launchLayer('cp /bin/ls "$CNB_LAYERS_DIR/l/list"')}; printf '[[processes]]\\ntype = "web"\\ncommand = ["/layers/acme_x/l/list"]\\n' > "$CNB_LAYERS_DIR/launch.toml"`,
      }),
  },
  {
    code: 'PATH_LEAKED',
    when: 'a layer that holds the build path',
    run: () =>
      withScripts(
        'leaks',
        { build: launchLayer('echo "#!$CNB_LAYERS_DIR/l/python" > "$CNB_LAYERS_DIR/l/script"') },
        '--isolation',
        'mapped',
      ),
  },
  {
    code: 'OUTPUT_FAILED',
    when: 'a bundle over somebody’s files',
    run: () => build([app, '--output', `bundle:${rig.folder('mine', { 'a.txt': '' })}`]),
  },
  {
    code: 'IMAGE_NOT_FOUND',
    when: 'an image that nobody has',
    run: () => rig.run(['inspect', `docker://${registryHost}/nothing/here`]),
  },
  {
    code: 'IMAGE_INVALID',
    when: 'a registry that answers nonsense',
    run: () => rig.run(['inspect', `docker://${registryHost}/nonsense`]),
  },
  {
    code: 'ARCHIVE_INVALID',
    when: 'an archive that is none',
    run: () => rig.run(['inspect', `oci-archive:${join(rig.folder('x', { 'a.tar': 'no tar' }), 'a.tar')}`]),
  },
  {
    code: 'REGISTRY_DENIED',
    when: 'a repository of others',
    run: () => rig.run(['inspect', `docker://${registryHost}/denied/app`]),
  },
  {
    code: 'REGISTRY_REFUSED',
    when: 'a push that the registry does not take',
    run: () => build([app, '--output', `docker://${registryHost}/refused/app`]),
  },
  {
    code: 'REGISTRY_UNAVAILABLE',
    when: 'a registry that is not there',
    run: () => rig.run(['inspect', 'docker://127.0.0.1:1/app']),
  },
  {
    code: 'NETWORK_UNAVAILABLE',
    when: 'a module proxy that is not there',
    run: () =>
      build(
        [
          rig.folder('modules', {
            'go.mod': 'module x\n\ngo 1.21\n\nrequire example.invalid/m v1.0.0\n',
            'go.sum': '',
            'main.go': 'package main\nimport _ "example.invalid/m"\nfunc main() {}\n',
          }),
        ],
        { env: { GOPROXY: 'http://127.0.0.1:1', GONOSUMDB: '*', GOFLAGS: '-mod=mod' } },
      ),
  },
  {
    code: 'DAEMON_UNAVAILABLE',
    when: 'no daemon',
    run: () => build([app, '--output', 'docker-daemon:x'], { env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }),
  },
  {
    code: 'BLOB_CORRUPT',
    when: 'a blob of an image that rotted away',
    run: async () => {
      const store = join(rig.dir, 'rotten');
      await build([app, '--store', store, '--tag', 'rotten']);
      const blobs = join(store, 'v1', 'blobs', 'sha256');
      for (const name of readdirSync(blobs)) {
        chmodSync(join(blobs, name), 0o644);
        writeFileSync(join(blobs, name), 'rotten');
      }
      return await rig.run(['inspect', 'store:rotten', '--store', store]);
    },
  },
  {
    code: 'STORE_UNUSABLE',
    when: 'a store that is a file',
    run: () => build([app, '--store', join(rig.folder('y', { file: '' }), 'file')]),
  },
  { code: 'DISK_FULL', when: 'a store on a full disk', run: () => onTinyDisk() },
  { code: 'RUNTIME_UNAVAILABLE', when: 'no container runtime', run: () => withoutRuntime() },
  {
    code: 'RUN_FAILED',
    when: 'a process that the image does not have',
    run: () => rig.run(['run', '--process', 'worker', app]),
  },
];

function onlyOnScratch(): Promise<CliResult> {
  const module = `export default { id: 'acme/scratch', version: '1.0.0', stacks: { default: 'scratch' }, detect: () => ({ pass: true }), build: () => ({}) };`;
  const buildpack = join(rig.folder('only-scratch', { 'buildpack.mjs': module }), 'buildpack.mjs');
  return build([app, '--buildpack', buildpack, '--stack', 'static', '--cache-scope', 'only-scratch']);
}

/** Somebody without privileges, on a machine without bubblewrap and unshare. */
async function withoutSandbox(): Promise<CliResult> {
  const user = rootlessUser();
  const home = folderFor(user);
  try {
    const cli = join(await packageReadableBy(user), 'dist', 'cli.js');
    const argv = [process.execPath, cli, 'build', app, '--isolation', 'real'];
    const masked = [
      'sh',
      '-c',
      `for p in /usr/bin/bwrap /usr/bin/unshare; do mount --bind /dev/null $p; done; exec "$@"`,
      'sh',
    ];
    chmodSync(rig.dir, 0o755);
    const setpriv = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--inh-caps=-all', '--'];
    return await unshared([...masked, ...setpriv, ...argv], {
      ...rig.env,
      HOME: home,
      TSBUILDPACK_STORE: join(home, 'store'),
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** With nothing where the container runtimes are. */
function withoutRuntime(): Promise<CliResult> {
  const script = `for p in /usr/bin/podman /usr/sbin/runc /usr/bin/runc /usr/bin/crun; do [ -e $p ] && mount --bind /dev/null $p; done; exec "$@"`;
  return unshared(['sh', '-c', script, 'sh', ...rig.command, 'run', app], rig.env);
}

/** In a mount namespace of its own: what is mounted there is nobody else's matter. */
async function unshared(argv: readonly string[], env: Record<string, string>): Promise<CliResult> {
  return await finished(spawn('unshare', ['--mount', ...argv], { env, cwd: rig.dir, stdio: 'pipe' }));
}

/** A layout with an image that has this config and no layers. */
function writeLayout(name: string, config: unknown): void {
  const script = `
    const { createHash } = require('node:crypto'); const fs = require('node:fs');
    const [dir, config] = process.argv.slice(1);
    const put = (text) => { const hex = createHash('sha256').update(text).digest('hex'); fs.writeFileSync(dir + '/blobs/sha256/' + hex, text); return { digest: 'sha256:' + hex, size: Buffer.byteLength(text) }; };
    fs.mkdirSync(dir + '/blobs/sha256', { recursive: true });
    fs.writeFileSync(dir + '/oci-layout', '{"imageLayoutVersion":"1.0.0"}');
    const oci = 'application/vnd.oci.image.';
    const manifest = { schemaVersion: 2, mediaType: oci + 'manifest.v1+json', config: { mediaType: oci + 'config.v1+json', ...put(config) }, layers: [] };
    fs.writeFileSync(dir + '/index.json', JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: oci + 'manifest.v1+json', ...put(JSON.stringify(manifest)) }] }));`;
  execFileSync(process.execPath, ['-e', script, join(rig.dir, name), JSON.stringify(config)]);
}

/** A file system of two megabytes for the store. */
async function onTinyDisk(): Promise<CliResult> {
  const disk = rig.folder('tiny');
  const script = `mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"`;
  return await unshared(['sh', '-c', script, 'sh', disk, ...rig.command, 'build', app, '--store', disk], rig.env);
}

// What a person sees, with what differs from machine to machine blanked.
function normalised(stderr: string): string {
  const error = stderr.slice(Math.max(0, stderr.indexOf('Error [')));
  return error
    .replaceAll(rig.dir, '<dir>')
    .replaceAll(registryHost, '<registry>')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:<digest>')
    .replaceAll(/scopes\/[0-9a-f]{32}/g, 'scopes/<scope>')
    .replaceAll(/go1\.\d+(\.\d+)?/g, 'go1.<version>')
    .replaceAll(/\S+\/bin\/go is/g, '<go> is')
    .replaceAll(/\d+ versions/g, '<n> versions')
    .replaceAll(/(?<![\d.])\d+\.\d+\.\d+(?=[ :@,)]|$)/gm, '<version>');
}

test.each(cases)('$code: $when', { timeout: 120_000 }, async ({ code, run }) => {
  const { exitCode, stdout, stderr } = await run();
  expect(stderr).toContain(`Error [${code}]`);
  expect(exitCode).toBe(exitCodes[code]);
  expect(stdout).toBe('');
  expect(normalised(stderr)).toMatchSnapshot();
});

test('every code of the table is shown here or where it is proven', () => {
  const elsewhere: Partial<Record<ErrorCode, string>> = {
    INTERNAL: 'test/cli/render/renderers.test.ts: no input is known that leads there',
    SOURCE_CHANGED: 'test/source, test/layer: a race that cannot be won by a command line',
    COMMAND_NOT_EXECUTABLE: 'test/environment',
    COMMAND_NOT_FOUND: 'test/environment',
    INTERRUPTED: 'test/cli/build.slow.test.ts',
    TERMINATED: 'test/cli/build.slow.test.ts',
  };
  const shown = new Set<string>([...cases.map(({ code }) => code), ...Object.keys(elsewhere)]);
  expect(Object.keys(exitCodes).filter((code) => !shown.has(code))).toEqual([]);
});
