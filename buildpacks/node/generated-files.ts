import { copyFileSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readElf } from '../../src/buildpack/builtin.ts';

/** A file that scripts made or changed among the packages, such as a generated client or a patch. */
export interface GeneratedFile {
  /** Host path. */
  readonly from: string;
  /** Relative to the node_modules that it is in. */
  readonly path: string;
}

/** What belongs to tools, not to packages. */
const leftOut: ReadonlySet<string> = new Set(['.bin', '.cache', '.package-lock.json', '.vite', '.vite-temp']);

/** Which files of a node_modules are not, or not as they are, in the one that it was copied from: by size and time, which copies keep. */
export async function generatedFiles(modules: string, original: string): Promise<readonly GeneratedFile[]> {
  const found: GeneratedFile[] = [];
  const search = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(modules, path), { withFileTypes: true })) {
      if (path === '' && leftOut.has(entry.name)) continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) await search(inside);
      if (entry.isFile() && differs(join(modules, inside), join(original, inside))) {
        found.push({ from: join(modules, inside), path: inside });
      }
    }
  };
  if (existsSync(modules)) await search('');
  return found;
}

function differs(file: string, original: string): boolean {
  const [now, before] = [lstatSync(file), lstatSync(original, { throwIfNoEntry: false })];
  return before === undefined || now.size !== before.size || Math.abs(now.mtimeMs - before.mtimeMs) > 1;
}

export interface CarryOptions {
  /** Host path of the node_modules to put them into. */
  readonly to: string;
  /** Go's word for the processor that machine code has to be for. */
  readonly arch: string;
}

/** Copies files whose package is there too. Returns the paths of those that hold machine code for another processor, which stay behind. */
export async function carryFiles(
  files: readonly GeneratedFile[],
  { to, arch }: CarryOptions,
): Promise<readonly string[]> {
  const behind: string[] = [];
  for (const { from, path } of files) {
    const owner = packageOf(path);
    if (!owner.startsWith('.') && !existsSync(join(to, owner))) continue;
    const parsed = await readElf(from);
    if (parsed.result === 'elf' && parsed.elf.arch !== arch) {
      behind.push(path);
      continue;
    }
    const target = join(to, path);
    mkdirSync(dirname(target), { recursive: true });
    // It may be a link to a file of the kept tree, which has to stay as it is.
    rmSync(target, { force: true });
    copyFileSync(from, target);
  }
  return behind;
}

/** `@scope/name` of `@scope/name/lib/x.js`, `.prisma` of `.prisma/client/index.js`; the innermost of nested ones. */
function packageOf(path: string): string {
  const at = path.lastIndexOf('node_modules/');
  const start = at === -1 ? 0 : at + 'node_modules/'.length;
  const [first = '', second = ''] = path.slice(start).split('/');
  return path.slice(0, start) + (first.startsWith('@') ? `${first}/${second}` : first);
}
