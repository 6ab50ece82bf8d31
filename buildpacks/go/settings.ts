import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { refuseUnfitFlags } from './refuse-flags.ts';
import { splitShell } from './shell-words.ts';

/** What the user asked for with BP_* variables: --env, --env-file or `[[io.buildpacks.build.env]]` of project.toml. See README.md. */
export interface GoBuildSettings {
  /** BP_GO_VERSION: a version or a range. */
  readonly version: string | undefined;
  /** BP_GO_TARGETS: directories of main packages, relative to the application. Empty: find them. */
  readonly targets: readonly string[];
  /** BP_GO_DEFAULT: directory or name of the main package that starts by default. */
  readonly defaultTarget: string | undefined;
  /** BP_GO_BUILD_FLAGS, as words. */
  readonly flags: readonly string[];
  /** BP_GO_BUILD_LDFLAGS. */
  readonly ldflags: string | undefined;
  /** BP_GO_BUILD_TAGS, joined with commas. */
  readonly tags: string | undefined;
  /** BP_KEEP_FILES: patterns as in .gitignore; undefined: decide by what the files are. */
  readonly keepFiles: readonly string[] | undefined;
  /** CGO_ENABLED: `0` and `1` are orders, undefined: look at the code. */
  readonly cgo: '0' | '1' | undefined;
}

/** Throws INVALID_INPUT for values that cannot be used. */
export function readSettings(env: Readonly<Record<string, string>>): GoBuildSettings {
  const flags = wordsOf(env, 'BP_GO_BUILD_FLAGS');
  refuseUnfitFlags(flags, 'BP_GO_BUILD_FLAGS');
  const ldflags = nonEmpty(env['BP_GO_BUILD_LDFLAGS']);
  const tags = listOf(env['BP_GO_BUILD_TAGS'], /[\s,]+/).join(',');
  refuseTwice(flags, 'ldflags', ldflags === undefined ? undefined : 'BP_GO_BUILD_LDFLAGS');
  refuseTwice(flags, 'tags', tags === '' ? undefined : 'BP_GO_BUILD_TAGS');
  return {
    version: nonEmpty(env['BP_GO_VERSION']),
    targets: listOf(env['BP_GO_TARGETS'], /[\s,:]+/).map(targetDir),
    defaultTarget: nonEmpty(env['BP_GO_DEFAULT']),
    flags,
    ldflags,
    tags: tags === '' ? undefined : tags,
    keepFiles: env['BP_KEEP_FILES'] === undefined ? undefined : listOf(env['BP_KEEP_FILES'], /[:\n]+/),
    cgo: cgoOf(env['CGO_ENABLED']),
  };
}

/** The tags of BP_GO_BUILD_TAGS or of `-tags` in BP_GO_BUILD_FLAGS: they decide which files there are. */
export function tagFlags({ tags, flags }: Pick<GoBuildSettings, 'tags' | 'flags'>): string[] {
  if (tags !== undefined) return ['-tags', tags];
  const at = flags.findIndex((flag) => /^--?tags(?:=|$)/.test(flag));
  if (at === -1) return [];
  return flags.slice(at, flags[at]?.includes('=') === true ? at + 1 : at + 2);
}

/** The words of -ldflags, from wherever they are set. */
export function ldflagsText({ ldflags, flags }: Pick<GoBuildSettings, 'ldflags' | 'flags'>): string {
  if (ldflags !== undefined) return ldflags;
  const at = flags.findIndex((flag) => /^--?ldflags(?:=|$)/.test(flag));
  const flag = flags[at];
  if (flag === undefined) return '';
  return flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : (flags[at + 1] ?? '');
}

/** `cmd/api` and `./cmd/api/` are `./cmd/api`: without the dot Go takes it for a package of its own library. */
function targetDir(target: string): string {
  const trimmed = target.replace(/\/+$/, '');
  if (trimmed === '' || trimmed === '.') return '.';
  const isOutside = trimmed.startsWith('/') || trimmed.split('/').includes('..');
  if (isOutside) {
    throw new TsbuildpackError(
      'INVALID_INPUT',
      `Cannot build the target "${target}" of BP_GO_TARGETS: it is outside of the application`,
      {
        hint: 'Name directories relative to the application, for example BP_GO_TARGETS=./cmd/api:./cmd/worker',
      },
    );
  }
  return trimmed.startsWith('./') ? trimmed : `./${trimmed}`;
}

function wordsOf(env: Readonly<Record<string, string>>, name: string): readonly string[] {
  const words = splitShell(env[name] ?? '');
  if (words !== undefined) return words;
  throw new TsbuildpackError('INVALID_INPUT', `Cannot read ${name}: a quote in it is not closed`, {
    hint: `Write it as in a shell, for example ${name}='-tags=netgo -gcflags="-N -l"'`,
  });
}

function refuseTwice(flags: readonly string[], flag: string, variable: string | undefined): void {
  if (variable === undefined || !flags.some((word) => new RegExp(`^--?${flag}(?:=|$)`).test(word))) return;
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot build with -${flag} twice: in BP_GO_BUILD_FLAGS and in ${variable}`,
    {
      hint: `Put everything into ${variable}`,
    },
  );
}

function cgoOf(value: string | undefined): '0' | '1' | undefined {
  if (value === undefined || value === '') return undefined;
  if (value === '0' || value === '1') return value;
  throw new TsbuildpackError('INVALID_INPUT', `Cannot use CGO_ENABLED="${value}": it is neither 0 nor 1`, {
    hint: 'Unset it to have the code looked at',
  });
}

function listOf(text: string | undefined, separator: RegExp): string[] {
  return (text ?? '').split(separator).filter((item) => item !== '');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
