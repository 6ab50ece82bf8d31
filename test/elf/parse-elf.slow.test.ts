import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ElfFile } from '../../src/elf/elf-file.ts';
import { readElf } from '../../src/fs/elf-reader.ts';

/** Programs and libraries of this machine, a few hundred of every kind. */
function systemFiles(): string[] {
  const libraries = execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim();
  const folders = ['/usr/bin', '/usr/sbin', `/usr/lib/${libraries}`];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return [...new Set(files.map((file) => realpathSync(file)))].filter((file) => statSync(file).isFile()).slice(0, 1500);
}

interface FromReadelf {
  readonly interpreter: string | undefined;
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  readonly runpath: readonly string[];
  readonly versions: readonly string[];
}

function readelf(file: string): FromReadelf {
  const text = execFileSync('readelf', ['-W', '-l', '-d', '-V', file], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 << 20,
  });
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);
  const needs = text.split('Version needs section')[1] ?? '';
  return {
    interpreter: all(/Requesting program interpreter: (.*)\]/g)[0],
    soname: all(/\(SONAME\)\s+Library soname: \[(.*)\]/g)[0],
    needed: all(/\(NEEDED\)\s+Shared library: \[(.*)\]/g),
    runpath: all(/\(RUNPATH\)\s+Library runpath: \[(.*)\]/g).flatMap((path) => path.split(':')),
    versions: [...needs.matchAll(/Name: (\S+)\s+Flags/g)].map((match) => match[1]!),
  };
}

function ours(elf: ElfFile): FromReadelf {
  const { interpreter, soname, needed, runpath, versionNeeds } = elf;
  return { interpreter, soname, needed, runpath, versions: versionNeeds.map(({ version }) => version) };
}

test('readElf() agrees with readelf about the programs and libraries of this machine', async () => {
  const differences: unknown[] = [];
  let compared = 0;
  for (const file of systemFiles()) {
    const result = await readElf(file);
    if (result.result === 'broken') differences.push({ file, ...result });
    if (result.result !== 'elf') continue;
    compared += 1;
    const theirs = readelf(file);
    if (JSON.stringify(ours(result.elf)) !== JSON.stringify(theirs))
      differences.push({ file, ours: ours(result.elf), theirs });
  }
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(100);
});
