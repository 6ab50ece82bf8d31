import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { detectHost } from '../../../src/environment/detect-host.ts';
import { readElf } from '../../../src/fs/elf-reader.ts';
import { MemoryNpmRegistry } from './memory-npm-registry.ts';
import { buildNode, toolchains } from './node-build.ts';

const registry = new MemoryNpmRegistry();
const run = promisify(execFile);

beforeAll(async () => {
  await registry.start();
  await registry.publish({
    manifest: { name: '@test/native', version: '1.0.0', gypfile: true, scripts: { install: 'node-gyp rebuild' } },
    files: {
      'binding.gyp': "{ 'targets': [{ 'target_name': 'addon', 'sources': ['addon.c'] }] }",
      'addon.c': 'int answer(void) { return 42; }\n',
    },
  });
});

afterAll(() => {
  registry.stop();
  rmSync(toolchains, { recursive: true, force: true });
});

/** Another processor than that of this machine: Go's word, Node's, that of an emulator. */
async function foreign(): Promise<{ readonly arch: string; readonly qemu: string; readonly root: string }> {
  const { arch } = await detectHost();
  return arch === 'arm64'
    ? { arch: 'amd64', qemu: 'qemu-x86_64-static', root: '/usr/x86_64-linux-gnu' }
    : { arch: 'arm64', qemu: 'qemu-aarch64-static', root: '/usr/aarch64-linux-gnu' };
}

async function architectures(dir: string): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const parsed = await readElf(path);
    if (parsed.result === 'elf') found.set(path, parsed.elf.arch);
  }
  return found;
}

test('an application for another processor is built with tools for this one, and holds packages for that one', async () => {
  const { arch, qemu, root } = await foreign();
  const files = {
    'package.json': {
      name: 'app',
      version: '1.0.0',
      type: 'module',
      engines: { node: '24.x' },
      scripts: { build: 'esbuild source.ts --outfile=server.js && node generate.js', start: 'node server.js' },
      dependencies: { sharp: '^0.34.0' },
      devDependencies: { esbuild: '^0.25.0' },
    },
    // As a generated client and a patch are.
    'generate.js': `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('node_modules/.generated', { recursive: true });
writeFileSync('node_modules/.generated/client.js', 'generated');
appendFileSync('node_modules/detect-libc/README.md', 'patched');
`,
    'source.ts': `import sharp from 'sharp';
const image: Buffer = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } }).png().toBuffer();
console.log(process.arch, image.length > 0);
`,
  };
  const { context, has, at, read } = await buildNode({ files, target: { os: 'linux', arch, libc: 'glibc' } });
  expect(has('server.js')).toBe(true);
  expect(has('node_modules/esbuild')).toBe(false);
  expect(read('node_modules/.generated/client.js')).toBe('generated');
  expect(read('node_modules/detect-libc/README.md')).toMatch(/patched$/);
  const found = new Map([
    ...(await architectures(context.appDir)),
    ...(await architectures(join(context.layersDir, 'node'))),
  ]);
  // Node, the init, the add-on, its library.
  expect(found.size).toBeGreaterThanOrEqual(4);
  expect([...found].filter(([, machine]) => machine !== arch)).toEqual([]);
  const { stdout } = await run(qemu, ['-L', root, join(context.layersDir, 'node/bin/node'), at('server.js')]);
  expect(stdout).toBe(`${arch === 'amd64' ? 'x64' : arch} true\n`);
});

test('a package that would have to be compiled for another processor is an error that names it', async () => {
  const { arch } = await foreign();
  const files = {
    'package.json': {
      name: 'app',
      version: '1.0.0',
      engines: { node: '24.x' },
      scripts: { start: 'node server.js' },
      dependencies: { '@test/native': '1.0.0' },
    },
    'server.js': '',
  };
  const options = {
    files,
    npmrc: `@test:registry=${registry.url}`,
    target: { os: 'linux', arch, libc: 'glibc' } as const,
  };
  await expect(buildNode(options)).rejects.toThrow(
    `Cannot build for linux/${arch} on this machine: @test/native@1.0.0 would have to be compiled for it`,
  );
});
