import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BuildPaths } from '../../src/environment/build-environment.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { checkLibraries } from '../../src/lifecycle/check-libraries.ts';
import { imageFiles } from '../../src/stack/image-files.ts';
import { flattenScans, scanLayer } from '../../src/stack/layer-scan.ts';
import type { RunImage } from '../../src/stack/run-image.ts';
import type { ElfParts } from '../elf/make-elf.ts';
import { makeElf } from '../elf/make-elf.ts';
import { layerOf } from '../stack/layer-fixture.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const amd64 = 62;
const arm64 = 183;
const addOn = (parts: ElfParts = {}): Uint8Array => makeElf({ type: 3, needed: ['libc.so.6'], ...parts });

async function runImage(): Promise<RunImage> {
  const files = imageFiles(
    flattenScans([
      await scanLayer(
        await layerOf({
          'lib64/ld-linux-x86-64.so.2': addOn({ needed: [], soname: 'ld-linux-x86-64.so.2' }),
          'usr/lib/x86_64-linux-gnu/libc.so.6': addOn({ needed: [], soname: 'libc.so.6', defines: ['GLIBC_2.36'] }),
        }),
      ),
    ]),
  );
  // The check reads nothing else of a run image.
  const parts: Partial<RunImage> = { files, name: 'stack:base', target: { os: 'linux', arch: 'amd64', libc: 'glibc' } };
  return parts as RunImage;
}

interface Checked {
  readonly error: TsbuildpackError | undefined;
  readonly warnings: readonly string[];
}

/** Names that end in `!` are executable. */
async function check(files: Readonly<Record<string, Uint8Array | string>>): Promise<Checked> {
  const dir = temporaryDirectory('libraries');
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name.replace(/!$/, ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (name.endsWith('!')) chmodSync(path, 0o755);
  }
  const events: Event[] = [];
  const paths: Partial<BuildPaths> = { app: { host: dir, inside: '/workspace', image: '/workspace' } };
  const request = {
    paths: paths as BuildPaths,
    runImage: await runImage(),
    report: (event: Event) => void events.push(event),
  };
  const error = await checkLibraries(request).then(
    () => undefined,
    (reason: unknown) => {
      if (reason instanceof TsbuildpackError) return reason;
      throw new Error('Another error', { cause: reason });
    },
  );
  return { error, warnings: events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])) };
}

describe('checkLibraries()', () => {
  test('takes add-ons that the run image can load', async () => {
    expect(
      await check({ 'node_modules/a/package.json': '{}', 'node_modules/a/build/Release/a.node': addOn() }),
    ).toEqual({
      error: undefined,
      warnings: [],
    });
  });

  const misfits: readonly (readonly [string, ElfParts, string])[] = [
    ['another processor', { machine: arm64 }, 'is for arm64, the run image is for amd64'],
    [
      'a library that is not there',
      { needed: ['libssl.so.3'] },
      'needs libssl.so.3, which the run image does not have',
    ],
    ['another C library', { needed: ['libc.musl-x86_64.so.1'] }, 'is for musl, which the run image does not have'],
    [
      'a newer C library',
      { needs: [{ library: 'libc.so.6', versions: ['GLIBC_2.99'] }] },
      'needs GLIBC_2.99 of libc.so.6, the run image has at most GLIBC_2.36',
    ],
  ];
  test.each(misfits)('refuses an add-on for %s', async (_what, parts, reason) => {
    const { error } = await check({ 'node_modules/a/package.json': '{}', 'node_modules/a/a.node': addOn(parts) });
    expect(error?.code).toBe('BINARY_UNFIT');
    expect(error?.detail).toBe(`/workspace/node_modules/a/a.node ${reason}`);
  });

  const prebuilds = {
    'node_modules/a/package.json': '{}',
    'node_modules/a/prebuilds/linux-arm64/a.node': addOn({ machine: arm64 }),
    'node_modules/a/prebuilds/linux-x64/a.musl.node': addOn({ needed: ['libc.musl-x86_64.so.1'] }),
    'node_modules/a/prebuilds/darwin-x64/a.node': 'Mach-O',
  };

  test('takes a package with add-ons for several machines when one of them fits', async () => {
    const all = { ...prebuilds, 'node_modules/a/prebuilds/linux-x64/a.glibc.node': addOn({ machine: amd64 }) };
    expect((await check(all)).error).toBeUndefined();
  });

  test('names the add-on for this processor when none of several fits', async () => {
    expect((await check(prebuilds)).error?.detail).toBe(
      '/workspace/node_modules/a/prebuilds/linux-x64/a.musl.node is for musl, which the run image does not have',
    );
  });

  test('passes over packages that say they are for another machine', async () => {
    const other = {
      'node_modules/@a/linuxmusl-x64/package.json': '{"os":["linux"],"cpu":["x64"],"libc":["musl"]}',
      'node_modules/@a/linuxmusl-x64/a.node': addOn({ needed: ['libc.musl-x86_64.so.1'] }),
    };
    expect((await check(other)).error).toBeUndefined();
  });

  test('finds libraries that packages bring along', async () => {
    const own = {
      'node_modules/a/package.json': '{}',
      'node_modules/a/a.node': addOn({ needed: ['libown.so.1'], runpath: '$ORIGIN/lib' }),
      'node_modules/a/lib/libown.so.1': addOn({ soname: 'libown.so.1' }),
    };
    expect((await check(own)).error).toBeUndefined();
  });

  test('warns of a program that would not run: nobody knows whether it is started', async () => {
    const { error, warnings } = await check({
      'node_modules/a/package.json': '{}',
      'node_modules/a/bin/a!': makeElf({ machine: arm64 }),
    });
    expect(error).toBeUndefined();
    expect(warnings).toEqual([
      'A program among the packages would not run: /workspace/node_modules/a/bin/a is for arm64, the run image is for amd64',
    ]);
  });
});
