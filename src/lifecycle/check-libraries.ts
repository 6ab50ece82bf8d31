import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import type { ElfFile } from '../elf/elf-file.ts';
import type { BuildPaths } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { showPath } from '../fs/byte-path.ts';
import { readElf } from '../fs/elf-reader.ts';
import { walk } from '../fs/walk.ts';
import { checkBinary, checkLibrary } from '../stack/check-binary.ts';
import { overlaidFiles, type ImageFiles } from '../stack/image-files.ts';
import type { RunImage } from '../stack/run-image.ts';
import { builtLibraries } from './built-files.ts';

export interface CheckLibrariesRequest {
  readonly paths: BuildPaths;
  readonly runImage: RunImage;
  readonly report: Report;
}

/** A file with machine code among those of the application. */
interface NativeFile {
  /** Host path. */
  readonly path: string;
  readonly kind: 'add-on' | 'program';
  readonly elf: ElfFile;
}

/**
 * What programs load or start by themselves, the add-ons and programs in `node_modules`, has to fit the run image too: its architecture, C
 * library and libraries. Of files that a package holds for several kinds of machines one has to fit. Throws BINARY_UNFIT for add-ons; of
 * a program, which may never be started, only a warning is reported.
 */
export async function checkLibraries(request: CheckLibrariesRequest): Promise<void> {
  const { paths, runImage, report } = request;
  const files = await nativeFiles(paths.app.host);
  if (files.length === 0) return;
  const libraries = overlaidFiles(await builtLibraries([{ path: paths.app.host }], paths.app), runImage.files);
  const problems: string[] = [];
  for (const [owner, group] of groupsOf(files)) {
    if (isForAnother(owner, runImage.target)) continue;
    for (const { file, reasons } of unfit(group, { request, libraries })) {
      const text = `${inImage(file.path, paths)} ${reasons.join(', ')}`;
      if (file.kind === 'add-on') problems.push(text);
      else report({ type: 'warning', message: `A program among the packages would not run: ${text}` });
    }
  }
  if (problems.length === 0) return;
  throw new TsbuildpackError('BINARY_UNFIT', `Cannot use the add-ons of Node on run image ${runImage.name}`, {
    detail: problems.join('\n'),
    hint: 'Install them for the platform of the image, or choose a run image that has what they need: --run-image',
  });
}

async function nativeFiles(dir: string): Promise<readonly NativeFile[]> {
  const found: NativeFile[] = [];
  for (const { path, stats } of walk(dir)) {
    if (!stats.isFile() || stats.size === 0) continue;
    const name = showPath(path);
    const isAddOn = name.endsWith('.node');
    // Libraries are looked at when something asks for them.
    const isProgram = (stats.mode & 0o111) !== 0 && name.includes('/node_modules/') && !/\.so(?:\.|$)/.test(name);
    if (!isAddOn && !isProgram) continue;
    const parsed = await readElf(name);
    if (parsed.result === 'elf') found.push({ path: name, kind: isAddOn ? 'add-on' : 'program', elf: parsed.elf });
  }
  return found;
}

/** By the package that they belong to: the nearest folder with a package.json. */
function groupsOf(files: readonly NativeFile[]): ReadonlyMap<string, readonly NativeFile[]> {
  const groups = new Map<string, NativeFile[]>();
  for (const file of files) {
    const owner = ownerOf(dirname(file.path));
    groups.set(owner, [...(groups.get(owner) ?? []), file]);
  }
  return groups;
}

function ownerOf(dir: string): string {
  const isPackage = existsSync(join(dir, 'package.json')) || basename(dirname(dir)) === 'node_modules';
  return isPackage || dir === dirname(dir) ? dir : ownerOf(dirname(dir));
}

const strings = v.optional(
  v.union([
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((one) => [one]),
    ),
  ]),
);
const machines = v.object({ os: strings, cpu: strings, libc: strings });

/** Node's words: https://nodejs.org/api/process.html#processarch */
const cpus: Readonly<Record<string, string>> = { amd64: 'x64', '386': 'ia32' };

/** Packages say for which machines they are: one for another is never loaded on this one. */
function isForAnother(owner: string, { os, arch, libc }: RunImage['target']): boolean {
  const file = join(owner, 'package.json');
  const found = existsSync(file) ? v.safeParse(machines, parse(readFileSync(file, 'utf8'))) : undefined;
  if (found?.success !== true) return false;
  const excludes = (list: readonly string[] | undefined, word: string | undefined): boolean =>
    list !== undefined &&
    word !== undefined &&
    list.length > 0 &&
    !list.some((one) => one === word || one.startsWith('!') || one === 'any');
  return (
    excludes(found.output.os, os) || excludes(found.output.cpu, cpus[arch] ?? arch) || excludes(found.output.libc, libc)
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Words for kinds of machines in the name of a file or folder: `prebuilds/linux-x64/node.musl.node`. */
const variant =
  /(?:linux|darwin|win32|android|freebsd|openbsd|musl|glibc|gnu|x64|ia32|arm64|armv\d|arm|s390x|ppc64|riscv64|loong64|x86_64|amd64|aarch64|debian|rhel)/i;

interface Unfit {
  readonly file: NativeFile;
  readonly reasons: readonly string[];
}

interface FitOptions {
  readonly request: CheckLibrariesRequest;
  readonly libraries: ImageFiles;
}

/** The files of one package that would not work. */
function unfit(group: readonly NativeFile[], options: FitOptions): readonly Unfit[] {
  const judged = group.map((file) => ({
    file,
    reasons: reasonsAgainst(file, options),
    isVariant: isVariant(file, group),
  }));
  const variants = judged.filter(({ isVariant: one }) => one);
  const oneFits = variants.some(({ reasons }) => reasons.length === 0);
  // The one for this processor says best what is missing.
  const { arch } = options.request.runImage.target;
  const closest = variants.filter(({ file }) => file.elf.arch === arch);
  const wrong = oneFits ? [] : closest.length > 0 ? closest : variants.slice(0, 1);
  return [...judged.filter(({ isVariant: one }) => !one), ...wrong].filter(({ reasons }) => reasons.length > 0);
}

function isVariant({ path }: NativeFile, group: readonly NativeFile[]): boolean {
  return (
    group.length > 1 &&
    variant.test(
      path
        .slice(path.lastIndexOf('/node_modules/') + 1)
        .split('/')
        .slice(1)
        .join('/'),
    )
  );
}

function reasonsAgainst({ path, kind, elf }: NativeFile, { request, libraries }: FitOptions): readonly string[] {
  const { runImage, paths } = request;
  const { os, arch } = runImage.target;
  const check = kind === 'add-on' ? checkLibrary : checkBinary;
  const verdict = check(elf, { files: libraries, target: { os, arch }, path: inImage(path, paths) });
  return verdict.fits ? [] : verdict.reasons;
}

function inImage(path: string, { app }: BuildPaths): string {
  return join(app.image, path.slice(app.host.length));
}
