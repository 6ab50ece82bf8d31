import { chmod, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerHandle } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { explainFailure } from './explain-failure.ts';
import type { Target } from './find-mains.ts';
import { fileName } from './find-mains.ts';
import type { RunGo } from './go-command.ts';
import type { GoBuildSettings } from './settings.ts';

export interface CompileOptions {
  readonly targets: readonly Target[];
  readonly settings: GoBuildSettings;
  /** `-mod=vendor`, or nothing. */
  readonly modFlags: readonly string[];
  readonly cgo: boolean;
  /** C compiler, when it is not Go's default. */
  readonly compiler: string | undefined;
}

/** Compiles programs into the directory `bin` of a layer, each under its target's name. Throws BUILD_FAILED. */
export async function compile(
  context: BuiltinBuildContext,
  go: RunGo,
  { layer, options }: { readonly layer: LayerHandle; readonly options: CompileOptions },
): Promise<void> {
  const bin = join(layer.path, 'bin');
  const inside = join(context.inside.layersDir, layer.name, 'bin');
  await mkdir(bin, { recursive: true });
  for (const targets of batches(options.targets)) {
    const dirs = targets.map(({ dir }) => dir);
    context.log(`Compiling ${shortList(dirs)} for ${context.target.os}/${context.target.arch}`);
    // A directory: go names each program as fileName() does.
    const result = await go([...buildArgs(options), '-o', `${inside}/`, '--', ...dirs], {
      fetch: false,
      cgo: options.cgo,
      compiler: options.compiler,
    });
    if (result.exitCode !== 0) throw explainFailure(`Cannot compile ${shortList(dirs)}`, result);
    for (const { importPath, name } of targets) {
      if (fileName(importPath) !== name) await rename(join(bin, fileName(importPath)), join(bin, name));
      await chmod(join(bin, name), 0o755);
    }
  }
  // Else the umask of whoever builds would be in the image.
  await chmod(bin, 0o755);
}

function shortList(dirs: readonly string[]): string {
  const shown = dirs.slice(0, 3).join(', ');
  return dirs.length > 3 ? `${shown} and ${dirs.length - 3} more` : shown;
}

/** One go command compiles all programs at once, but cannot write two of one name. */
function batches(targets: readonly Target[]): readonly (readonly Target[])[] {
  const names = targets.map(({ importPath }) => fileName(importPath));
  return new Set(names).size === names.length ? [targets] : targets.map((target) => [target]);
}

function buildArgs({ settings, modFlags }: CompileOptions): string[] {
  const { tags, ldflags, flags } = settings;
  return [
    'build',
    // No paths of this machine and nothing of the git checkout in the program: the same source gives the same bytes.
    '-trimpath',
    '-buildvcs=false',
    ...modFlags,
    ...(tags === undefined ? [] : ['-tags', tags]),
    ...(ldflags === undefined ? [] : ['-ldflags', ldflags]),
    ...flags,
  ];
}
