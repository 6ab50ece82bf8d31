import { existsSync, lstatSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { nodeFileTrace } from '@vercel/nft';
import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';
import type { ResolvedProcess } from '../start/resolve-process.ts';

export interface TraceOptions {
  readonly appDir: string;
  readonly workspaceDir: string;
  /** Folders with dependencies: what is not traced is taken out of these alone. */
  readonly dependencies: readonly string[];
  readonly processes: readonly ResolvedProcess[];
}

export interface TraceResult {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/**
 * Leaves of the dependencies only the files that the processes load, as far as their code says: `require`, `import`, files that are
 * named in it. What is loaded by a name that is made when the program runs is not seen. Throws INVALID_INPUT for a process that is
 * no file of Node's.
 */
export async function traceDependencies({
  appDir,
  workspaceDir,
  dependencies,
  processes,
}: TraceOptions): Promise<TraceResult> {
  const require = createRequire(join(appDir, 'package.json'));
  const entries = processes.flatMap((process) => filesOf(process).map((file) => resolveFile(file, appDir, require)));
  const { fileList } = await nodeFileTrace(entries, { base: workspaceDir, processCwd: appDir });
  const kept = new Set([...fileList].map((path) => join(workspaceDir, path)));
  const beforeBytes = sizeOf(dependencies);
  for (const dir of dependencies) keepTraced(dir, kept);
  return { beforeBytes, afterBytes: sizeOf(dependencies) };
}

/** What Node is told to load: the program, and what `--import` and `-r` name. */
function filesOf({ words, origin }: ResolvedProcess): readonly string[] {
  const [program, ...args] = words;
  const files: string[] = [];
  let at = 0;
  for (; args[at]?.startsWith('-') === true; at += 1) {
    const [, joined] = /^--(?:import|require)=(.+)$/.exec(args[at] ?? '') ?? [];
    if (joined !== undefined) files.push(joined);
    if (/^(?:-r|--require|--import)$/.test(args[at] ?? '')) files.push(args[(at += 1)] ?? '');
  }
  const file = args[at];
  if (program === 'node' && file !== undefined) return [...files, file];
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot trace dependencies: the command of ${origin} does not start a file with Node`,
    {
      hint: 'Leave BP_NODE_TRACE out, or start a file: node server.js',
    },
  );
}

/** A folder, a name without its ending, a package: as Node finds it. */
function resolveFile(file: string, appDir: string, require: NodeJS.Require): string {
  const path = isAbsolute(file) ? file : join(appDir, file);
  for (const candidate of [path, file]) {
    try {
      return require.resolve(candidate);
    } catch {
      // The next one.
    }
  }
  throw new TsbuildpackError('BUILD_FAILED', `Cannot trace dependencies: "${file}" cannot be found`);
}

/** Returns whether anything is left. */
function keepTraced(dir: string, kept: ReadonlySet<string>): boolean {
  let isEmpty = true;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    const stays = entry.isDirectory() ? keepTraced(path, kept) : kept.has(path);
    if (stays) isEmpty = false;
    else if (!entry.isDirectory()) rmSync(path);
  }
  if (isEmpty) rmdirSync(dir);
  return !isEmpty;
}

function sizeOf(dirs: readonly string[]): number {
  return dirs.reduce((sum, dir) => sum + sizeIn(dir), 0);
}

function sizeIn(dir: string): number {
  if (!existsSync(dir)) return 0;
  return readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(dir, entry.name);
    return sum + (entry.isDirectory() ? sizeIn(path) : lstatSync(path).size);
  }, 0);
}
