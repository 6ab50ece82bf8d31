import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAbsolute, resolve } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { parsePlace, type Place } from '../image/place.ts';

/** Where a buildpack is, as a user says it, taken apart (DST-10). Nothing but the existence of files was looked at. */
export type BuildpackLocator =
  /** Each of the built-in ones in turn. */
  | { readonly kind: 'from-builtin' }
  /** Each group of the builder's order in turn. */
  | { readonly kind: 'from-builder' }
  | { readonly kind: 'in-builder'; readonly id: string; readonly version?: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'image'; readonly place: Place }
  /** `NAME`, `NAME@VERSION` or `NAME@RANGE` of an npm package. */
  | { readonly kind: 'npm'; readonly wish: string }
  /** An ID, with or without `@VERSION`: of a built-in buildpack or of one in the builder. */
  | { readonly kind: 'id'; readonly id: string; readonly version?: string };

const imageSchemes = ['docker', 'oci', 'oci-archive', 'docker-archive', 'docker-daemon', 'store'];

/** `dir` is what relative paths are relative to. Throws BUILDPACK_INVALID, REFERENCE_INVALID. */
export function parseBuildpackLocator(text: string, dir: string): BuildpackLocator {
  for (const [prefix, read] of schemes) if (text.startsWith(prefix)) return read(text, dir);
  const path = isAbsolute(text) ? text : resolve(dir, text);
  if (existsSync(path)) return { kind: 'path', path };
  if (imageSchemes.includes(text.split(':')[0] ?? '')) return { kind: 'image', place: parsePlace(text) };
  return bareName(text, path);
}

type ReadLocator = (text: string, dir: string) => BuildpackLocator;

const schemes: readonly (readonly [string, ReadLocator])[] = [
  ['from=builder:', (text) => ({ kind: 'in-builder', ...idAndVersion(text.slice('from=builder:'.length)) })],
  ['urn:cnb:builder:', (text) => ({ kind: 'in-builder', ...idAndVersion(text.slice('urn:cnb:builder:'.length)) })],
  ['from=', (text) => ({ kind: fromKind(text) })],
  ['urn:', refuseUrn],
  ['npm:', (text) => ({ kind: 'npm', wish: npmWish(text) })],
  ['https://', (text) => ({ kind: 'url', url: address(text) })],
  ['http://', (text) => ({ kind: 'url', url: address(text) })],
  ['file:', (text, dir) => ({ kind: 'path', path: filePath(text, dir) })],
];

function fromKind(text: string): 'from-builtin' | 'from-builder' {
  if (text === 'from=builtin') return 'from-builtin';
  if (text === 'from=builder') return 'from-builder';
  throw noBuildpack(text, 'buildpacks come from=builtin or from=builder');
}

/** A name with a host, a tag or a digest is an image's; others, which could be slips of the pen, ask no registry. */
function bareName(text: string, path: string): BuildpackLocator {
  const [first = ''] = text.split('/');
  const hasHost = text.includes('/') && (/[.:]/.test(first) || first === 'localhost') && !/^\.{1,2}$/.test(first);
  if (hasHost || text.includes('@sha256:')) return { kind: 'image', place: parsePlace(text) };
  if (/^[A-Za-z0-9][A-Za-z0-9./-]*(?:@[^@/]+)?$/.test(text)) return { kind: 'id', ...idAndVersion(text) };
  throw noBuildpack(text, `there is no file or directory "${path}"`);
}

function idAndVersion(text: string): { readonly id: string; readonly version?: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { id: text } : { id: text.slice(0, at), version: text.slice(at + 1) };
}

/** What npm would take for a folder, a repository or an address is none of the registry's packages. */
function npmWish(text: string): string {
  const wish = text.slice('npm:'.length);
  if (/^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*(?:@[A-Za-z0-9^~<>=*.+ |-]+)?$/.test(wish)) return wish;
  throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot find buildpack "${text}": it names no npm package`, {
    hint: 'Write npm:NAME or npm:NAME@VERSION',
  });
}

function address(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw noBuildpack(text, 'it is no address');
}

function filePath(text: string, dir: string): string {
  // `file:dir` is not in the standard, but in what people write.
  if (!text.startsWith('file://')) return resolve(dir, text.slice('file:'.length));
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot find buildpack "${text}": it is no address of a file`, {
      hint: 'Write the path itself, or file:///PATH',
      cause,
    });
  }
}

function refuseUrn(text: string): never {
  if (!text.startsWith('urn:cnb:registry:'))
    throw noBuildpack(text, 'it is neither urn:cnb:builder nor urn:cnb:registry');
  throw new TsbuildpackError(
    'BUILDPACK_INVALID',
    `Cannot fetch buildpack "${text}": the buildpack registry, an index in a git repository, is not supported`,
    {
      hint: 'Name the image that the registry lists as its address: --buildpack docker://HOST/NAME@sha256:…',
    },
  );
}

export function noBuildpack(text: string, problem: string, ids: readonly string[] = []): TsbuildpackError {
  const known = ids.length === 0 ? 'the ID of a built-in one' : `one of ${ids.join(', ')}`;
  return new TsbuildpackError('BUILDPACK_INVALID', `Cannot find buildpack "${text}": ${problem}`, {
    hint: `Name a directory with buildpack.toml, a module with defineBuildpack, an archive of either, an image (docker://HOST/NAME:TAG), an npm package (npm:NAME), ${known}, or from=builtin for these`,
  });
}
