import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { ldflagsText } from './settings.ts';
import type { GoBuildSettings } from './settings.ts';

export type CgoAbility =
  | { readonly able: true; /** To set CC to, when it is not Go's default. */ readonly compiler: string | undefined }
  | { readonly able: false; readonly why: string };

type Surroundings = Pick<BuiltinBuildContext, 'env' | 'host' | 'target'>;

/** Whether C code can be compiled here so that it runs on the run image. */
export function cgoAbility(context: Surroundings, settings: GoBuildSettings): CgoAbility {
  const { env } = context;
  const chosen = env['CC'] === '' ? undefined : env['CC'];
  const found = ['gcc', 'clang', 'cc'].find((name) => isOnPath(name, env['PATH']));
  const compiler = chosen !== undefined || found === 'gcc' ? undefined : found;
  // Linked with -static it needs nothing of the run image.
  const isStatic = /(?:^|[\s"'=,])-static\b/.test(ldflagsText(settings));
  const why = problemOf(context, { chosen, found, isStatic });
  return why === undefined ? { able: true, compiler } : { able: false, why };
}

function problemOf(
  { host, target }: Surroundings,
  {
    chosen,
    found,
    isStatic,
  }: { readonly chosen: string | undefined; readonly found: string | undefined; readonly isStatic: boolean },
): string | undefined {
  const isForeign = host.arch !== target.arch || host.os !== target.os;
  if (chosen === undefined && isForeign) return `CC names no compiler for ${target.os}/${target.arch}`;
  if (chosen === undefined && found === undefined) return 'there is no C compiler on PATH';
  if (isStatic) return undefined;
  if (target.libc === undefined) return 'the run image has no C library';
  if (chosen !== undefined || host.libc === target.libc) return undefined;
  return `the run image has ${target.libc}, this machine ${host.libc ?? 'another C library'}`;
}

/** Says which packages are in the way and what the ways out are. */
export function cgoRefusal(packages: readonly string[], why: string): TsbuildpackError {
  const names = packages.slice(0, 10).map((name) => `  ${name}`);
  const more = packages.length > names.length ? [`  and ${packages.length - names.length} more`] : [];
  return new TsbuildpackError('BUILD_FAILED', `Cannot build a program with C code: ${why}`, {
    detail: ['These packages have files that import "C":', ...names, ...more].join('\n'),
    hint: [
      'Take a run image with a C library: --run-image IMAGE',
      'or, if these packages work without C: --env CGO_ENABLED=0',
      "or link it all in: --env CC=musl-gcc --env CGO_ENABLED=1 --env BP_GO_BUILD_LDFLAGS='-linkmode=external -extldflags=-static'",
    ].join('\n'),
  });
}

function isOnPath(name: string, path: string | undefined): boolean {
  const dirs = (path ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter((dir) => dir !== '');
  return dirs.some((dir) => statSync(join(dir, name), { throwIfNoEntry: false })?.isFile() === true);
}
