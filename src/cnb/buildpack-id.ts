import { TsbuildpackError } from '../errors.ts';

declare const brand: unique symbol;

/** `namespace/name`: letters, digits, `.`, `/`, `-` — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildpacktoml-toml */
export type BuildpackId = string & { readonly [brand]: 'BuildpackId' };

// All of them always, whatever API reserved them (BPT-04): their directories stand beside those of buildpacks in <layers>.
const reserved = new Set(['app', 'config', 'sbom', 'generated']);

/** As it is found: `_` is in use although the specification does not have it, and the reference takes it. Throws BUILDPACK_INVALID. */
export function parseBuildpackId(text: string): BuildpackId {
  if (
    !/^[A-Za-z0-9._/-]+$/.test(text) ||
    text.split('/').some((part) => part === '' || part === '.' || part === '..')
  ) {
    throw new TsbuildpackError(
      'BUILDPACK_INVALID',
      `Cannot use buildpack id "${text}": it must consist of letters, digits, ".", "/" and "-"`,
    );
  }
  if (reserved.has(text.toLowerCase())) {
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use buildpack id "${text}": it is reserved`);
  }
  return text as BuildpackId;
}

/** The name of its directory in `<layers>` and elsewhere. */
export function escapeBuildpackId(id: string): string {
  return id.replaceAll('/', '_');
}

/** Two ids that differ in case only are the same (BPT-03), as are two with one directory. */
export function sameBuildpackId(a: string, b: string): boolean {
  return escapeBuildpackId(a).toLowerCase() === escapeBuildpackId(b).toLowerCase();
}
