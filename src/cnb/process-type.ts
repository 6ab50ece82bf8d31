import { TsbuildpackError } from '../errors.ts';

declare const brand: unique symbol;

/** Letters, digits, `.`, `_`, `-` — https://github.com/buildpacks/spec/blob/main/buildpack.md#launchtoml-toml (PRC-03) */
export type ProcessType = string & { readonly [brand]: 'ProcessType' };

/** Called by this name the launcher is an init: docs/launcher.md. */
const initName = 'tsbuildpack-init';

/** Throws BUILD_OUTPUT_INVALID. `.` and `..` would leave /cnb/process. */
export function parseProcessType(text: string, file: string): ProcessType {
  if (text === initName) {
    throw new TsbuildpackError(
      'BUILD_OUTPUT_INVALID',
      `Cannot use process type "${text}" of "${file}": it is reserved`,
    );
  }
  if (/^[A-Za-z0-9._-]+$/.test(text) && text !== '.' && text !== '..') return text as ProcessType;
  throw new TsbuildpackError(
    'BUILD_OUTPUT_INVALID',
    `Cannot use process type "${text}" of "${file}": it must consist of letters, digits, ".", "_" and "-"`,
  );
}
