import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildpack } from '../../buildpack/buildpack.ts';
import { loadExtension } from '../../buildpack/load-extension.ts';
import { escapeBuildpackId } from '../../cnb/buildpack-id.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { Report } from '../../events.ts';

/** `<extensions>/<escaped id>/<version>` — https://github.com/buildpacks/spec/blob/main/platform.md#image-extensions-directory-layout (EXT-01) */
export class ExtensionsDirectory {
  readonly #dir: string;
  readonly #report: Report;
  readonly #known = new Map<string, Buildpack>();

  constructor(dir: string, report: Report) {
    this.#dir = dir;
    this.#report = report;
  }

  /** The same value for the same extension every time. Throws BUILDPACK_INVALID, BUILDPACK_API_UNSUPPORTED. */
  find(id: string, version: string): Buildpack {
    const dir = join(this.#dir, escapeBuildpackId(id), version);
    const known = this.#known.get(dir);
    if (known !== undefined) return known;
    if (!existsSync(join(dir, 'extension.toml')))
      throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot find extension "${id}@${version}": there is no "${dir}"`);
    const extension = loadExtension(dir, { report: this.#report });
    this.#known.set(dir, extension);
    return extension;
  }
}
