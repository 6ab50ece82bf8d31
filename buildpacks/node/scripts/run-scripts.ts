import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { BuildExecResult } from '../../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';
import { lineOfKey, readPackageFile } from '../package-file.ts';
import { isPlain } from '../slices/plain-path.ts';
import type { BuildScript } from './build-scripts.ts';

/** The npm of the build, on the Node of the build. `cwd` is a path inside; `env` comes over that of the build. */
export type RunNpm = (
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) => Promise<BuildExecResult>;

/** Runs scripts in order; the first that fails ends the build. Throws BUILD_FAILED. */
export async function runScripts(
  context: BuiltinBuildContext,
  npm: RunNpm,
  scripts: readonly BuildScript[],
): Promise<void> {
  const env = scriptEnvironment(context.env);
  const cache = await keptCache(context);
  cache.bring();
  try {
    for (const script of scripts) await runScript(context, npm, { ...script, env });
  } finally {
    cache.keep();
  }
}

async function runScript(
  context: BuiltinBuildContext,
  npm: RunNpm,
  { script, package: file, env }: BuildScript & { readonly env: Readonly<Record<string, string>> },
): Promise<void> {
  const path = relative(context.workspaceDir, file.dir).replaceAll('\\', '/');
  const name = path === '' ? script : `${script} (${path})`;
  context.log(`Running the script ${name}`);
  const result = await npm(['run', script], { cwd: join(context.inside.workspaceDir, path), env });
  if (result.exitCode !== 0) throw failed({ name, file, script, result });
}

/** Frameworks ask who builds with them unless told not to; what a build sends depends on nobody's machine here. */
const noTelemetry = { NEXT_TELEMETRY_DISABLED: '1', NUXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1' };

/** What scripts get besides the user's variables: production, and a heap that fits the machine. */
export function scriptEnvironment(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const options = env['NODE_OPTIONS'] ?? '';
  const hasHeap = /--max[-_]old[-_]space[-_]size/.test(options);
  const defaults = { NODE_ENV: 'production', ...noTelemetry };
  const missing = Object.entries(defaults).filter(([name]) => env[name] === undefined);
  return {
    ...Object.fromEntries(missing),
    ...(!hasHeap && { NODE_OPTIONS: `${options} --max-old-space-size=${heapMiB()}`.trim() }),
  };
}

const mebibyte = 1024 ** 2;

/** Three quarters of what this machine, or the container that we are in, has. */
function heapMiB(): number {
  const machine = totalmem();
  const limits = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'].flatMap((file) => {
    const limit = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
    return Number.isNaN(limit) || limit <= 0 ? [] : [limit];
  });
  return Math.floor((Math.min(machine, ...limits) * 0.75) / mebibyte);
}

/** Where builds keep what makes the next one faster, and what no server reads. */
const cacheDirs = ['.next/cache'];

interface KeptCache {
  bring(): void;
  keep(): void;
}

/** A framework's own cache is in the application while it builds, in a cache layer between builds, and never in the image. */
async function keptCache(context: BuiltinBuildContext): Promise<KeptCache> {
  const { appDir } = context;
  // Where nothing was built with Next.js, nothing is made.
  if (!/"next"\s*:/.test(readPackageFile(appDir)?.text ?? '')) return { bring: () => {}, keep: () => {} };
  const layer = await context.layer('build-cache', { cache: true, toolCache: true });
  const pairs = cacheDirs.map((name) => ({
    kept: join(layer.path, name.replaceAll('/', '-')),
    used: join(appDir, name),
  }));
  return {
    bring: () => pairs.filter(({ used }) => isPlain(used, appDir)).forEach(({ kept, used }) => move(kept, used)),
    // Only what is really in the application: a link would be followed by this process, which is not confined.
    keep: () => pairs.filter(({ used }) => isPlain(used, appDir)).forEach(({ kept, used }) => move(used, kept)),
  };
}

function move(from: string, to: string): void {
  if (!existsSync(from)) return;
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

interface Failure {
  readonly name: string;
  readonly script: string;
  readonly file: BuildScript['package'];
  readonly result: BuildExecResult;
}

function failed({ name, script, file, result: { exitCode, stderr, stdout } }: Failure): TsbuildpackError {
  const isOutOfMemory = /JavaScript heap out of memory/.test(stderr) || exitCode === 137;
  const hint = isOutOfMemory
    ? 'It ran out of memory: give the machine more, or set a limit of your own with --env NODE_OPTIONS=--max-old-space-size=MEGABYTES'
    : 'What it wrote stands above; BP_NODE_RUN_SCRIPTS names other scripts to run, or "none"';
  return new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot build: the script ${name} of package.json:${lineOfKey(file.text, ['scripts', script])} ended with status ${exitCode}`,
    { detail: lastLines(`${stdout}\n${stderr}`), hint },
  );
}

function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-20).join('\n');
}
