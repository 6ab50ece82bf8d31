import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, normalize } from 'node:path/posix';
import type { Target } from '../../src/buildpack/api.ts';
import type { ElfFile } from '../../src/buildpack/builtin.ts';
import { readElf } from '../../src/buildpack/builtin.ts';
import type { ProcfileEntry } from './procfile.ts';
import { parseProcfile } from './procfile.ts';

/** A program of the application that runs on the target, as far as its header says. */
export interface Program {
  /** Relative to the application. */
  readonly path: string;
  readonly elf: ElfFile;
  readonly executable: boolean;
}

export interface ProgramProcess {
  readonly type: string;
  readonly program: Program;
  readonly args: readonly string[];
  readonly default: boolean;
}

export type Search =
  | {
      readonly found: true;
      readonly processes: readonly [ProgramProcess, ...ProgramProcess[]];
      readonly reason: string;
    }
  | { readonly found: false; readonly reason: string }
  /** Programs, and nobody says which one starts. */
  | { readonly found: 'several'; readonly paths: readonly string[] };

export interface SearchOptions {
  readonly appDir: string;
  /** BP_STATIC_BINARY. */
  readonly named: readonly string[];
  readonly target: Target;
}

/** Files that say: this is source code, and a program beside it is a tool. */
const sourceFiles = [
  'package.json',
  'go.mod',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'pyproject.toml',
  'requirements.txt',
  'Gemfile',
  'composer.json',
  'mix.exs',
  'deno.json',
];

/** What starts: the programs of BP_STATIC_BINARY, else those of the Procfile, else the programs at the root of a folder without source. */
export async function findPrograms(options: SearchOptions): Promise<Search> {
  const { appDir, named } = options;
  if (named.length > 0) return fromNames(options);
  const source = sourceFiles.find((file) => existsSync(join(appDir, file)));
  if (source !== undefined) {
    return {
      found: false,
      reason: `${source} says that this is source code (BP_STATIC_BINARY=FILE asks for a finished program)`,
    };
  }
  return isFile(join(appDir, 'Procfile')) ? fromProcfile(options) : fromRoot(options);
}

async function fromNames({ appDir, named, target }: SearchOptions): Promise<Search> {
  const processes: ProgramProcess[] = [];
  for (const path of named) {
    const look = await lookAt(appDir, path, target);
    if (!look.fits) return { found: false, reason: `BP_STATIC_BINARY: ${look.reason}` };
    processes.push({
      type: uniqueType(path, processes),
      program: look.program,
      args: [],
      default: processes.length === 0,
    });
  }
  return foundAll(processes, `BP_STATIC_BINARY names ${named.join(', ')}`);
}

async function fromProcfile({ appDir, target }: SearchOptions): Promise<Search> {
  const procfile = parseProcfile(readFileSync(join(appDir, 'Procfile'), 'utf8'));
  if (!procfile.ok) return { found: false, reason: `Procfile:${procfile.line}: ${procfile.problem}` };
  const { entries } = procfile;
  const processes: ProgramProcess[] = [];
  for (const entry of entries) {
    const [path, ...args] = entry.words;
    const look = await lookAt(appDir, path, target);
    if (!look.fits) return { found: false, reason: `Procfile:${entry.line}: ${look.reason}` };
    processes.push({ type: entry.type, program: look.program, args, default: isDefault(entry, entries) });
  }
  return foundAll(processes, `Procfile names ${entries.map(({ words }) => words[0]).join(', ')}`);
}

function isDefault(entry: ProcfileEntry, entries: readonly ProcfileEntry[]): boolean {
  return entry === (entries.find(({ type }) => type === 'web') ?? entries[0]);
}

async function fromRoot({ appDir, target }: SearchOptions): Promise<Search> {
  const programs: Program[] = [];
  const unfit: string[] = [];
  for (const entry of readdirSync(appDir, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const look = await lookAt(appDir, entry.name, target);
    if (look.fits) programs.push(look.program);
    else if (look.isProgram) unfit.push(look.reason);
  }
  const [first, ...others] = programs;
  if (first === undefined)
    return { found: false, reason: unfit[0] ?? 'no program at the root (an ELF file), no Procfile' };
  if (others.length > 0) return { found: 'several', paths: programs.map(({ path }) => path).toSorted() };
  return foundAll(
    [{ type: uniqueType(first.path, []), program: first, args: [], default: true }],
    `${first.path} is a program`,
  );
}

function foundAll([first, ...rest]: readonly ProgramProcess[], reason: string): Search {
  if (first === undefined) return { found: false, reason: 'Procfile names no process' };
  return { found: true, processes: [first, ...rest], reason };
}

type Look =
  | { readonly fits: true; readonly program: Program }
  | { readonly fits: false; readonly isProgram: boolean; readonly reason: string };

async function lookAt(appDir: string, name: string, target: Target): Promise<Look> {
  const path = normalize(name);
  if (path.startsWith('/') || path.startsWith('..')) {
    return { fits: false, isProgram: false, reason: `${name} is outside of the application` };
  }
  const file = join(appDir, path);
  if (!isFile(file)) return { fits: false, isProgram: false, reason: `there is no file ${path}` };
  const result = await readElf(file);
  if (result.result === 'broken')
    return { fits: false, isProgram: true, reason: `${path} is a broken ELF file: ${result.reason}` };
  if (result.result === 'not-elf') return notElf(file, path);
  const problem = misfit(result.elf, target);
  if (problem !== undefined) return { fits: false, isProgram: problem.isProgram, reason: `${path} ${problem.text}` };
  return { fits: true, program: { path, elf: result.elf, executable: (statSync(file).mode & 0o100) !== 0 } };
}

const kindNames: Readonly<Record<string, string>> = {
  'shared-library': 'a library',
  relocatable: 'an object file',
  core: 'a core dump',
  other: 'of an unknown kind',
};

/** Operating systems that mark their programs: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html#elfid */
const foreignSystems: Readonly<Record<number, string>> = { 2: 'NetBSD', 6: 'Solaris', 9: 'FreeBSD', 12: 'OpenBSD' };

function misfit(
  { kind, arch, machine, osAbi }: ElfFile,
  target: Target,
): { text: string; isProgram: boolean } | undefined {
  const notProgram = kindNames[kind];
  if (notProgram !== undefined) return { text: `is ${notProgram}, no program`, isProgram: false };
  const system = foreignSystems[osAbi];
  if (system !== undefined) return { text: `is a program for ${system}, not for Linux`, isProgram: true };
  if (arch === target.arch) return undefined;
  const known = arch ?? `machine ${machine}`;
  const way = arch === undefined ? '' : ` (--platform ${target.os}/${arch} builds for it)`;
  return { text: `is for ${known}, the build for ${target.arch}${way}`, isProgram: true };
}

async function notElf(file: string, path: string): Promise<Look> {
  const start = (await firstBytes(file)).toString('hex');
  if (start.startsWith('4d5a'))
    return { fits: false, isProgram: true, reason: `${path} is a program for Windows, not for Linux` };
  if (/^(?:cffaedfe|cefaedfe|cafebabe000000)/.test(start)) {
    return { fits: false, isProgram: true, reason: `${path} is a program for macOS, not for Linux` };
  }
  if (start.startsWith('2321')) {
    return { fits: false, isProgram: false, reason: `${path} is a script, and the image has nothing to run it with` };
  }
  return { fits: false, isProgram: false, reason: `${path} is no program (no ELF file)` };
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The file's name, as a process type. */
function uniqueType(path: string, others: readonly ProgramProcess[]): string {
  const name = (path.split('/').at(-1) ?? path).replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return others.some(({ type }) => type === name) ? `${name}-${others.length + 1}` : name;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
