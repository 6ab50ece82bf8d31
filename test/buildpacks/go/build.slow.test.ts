import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { goBuildpack } from '../../../buildpacks/go/index.ts';
import type { BuildResult } from '../../../src/buildpack/api.ts';
import { readElf } from '../../../src/fs/elf-reader.ts';
import type { ContextOptions, TestContext } from '../builtin-context.ts';
import { lines, testContext } from '../builtin-context.ts';
import { sharedDirectory, temporaryDirectory } from '../../temporary-directory.ts';

const go = goBuildpack('0.0.0');
// Compiling the standard library takes most of a minute: once for all.
const caches = sharedDirectory('go-caches');

// No module of these tests comes from anywhere but their own source.
const offline = { GOPROXY: 'off', GOENV: 'off' };

interface Built extends TestContext {
  readonly result: BuildResult;
  /** Output of the default program. */
  readonly output: string;
}

async function build(options: ContextOptions): Promise<Built> {
  const made = await testContext(go, { caches, hostEnv: offline, ...options });
  expect(await go.detect(made.context)).toMatchObject({ pass: true });
  const result = await go.build(made.context);
  const command = result.processes![0]!.command[0].replace('/layers/test', made.context.layersDir);
  const isForeign = made.context.target.arch !== made.context.host.arch;
  const output = isForeign ? '' : execFileSync(command, { cwd: made.context.appDir, encoding: 'utf8' }).trim();
  return { ...made, result, output };
}

function processes({ result }: Built): string[] {
  return result.processes!.map(({ type, default: isDefault }) => (isDefault === true ? `${type}*` : type));
}

function workspaceOf({ context }: TestContext): string[] {
  return readdirSync(context.workspaceDir, { recursive: true, encoding: 'utf8' }).toSorted();
}

const says = (text: string): string => `package main\n\nfunc main() { println(${JSON.stringify(text)}) }\n`;
const prints = (text: string): string =>
  `package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(${JSON.stringify(text)}) }\n`;
const gomod = (module = 'example.com/shop', more = ''): string => `module ${module}\n\ngo 1.21\n${more}`;

beforeAll(async () => {
  await build({ files: { 'main.go': prints('warm') }, root: sharedDirectory('warm') });
}, 600_000);

describe('goBuildpack.build()', () => {
  test('compiles a module to a static program without paths of this machine', async () => {
    const built = await build({
      files: { 'go.mod': gomod(), 'main.go': prints('hello'), 'web/index.html': '<p>', 'README.md': '#' },
    });
    expect(built.output).toBe('hello');
    expect(processes(built)).toEqual(['shop*']);
    expect(built.result.processes![0]!.command).toEqual(['/layers/test/targets/bin/shop']);
    const file = join(built.context.layersDir, 'targets/bin/shop');
    expect(await readElf(file)).toMatchObject({
      result: 'elf',
      elf: { kind: 'executable', interpreter: undefined, needed: [] },
    });
    expect(readFileSync(file, 'latin1')).not.toContain(built.root);
    expect(readdirSync(join(built.homeDir, '.config', 'go', 'telemetry'))).toEqual(['mode']);
    expect(workspaceOf(built)).toEqual(['web', 'web/index.html']);
    expect(lines(built.events)).toMatch(/Kept in the working directory: 1 file, 3 bytes/);
    expect(built.inputs[0]).toMatchObject({
      name: 'go',
      value: expect.stringMatching(/^go1\.\d+/),
      reason: expect.stringContaining('go.mod:3'),
    });
    expect(built.inputs[0]!.witnesses).toHaveLength(2);
  });

  test('gives the same bytes from another directory with empty caches', async () => {
    const files = { 'go.mod': gomod(), 'main.go': prints('same') };
    const one = await build({ files });
    const other = await build({
      files,
      root: temporaryDirectory('a-much-longer-name-for-the-same-thing'),
      caches: mkdtempSync(join(caches, 'other-')),
    });
    const bytes = ({ context }: Built): Buffer => readFileSync(join(context.layersDir, 'targets/bin/shop'));
    expect(bytes(one).equals(bytes(other))).toBe(true);
  });

  test('compiles for another architecture', async () => {
    const built = await build({
      // Go calls the file tool.v3.
      files: { 'go.mod': gomod('gopkg.in/tool.v3'), 'main.go': says('x') },
      target: { os: 'linux', arch: 'riscv64' },
    });
    expect(await readElf(join(built.context.layersDir, 'targets/bin/tool'))).toMatchObject({
      elf: { arch: 'riscv64' },
    });
  });

  test('builds every program outside of developers’ folders', async () => {
    const files = {
      'go.mod': gomod('example.com/shop/v2'),
      'cmd/shop/main.go': says('shop'),
      'cmd/worker/main.go': says('worker'),
      'a/server/main.go': says('a'),
      'b/server/main.go': says('b'),
      'tools/gen/main.go': 'package main\n\nbroken',
    };
    const built = await build({ files });
    expect(processes(built)).toEqual(['shop*', 'a-server', 'b-server', 'worker']);
    expect(readdirSync(join(built.context.layersDir, 'targets/bin')).toSorted()).toEqual([
      'a-server',
      'b-server',
      'shop',
      'worker',
    ]);
  });

  test('asks which one when nobody says', async () => {
    const files = { 'go.mod': gomod(), 'cmd/api/main.go': says('api'), 'cmd/worker/main.go': says('worker') };
    await expect(build({ files })).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'Cannot choose a program to start: several packages are programs',
      detail: '  ./cmd/api\n  ./cmd/worker',
      hint: expect.stringContaining('--env BP_GO_TARGETS=./cmd/api'),
    });
    expect(processes(await build({ files, env: { BP_GO_TARGETS: './cmd/worker' } }))).toEqual(['worker*']);
    expect(processes(await build({ files, env: { BP_GO_TARGETS: 'cmd/worker:cmd/api' } }))).toEqual(['worker*', 'api']);
    expect(processes(await build({ files, env: { BP_GO_DEFAULT: 'worker' } }))).toEqual(['worker*', 'api']);
  });

  test('builds a lone main.go, a package inside of a module, and a workspace without a root module', async () => {
    expect((await build({ files: { 'main.go': says('x'), 'more.txt': 'x' } })).result.processes![0]!.type).toBe('main');
    const inside = await build({
      files: { 'go.mod': gomod(), 'lib/l.go': 'package lib', 'cmd/api/main.go': says('x') },
      appPath: 'cmd/api',
    });
    expect(processes(inside)).toEqual(['api*']);
    expect(inside.result.processes![0]!.workingDirectory).toBe('/workspace/cmd/api');
    const workspace = await build({
      files: {
        'go.work': 'go 1.21\n\nuse (\n\t./api\n\t./lib\n)\n',
        'api/go.mod': gomod('example.com/api', 'require example.com/lib v0.0.0\n'),
        'api/main.go': 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.X) }\n',
        'lib/go.mod': gomod('example.com/lib'),
        'lib/lib.go': 'package lib\n\nconst X = 1\n',
      },
    });
    expect(processes(workspace)).toEqual(['api*']);
  });

  test('finds what lies above the application: replace ../lib, go.work', async () => {
    const lib = {
      'lib/go.mod': gomod('example.com/lib'),
      'lib/lib.go': 'package lib\n\nimport "fmt"\n\nfunc Say() { fmt.Println("lib") }\n',
    };
    const main = 'package main\n\nimport "example.com/lib"\n\nfunc main() { lib.Say() }\n';
    const require = 'require example.com/lib v0.0.0\n';
    const replaced = await build({
      files: {
        ...lib,
        'apps/api/go.mod': gomod('example.com/api', `${require}replace example.com/lib => ../../lib\n`),
        'apps/api/main.go': main,
        'apps/web/x': '',
      },
      appPath: 'apps/api',
    });
    expect(replaced.output).toBe('lib');
    expect(workspaceOf(replaced)).toEqual(['apps', 'apps/api']);
    const worked = await build({
      files: {
        ...lib,
        'go.work': 'go 1.21\nuse (\n./lib\n./apps/api\n)\n',
        'apps/api/go.mod': gomod('example.com/api', require),
        'apps/api/main.go': main,
      },
      appPath: 'apps/api',
    });
    expect(worked.output).toBe('lib');
    const unused = await build({
      files: {
        'go.work': 'go 1.21\nuse ./lib\n',
        ...lib,
        'api/go.mod': gomod('example.com/api'),
        'api/main.go': says('x'),
      },
      appPath: 'api',
    });
    expect(lines(unused.events)).toContain('../go.work does not use this module and is left aside');
  });

  test('says which directory is missing', async () => {
    const files = { 'go.mod': gomod('example.com/api', 'replace example.com/lib => ../lib\n'), 'main.go': says('x') };
    await expect(build({ files })).rejects.toMatchObject({
      message: 'Cannot build: go.mod:4 names the directory "../lib", which is not in the source',
      hint: expect.stringContaining('--source-root'),
    });
  });

  test('builds vendored dependencies with the network off', async () => {
    const built = await build({
      files: {
        'go.mod': 'module example.com/shop\n\ngo 1.13\n\nrequire example.com/dep v1.2.3\n',
        'main.go': 'package main\n\nimport "example.com/dep"\n\nfunc main() { dep.Say() }\n',
        'vendor/modules.txt': '# example.com/dep v1.2.3\n## explicit\nexample.com/dep\n',
        'vendor/example.com/dep/dep.go': 'package dep\n\nimport "fmt"\n\nfunc Say() { fmt.Println("vendored") }\n',
      },
      hostEnv: { GOPROXY: 'http://127.0.0.1:1', GOENV: 'off' },
    });
    expect(built.output).toBe('vendored');
  });

  test('embeds files, keeps what BP_KEEP_FILES says, applies tags and -ldflags', async () => {
    const built = await build({
      files: {
        'go.mod': gomod(),
        'main.go': `package main\n\nimport (\n\t_ "embed"\n\t"fmt"\n)\n\n//go:embed web/page.html\nvar page string\nvar version = "dev"\n\nfunc main() { fmt.Println(page, version, tagged) }\n`,
        'tagged.go': '//go:build special\n\npackage main\n\nconst tagged = "special"\n',
        'plain.go': '//go:build !special\n\npackage main\n\nconst tagged = "plain"\n',
        'web/page.html': 'page',
        'data/x.json': '{}',
      },
      env: { BP_GO_BUILD_LDFLAGS: '-s -w -X main.version=1.2.3', BP_GO_BUILD_TAGS: 'special', BP_KEEP_FILES: 'data/*' },
    });
    expect(built.output).toBe('page 1.2.3 special');
    expect(workspaceOf(built)).toEqual(['data', 'data/x.json']);
  });

  test.each([
    {
      name: 'tags that leave no file',
      files: { 'go.mod': gomod(), 'main.go': `//go:build never\n\n${says('x')}` },
      message: /build constraints exclude all Go files for linux/,
    },
    {
      name: 'a root with two packages',
      files: { 'go.mod': gomod(), 'main.go': says('x'), 'a.go': 'package other\n', 'cmd/x/main.go': says('x') },
      message: /Cannot build the package of the root: found packages other \(a\.go\) and main \(main\.go\)/,
    },
    {
      name: 'files to embed that are not there',
      files: {
        'go.mod': gomod(),
        'main.go': 'package main\n\nimport _ "embed"\n\n//go:embed web/*\nvar x string\n\nfunc main() {}\n',
      },
      message: /Cannot compile \.: go ended with status 1/,
    },
    {
      name: 'a library',
      files: { 'go.mod': gomod(), 'lib.go': 'package shop\n' },
      message: /all packages are libraries/,
    },
    {
      name: 'code that does not compile',
      files: { 'go.mod': gomod(), 'main.go': 'package main\n\nfunc main() { x }\n' },
      message: /Cannot compile \.: go ended with status 1/,
    },
    {
      name: 'a module that nobody has',
      files: { 'go.mod': gomod(), 'main.go': 'package main\n\nimport _ "example.com/none"\n\nfunc main() {}\n' },
      message: /Cannot get what the application imports/,
    },
  ])('refuses $name', async ({ files, message }) => {
    await expect(build({ files })).rejects.toThrow(message);
  });
});

describe('C code', () => {
  const c = 'package main\n\n// int two(void) { return 2; }\nimport "C"\n\nfunc main() { println(C.two()) }\n';
  const files = { 'go.mod': gomod(), 'main.go': c };

  test('is refused for a run image without a C library, with the ways out', async () => {
    const failure = {
      code: 'BUILD_FAILED',
      message: 'Cannot build a program with C code: the run image has no C library',
      detail: expect.stringContaining('  example.com/shop'),
    };
    await expect(build({ files })).rejects.toMatchObject(failure);
  });

  test('is compiled for a run image with the C library of this machine', async () => {
    const { context } = await testContext(go, { files: {} });
    const { arch, libc, libcVersion } = context.host;
    const built = await build({ files, target: { os: 'linux', arch, libc: libc!, libcVersion: libcVersion! } });
    expect(await readElf(join(built.context.layersDir, 'targets/bin/shop'))).toMatchObject({
      elf: { needed: ['libc.so.6'] },
    });
  });

  test('is linked in with -static', async () => {
    const env = { CGO_ENABLED: '1', BP_GO_BUILD_LDFLAGS: '-linkmode=external -extldflags=-static' };
    const built = await build({ files, env });
    expect(await readElf(join(built.context.layersDir, 'targets/bin/shop'))).toMatchObject({
      elf: { interpreter: undefined, needed: [] },
    });
  });

  test('of a program that nobody asked for leaves that one out', async () => {
    const built = await build({ files: { 'go.mod': gomod(), 'main.go': says('x'), 'cmd/c/main.go': c } });
    expect(processes(built)).toEqual(['shop*']);
    expect(lines(built.events)).toContain('./cmd/c is left out: it has C code, and the run image has no C library');
  });

  test('is left aside with CGO_ENABLED=0', async () => {
    const built = await build({
      files: {
        'go.mod': gomod(),
        'main.go': says('x'),
        'c.go': c.replace('func main() { println(C.two()) }', 'var x = C.two()'),
      },
      env: { CGO_ENABLED: '0' },
    });
    expect(processes(built)).toEqual(['shop*']);
  });
});
