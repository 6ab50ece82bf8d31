import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes, type ErrorCode } from '../../src/errors.ts';
import { badRegistry, ErrorRig } from './error-rig.ts';
import { extensionErrors, type ErrorCase } from './extension-errors.ts';
import { withMissingPackages, withoutPackages, withStrangePackages } from './package-errors.ts';
import { shownError } from './shown-error.ts';

let rig: ErrorRig;
let registry: Server;
let registryHost: string;

beforeAll(async () => {
  rig = new ErrorRig();
  ({ server: registry, host: registryHost } = await badRegistry());
});

afterAll(() => {
  registry.close();
  rig.remove();
});

const launchLayer = (content: string): string =>
  `mkdir -p "$CNB_LAYERS_DIR/l"; ${content}; printf '[types]\\nlaunch = true\\n' > "$CNB_LAYERS_DIR/l.toml"`;

const plainImage = { architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } };

const cases: readonly ErrorCase[] = [
  {
    code: 'USAGE',
    when: 'two answers to one question',
    run: () => rig.build([rig.app, '--stack', 'static', '--run-image', 'x']),
  },
  {
    code: 'REFERENCE_INVALID',
    when: 'a name that no image can have',
    run: () => rig.build([rig.app, '--tag', 'a//b']),
  },
  { code: 'INVALID_INPUT', when: 'a variable without a name', run: () => rig.build([rig.app, '--env', '=x']) },
  { code: 'SOURCE_UNREADABLE', when: 'a folder that is not there', run: () => rig.build(['nowhere']) },
  {
    code: 'DESCRIPTOR_INVALID',
    when: 'a broken project.toml',
    run: () => rig.build([rig.folder('broken-descriptor', { 'project.toml': '[_\n' })]),
  },
  {
    code: 'SETTINGS_INVALID',
    when: 'an unknown setting',
    run: () =>
      rig.build([
        rig.folder('settings', { 'project.toml': '[_]\nschema-version = "0.2"\n[dev.tsbuildpack]\nstak = "static"\n' }),
      ]),
  },
  {
    code: 'DETECT_NO_GROUP',
    when: 'nothing that anybody knows',
    run: () => rig.build([rig.folder('prose', { 'a.txt': 'a' })]),
  },
  {
    code: 'DETECT_NO_GROUP_ERRORS',
    when: 'a detection that breaks',
    run: () => rig.buildWith('detect-error', { detect: 'echo it broke; exit 7' }),
  },
  {
    code: 'BUILDPACK_INVALID',
    when: 'a directory that is no buildpack',
    run: () => rig.build([rig.app, '--buildpack', rig.folder('empty')]),
  },
  {
    code: 'PLATFORM_API_UNSUPPORTED',
    when: 'a platform of the future',
    run: () => rig.run(['lifecycle', 'detector'], { env: { CNB_PLATFORM_API: '0.99' } }),
  },
  {
    code: 'BUILDPACK_API_UNSUPPORTED',
    when: 'a buildpack of the day before yesterday',
    run: () => rig.buildWith('old-api', { toml: 'api = "0.2"\n[buildpack]\nid = "acme/x"\nversion = "1.0.0"\n' }),
  },
  {
    code: 'ORDER_INVALID',
    when: 'a composite without its parts',
    run: () =>
      rig.build([
        rig.app,
        '--buildpack',
        rig.folder('composite', {
          'buildpack.toml':
            'api = "0.12"\n[buildpack]\nid = "acme/all"\nversion = "1.0.0"\n[[order]]\n[[order.group]]\nid = "acme/part"\nversion = "1.0.0"\n',
        }),
      ]),
  },
  { code: 'STACK_UNKNOWN', when: 'a stack that is not there', run: () => rig.build([rig.app, '--stack', 'sky']) },
  {
    code: 'BUILDER_INVALID',
    when: 'an image that is no builder',
    run: () => {
      const layout = rig.layout('no-builder', { os: 'linux', ...plainImage });
      return rig.build([rig.app, '--builder', layout, '--platform', 'linux/amd64']);
    },
  },
  { code: 'STACK_UNFIT', when: 'a stack that the buildpack does not run on', run: () => rig.onlyOnScratch() },
  { code: 'STACK_UNFIT', when: 'a build image of another distribution than the run image', run: () => rig.onAnother() },
  { code: 'PACKAGES_UNAVAILABLE', when: 'a mirror without packages', run: () => withoutPackages(rig) },
  { code: 'PACKAGES_UNTRUSTED', when: 'packages that somebody else signed', run: () => withStrangePackages(rig) },
  { code: 'MIRROR_OUT_OF_SYNC', when: 'a mirror in the middle of an update', run: () => withMissingPackages(rig) },
  {
    code: 'RUN_IMAGE_NOT_FOUND',
    when: 'no stack and no image',
    run: () => rig.build([rig.app, '--buildpack', rig.scripts('no-stack')]),
  },
  {
    code: 'ANALYZE_FAILED',
    when: 'a run image for nothing',
    run: () => rig.build([rig.app, '--run-image', rig.layout('no-os', { ...plainImage, os: '' })]),
  },
  {
    code: 'BUILDPACK_FAILED',
    when: 'a build that fails',
    run: () => rig.buildWith('fails', { build: 'echo no luck >&2; exit 9' }),
  },
  {
    code: 'BUILD_OUTPUT_INVALID',
    when: 'a launch.toml that nobody can read',
    run: () => rig.buildWith('bad-output', { build: 'echo "[[" > "$CNB_LAYERS_DIR/launch.toml"' }),
  },
  {
    code: 'BUILD_FAILED',
    when: 'Go packages that are all libraries',
    run: () =>
      rig.build([
        rig.folder('library', { 'go.mod': 'module example.com/lib\n\ngo 1.21\n', 'lib.go': 'package lib\n' }),
      ]),
  },
  {
    code: 'TOOLCHAIN_UNAVAILABLE',
    when: 'a Go of the far future',
    run: () =>
      rig.build(
        [rig.folder('future', { 'go.mod': 'module x\n\ngo 9.99\n', 'main.go': 'package main\nfunc main() {}\n' })],
        { env: { GOTOOLCHAIN: 'local' } },
      ),
  },
  {
    code: 'ISOLATION_UNAVAILABLE',
    when: 'real directories where no sandbox can be made',
    run: () => rig.withoutSandbox(),
  },
  {
    code: 'EXPORT_FAILED',
    when: 'a process that is not there',
    run: () => rig.build([rig.app, '--process', 'worker']),
  },
  {
    code: 'LAUNCHER_NEEDED',
    when: 'programs that run at the start, and no launcher',
    run: () =>
      rig.buildWith(
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
      rig.buildWith('dynamic', {
        build: `${launchLayer('cp /bin/ls "$CNB_LAYERS_DIR/l/list"')}; printf '[[processes]]\\ntype = "web"\\ncommand = ["/layers/acme_x/l/list"]\\n' > "$CNB_LAYERS_DIR/launch.toml"`,
      }),
  },
  {
    code: 'PATH_LEAKED',
    when: 'a layer that holds the build path',
    run: () =>
      rig.buildWith(
        'leaks',
        { build: launchLayer('echo "#!$CNB_LAYERS_DIR/l/python" > "$CNB_LAYERS_DIR/l/script"') },
        '--isolation',
        'mapped',
      ),
  },
  {
    code: 'OUTPUT_FAILED',
    when: 'a bundle over somebody’s files',
    run: () => rig.build([rig.app, '--output', `bundle:${rig.folder('mine', { 'a.txt': '' })}`]),
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
    run: () => rig.build([rig.app, '--output', `docker://${registryHost}/refused/app`]),
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
      rig.build(
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
    run: () =>
      rig.build([rig.app, '--output', 'docker-daemon:x'], { env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }),
  },
  {
    code: 'BLOB_CORRUPT',
    when: 'a blob of an image that rotted away',
    run: async () => {
      const store = join(rig.dir, 'rotten');
      await rig.build([rig.app, '--store', store, '--tag', 'rotten']);
      const blobs = join(store, 'v1', 'blobs', 'sha256');
      for (const name of readdirSync(blobs)) {
        chmodSync(join(blobs, name), 0o644);
        writeFileSync(join(blobs, name), 'rotten');
      }
      return await rig.run(['inspect', 'store:rotten', '--store', store]);
    },
  },
  ...extensionErrors((name, generate) => rig.buildWithExtension(name, generate)),
  {
    code: 'LOCK_UNFIT',
    when: 'a lock file for another platform',
    run: () => {
      const lock = 'version = 1\n[[platforms]]\nplatform = "linux/riscv64"\nbuildpacks = []\ninputs = []\n';
      const app = rig.folder('locked', { 'server.js': '', 'tsbuildpack.lock': lock });
      return rig.build([app, '--platform', 'linux/amd64']);
    },
  },
  {
    code: 'STORE_UNUSABLE',
    when: 'a store that is a file',
    run: () => rig.build([rig.app, '--store', join(rig.folder('y', { file: '' }), 'file')]),
  },
  { code: 'DISK_FULL', when: 'a store on a full disk', run: () => rig.onTinyDisk() },
  {
    code: 'REBASE_FAILED',
    when: 'an image that buildpacks did not make',
    run: () => rig.run(['rebase', rig.layout('foreign', { ...plainImage, os: 'linux' })]),
  },
  { code: 'RUNTIME_UNAVAILABLE', when: 'no container runtime', run: () => rig.withoutRuntime() },
  {
    code: 'RUN_FAILED',
    when: 'a process that the image does not have',
    run: () => rig.run(['run', '--process', 'worker', rig.app]),
  },
];

test.each(cases)('$code: $when', { timeout: 120_000 }, async ({ code, run }) => {
  const { exitCode, stdout, stderr } = await run();
  expect(stderr).toContain(`Error [${code}]`);
  expect(exitCode).toBe(exitCodes[code]);
  expect(stdout).toBe('');
  expect(shownError(stderr, { dir: rig.dir, registry: registryHost })).toMatchSnapshot();
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
