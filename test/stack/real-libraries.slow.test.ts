import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { ElfFile } from '../../src/elf/elf-file.ts';
import { readElf } from '../../src/fs/elf-reader.ts';
import { createLayer } from '../../src/layer/create-layer.ts';
import { directoryEntries } from '../../src/layer/directory-entries.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { checkBinary } from '../../src/stack/check-binary.ts';
import { resolveRunImage } from '../../src/stack/resolve-run-image.ts';
import type { RunImage } from '../../src/stack/run-image.ts';
import { temporaryStore } from '../store/temporary-store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { imageWith } from './layer-fixture.ts';

/** `path` of every library that the dynamic loader of this machine takes for a program, the loader among them. */
function librariesOf(program: string): readonly string[] {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listed.matchAll(/(?:=> |^\s*)(?<path>\/\S+) \(0x/gm)].map((match) => match.groups?.['path'] ?? '');
}

/** A run image of these files of this machine, at the same paths. */
async function runImageOf(paths: readonly string[]): Promise<RunImage> {
  const root = temporaryDirectory('libraries');
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    cpSync(realpathSync(path), join(root, path));
  }
  const { store, events } = await temporaryStore();
  const report = (event: (typeof events)[number]): void => void events.push(event);
  const layer = await createLayer(directoryEntries(root, '/', { uid: 0, gid: 0, report }), {
    sink: store.blobs,
    name: 'libraries',
    report,
  });
  const image = imageWith([layer], { architecture: process.arch === 'x64' ? 'amd64' : process.arch });
  const platform = parsePlatform(`linux/${image.config.architecture}`);
  return await resolveRunImage({ kind: 'image', place: 'oci:here' }, platform, {
    store,
    report,
    now: () => new Date(),
    openPlace: async () => ({ resolve: async () => image }),
  });
}

async function programElf(path: string): Promise<ElfFile> {
  const result = await readElf(path);
  if (result.result !== 'elf') throw new Error(`${path} is ${result.result}`);
  return result.elf;
}

test.each([process.execPath, '/usr/bin/tar', '/bin/bash'])(
  'checkBinary() agrees with the loader of this machine about %s',
  async (program) => {
    const path = realpathSync(program);
    const libraries = librariesOf(path);
    expect(libraries.length).toBeGreaterThan(1);
    const whole = await runImageOf(libraries);
    const elf = await programElf(path);
    const judge = ({ files, target }: RunImage): unknown => checkBinary(elf, { files, target, path });
    expect(whole.target).toMatchObject({
      libc: 'glibc',
      libcVersion: execFileSync('ldd', ['--version'], { encoding: 'utf8' }).split('\n')[0]?.split(' ').at(-1),
    });
    expect(judge(whole)).toEqual({ fits: true });
    for (const missing of libraries) {
      const without = await runImageOf(libraries.filter((library) => library !== missing));
      expect(judge(without), `without ${missing}`).toMatchObject({ fits: false });
    }
  },
);
