import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildpack } from '../../buildpack/buildpack.ts';
import { loadBuildpack } from '../../buildpack/load-buildpack.ts';
import { escapeBuildpackId } from '../../cnb/buildpack-id.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { Report } from '../../events.ts';

/** `<buildpacks>/<escaped id>/<version>` — https://github.com/buildpacks/spec/blob/main/platform.md#buildpacks-directory-layout (BPT-01) */
export class BuildpacksDirectory {
  readonly #dir: string;
  readonly #report: Report;
  readonly #known = new Map<string, Promise<Buildpack>>();

  constructor(dir: string, report: Report) {
    this.#dir = dir;
    this.#report = report;
  }

  /** The same value for the same buildpack every time. Throws BUILDPACK_INVALID, BUILDPACK_API_UNSUPPORTED. */
  find(id: string, version: string): Promise<Buildpack> {
    const name = `${id}@${version}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const loading = this.#load(id, version);
    this.#known.set(name, loading);
    return loading;
  }

  async #load(id: string, version: string): Promise<Buildpack> {
    const dir = join(this.#dir, escapeBuildpackId(id), version);
    if (existsSync(join(dir, 'buildpack.toml'))) return loadBuildpack(dir, { report: this.#report });
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot find buildpack "${id}@${version}": there is no "${dir}"`);
  }

  /** All buildpacks that these name, and those that composites among them name, by `id@version`; a missing one of a composite is left out. */
  async reachable(ids: readonly { readonly id: string; readonly version: string }[]): Promise<Map<string, Buildpack>> {
    const found = new Map<string, Buildpack>();
    for (const { id, version } of ids) await this.#reach(id, version, found);
    return found;
  }

  async #reach(id: string, version: string, found: Map<string, Buildpack>): Promise<void> {
    const name = `${id}@${version}`;
    if (found.has(name) || !existsSync(join(this.#dir, escapeBuildpackId(id), version, 'buildpack.toml'))) return;
    const buildpack = await this.find(id, version);
    found.set(name, buildpack);
    for (const group of buildpack.descriptor.order ?? []) {
      for (const inner of group) await this.#reach(inner.id, inner.version, found);
    }
  }
}
